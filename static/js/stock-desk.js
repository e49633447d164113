/**
 * <stock-desk data-seq>: what is on hand, and the fields that set it.
 *
 * A clerk's number is kept whatever happens meanwhile: the row says what has changed, and the server refuses to write over
 * a number that the clerk has not seen. Rows stay where they are until somebody asks.
 * @module
 */

import { announce } from "./announce.js";
import { live } from "./live.js";
import { say } from "./stock.js";
import { wash } from "./wash.js";

const SAVE_MS = 10_000;
const NO_ANSWER = "No answer came. Look at the number when you are live again, then save once more.";

/**
 * @typedef {{variant: string, on_hand: number, held: number}} Counters in units
 * @typedef {{row: HTMLElement, form: HTMLFormElement, field: HTMLInputElement, expected: HTMLInputElement}} Edit
 * @typedef {{detail?: string, on_hand?: number, fields?: Record<string, string>}} Problem
 */

export class StockDesk extends HTMLElement {
  /** @type {Map<string, Counters[]>} What is heard of variants whose save is not answered yet. */
  #saving = new Map();
  #placing = false;
  /** @type {AbortController | null} */
  #listening = null;
  #stop = () => {};

  connectedCallback() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.addEventListener("submit", (event) => this.#submitted(event), { signal });
    this.addEventListener("focusout", (event) => this.#left(event), { signal });
    this.querySelector("[data-part=sort]")?.addEventListener("click", () => this.#sort(), { signal });
    this.#stop = live.follow("dashboard/stock", { onEvent: this.hear, onReset: this.#reset }, { seq: Number(this.dataset.seq) });
  }

  disconnectedCallback() {
    this.#listening?.abort();
    this.#stop();
  }

  get #shown() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".low > li")]);
  }

  /**
   * After a long gap the server tells of what it has least of. Rows that it doesn't speak of may be old by now: the page is
   * asked for anew, unless a clerk has typed something that would be lost.
   * @param {Counters[]} counters
   * @param {number} seq
   */
  #reset = (counters, seq) => {
    for (const each of counters) this.hear(each, seq);
    const told = new Set(counters.map(({ variant }) => variant));
    const typed = this.#shown.some((row) => {
      const edit = editOf(row);
      return edit && edit.field.value !== edit.expected.value;
    });
    if (!typed && this.#shown.some(({ dataset }) => !told.has(dataset.variant ?? ""))) location.reload();
  };

  /**
   * A variant's counters as of a position; older ones than its row has are passed over.
   * @param {Counters} now
   * @param {number} seq
   */
  hear = (now, seq) => {
    const row = this.#shown.find(({ dataset }) => dataset.variant === now.variant);
    if (!row || seq < Number(row.dataset.seq ?? 0)) return;
    row.dataset.seq = String(seq);
    const changed = Number(row.dataset.onHand) !== now.on_hand || Number(row.dataset.held) !== now.held;
    Object.assign(row.dataset, { onHand: now.on_hand, held: now.held });
    if (changed) {
      this.draw(row);
      wash(row);
    }
    const waiting = this.#saving.get(now.variant);
    const edit = editOf(row);
    if (waiting) waiting.push(now);
    else if (edit) this.#follow(edit);
    if (changed) this.#place();
  };

  /** Says in words and pips what a row's counters are. @param {HTMLElement} row @returns {void} */
  draw(row) {
    const held = Number(row.dataset.held);
    const free = available(row);
    const backorder = row.dataset.backorder !== undefined;
    const said = say(free > Number(row.dataset.lowAt) ? { plenty: true } : { left: Math.max(0, free), held: backorder ? 0 : held, backorder });
    const stock = /** @type {HTMLElement | null} */ (row.querySelector(".stock"));
    if (stock) stock.dataset.state = said.state;
    row.querySelector(".pips")?.replaceChildren(...said.pips.map(pip));
    const [word, holds, owed] = [".word", ".stock > .held", ".stock > .owed"].map((part) => row.querySelector(part));
    if (word) word.textContent = said.word;
    if (owed) owed.textContent = `${-free} owed`;
    owed?.toggleAttribute("hidden", free >= 0);
    if (!holds) return;
    holds.textContent = `${held} held`;
    holds.toggleAttribute("hidden", held === 0);
  }

  /**
   * The field follows the counter until somebody touches it; from then on the row says what has changed.
   * @param {Edit} edit
   */
  #follow({ row, field, expected }) {
    const now = row.dataset.onHand ?? "";
    const touched = document.activeElement === field || field.value !== expected.value;
    if (!touched) {
      field.value = expected.value = now;
    } else if (now !== expected.value) {
      this.#say(row, `Was ${expected.value}, now ${now}.`, "");
      row.dataset.news = "";
    } else if ("news" in row.dataset) {
      this.#say(row, "", "");
    }
  }

  /** Somebody left a field as it was: it may follow the counter again. @param {FocusEvent} event */
  #left(event) {
    const row = event.target instanceof HTMLElement ? event.target.closest("li") : null;
    const edit = row && editOf(row);
    if (!edit || edit.field !== event.target || edit.field.value !== edit.expected.value || this.#saves(edit)) return;
    if ("news" in edit.row.dataset) this.#say(edit.row, "", "");
    edit.field.value = edit.expected.value = edit.row.dataset.onHand ?? "";
  }

  /** @param {Edit} edit */
  #saves({ row }) {
    return this.#saving.has(row.dataset.variant ?? "");
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const row = event.target instanceof HTMLElement ? event.target.closest("li") : null;
    const edit = row && editOf(row);
    if (!edit) return;
    event.preventDefault();
    if (!this.#saves(edit)) this.#save(edit);
  }

  /** @param {Edit} edit */
  async #save(edit) {
    const { row, form, field, expected } = edit;
    const variant = row.dataset.variant ?? "";
    const [typed, was] = [field.valueAsNumber, Number(expected.value)];
    /** @type {Counters[]} */
    const heard = [];
    this.#saving.set(variant, heard);
    form.ariaBusy = "true";
    try {
      const reason = form.querySelector("select")?.value ?? "";
      const answer = await put(variant, { on_hand: typed, expected: was, reason });
      const said = await body(answer);
      if (answer.ok) this.#saved(edit, was, typed, heard);
      else this.#refused(edit, said, answer.status);
    } catch {
      this.#say(row, NO_ANSWER, "bad");
      // It may have been saved all the same; the feed knows.
      if (row.dataset.onHand !== expected.value) this.#follow(edit);
    } finally {
      this.#saving.delete(variant);
      form.ariaBusy = null;
    }
  }

  /** @param {Edit} edit @param {number} was @param {number} typed @param {Counters[]} heard */
  #saved(edit, was, typed, heard) {
    const { row, field, expected } = edit;
    const newest = heard.some(({ on_hand }) => on_hand === typed) ? heard.at(-1)?.on_hand : typed;
    const untouched = field.valueAsNumber === typed;
    expected.value = String(newest ?? typed);
    if (untouched) field.value = expected.value;
    const reason = row.querySelector("select");
    if (reason) reason.value = "";
    this.#say(row, was === typed ? `Nothing to save. It is ${typed}.` : `Saved. Was ${was}, now ${typed}.`, "good");
  }

  /**
   * The row says why; what it is now counts as seen, so saving once more is a decision.
   * @param {Edit} edit
   * @param {Problem} refusal
   * @param {number} status
   */
  #refused({ row, field, expected }, refusal, status) {
    const now = refusal.on_hand;
    if (status === 409 && now !== undefined) {
      const same = now === field.valueAsNumber;
      const way = same ? "That is what you typed." : `Save again to make it ${field.value}.`;
      this.#say(row, `Was ${expected.value}, now ${now}. ${way}`, same ? "" : "bad");
      expected.value = String(now);
    } else if (status === 401 || status === 403) {
      this.#say(row, "You are signed out. Sign in again, then save.", "bad");
    } else {
      const why = refusal.fields?.on_hand ?? refusal.detail;
      this.#say(row, why ?? "That did not work. Our side, not yours. Please try again.", "bad");
    }
  }

  /** @param {HTMLElement} row @param {string} words @param {"" | "good" | "bad"} kind */
  #say(row, words, kind) {
    const said = /** @type {HTMLElement | null} */ (row.querySelector(".said"));
    if (!said) return;
    delete row.dataset.news;
    said.className = `said fine ${kind}`;
    said.textContent = words;
    said.hidden = words === "";
    row.querySelector("[name=on_hand]")?.setAttribute("aria-invalid", String(kind === "bad"));
    if (words) announce(`${row.querySelector(".name")?.textContent?.trim()}: ${words}`);
  }

  /** When the fewest don't stand first any more, a button offers it. Many changes of one moment count as one. */
  #place() {
    if (this.#placing) return;
    this.#placing = true;
    requestAnimationFrame(() => {
      this.#placing = false;
      const shown = this.#shown;
      const inOrder = sorted(shown).every((row, place) => row === shown[place]);
      this.querySelector("[data-part=sort]")?.toggleAttribute("hidden", inOrder);
    });
  }

  #sort() {
    this.querySelector("[data-part=rows]")?.append(...sorted(this.#shown));
    this.querySelector("[data-part=sort]")?.toggleAttribute("hidden", true);
  }
}

/** @param {HTMLElement[]} rows */
function sorted(rows) {
  return rows.toSorted((one, other) => available(one) - available(other));
}

/** @param {HTMLElement} row */
function available(row) {
  return Number(row.dataset.onHand) - Number(row.dataset.held);
}

/**
 * The form of a row.
 * @param {HTMLElement} row
 * @returns {Edit | null}
 */
function editOf(row) {
  const form = row.querySelector("form");
  const [field, expected] = ["on_hand", "expected"].map((name) => form?.elements.namedItem(name));
  return form && field instanceof HTMLInputElement && expected instanceof HTMLInputElement ? { row, form, field, expected } : null;
}

/** @param {string} variant @param {{on_hand: number, expected: number, reason: string}} command */
function put(variant, command) {
  return fetch(`/api/v1/stock/${variant}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(command),
    signal: AbortSignal.timeout(SAVE_MS),
  });
}

/**
 * What the server says, such as the problem object of a refusal; an empty object where a proxy says something else.
 * @param {Response} answer
 * @returns {Promise<Problem>}
 */
async function body(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}

/** @param {string} kind */
function pip(kind) {
  const element = document.createElement("i");
  if (kind) element.className = kind;
  return element;
}

customElements.define("stock-desk", StockDesk);
