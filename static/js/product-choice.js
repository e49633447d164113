/**
 * <product-choice data-product data-version>: choosing a variant in place, with its price and stock kept true.
 *
 * Without it each choice is a link to the same page with another variant chosen.
 * @module
 */

import { announce } from "./announce.js";
import { money } from "./format.js";
import { live } from "./live.js";
import { say } from "./stock.js";
import { StockLine } from "./stock-line.js";
import { wash } from "./wash.js";

/**
 * @typedef {{id: string, price: number, was: number | null, available: boolean}} Offer prices in minor units
 * @typedef {{currency: string, variants: Offer[]}} ProductState
 */

const REST_MS = 8_000;

class ProductChoice extends HTMLElement {
  /** @type {() => void} */
  #stop = () => {};
  /** @type {Set<string> | null} Variants that are for sale; null while only the server's page says so. */
  #offered = null;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("submit", this.#submitted);
    this.addEventListener("stockchange", this.#stockChanged);
    addEventListener("pageshow", this.#rest);
    const { product, version } = this.dataset;
    this.#stop = live.watch(`product/${product}`, this.#repriced, { version: Number(version) });
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.#clicked);
    this.removeEventListener("submit", this.#submitted);
    removeEventListener("pageshow", this.#rest);
    this.removeEventListener("stockchange", this.#stockChanged);
    this.#stop();
  }

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.dataset.step) {
      const field = /** @type {HTMLInputElement} */ (this.querySelector("[name=quantity]"));
      if (target.dataset.step === "1") field.stepUp();
      else field.stepDown();
      return;
    }
    const choice = /** @type {HTMLAnchorElement | null} */ (target.closest("a.choice"));
    if (!choice || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (choice.ariaCurrent !== "true") this.#choose(choice);
  };

  /** The second of two clicks adds nothing more. @param {Event} event */
  #submitted = (event) => {
    if (this.#button.ariaBusy === "true") event.preventDefault();
    this.#button.ariaBusy = "true";
    setTimeout(this.#rest, REST_MS);
  };

  #rest = () => {
    this.#button.ariaBusy = null;
  };

  /** @param {HTMLAnchorElement} choice */
  #choose(choice) {
    for (const other of this.querySelectorAll("a.choice")) other.removeAttribute("aria-current");
    choice.setAttribute("aria-current", "true");
    history.replaceState(history.state, "", choice.href);
    const { variant = "", value = "" } = choice.dataset;
    /** @type {HTMLInputElement} */ (this.querySelector("input[name=variant]")).value = variant;
    this.#showPicture(choice, value);
    this.#showPrice(choice);
    const line = /** @type {StockLine} */ (choice.querySelector("stock-line"));
    const badge = this.#badge;
    const seen = line.seen ?? { plenty: true };
    badge.show(seen);
    badge.dataset.version = line.dataset.version;
    badge.dataset.variant = variant;
    this.#showButton(seen);
    announce(`${value}, ${this.#price.textContent?.trim()}. ${say(seen).word}`);
  }

  /** @param {Event} event */
  #stockChanged = (event) => {
    const { variant, seen } = /** @type {CustomEvent} */ (event).detail;
    if (event.target === this.#badge) this.#showButton(seen);
    this.querySelector(`a.choice[data-variant="${variant}"]`)?.classList.toggle("gone", say(seen).state === "out");
  };

  /** @param {ProductState | null} state */
  #repriced = (state) => {
    const offered = (this.#offered = new Set(state?.variants.map(({ id }) => id)));
    this.#showButton(this.#badge.seen ?? { plenty: true });
    if (!state) return;
    const chosen = this.#chosen;
    for (const choice of this.querySelectorAll("a.choice")) {
      if (choice instanceof HTMLElement) choice.hidden = !offered.has(choice.dataset.variant ?? "");
    }
    for (const { id, price, was } of state.variants) {
      const choice = /** @type {HTMLElement | null} */ (this.querySelector(`a.choice[data-variant="${id}"]`));
      const holder = choice ?? (id === chosen ? this.#price : null);
      if (!holder) continue;
      const changed = Number(holder.dataset.price) !== price || Number(holder.dataset.was) !== (was ?? 0);
      Object.assign(holder.dataset, { price, was: was ?? "" });
      if (id !== chosen || !changed) continue;
      this.#showPrice(holder);
      wash(this.#price);
      announce(`The price is ${money(price, state.currency)} now.`);
    }
  };

  /** @param {HTMLElement} holder */
  #showPrice({ dataset: { price, was } }) {
    const currency = document.body.dataset.currency ?? "EUR";
    this.#price.replaceChildren(money(Number(price), currency));
    if (!was) return;
    const before = document.createElement("s");
    before.className = "was";
    const hidden = document.createElement("span");
    hidden.className = "vh";
    hidden.textContent = "was ";
    before.append(hidden, money(Number(was), currency));
    this.#price.prepend(before, " ");
  }

  /** @param {HTMLAnchorElement} choice @param {string} value */
  #showPicture(choice, value) {
    const small = /** @type {HTMLImageElement} */ (choice.querySelector("img"));
    const large = /** @type {HTMLImageElement} */ (this.querySelector(".still img"));
    // What is empty takes away what the former picture brought.
    large.srcset = small.srcset;
    large.className = small.className;
    large.src = small.src;
    large.alt = choice.dataset.alt ?? `${this.dataset.name}, ${value.toLowerCase()}`;
  }

  /**
   * However many there are, what is not for sale can't be bought. What is held can wait in a cart, which may be its holder's.
   * @param {import("./stock.js").Public} seen
   */
  #showButton(seen) {
    if (this.#offered && !this.#offered.has(this.#chosen)) {
      this.#close("Not for sale any more");
    } else if (say(seen).state !== "out") {
      this.#button.disabled = false;
      this.#button.textContent = "Add to cart";
    } else {
      this.#close(say(seen).word);
    }
  }

  /** @param {string} why */
  #close(why) {
    this.#button.disabled = true;
    this.#button.textContent = why;
  }

  get #chosen() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input[name=variant]")).value;
  }

  get #badge() {
    return /** @type {StockLine} */ (this.querySelector("stock-line.badge"));
  }

  get #button() {
    return /** @type {HTMLButtonElement} */ (this.querySelector(".take .button"));
  }

  get #price() {
    return /** @type {HTMLElement} */ (this.querySelector(".price"));
  }
}

customElements.define("product-choice", ProductChoice);
