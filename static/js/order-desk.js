/**
 * <order-desk data-number data-seq>: an order's page, as it changes under the hands of others.
 *
 * The feed says that something happened; the page is then asked for again, and its parts marked data-live are put in the
 * place of the old ones. What is being typed stays.
 * @module
 */

import { announce } from "./announce.js";
import { live } from "./live.js";
import { wash } from "./wash.js";

const RETRY_MS = 2_000;

class OrderDesk extends HTMLElement {
  #stop = () => {};
  #asking = false;
  /** News came while the page was being asked for. */
  #again = false;
  #retry = 0;

  connectedCallback() {
    const { number, seq } = this.dataset;
    // A refusal is the answer to a form. Whoever comes back here sees the order, and is not asked to send it once more.
    const here = `/dashboard/orders/${number}`;
    if (location.pathname !== here) history.replaceState(null, "", here);
    const follower = {
      onEvent: (/** @type {{number: string}} */ order) => {
        if (order.number === number) this.#refresh();
      },
      onReset: () => this.#refresh(),
    };
    this.#stop = live.follow("dashboard/orders", follower, { seq: Number(seq) });
  }

  disconnectedCallback() {
    this.#stop();
    clearTimeout(this.#retry);
  }

  async #refresh() {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    this.#asking = true;
    do {
      this.#again = false;
      const page = await newest(`/dashboard/orders/${this.dataset.number}`);
      if (page) this.#renew(page);
      else this.#later();
    } while (this.#again);
    this.#asking = false;
  }

  #later() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#refresh(), RETRY_MS);
  }

  /** @param {Document} page */
  #renew(page) {
    for (const old of this.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (!fresh || same(old, fresh)) continue;
      keepTyped(old, fresh);
      const focused = place(old);
      old.replaceWith(fresh);
      focus(fresh, focused);
      wash(fresh);
      if (fresh.id === "order-stands") announce(fresh.textContent?.replace(/\s+/g, " ").trim() ?? "");
    }
    // What was refused is true no more, or is said by the page itself.
    this.querySelector("#order-refused")?.remove();
  }
}

/**
 * The page as it is now; null when it can't be had.
 * @param {string} address
 */
async function newest(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function same(old, fresh) {
  const plain = (/** @type {Element} */ part) => part.innerHTML.replace(/\s+/g, " ");
  return plain(old) === plain(fresh);
}

/**
 * What was typed, and which folds are open, go on in the new part where it has the same.
 * @param {Element} old
 * @param {Element} fresh
 */
function keepTyped(old, fresh) {
  for (const input of old.querySelectorAll("input")) {
    const other = fresh.ownerDocument.getElementById(input.id);
    if (input.value !== input.defaultValue && other instanceof HTMLInputElement) other.value = input.value;
  }
  const folds = fresh.querySelectorAll("details");
  for (const [n, fold] of old.querySelectorAll("details").entries()) folds[n]?.toggleAttribute("open", fold.open);
}

/**
 * Where the focus is in a part, by the id or the words of what has it; null when it is elsewhere.
 * @param {Element} part
 */
function place(part) {
  const active = document.activeElement;
  return active && part.contains(active) ? { id: active.id, words: active.textContent?.trim() ?? "" } : null;
}

/**
 * The focus stays where it was; where that is gone, at what there is to do now, but never on another button: a press that
 * was meant for the old one must not meet it.
 * @param {Element} part
 * @param {{id: string, words: string} | null} before
 */
function focus(part, before) {
  if (!before) return;
  const known = before.id ? document.getElementById(before.id) : null;
  const alike = [...part.querySelectorAll("button, a, summary")].find((other) => other.textContent?.trim() === before.words);
  const next = /** @type {HTMLElement} */ (known ?? alike ?? part);
  if (next === part) next.tabIndex = -1;
  next.focus();
}

customElements.define("order-desk", OrderDesk);
