/**
 * How the page's connection stands, told only when it matters: a short break is nobody's business.
 * @module
 */

const NOTICE_MS = 2_000;
const OFFLINE_MS = 30_000;

/** @typedef {"live" | "reconnecting" | "offline"} LinkState */

export class Link {
  /** @type {LinkState | null} null before the first connection */
  #state = null;
  /** @type {number[]} */
  #notices = [];
  /** @type {(state: LinkState) => void} */
  #report;

  /** @param {(state: LinkState) => void} report hears every change */
  constructor(report) {
    this.#report = report;
  }

  /** The server has spoken. */
  live() {
    this.rest();
    this.#set("live");
  }

  /** There is no network, or no use in trying. */
  offline() {
    this.rest();
    this.#set("offline");
  }

  /** A connection is wanted: unless it is there soon, say so. */
  expect() {
    if (this.#notices.length || this.#state === "offline") return;
    this.#notices = [
      setTimeout(() => this.#set(navigator.onLine ? "reconnecting" : "offline"), NOTICE_MS),
      setTimeout(() => this.offline(), OFFLINE_MS),
    ];
  }

  /** Nothing is expected, for instance while the page is hidden away. */
  rest() {
    for (const notice of this.#notices) clearTimeout(notice);
    this.#notices = [];
  }

  /** @param {LinkState} state */
  #set(state) {
    if (state === this.#state) return;
    this.#state = state;
    document.documentElement.dataset.link = state === "reconnecting" ? "lost" : state;
    this.#report(state);
  }
}
