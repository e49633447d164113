/**
 * <hold-clock data-until data-now>: until when something is held, and how long that is from now.
 *
 * It counts by the server's clock, which was at data-now when the page was made. A hold that is extended is a new data-until.
 * @module
 */

import { minute } from "./format.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

class HoldClock extends HTMLElement {
  static observedAttributes = ["data-until"];

  #ahead = 0;
  #timer = 0;

  connectedCallback() {
    this.#ahead = Date.parse(this.dataset.now ?? "") - Date.now() || 0;
    this.#tick();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  attributeChangedCallback() {
    if (!this.isConnected) return;
    const { until } = this.dataset;
    const time = this.querySelector("[data-part=until]");
    if (time && until) time.textContent = minute(until, document.body.dataset.timezone ?? "UTC");
    this.#tick();
  }

  #tick = () => {
    clearTimeout(this.#timer);
    const left = Date.parse(this.dataset.until ?? "") - Date.now() - this.#ahead;
    const said = this.querySelector("[data-part=left]");
    if (said) said.textContent = Number.isNaN(left) ? "" : `, ${words(left)}`;
    if (left > 0) this.#timer = setTimeout(this.#tick, left % (left > MINUTE_MS ? MINUTE_MS : SECOND_MS) || SECOND_MS);
  };
}

/** @param {number} left in milliseconds */
function words(left) {
  if (left <= 0) return "which is now";
  if (left > MINUTE_MS) return `${Math.ceil(left / MINUTE_MS)} more minutes`;
  const seconds = Math.ceil(left / SECOND_MS);
  return seconds === 1 ? "1 more second" : `${seconds} more seconds`;
}

customElements.define("hold-clock", HoldClock);
