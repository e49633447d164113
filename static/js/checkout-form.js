/**
 * <checkout-form>: the total follows the way of delivery, and the form is sent once. (Sent twice, it is still one order.)
 * @module
 */

const REST_MS = 8_000;

class CheckoutForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", this.#showTotal);
    this.addEventListener("submit", this.#submitted);
    addEventListener("pageshow", this.#open);
    this.#showTotal();
    /** @type {HTMLElement | null} */ (this.querySelector("[aria-invalid=true]"))?.focus();
  }

  disconnectedCallback() {
    this.removeEventListener("change", this.#showTotal);
    this.removeEventListener("submit", this.#submitted);
    removeEventListener("pageshow", this.#open);
  }

  #showTotal = () => {
    const way = /** @type {HTMLElement | null} */ (this.querySelector("[name=shipping]:checked"));
    for (const part of way ? ["delivery", "code", "total"] : []) {
      const element = this.querySelector(`[data-part="${part}"]`);
      if (element) element.textContent = way?.dataset[part] ?? "";
    }
  };

  /** @param {Event} event */
  #submitted = (event) => {
    if (this.#button.ariaBusy === "true") {
      event.preventDefault();
      return;
    }
    this.#button.ariaBusy = "true";
    setTimeout(this.#open, REST_MS);
  };

  #open = () => {
    this.#button.ariaBusy = null;
  };

  get #button() {
    return /** @type {HTMLButtonElement} */ (this.querySelector("button.wide"));
  }
}

customElements.define("checkout-form", CheckoutForm);
