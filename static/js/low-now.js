/**
 * <low-now data-version [data-room]>: what runs low. On a wall, where data-room says how many there is room for, its rows
 * follow by themselves; at a desk it only says how many there are.
 * @module
 */

import { live } from "./live.js";
import { picture } from "./art.js";
import { say } from "./stock.js";

/**
 * @typedef {{variant: string, name: string, value: string, image: string, on_hand: number, held: number}} Shortage units
 * @typedef {{low: number, out: number, rows: Shortage[]}} LowStock
 */

class LowNow extends HTMLElement {
  #stop = () => {};

  connectedCallback() {
    this.#stop = live.watch("dashboard/low", this.#hear, { version: Number(this.dataset.version) });
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** @param {LowStock | null} now @param {{version: number}} about */
  #hear = (now, { version }) => {
    if (!now) return;
    this.dataset.version = String(version);
    this.#write("low", now.low);
    this.#write("out", now.out);
    const list = this.querySelector(".low");
    const blank = this.querySelector("template")?.content.querySelector("li");
    if (!list || !blank) return;
    list.replaceChildren(...now.rows.slice(0, Number(this.dataset.room)).map((row) => filled(blank, row)));
    this.querySelector("[data-part=empty]")?.toggleAttribute("hidden", now.rows.length > 0);
  };

  /** @param {string} part @param {number} count */
  #write(part, count) {
    const element = this.querySelector(`[data-part=${part}]`);
    if (element) element.textContent = String(count);
  }
}

/** @param {HTMLElement} blank @param {Shortage} shortage */
function filled(blank, { variant, name, value, image, on_hand: onHand, held }) {
  const row = /** @type {HTMLElement} */ (blank.cloneNode(true));
  row.dataset.variant = variant;
  row.querySelector("img")?.replaceWith(picture(image, 80));
  const said = say({ left: Math.max(0, onHand - held), held });
  const [label, word] = [".name", ".word"].map((part) => row.querySelector(part));
  if (label) label.textContent = value ? `${name}, ${value.toLowerCase()}` : name;
  if (word) word.textContent = said.word;
  const stock = /** @type {HTMLElement | null} */ (row.querySelector(".stock"));
  if (stock) stock.dataset.state = said.state;
  return row;
}

customElements.define("low-now", LowNow);
