/**
 * <shelf-filter>: a listing and the form that narrows it. A tick is applied at once: the same page is fetched by the form's
 * address and takes this one's place, while the focus, what is folded and where one has scrolled to stay. Without a
 * connection the page stays as it is, and what was chosen is shown as soon as there is one again.
 * @module
 */

import { announce } from "./announce.js";
import { live } from "./live.js";

class ShelfFilter extends HTMLElement {
  /** @type {AbortController | null} */
  #asking = null;
  #owed = false;

  connectedCallback() {
    this.addEventListener("change", this.#choose);
    this.addEventListener("submit", this.#choose);
    addEventListener("popstate", this.#back);
    live.addEventListener("welcome", this.#connected);
  }

  disconnectedCallback() {
    removeEventListener("popstate", this.#back);
    live.removeEventListener("welcome", this.#connected);
  }

  /** @param {Event} event */
  #choose = (event) => {
    const form = this.querySelector("form");
    if (!form) return;
    event.preventDefault();
    const said = [...new FormData(form)].filter(([, value]) => value);
    const query = new URLSearchParams(/** @type {string[][]} */ (said)).toString();
    // Not form.action: a shop may have an option of that name, and then it is a field.
    const { href: address } = new URL((form.getAttribute("action") ?? "") + (query && `?${query}`), location.href);
    if (address === location.href) return;
    history.pushState(null, "", address);
    this.#show(address);
  };

  #back = () => this.#show(location.href);

  #connected = () => this.#owed && this.#show(location.href);

  /** @param {string} address */
  async #show(address) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.#owed = false;
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
      if (asking.signal.aborted) return;
      this.#owed = true;
      announce("No connection. What you chose is shown when it is back.");
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
