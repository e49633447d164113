/**
 * <shelf-filter>: a listing and the form that narrows it. A tick is applied at once: the same page is fetched by the form's
 * address and takes this one's place, while the focus, what is folded and where one has scrolled to stay.
 * @module
 */

import { announce } from "./announce.js";

class ShelfFilter extends HTMLElement {
  /** @type {AbortController | null} */
  #asking = null;

  connectedCallback() {
    this.addEventListener("change", this.#choose);
    this.addEventListener("submit", this.#choose);
    addEventListener("popstate", this.#back);
  }

  disconnectedCallback() {
    removeEventListener("popstate", this.#back);
  }

  /** @param {Event} event */
  #choose = (event) => {
    const form = this.querySelector("form");
    if (!form) return;
    event.preventDefault();
    const said = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(/** @type {string[][]} */ (said)).toString();
    const address = form.action + (query && `?${query}`);
    if (address === location.href) return;
    history.pushState(null, "", address);
    this.#show(address);
  };

  #back = () => this.#show(location.href);

  /** @param {string} address */
  async #show(address) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: asking.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("shelf-filter");
      if (!answer.ok || !fresh) return location.replace(address);
      this.#take(fresh);
      document.title = page.title;
      announce(this.querySelector("[data-part=found]")?.textContent ?? "");
      this.removeAttribute("aria-busy");
    } catch {
      if (!asking.signal.aborted) location.replace(address);
    }
  }

  /** @param {Element} fresh */
  #take(fresh) {
    const focused = document.activeElement?.id;
    const folds = [...this.querySelectorAll("details")];
    const open = new Map(folds.map((fold) => [fold.querySelector("summary")?.firstChild?.textContent, fold.open]));
    for (const fold of fresh.querySelectorAll("details")) {
      fold.open = open.get(fold.querySelector("summary")?.firstChild?.textContent) ?? fold.open;
    }
    this.replaceChildren(...fresh.childNodes);
    const again = focused ? this.querySelector(`#${CSS.escape(focused)}`) : null;
    // What was unticked may have nothing left: then its group has the focus.
    const next = again?.matches(":disabled") ? again.closest("details")?.querySelector("summary") : again;
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  }
}

customElements.define("shelf-filter", ShelfFilter);
