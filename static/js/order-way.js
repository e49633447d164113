/**
 * <order-way data-order data-version>: the order's way, as it goes. Nothing is said before the server has said it.
 * @module
 */

import { announce } from "./announce.js";
import { money, time } from "./format.js";
import "./hold-clock.js";
import { live } from "./live.js";
import { wash } from "./wash.js";

/**
 * @typedef {{name: string, state: string, text: string, at: string | null, link: string}} Step times are RFC 3339; link is where the parcel can be followed
 * @typedef {{what: string, amount: number, currency: string, at: string, done: boolean}} GivenBack in minor units
 * @typedef {{status: string, payment: string | null, fulfilment: string, headline: string, steps: Step[], payable: boolean, hold_until: string | null, replaced_by: string | null, refunds?: GivenBack[]}} OrderState
 */

const STATIONS = ["done", "now", "bad"];
const SOLD = ["paid", "refunding", "refunded"];
const ENDED_UNPAID = ["failed", "cancelled", "expired"];

class OrderWay extends HTMLElement {
  /** @type {() => void} */
  #stop = () => {};
  /** The newest look at the page, whose answer counts. */
  #looking = {};

  connectedCallback() {
    const { order, version } = this.dataset;
    live.addEventListener("link", this.#linkChanged);
    live.addEventListener("refused", this.#refused);
    this.#linkChanged();
    this.#stop = live.watch(`me/orders/${order}`, this.#hear, { version: Number(version) });
  }

  disconnectedCallback() {
    live.removeEventListener("link", this.#linkChanged);
    live.removeEventListener("refused", this.#refused);
    this.#stop();
  }

  /** Whoever may not see the order any more, after logging out elsewhere, should not have it on the screen either. */
  #refused = (/** @type {Event} */ event) => {
    const { topic } = /** @type {CustomEvent<{topic: string}>} */ (event).detail;
    if (topic === `me/orders/${this.dataset.order}`) location.reload();
  };

  /** @param {OrderState | null} order @param {{version: number}} about */
  #hear = (order, { version }) => {
    if (!order) return;
    this.dataset.version = String(version);
    const headline = this.querySelector("[data-part=headline]");
    if (headline && headline.textContent !== order.headline) {
      headline.textContent = order.headline;
      announce(order.headline);
    }
    for (const [place, step] of order.steps.entries()) this.#showStep(place, step);
    const given = this.#showRefunds(order.refunds ?? []);
    const now = situation(order);
    // What changes an order that was paid without taking it on its way is of its lines: something went back, or came back.
    if (given || (SOLD.includes(order.status) && now === this.dataset.situation)) this.#look();
    this.#showNotice(now);
    for (const clock of this.querySelectorAll("hold-clock")) clock.setAttribute("data-until", order.hold_until ?? "");
    const newer = this.querySelector("[data-part=newer]");
    if (newer && order.replaced_by) newer.setAttribute("href", `/orders/${order.replaced_by}`);
  };

  /** What was taken off or came back stands in the lines, and in the papers: both are rare, and fetched. */
  async #look() {
    const looking = (this.#looking = {});
    try {
      const answer = await fetch(location.pathname);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (this.#looking !== looking) return;
      for (const part of ["aside .lines", "[data-part=papers]"]) {
        const [old, fresh] = [this.querySelector(part), page.querySelector(part)];
        if (old && fresh && plain(old) !== plain(fresh)) old.replaceWith(document.adoptNode(fresh));
      }
    } catch {
      // Without an answer they stay as they are. What went back was said already.
    }
  }

  /** Whether it shows others than before. @param {GivenBack[]} refunds */
  #showRefunds(refunds) {
    const part = /** @type {HTMLElement | null} */ (this.querySelector("[data-part=back]"));
    const list = part?.querySelector("[data-part=refunds]");
    if (!part || !list) return false;
    const before = plain(list);
    list.replaceChildren(...refunds.map(givenBack));
    if (plain(list) === before) return false;
    part.hidden = refunds.length === 0;
    wash(part);
    return true;
  }

  /** @param {number} place @param {Step} step */
  #showStep(place, step) {
    const item = this.querySelectorAll(".way > li")[place];
    const [name, text] = item?.querySelectorAll("b, span") ?? [];
    if (!item || !name || !text) return;
    const station = step.state === "wrong" ? "bad" : step.state;
    const followed = item.querySelector("a")?.href ?? "";
    const shown = STATIONS.find((known) => item.classList.contains(known)) ?? "";
    if (text.textContent === step.text && shown === station && followed === step.link) return;
    item.className = station;
    item.toggleAttribute("aria-current", false);
    if (step.state === "now") item.setAttribute("aria-current", "step");
    name.textContent = step.name;
    text.textContent = step.text;
    for (const part of item.querySelectorAll("time, a")) part.remove();
    if (step.link) text.after(follow(step.link));
    if (step.at) {
      const clock = document.createElement("time");
      clock.dateTime = step.at;
      clock.textContent = time(step.at, document.body.dataset.timezone ?? "UTC");
      item.append(clock);
    }
    wash(item);
  }

  /** @param {string} now */
  #showNotice(now) {
    this.dataset.situation = now;
    for (const notice of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-when]"))) {
      notice.hidden = notice.dataset.when !== now;
    }
    this.#linkChanged();
  }

  /** "Live" is said only where something can still happen, and only while it is true. */
  #linkChanged = () => {
    const pill = /** @type {HTMLElement | null} */ (this.querySelector("[data-part=live]"));
    const open = ["pay", "retry", "bank", "refunding"].includes(this.dataset.situation ?? "");
    if (pill) pill.hidden = !(open && document.documentElement.dataset.link === "live");
  };
}

/** @param {Element} part */
function plain(part) {
  return part.textContent?.replace(/\s/g, "");
}

/**
 * A refund in a row of its own, as the server draws it.
 * @param {GivenBack} given
 */
function givenBack(given) {
  const item = document.createElement("li");
  const line = document.createElement("p");
  const sum = document.createElement("b");
  const how = document.createElement("span");
  line.className = "row between";
  sum.textContent = money(given.amount, given.currency);
  how.className = "soft";
  how.textContent = given.done ? "Given back" : "On its way";
  line.append(sum, how);
  item.append(line);
  if (given.what) {
    const what = document.createElement("p");
    what.className = "small soft";
    what.textContent = given.what;
    item.append(what);
  }
  return item;
}

/**
 * The way to follow the parcel. The server lets only web addresses in.
 * @param {string} address
 */
function follow(address) {
  const link = document.createElement("a");
  Object.assign(link, { href: address, target: "_blank", rel: "noopener noreferrer", className: "link" });
  link.textContent = "Follow the parcel";
  return link;
}

/**
 * What the shopper can do now; handlers/orders.py says the same.
 * @param {OrderState} order
 * @returns {string}
 */
function situation({ status, payment, payable, fulfilment, replaced_by: newer }) {
  if (payable) return ENDED_UNPAID.includes(payment ?? "") ? "retry" : "pay";
  if (status === "paid" && fulfilment !== "none") return fulfilment;
  if (status === "cancelled" && newer) return "replaced";
  return status === "placed" ? "bank" : status;
}

customElements.define("order-way", OrderWay);
