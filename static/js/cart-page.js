/**
 * <cart-page data-version>: the cart, changed without leaving the page and kept true when it changes elsewhere.
 *
 * The server alone knows what stands in a line's way, so whatever matters is shown by fetching the page again. What is
 * changed without a connection is sent as soon as there is one: each change says how many there shall be, so that one whose
 * answer was lost may be sent again.
 * @module
 */

import { announce } from "./announce.js";
import "./hold-clock.js";
import { live } from "./live.js";
import { free } from "./stock.js";

/** When many carts hear the same news, they don't all ask in the same moment. */
const SPREAD_MS = 600;

class CartPage extends HTMLElement {
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {object | null} The newest question to the server, while it is open. */
  #asking = null;
  #timer = 0;
  /** @type {[string, RequestInit][]} */
  #unsent = [];
  /** @type {Promise<unknown>} The answer to the newest change. */
  #sent = Promise.resolve();
  /** @type {Promise<void>} Until that change is shown. */
  #changed = Promise.resolve();
  /** @type {Promise<void>} Until the pointer is let go. */
  #pressed = Promise.resolve();

  connectedCallback() {
    live.addEventListener("welcome", this.#connected);
    this.addEventListener("submit", this.#submitted);
    this.addEventListener("click", this.#clicked);
    this.addEventListener("pointerdown", this.#press);
    this.addEventListener("change", this.#typed);
    this.addEventListener("stockchange", this.#stockChanged);
    this.#watch();
  }

  disconnectedCallback() {
    live.removeEventListener("welcome", this.#connected);
    this.removeEventListener("submit", this.#submitted);
    this.removeEventListener("click", this.#clicked);
    this.removeEventListener("pointerdown", this.#press);
    this.removeEventListener("change", this.#typed);
    this.removeEventListener("stockchange", this.#stockChanged);
    clearTimeout(this.#timer);
    this.#asking = null;
    this.#rest();
  }

  #watch() {
    this.#stops.push(live.watch("me/cart", this.#cartChanged, { version: Number(this.dataset.version) }));
    for (const product of new Set(this.#lines.map((line) => line.dataset.product))) {
      this.#stops.push(live.watch(`product/${product}`, this.#repriced));
    }
    for (const { dataset } of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-order]"))) {
      const known = { version: Number(dataset.version) };
      this.#stops.push(live.watch(`me/orders/${dataset.order}`, () => this.#look(0), known));
    }
  }

  #rest() {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** @param {SubmitEvent} event */
  #submitted = (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method !== "post" || form.closest(".notice.above")) return;
    event.preventDefault();
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, event.submitter)) body.append(name, String(value));
    step(form, Number(body.get("step") ?? 0));
    this.#changed = this.#ask(form.action, { method: "POST", body });
  };

  /** Whoever goes on to check out takes along what was changed just before. @param {MouseEvent} event */
  #clicked = async (event) => {
    const link = /** @type {Element} */ (event.target).closest('a[href="/checkout"]');
    if (!link || !this.#asking || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await this.#changed;
    if (!this.#unsent.length) /** @type {HTMLElement | null} */ (this.querySelector('a[href="/checkout"]'))?.click();
  };

  /** What is pressed has to be there when it is let go: else it hears no click. */
  #press = () => {
    this.#pressed = new Promise((released) => {
      const release = () => setTimeout(released);
      addEventListener("pointerup", release, { once: true });
      addEventListener("pointercancel", release, { once: true });
    });
  };

  /** @param {Event} event */
  #typed = (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.name === "quantity" && field.reportValidity()) field.form?.requestSubmit();
  };

  /** @param {{lines: {variant: string, quantity: number, price: number}[], code?: string} | null} cart */
  #cartChanged = (cart) => {
    const shown = this.#lines.map(({ dataset }) => `${dataset.variant} ${dataset.quantity} ${dataset.price}`);
    const heard = (cart?.lines ?? []).map(({ variant, quantity, price }) => `${variant} ${quantity} ${price}`);
    const sameCode = (cart?.code ?? "") === (this.dataset.code ?? "");
    if (shown.join() !== heard.join() || !sameCode) this.#look(0);
  };

  /** @param {{variants: {id: string, price: number}[]} | null} product @param {{topic: string}} about */
  #repriced = (product, { topic }) => {
    const slug = topic.slice("product/".length);
    const prices = new Map(product?.variants.map(({ id, price }) => [id, price]));
    const stale = this.#lines.some(({ dataset }) => {
      if (dataset.product !== slug) return false;
      const price = prices.get(dataset.variant ?? "");
      // What is for sale no more has no price, and may come back.
      return price === undefined ? dataset.trouble !== "gone" : dataset.trouble === "gone" || price !== Number(dataset.price);
    });
    if (stale) this.#look(SPREAD_MS);
  };

  /** @param {Event} event */
  #stockChanged = (event) => {
    const line = /** @type {HTMLElement} */ (event.target).closest("li");
    const { seen } = /** @type {CustomEvent} */ (event).detail;
    if (!line) return;
    const short = free(seen) < Number(line.dataset.quantity);
    if (short || ["out", "held", "short"].includes(line.dataset.trouble ?? "")) this.#look(SPREAD_MS);
  };

  #connected = async () => {
    for (const [address, request] of this.#unsent.splice(0)) await this.#ask(address, request);
  };

  /** @param {number} withinMs */
  #look(withinMs) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask("/cart", {}), Math.random() * withinMs);
  }

  /** @param {string} address @param {RequestInit} request */
  async #ask(address, request) {
    const changing = request.method === "POST";
    if (!changing && this.#asking) {
      this.#look(SPREAD_MS);
      return;
    }
    clearTimeout(this.#timer);
    // An answer that is overtaken is not shown; a change that it answers was made all the same.
    const asking = (this.#asking = {});
    this.ariaBusy = "true";
    let heard = false;
    try {
      const answer = await (changing ? this.#send(address, request) : fetch(address, request));
      heard = true;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("cart-page");
      await this.#pressed;
      if (this.#asking === asking) this.#show(/** @type {HTMLElement} */ (page));
    } catch {
      if (changing && !heard) this.#unsent.push([address, request]);
      if (this.#asking === asking && changing) {
        this.#apologise(heard ? "That did not work. Please try again." : "No connection. It is done as soon as there is one.");
      }
    }
    if (this.#asking === asking) this.#asking = this.ariaBusy = null;
  }

  /** Sends changes one after the other, so that the newest counts. @param {string} address @param {RequestInit} request */
  #send(address, request) {
    const sent = this.#sent.catch(() => {}).then(() => fetch(address, request));
    return (this.#sent = sent);
  }

  /** @param {HTMLElement} page */
  #show(page) {
    const focus = focusIn(this);
    const typed = this.#typedCode;
    this.#rest();
    this.dataset.version = page.dataset.version;
    this.dataset.code = page.dataset.code;
    this.replaceChildren(...page.childNodes);
    this.#typedCode = typed;
    this.#watch();
    if (focus) this.querySelector(focus)?.focus({ preventScroll: true });
    const trouble = this.querySelector("#refusal, .note p, .promo .wrong, #code-trouble p");
    const total = [...this.querySelectorAll(".total")].map((part) => part.textContent).join(" ");
    announce(trouble?.textContent || total || "Your cart is empty.");
  }

  /** @param {string} words */
  #apologise(words) {
    this.querySelector("#refusal")?.remove();
    const notice = document.createElement("p");
    notice.className = "notice bad above";
    notice.id = "refusal";
    notice.role = "alert";
    notice.textContent = words;
    this.querySelector("h1")?.after(notice);
  }

  /** What stands in the field for a code; null while it is folded away. */
  get #typedCode() {
    const fold = /** @type {HTMLDetailsElement | null} */ (this.querySelector("details.promo"));
    return fold?.open ? /** @type {HTMLInputElement} */ (fold.querySelector("[name=code]")).value : null;
  }

  /** @param {string | null} typed */
  set #typedCode(typed) {
    const fold = /** @type {HTMLDetailsElement | null} */ (this.querySelector("details.promo"));
    if (!fold || typed === null) return;
    fold.open = true;
    /** @type {HTMLInputElement} */ (fold.querySelector("[name=code]")).value ||= typed;
  }

  get #lines() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".lines > li")]);
  }
}

/**
 * Shows how many there shall be before the server has said so: the next press counts on from there.
 * @param {HTMLFormElement} form
 * @param {number} by
 */
function step(form, by) {
  const field = /** @type {HTMLInputElement | null} */ (by ? form.querySelector("[name=quantity]") : null);
  if (field) field.value = String(Math.min(Math.max(Number(field.value) + by, Number(field.min)), Number(field.max)));
}

/**
 * A selector for what has the focus, so that the same thing can have it after the page was shown anew.
 * @param {Element} page
 * @returns {any}
 */
function focusIn(page) {
  const focused = document.activeElement;
  if (focused && page.contains(focused) && focused.closest(".promo")) return ".promo :is(input, button)";
  const line = focused?.closest("li[data-variant]");
  if (!focused || !line || !page.contains(line)) return null;
  const { variant } = /** @type {HTMLElement} */ (line).dataset;
  const name = focused.getAttribute("name");
  const step = name === "step" ? `[value="${focused.getAttribute("value")}"]` : "";
  return name ? `li[data-variant="${variant}"] .stepper [name="${name}"]${step}` : `li[data-variant="${variant}"] a`;
}

customElements.define("cart-page", CartPage);
