/**
 * <desk-link>: how true the page is right now. Live, with the time; reconnecting; offline, with the time of the last
 * word; or signed out. While it is not live, everything on the page falls back to grey and stays readable. With
 * data-short it leaves the time to the clock beside it.
 * @module
 */

import { everyMinute, minute } from "./dashboard-clock.js";
import { live } from "./live.js";

/** @typedef {"live" | "reconnecting" | "offline" | "out"} Standing */

class DeskLink extends HTMLElement {
  /** @type {Standing | null} null before the first word */
  #standing = null;
  #at = new Date();
  /** @type {AbortController | null} */
  #listening = null;
  #stopClock = () => {};

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    live.addEventListener("link", (event) => this.#linkChanged(event), { signal });
    live.addEventListener("refused", (event) => this.#refused(event), { signal });
    this.#stopClock = everyMinute(() => this.#show());
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#stopClock();
  }

  /** @param {Event} event */
  #linkChanged(event) {
    const { state, at } = /** @type {CustomEvent<{state: Standing, at: Date}>} */ (event).detail;
    // The socket of somebody who was signed out is live, and hears nothing of the dashboard.
    if (this.#standing === "out" && state === "live") return;
    this.#at = at;
    this.#stand(state);
  }

  /** @param {Event} event */
  #refused(event) {
    const { topic } = /** @type {CustomEvent<{topic: string}>} */ (event).detail;
    if (topic.startsWith("dashboard/")) this.#stand("out");
  }

  /** @param {Standing} standing */
  #stand(standing) {
    this.#standing = standing;
    document.getElementById("main")?.classList.toggle("stale", standing !== "live");
    this.classList.toggle("live", standing === "live");
    const dot = this.querySelector("[data-part=dot]");
    dot?.classList.toggle("lost", standing !== "live");
    dot?.classList.toggle("beat", standing === "live");
    this.#show();
  }

  #show() {
    const words = this.querySelector("[data-part=words]");
    if (!words || !this.#standing) return;
    if (this.#standing === "live") words.textContent = "short" in this.dataset ? "Live" : `Live, ${minute(new Date())}`;
    else if (this.#standing === "reconnecting" && "short" in this.dataset) {
      words.textContent = `Reconnecting, as of ${minute(this.#at)}`;
    } else if (this.#standing === "reconnecting") words.textContent = "Reconnecting…";
    else if (this.#standing === "offline") words.textContent = `Offline, as of ${minute(this.#at)}`;
    else words.replaceChildren(signIn());
  }
}

function signIn() {
  const link = document.createElement("a");
  link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Signed out. Sign in again";
  return link;
}

customElements.define("desk-link", DeskLink);
