/**
 * <checkout-form>: the sums follow the way of delivery, the ways follow the country, and the form is sent once. (Sent twice,
 * it is still one order.) What another country costs is for the server to say; nothing that was typed is touched.
 * @module
 */

import { announce } from "./announce.js";

const REST_MS = 8_000;
/** What depends on the country. */
const PARTS = ["ways", "pay"];

class CheckoutForm extends HTMLElement {
  /** @type {AbortController | null} The newest question to the server, while it is open. */
  #asking = null;

  connectedCallback() {
    this.addEventListener("change", this.#chosen);
    this.addEventListener("submit", this.#submitted);
    addEventListener("pageshow", this.#open);
    this.#showSums();
    /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid=true]"))?.focus();
  }

  disconnectedCallback() {
    this.removeEventListener("change", this.#chosen);
    this.removeEventListener("submit", this.#submitted);
    removeEventListener("pageshow", this.#open);
    this.#asking?.abort();
  }

  /** @param {Event} event */
  #chosen = (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement) this.#forget(field);
    if (field instanceof HTMLSelectElement && field.name === "country") {
      // What was wrong with a postcode was so by the other country's rules.
      this.#forget(this.querySelector("[name=postcode]"));
      this.#ask(field.value);
    } else this.#showSums();
  };

  /**
   * What was wrong with a field is not said of another value. Its place stays: a value counts as changed when the button is
   * pressed, and what moves away under the pointer hears no click.
   * @param {HTMLInputElement | null} field
   */
  #forget(field) {
    if (field?.ariaInvalid !== "true") return;
    field.ariaInvalid = null;
    field.parentElement?.querySelector(".wrong")?.classList.add("past");
    field.removeAttribute("aria-describedby");
  }

  #showSums() {
    const way = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=shipping]:checked"));
    const sums = /** @type {HTMLTemplateElement | null} */ (way && this.querySelector(`template[data-way="${CSS.escape(way.value)}"]`));
    const total = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=total]"));
    if (!sums || !total) return;
    total.value = sums.dataset.total ?? "";
    this.querySelector("[data-part=sums]")?.replaceChildren(sums.content.cloneNode(true));
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-due]"))) {
      part.hidden = (part.dataset.due === "nothing") !== (total.value === "0");
    }
  }

  /** Shows the ways to a country, and what they cost. @param {string} country */
  async #ask(country) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const way = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=shipping]:checked"));
    const wish = new URLSearchParams({ country, shipping: way?.value ?? "" });
    for (const part of this.#parts) part.ariaBusy = "true";
    try {
      const answer = await fetch(`/checkout?${wish}`, { signal: asking.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("checkout-form");
      // What is in the cart has changed meanwhile: its page says what to do.
      if (!found) location.assign(answer.url);
      for (const name of found ? PARTS : []) {
        const fresh = found?.querySelector(`[data-part="${name}"]`);
        if (fresh) this.querySelector(`[data-part="${name}"]`)?.replaceWith(document.adoptNode(fresh));
      }
      if (found) announce([...this.querySelectorAll("[data-part=pay] .total")].map((part) => part.textContent).join(" "));
    } catch {
      // Without an answer the form stays as it is; sent so, the server says what it would cost before anything is ordered.
    }
    if (this.#asking === asking) for (const part of this.#parts) part.ariaBusy = null;
  }

  get #parts() {
    return /** @type {HTMLElement[]} */ (PARTS.map((name) => this.querySelector(`[data-part="${name}"]`)).filter(Boolean));
  }

  /** @param {Event} event */
  #submitted = (event) => {
    if (this.#button?.ariaBusy === "true") {
      event.preventDefault();
      return;
    }
    if (this.#button) this.#button.ariaBusy = "true";
    setTimeout(this.#open, REST_MS);
  };

  #open = () => {
    if (this.#button) this.#button.ariaBusy = null;
  };

  get #button() {
    return /** @type {HTMLButtonElement | null} */ (this.querySelector("button.wide"));
  }
}

customElements.define("checkout-form", CheckoutForm);
