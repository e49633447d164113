/**
 * <stock-line data-variant data-version>: a stock level that stays true. It may be a badge, a line in a bay, or one word.
 *
 * Its parts are .pips, [data-part=word] and [data-part=sentence]. Fires "stockchange" with {variant, seen}. With
 * data-announce, changes are told to screen readers too.
 * @module
 */

import { announce } from "./announce.js";
import { live } from "./live.js";
import { say } from "./stock.js";
import { wash } from "./wash.js";

/** @typedef {import("./stock.js").Public} Public */

export class StockLine extends HTMLElement {
  static observedAttributes = ["data-variant"];

  /** @type {Public | null} */
  #seen = null;
  /** @type {() => void} */
  #stop = () => {};

  connectedCallback() {
    this.#watch();
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** @param {string} _name @param {string | null} before */
  attributeChangedCallback(_name, before) {
    if (before !== null && this.isConnected) this.#watch();
  }

  /**
   * What is known of the stock; null when only the server's words are.
   * @returns {Public | null}
   */
  get seen() {
    if (this.#seen) return this.#seen;
    const { left, held, backorder } = this.dataset;
    return left === undefined ? null : { left: Number(left), held: Number(held), backorder: backorder !== undefined };
  }

  /** @param {Public} seen @returns {void} */
  show(seen) {
    const said = say(seen);
    this.#seen = seen;
    this.dataset.state = said.state;
    this.querySelector(".pips")?.replaceChildren(...said.pips.map(pip));
    this.#write("word", said.word);
    this.#write("sentence", said.sentence);
  }

  #watch() {
    this.#stop();
    const { variant, version } = this.dataset;
    if (variant) this.#stop = live.watch(`stock/${variant}`, this.#hear, { version: Number(version ?? -1) });
  }

  /** @param {Public | null} seen @param {{version: number}} about */
  #hear = (seen, { version }) => {
    const before = this.#words();
    this.dataset.version = String(version);
    this.show(seen ?? { left: 0, held: 0 });
    if (this.#words() !== before) {
      wash(this);
      if ("announce" in this.dataset) announce(this.#words());
    }
    const detail = { variant: this.dataset.variant, seen: this.#seen };
    this.dispatchEvent(new CustomEvent("stockchange", { bubbles: true, detail }));
  };

  #words() {
    return [...this.querySelectorAll("[data-part]")].map((part) => part.textContent).join(". ");
  }

  /** @param {string} part @param {string} text */
  #write(part, text) {
    const element = this.querySelector(`[data-part="${part}"]`);
    if (element) element.textContent = text;
  }
}

/** @param {string} kind */
function pip(kind) {
  const element = document.createElement("i");
  if (kind) element.className = kind;
  return element;
}

customElements.define("stock-line", StockLine);
