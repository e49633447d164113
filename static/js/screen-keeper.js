/**
 * <screen-keeper data-shop>: keeps a page on the wall right for days without a touch.
 *
 * The server may have been replaced whenever the connection was gone, and now and then it is asked anyway: if its pages name
 * other files than this one does, or the shop has other settings (its name, its clock, how it writes money), the page loads
 * itself again, once for each set of them, and only while the server answers, since a page that fails to load has nothing
 * that could try again. The same look keeps the screen signed in. A screen that was signed out goes to where that is said.
 * @module
 */

import { live } from "./live.js";

const LOOK_MS = 15 * 60_000;
const LOOK_TIMEOUT_MS = 20_000;
const SIGNED_OUT = "/screen?out=1";
const TRIED = "reloaded for";
const FILES = /\/static\/([0-9a-f]+)\//;
const SETTINGS = /<screen-keeper data-shop="(\d+)"/;

class ScreenKeeper extends HTMLElement {
  #edition = edition(FILES.exec(import.meta.url)?.[1], this.dataset.shop);
  #welcomes = 0;
  #looking = false;
  #timer = 0;
  /** @type {AbortController | null} */
  #listening = null;

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    live.addEventListener("welcome", () => this.#welcomes++ && this.#look(), { signal });
    live.addEventListener("refused", () => location.replace(SIGNED_OUT), { signal });
    document.addEventListener("visibilitychange", () => this.#stayAwake(), { signal });
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#stayAwake();
  }

  disconnectedCallback() {
    this.#listening?.abort();
    clearInterval(this.#timer);
  }

  /** Where the browser can, the display does not go dark. */
  async #stayAwake() {
    if (document.visibilityState !== "visible") return;
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // On a low battery, or by a rule of the browser's owner: the page is right all the same.
    }
  }

  async #look() {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
      if (answer.redirected) location.replace(SIGNED_OUT);
      else if (answer.ok) this.#compare(await answer.text());
    } catch {
      // The server is away; it is asked again once it is back.
    } finally {
      this.#looking = false;
    }
  }

  /** @param {string} page as the server has it now */
  #compare(page) {
    const now = edition(FILES.exec(page)?.[1], SETTINGS.exec(page)?.[1]);
    if (!now || now === this.#edition || sessionStorage.getItem(TRIED) === now) return;
    sessionStorage.setItem(TRIED, now);
    location.reload();
  }
}

/**
 * What a page is made of: its set of files, and the shop's settings; "" for anything that is no such page.
 * @param {string | undefined} files
 * @param {string | undefined} settings
 */
function edition(files, settings) {
  return files && settings ? `${files} ${settings}` : "";
}

customElements.define("screen-keeper", ScreenKeeper);
