/**
 * <visitor-tools>: who is here, at the top of every page. When somebody else is, after logging in or out in another tab or
 * on a page that is gone back to, it is asked for anew: nobody's name stays behind.
 * @module
 */

import { live } from "./live.js";

class VisitorTools extends HTMLElement {
  #stale = false;

  connectedCallback() {
    live.addEventListener("welcome", this.#greet);
  }

  disconnectedCallback() {
    live.removeEventListener("welcome", this.#greet);
  }

  #greet = async (/** @type {Event} */ event) => {
    this.#stale ||= /** @type {CustomEvent<{another: boolean}>} */ (event).detail.another;
    if (!this.#stale) return;
    try {
      const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
      const fresh = page.querySelector("visitor-tools");
      this.#stale = !fresh;
      if (fresh && fresh.textContent !== this.textContent) this.replaceChildren(...fresh.childNodes);
    } catch {
      // It stays stale until the next welcome.
    }
  };
}

customElements.define("visitor-tools", VisitorTools);
