/**
 * <figures-now data-version>: any part of the shop's day so far: figures with their sparklines, charts, the table of hours,
 * best sellers. The server says all of it in words and paths (shop/figures.py); here they only find their places.
 * @module
 */

import { money } from "./format.js";
import { live } from "./live.js";
import { picture } from "./art.js";
import { wash } from "./wash.js";

/**
 * @typedef {{path: string, x: number, y: number}} Spark
 * @typedef {{value: string, said: string[], spark: Spark | null}} Figure
 * @typedef {{label: string, bars: string, now: string, then: string, scale: string[]}} Chart
 * @typedef {{variant: string, product: string, name: string, value: string, image: string, units: number}} BestSeller
 * @typedef {object} Figures
 * @property {string} currency
 * @property {number | null} hour
 * @property {Record<string, Figure>} shown
 * @property {Record<string, Chart>} charts
 * @property {[number, number, number, number][]} hours orders and revenue, then those of the day before
 * @property {BestSeller[]} best
 */

class FiguresNow extends HTMLElement {
  /** @type {BestSeller[] | null} What waits until nobody points at the list. */
  #best = null;
  /** @type {AbortController | null} */
  #listening = null;
  #stop = () => {};

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    for (const left of ["pointerleave", "focusout"]) {
      this.addEventListener(left, () => this.#best && setTimeout(() => this.#best && this.#list(this.#best)), { signal });
    }
    this.#stop = live.watch("dashboard/figures", this.#hear, { version: Number(this.dataset.version) });
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#stop();
  }

  /** @param {Figures | null} figures @param {{version: number}} about */
  #hear = (figures, { version }) => {
    if (!figures) return;
    this.dataset.version = String(version);
    for (const [name, figure] of Object.entries(figures.shown)) this.#figure(name, figure);
    for (const [name, chart] of Object.entries(figures.charts)) this.#chart(name, chart, figures.hour);
    this.#table(figures);
    this.#list(figures.best);
  };

  /** @param {string} name @param {Figure} figure */
  #figure(name, { value, said, spark }) {
    const figure = this.querySelector(`[data-figure=${name}]`);
    const shown = figure?.querySelector(".v");
    if (!figure || !shown) return;
    figure.querySelector(".d")?.replaceChildren(...said.map(inSpan));
    if (spark) {
      draw(figure, ".spark path", spark.path);
      const tip = figure.querySelector(".tip");
      tip?.setAttribute("cx", String(spark.x));
      tip?.setAttribute("cy", String(spark.y));
    }
    if (shown.textContent === value) return;
    shown.textContent = value;
    wash(figure);
  }

  /** @param {string} name @param {Chart} chart @param {number | null} hour */
  #chart(name, { label, scale, ...paths }, hour) {
    const chart = this.querySelector(`[data-chart=${name}]`);
    if (!chart) return;
    for (const [part, path] of Object.entries(paths)) draw(chart, `.${part}`, path);
    chart.querySelector("svg")?.setAttribute("aria-label", label);
    chart.querySelector(".scale")?.replaceChildren(...scale.map(inSpan));
    chart.querySelectorAll(".clock > li").forEach((mark, at) => mark.classList.toggle("now", at === hour));
  }

  /** @param {Figures} figures */
  #table({ hours, currency }) {
    this.querySelectorAll("[data-part=hours] > tr").forEach((row, at) => {
      const [orders = 0, revenue = 0, ordersBefore = 0, revenueBefore = 0] = hours[at] ?? [];
      const said = [String(orders), money(revenue, currency), String(ordersBefore), money(revenueBefore, currency)];
      row.querySelectorAll("td").forEach((cell, place) => {
        if (cell.textContent !== said[place]) cell.textContent = said[place] ?? "";
      });
    });
  }

  /** Best sellers change places only while nobody points at them. @param {BestSeller[]} best */
  #list(best) {
    const list = this.querySelector("[data-part=best]");
    const row = /** @type {HTMLTemplateElement | null} */ (this.querySelector("template"))?.content.querySelector("li");
    this.#best = list?.matches(":hover, :focus-within") ? best : null;
    if (!list || !row || this.#best) return;
    list.replaceChildren(...best.map((each) => filled(row, each)));
    this.querySelector("[data-part=none]")?.toggleAttribute("hidden", best.length > 0);
  }
}

/** @param {Element} within @param {string} path @param {string} d */
function draw(within, path, d) {
  within.querySelector(path)?.setAttribute("d", d);
}

/** @param {string} text */
function inSpan(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}

/** @param {HTMLElement} blank @param {BestSeller} each */
function filled(blank, { variant, name, value, image, units }) {
  const row = /** @type {HTMLElement} */ (blank.cloneNode(true));
  row.dataset.variant = variant;
  row.querySelector("img")?.replaceWith(picture(image, 44));
  const link = row.querySelector("a");
  if (link) {
    link.href = `/dashboard/stock/${variant}`;
    link.textContent = value ? `${name}, ${value.toLowerCase()}` : name;
  }
  const sold = row.querySelector(".n");
  if (sold) sold.textContent = `${units} sold`;
  return row;
}

customElements.define("figures-now", FiguresNow);
