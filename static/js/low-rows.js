/**
 * <low-rows data-version data-room>: the few rows of a <stock-desk> that have the fewest left, whichever they are by now.
 *
 * They change while nobody points at them or types in them; else a button below says that others run low, and the change
 * waits until the clerk has left. A row that holds what somebody typed, or says why it was refused, always stays.
 * @module
 */

import { live } from "./live.js";
import { picture } from "./art.js";
import { wash } from "./wash.js";

/**
 * @typedef {{variant: string, name: string, value: string, image: string, on_hand: number, held: number, low_at: number}} Shortage units
 * @typedef {import("./stock-desk.js").StockDesk} StockDesk
 */

class LowRows extends HTMLElement {
  /** @type {Shortage[] | null} What waits until nobody is at the list. */
  #waiting = null;
  /** @type {AbortController | null} */
  #listening = null;
  #stop = () => {};

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    for (const left of ["pointerleave", "focusout"]) this.#list?.addEventListener(left, () => setTimeout(this.#take), { signal });
    this.querySelector("[data-part=renew]")?.addEventListener("click", () => setTimeout(this.#take), { signal });
    this.#stop = live.watch("dashboard/low", this.#hear, { version: Number(this.dataset.version) });
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#stop();
  }

  get #desk() {
    return /** @type {StockDesk | null} */ (this.closest("stock-desk"));
  }

  get #list() {
    return /** @type {HTMLElement | null} */ (this.querySelector(".low"));
  }

  get #shown() {
    return /** @type {HTMLElement[]} */ ([...(this.#list?.children ?? [])]);
  }

  /** @param {{rows: Shortage[]} | null} now @param {{version: number}} about */
  #hear = (now, { version }) => {
    if (!now) return;
    this.dataset.version = String(version);
    for (const row of now.rows) this.#desk?.hear(row, version);
    this.#waiting = now.rows.slice(0, Number(this.dataset.room));
    this.#take();
  };

  /** Takes in what waits, unless somebody is at the list. */
  #take = () => {
    if (!this.#waiting || !this.#list) return;
    const before = this.#shown;
    const known = new Map(before.map((row) => [row.dataset.variant, row]));
    const wanted = new Set(this.#waiting.map(({ variant }) => variant));
    const kept = before.filter((row) => isHeld(row) && !wanted.has(row.dataset.variant ?? ""));
    const after = [...this.#waiting.map(({ variant }) => known.get(variant) ?? variant), ...kept];
    const same = after.length === before.length && after.every((row, place) => row === before[place]);
    const wait = !same && this.#list.matches(":hover, :focus-within");
    this.querySelector("[data-part=renew]")?.toggleAttribute("hidden", !wait);
    if (wait) return;
    if (!same) {
      const shortages = new Map(this.#waiting.map((shortage) => [shortage.variant, shortage]));
      this.#list.replaceChildren(...after.flatMap((row) => (typeof row === "string" ? this.#row(shortages.get(row)) : row)));
    }
    this.#waiting = null;
    this.querySelector("[data-part=empty]")?.toggleAttribute("hidden", this.#shown.length > 0);
  };

  /** @param {Shortage | undefined} shortage */
  #row(shortage) {
    const blank = this.querySelector("template")?.content.querySelector("li");
    if (!blank || !shortage) return [];
    const row = filled(blank, shortage);
    this.#desk?.draw(row);
    wash(row);
    return [row];
  }
}

/** Whether a row holds what would be lost with it. @param {HTMLElement} row */
function isHeld(row) {
  const [typed, seen] = ["on_hand", "expected"].map((name) => /** @type {HTMLInputElement | null} */ (row.querySelector(`[name=${name}]`))?.value);
  return typed !== seen || row.querySelector("form")?.ariaBusy === "true" || row.querySelector(".said.bad:not([hidden])") !== null;
}

/**
 * The server's row with another variant in it: VARIANT and NAME stand where these belong.
 * @param {HTMLElement} blank
 * @param {Shortage} shortage
 */
function filled(blank, { variant, name, value, image, on_hand: onHand, held, low_at: lowAt }) {
  const row = /** @type {HTMLElement} */ (blank.cloneNode(true));
  const called = value ? `${name}, ${value.toLowerCase()}` : name;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of element.attributes) attribute.value = attribute.value.replaceAll("VARIANT", () => variant);
    for (const node of element.childNodes) {
      if (node instanceof Text) node.data = node.data.replaceAll("NAME", () => called);
    }
  }
  row.querySelector("img")?.replaceWith(picture(image, 44));
  for (const field of row.querySelectorAll("input")) if (["on_hand", "expected"].includes(field.name)) field.defaultValue = String(onHand);
  Object.assign(row.dataset, { onHand, held, lowAt });
  return row;
}

customElements.define("low-rows", LowRows);
