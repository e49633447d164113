/**
 * <come-back>: looks whether the shop is open again, or whether the address in data-ask answers, at first after the seconds that the shop has named and then less and
 * less often, and goes back to the page. It goes by an ordinary link, so a form is never sent a second time.
 * @module
 */

const LONGEST_MS = 30_000;
const SLOWER = 1.5;

class ComeBack extends HTMLElement {
  #pause = 5_000;
  #timer = 0;

  connectedCallback() {
    this.#pause = Math.max(1, Number(this.dataset.seconds) || 5) * 1000;
    const words = this.querySelector("p");
    if (words) words.textContent = "This page comes back by itself.";
    document.addEventListener("visibilitychange", this.#look);
    this.#wait();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#look);
    clearTimeout(this.#timer);
  }

  /** Shoppers who were told the same second come back at different ones. */
  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#look, this.#pause * (0.75 + Math.random() / 2));
    this.#pause = Math.min(LONGEST_MS, this.#pause * SLOWER);
  }

  #look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(this.dataset.ask || "/readyz", { cache: "no-store" });
      if (answer.ok) {
        location.replace(this.dataset.to || "/");
        return;
      }
    } catch {
      // Nobody answers at all: it is looked for again.
    }
    this.#wait();
  };
}

customElements.define("come-back", ComeBack);
