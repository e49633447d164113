/**
 * <orders-feed data-seq data-words data-goods [data-show] [data-flow] [data-still]>: orders as they come in, the newest first.
 *
 * On a desk new orders wait behind a pill, so that no row moves under a pointer; on a screen on the wall they flow in, and
 * data-flow says how many there is room for. A known order changes in its row. The p key pauses all of it. data-show cuts
 * the feed down to orders of one state; one that leaves the state stays in its place, and says so. With data-still no order
 * is added at all: a list that was searched for only changes in its rows.
 * @module
 */

import { announce } from "./announce.js";
import { picture } from "./art.js";
import { when } from "./dashboard-clock.js";
import { money } from "./format.js";
import { live } from "./live.js";
import { wash } from "./wash.js";

const MOST_ROWS = 50;
/** How long a row that came carries its ember edge. */
const FRESH_MS = 20_000;

/**
 * @typedef {object} OrderRow
 * @property {string} number
 * @property {string} at RFC 3339
 * @property {string} status
 * @property {string | null} payment
 * @property {string | null} [dispute]
 * @property {string} summary
 * @property {string[]} images
 * @property {number} total in minor units
 * @property {string} currency
 * @property {string} fulfilment
 * @property {{by: string, name: string, at: string} | null} claim who is packing it
 * @property {string} cancelled_by the name of whoever of the staff cancelled it
 * @property {boolean} collected whether the shopper comes for it
 * @property {number} [refunded] what of its total went back, in minor units
 */

/** Which orders a feed shows, by data-show; the server says the same (storage/order_search.py). */
const FITS = /** @type {Record<string, (order: OrderRow) => boolean>} */ ({
  pack: ({ status, fulfilment }) => status === "paid" && fulfilment === "none",
  ship: ({ status, fulfilment }) => status === "paid" && fulfilment === "packed",
  shipped: ({ status, fulfilment }) => status === "paid" && fulfilment === "shipped",
  delivered: ({ status, fulfilment }) => status === "paid" && fulfilment === "delivered",
  refunded: ({ status, refunded }) => status === "refunding" || status === "refunded" || (refunded ?? 0) > 0,
  waiting: ({ status }) => status === "placed",
});

class OrdersFeed extends HTMLElement {
  /** @type {Map<string, HTMLElement>} The rows on the page, by order number. */
  #rows = new Map();
  /** @type {Map<string, OrderRow>} New orders that are not on the page yet, the first to come first. */
  #waiting = new Map();
  /** @type {Map<string, OrderRow>} Changes of rows on the page that wait for the end of the pause. */
  #held = new Map();
  /** @type {Record<string, [string, string]>} Shape and word, by status and payment. */
  #words = {};
  /** @type {Record<string, [string, string]>} Shape and word of a paid order's goods. */
  #goods = {};
  /** Orders up to this time have left the page, and news of them is no new order. */
  #floorMs = -Infinity;
  #overflowed = false;
  #paused = false;
  /** @type {AbortController | null} */
  #listening = null;
  #stop = () => {};

  connectedCallback() {
    const { seq, words = "{}", goods = "{}" } = this.dataset;
    this.#words = JSON.parse(words);
    this.#goods = JSON.parse(goods);
    for (const row of this.#shown) this.#rows.set(row.dataset.number ?? "", row);
    this.#trim();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    this.#part("pause")?.addEventListener("click", () => this.#pause(!this.#paused), { signal });
    this.#part("more")?.addEventListener("click", () => this.#look(), { signal });
    this.#part("pause")?.toggleAttribute("hidden", false);
    const follower = { onEvent: this.#hear, onReset: this.#reset };
    this.#stop = live.follow("dashboard/orders", follower, { seq: Number(seq) });
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#stop();
  }

  get #flows() {
    return "flow" in this.dataset;
  }

  get #room() {
    return this.#still ? Infinity : Number(this.dataset.flow ?? MOST_ROWS);
  }

  /** Whether rows only change, and none comes or goes. */
  get #still() {
    return "still" in this.dataset;
  }

  /** @param {OrderRow} order */
  #fits(order) {
    return FITS[this.dataset.show ?? ""]?.(order) ?? true;
  }

  get #shown() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".feed > li")]);
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement | null} */ (this.querySelector(`[data-part=${name}]`));
  }

  /** @param {OrderRow} order */
  #hear = (order) => {
    const row = this.#rows.get(order.number);
    if (row && this.#paused) this.#held.set(order.number, order);
    else if (row) this.#change(row, order);
    else if (!this.#still && this.#fits(order)) this.#keep(order);
    else if (this.#waiting.delete(order.number)) this.#tell();
  };

  /**
   * The newest orders as they are, after a gap.
   * @param {OrderRow[]} orders
   */
  #reset = (orders) => {
    // The newest orders of all kinds say too little about a list of others.
    if (this.#still || this.dataset.show) {
      location.reload();
      return;
    }
    const known = new Set(orders.map(({ number }) => number));
    const since = orders.length < MOST_ROWS ? -Infinity : Date.parse(orders.at(-1)?.at ?? "");
    for (const [number, row] of this.#rows) {
      if (!known.has(number) && placedMs(row) > since) this.#drop(number, row);
    }
    const nothingToMove = this.#rows.size === 0;
    this.#waiting.clear();
    this.#held.clear();
    for (const order of orders.toReversed()) this.#hear(order);
    if (nothingToMove && !this.#paused && this.#waiting.size) this.#show();
    else this.#tell();
  };

  /** @param {OrderRow} order */
  #keep(order) {
    const isNew = !this.#waiting.has(order.number);
    if (isNew && Date.parse(order.at) <= this.#floorMs) return;
    this.#waiting.set(order.number, order);
    const [oldest] = this.#waiting.values();
    if (oldest && this.#waiting.size > this.#room) {
      this.#waiting.delete(oldest.number);
      this.#floorMs = Math.max(this.#floorMs, Date.parse(oldest.at));
      this.#overflowed = true;
    }
    if (!this.#paused && (this.#flows || this.#rows.size === 0)) this.#show();
    else if (isNew) this.#tell();
  }

  /** Somebody asks for the new orders: the first of them takes the focus that the pill gives up. */
  #look() {
    this.#show();
    this.querySelector("a")?.focus();
  }

  #show() {
    for (const order of this.#waiting.values()) this.#put(order);
    this.#waiting.clear();
    this.#overflowed = false;
    this.#trim();
    this.#part("empty")?.toggleAttribute("hidden", true);
    this.#tell();
  }

  /** @param {OrderRow} order */
  #put(order) {
    const copy = this.querySelector("template")?.content.cloneNode(true);
    const row = /** @type {DocumentFragment | undefined} */ (copy)?.querySelector("li");
    if (!row) return;
    this.#fill(row, order);
    row.classList.add("fresh", "arrive");
    setTimeout(() => row.classList.remove("fresh"), FRESH_MS);
    const older = this.#shown.find((other) => placedMs(other) <= placedMs(row));
    this.querySelector(".feed")?.insertBefore(row, older ?? null);
    this.#rows.set(order.number, row);
  }

  #trim() {
    const shown = this.#shown;
    for (const row of shown.slice(this.#room)) this.#drop(row.dataset.number ?? "", row);
    const last = shown[this.#room - 1];
    if (last) this.#floorMs = Math.max(this.#floorMs, placedMs(last));
  }

  /** @param {string} number @param {HTMLElement} row */
  #drop(number, row) {
    this.#rows.delete(number);
    row.remove();
  }

  /** @param {HTMLElement} row @param {OrderRow} order */
  #fill(row, order) {
    const at = new Date(order.at);
    Object.assign(row.dataset, { number: order.number, at: order.at });
    const [time, number, images, what, sum] = ["time", ".no", ".trio", ".what", ".sum"].map((part) => row.querySelector(part));
    if (!time || !number || !images || !what || !sum) return;
    time.setAttribute("datetime", order.at);
    time.textContent = when(at);
    number.textContent = `${order.number.slice(0, 4)}-${order.number.slice(4)}`;
    if (number instanceof HTMLAnchorElement) number.href = `/dashboard/orders/${order.number}`;
    images.replaceChildren(...order.images.map((image) => picture(image, 36)));
    what.textContent = order.summary;
    sum.textContent = money(order.total, order.currency);
    this.#stand(row, order);
    this.#standGoods(row, order);
  }

  /** @param {HTMLElement} row @param {OrderRow} order */
  #change(row, order) {
    const news = [this.#stand(row, order), this.#standGoods(row, order)];
    if (news.includes(true)) wash(row);
  }

  /**
   * Writes how the order stands; answers whether that is news.
   * @param {HTMLElement} row
   * @param {OrderRow} order
   */
  #stand(row, { status, payment, dispute, cancelled_by: cancelledBy, refunded }) {
    const inPart = status === "paid" && refunded ? "in part" : payment;
    const how = status === "cancelled" && cancelledBy ? "by staff" : inPart;
    const open = dispute === "open" || dispute === "review" ? this.#words.disputed : undefined;
    const [shape, word] = open ?? this.#words[`${status}/${how}`] ?? this.#words[status] ?? ["", status];
    return say(row.querySelector(".status"), `status ${shape}`, word);
  }

  /**
   * Writes how the goods of a paid order stand; answers whether that is news.
   * @param {HTMLElement} row
   * @param {OrderRow} order
   */
  #standGoods(row, { status, fulfilment, claim, collected }) {
    const key = status !== "paid" && fulfilment === "none" ? "" : claim && fulfilment === "none" ? "claimed" : fulfilment;
    const [shape, word] = (collected && this.#goods[`${key}/collected`]) || this.#goods[key] || ["", ""];
    return say(row.querySelector(".goods"), `goods ${shape}`, word.replace("{name}", () => claim?.name ?? ""));
  }

  #tell() {
    const more = this.#part("more");
    const count = this.#part("count");
    const waiting = this.#waiting.size;
    if (!more || !count) return;
    const words = `${this.#overflowed ? "Over " : ""}${waiting} new ${waiting === 1 ? "order" : "orders"}`;
    if (waiting && count.textContent !== words) announce(words);
    count.textContent = words;
    more.hidden = waiting === 0;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing || this.#still) return;
    this.#pause(!this.#paused);
  }

  /** @param {boolean} paused */
  #pause(paused) {
    this.#paused = paused;
    this.classList.toggle("paused", paused);
    this.#part("paused")?.toggleAttribute("hidden", !paused);
    const button = this.#part("pause");
    if (button) button.textContent = paused ? "Go on" : "Pause";
    announce(paused ? "Orders are paused." : "Orders come in again.");
    if (paused) return;
    for (const order of this.#held.values()) this.#hear(order);
    this.#held.clear();
    if (this.#flows && this.#waiting.size) this.#show();
  }
}

/**
 * Writes a word with its shape; answers whether it is another one.
 * @param {Element | null} element
 * @param {string} className
 * @param {string} word
 */
function say(element, className, word) {
  if (!element || element.textContent === word) return false;
  element.className = className;
  element.textContent = word;
  return true;
}

/** @param {HTMLElement} row */
function placedMs(row) {
  return Date.parse(row.dataset.at ?? "");
}

customElements.define("orders-feed", OrdersFeed);
