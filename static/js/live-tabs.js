/**
 * The tabs of a browser share one session: whom the server takes one of them for, that one tells the others.
 *
 * A tab that was opened before there was a session would not hear otherwise that something went into the cart.
 * @module
 */

const CHANNEL = "live";

export class Tabs {
  /** @type {BroadcastChannel | null} null while the page is put away: an open one may keep it out of the back/forward cache */
  #channel = null;
  /** @type {(viewer: string | null) => void} */
  #hear;

  /** @param {(viewer: string | null) => void} hear is told of every welcome of another tab */
  constructor(hear) {
    this.#hear = hear;
    this.#meet();
    addEventListener("pagehide", () => this.#part());
    addEventListener("pageshow", () => this.#meet());
  }

  /** @param {string | null} viewer whom the server takes this tab for */
  tell(viewer) {
    this.#channel?.postMessage(viewer);
  }

  #meet() {
    if (this.#channel) return;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
  }

  #part() {
    this.#channel?.close();
    this.#channel = null;
  }
}
