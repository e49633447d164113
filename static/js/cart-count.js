/**
 * <cart-count data-version>: how many things are in the cart, in every tab.
 * @module
 */

import { live } from "./live.js";

class CartCount extends HTMLElement {
  /** @type {() => void} */
  #stop = () => {};

  connectedCallback() {
    this.#stop = live.watch("me/cart", this.#hear, { version: Number(this.dataset.version) });
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** @param {{count: number} | null} cart @param {{version: number}} about */
  #hear = (cart, { version }) => {
    this.dataset.version = String(version);
    const count = this.querySelector("[data-part=count]");
    if (count) count.textContent = String(cart?.count ?? 0);
  };
}

customElements.define("cart-count", CartCount);
