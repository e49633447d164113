/**
 * <figures-now data-version>: the shop's day so far. Its parts are revenue, orders, paid and waiting.
 * @module
 */

import { money } from "./format.js";
import { live } from "./live.js";
import { wash } from "./wash.js";

/** @typedef {{orders: number, paid: number, revenue: number, waiting: number, currency: string}} Figures revenue in minor units */

class FiguresNow extends HTMLElement {
  #stop = () => {};

  connectedCallback() {
    this.#stop = live.watch("dashboard/figures", this.#hear, { version: Number(this.dataset.version) });
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** @param {Figures | null} figures @param {{version: number}} about */
  #hear = (figures, { version }) => {
    if (!figures) return;
    this.dataset.version = String(version);
    this.#write("revenue", money(figures.revenue, figures.currency));
    this.#write("orders", String(figures.orders));
    this.#write("paid", String(figures.paid));
    this.#write("waiting", String(figures.waiting));
  };

  /** @param {string} part @param {string} text */
  #write(part, text) {
    const figure = this.querySelector(`[data-part=${part}]`);
    if (!figure || figure.textContent === text) return;
    figure.textContent = text;
    wash(figure.closest(".figure") ?? figure);
  }
}

customElements.define("figures-now", FiguresNow);
