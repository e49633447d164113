/**
 * <link-pill>: says that the page is not live, and since when. While all is well it is empty and not to be seen.
 * @module
 */

import { live } from "./live.js";

class LinkPill extends HTMLElement {
  #clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: document.body.dataset.timezone });

  connectedCallback() {
    live.addEventListener("link", this.#show);
  }

  disconnectedCallback() {
    live.removeEventListener("link", this.#show);
  }

  /** @param {Event} event */
  #show = (event) => {
    const { state, at } = /** @type {CustomEvent<{state: string, at: Date}>} */ (event).detail;
    if (state === "live") {
      this.replaceChildren();
      return;
    }
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.ariaHidden = "true";
    if (state === "reconnecting") {
      this.replaceChildren(dot, "Reconnecting…");
      return;
    }
    const again = document.createElement("button");
    again.className = "link";
    again.type = "button";
    again.textContent = "Try now";
    again.addEventListener("click", () => live.reconnect());
    this.replaceChildren(dot, `Offline, as of ${this.#clock.format(at)}`, again);
  };
}

customElements.define("link-pill", LinkPill);
