/**
 * <search-box data-art>: the header's search form with live suggestions, a WAI-ARIA combobox with a listbox.
 *
 * Without a connection the form searches as forms do. data-art is the address of a drawing called {name}.
 * @module
 */

import { announce } from "./announce.js";
import { frame, source } from "./art.js";
import { money } from "./format.js";
import { live } from "./live.js";
import { StockLine } from "./stock-line.js";

/**
 * @typedef {{name: string, count: number}} Counted
 * @typedef {{slug: string, name: string, value: string, image: string,
 *   price: {amount: number, currency: string}, stock: import("./stock.js").Public}} Product
 * @typedef {{q: string, did_you_mean: string | null, completions: string[], products: Product[],
 *   categories: (Counted & {slug: string})[], makers: Counted[]}} Answer
 * @typedef {(Node | string)[]} Content
 * @typedef {[path: string, end: string, ...content: Content]} Entry where an option leads, and what is in it
 */

/** An answer that takes longer is said to be on its way. */
const PATIENCE_MS = 300;

class SearchBox extends HTMLElement {
  #input = /** @type {HTMLInputElement} */ (this.querySelector("input"));
  #list = element("div", { id: "suggestions", role: "listbox", "aria-label": "Suggestions" });
  #word = element("p", { class: "head" });
  #panel = element("div", { class: "panel" }, this.#list, this.#word);
  /** @type {HTMLElement[]} */
  #options = [];
  #active = -1;
  /** @type {Map<string, HTMLElement>} Pictures that were shown before: they need not be drawn again. */
  #pictures = new Map();
  /** A late answer opens nothing that was closed. */
  #wanted = false;
  #patience = 0;

  connectedCallback() {
    const keys = element("span", { "aria-hidden": "true" }, "↑ ↓ Enter Esc");
    this.#panel.append(element("p", { class: "keys" }, span("Prices and stock right now"), keys));
    this.#input.form?.append(this.#panel);
    set(this.#input, { role: "combobox", "aria-autocomplete": "list", "aria-controls": "suggestions" });
    this.#close();
    this.#input.addEventListener("input", this.#ask);
    this.#input.addEventListener("click", this.#ask);
    this.#input.addEventListener("keydown", this.#press);
    this.#input.addEventListener("blur", this.#close);
    // The focus stays in the field, where the keys are heard.
    this.#panel.addEventListener("mousedown", (event) => event.preventDefault());
    this.#panel.addEventListener("click", ({ target }) => {
      open(this.#options.find((option) => option.contains(/** @type {Node} */ (target))));
    });
    document.addEventListener("keydown", this.#focus);
    addEventListener("pagehide", this.#close);
  }

  #ask = async () => {
    const q = this.#input.value;
    this.#wanted = true;
    this.#choose(-1);
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#wanted && this.#say("Looking…"), PATIENCE_MS);
    try {
      const answer = await live.suggest(q);
      if (this.#wanted && q === this.#input.value) this.#show(answer);
    } catch (reason) {
      // Aborted: a newer question was asked. Else what is shown grows old.
      if (/** @type {Error} */ (reason)?.name === "AbortError") return;
      if (this.#wanted) this.#say("No suggestions right now. Enter still searches.");
    }
    clearTimeout(this.#patience);
  };

  /** A word in place of suggestions. @param {string} text */
  #say(text) {
    this.#choose(-1);
    this.#options = [];
    this.#list.replaceChildren();
    this.#word.textContent = text;
    this.#open();
  }

  #open() {
    const found = this.#options.length > 0;
    this.#list.hidden = !found;
    this.#word.hidden = found;
    this.#panel.hidden = false;
    set(this.#input, { "aria-expanded": String(found) });
  }

  /** @param {Answer} answer */
  #show({ q, did_you_mean: meant, completions, products, categories, makers }) {
    const words = (meant ?? q).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    /** @type {(path: string, end: string, it: Counted) => Entry} */
    const counted = (path, end, it) => [path, end, marked(it.name, words), fine(said(it.count, "thing"))];
    this.#choose(-1);
    this.#options = [];
    this.#list.replaceChildren(
      ...this.#group("Did you mean", meant ? [["/search?q=", meant, span("Did you mean ", mark(meant), "?")]] : []),
      ...this.#group("Searches", completions.map((it) => ["/search?q=", it, marked(it, words)])),
      ...this.#group("Things", products.map((it) => ["/p/", it.slug, ...this.#product(it, words)])),
      ...this.#group("Categories", categories.map((it) => counted("/c/", it.slug, it))),
      ...this.#group("Makers", makers.map((it) => counted("/search?q=", it.name, it))),
    );
    const count = this.#options.length;
    if (count) this.#open();
    else this.#say("Nothing by that name. Try fewer letters.");
    announce(count ? said(count, "suggestion") : "Nothing by that name");
  }

  /** @param {string} label @param {Entry[]} entries */
  #group(label, entries) {
    const options = entries.map(([path, end, ...content]) => {
      const id = `s${this.#options.length}`;
      const href = path + encodeURIComponent(end);
      const option = element("div", { id, role: "option", "aria-selected": "false", "data-href": href }, ...content);
      this.#options.push(option);
      return option;
    });
    return options.length ? [element("div", { role: "group", "aria-label": label }, ...options)] : [];
  }

  /** @param {Product} product @param {string[]} words @returns {Content} */
  #product({ slug, name, value, image, price, stock }, words) {
    // Without data-variant it watches nothing.
    const level = new StockLine();
    level.className = "stock";
    level.append(element("span", { class: "pips", "aria-hidden": "true" }), " ", element("b", { "data-part": "word" }));
    level.show(stock);
    return [
      this.#picture(slug, image),
      span(marked(name, words), element("br"), fine(marked(value, words))),
      span(money(price.amount, price.currency), element("br"), level),
    ];
  }

  /** A new picture comes a frame after the words: drawing it takes longer than all the rest. @param {string} of @param {string} image */
  #picture(of, image) {
    const key = `${of} ${image}`;
    let known = this.#pictures.get(key);
    if (!known) {
      const made = (known = frame(image, 44));
      this.#pictures.set(key, made);
      requestAnimationFrame(() => setTimeout(() => set(made, { src: source(image, 44) })));
    }
    return known;
  }

  /** @param {KeyboardEvent} event */
  #press = (event) => {
    const { key } = event;
    const closed = this.#panel.hidden;
    const places = this.#options.length + 1;
    const active = this.#options[this.#active];
    if (event.isComposing) return;
    if (closed && (key === "ArrowDown" || key === "ArrowUp")) this.#ask();
    // The field itself stands before the first option and after the last.
    else if (key === "ArrowDown") this.#choose(((this.#active + 2) % places) - 1);
    else if (key === "ArrowUp") this.#choose(((this.#active + places) % places) - 1);
    else if (key === "Home" && active) this.#choose(0);
    else if (key === "End" && active) this.#choose(places - 2);
    else if (key === "Enter" && active) open(active);
    else if (key === "Escape" && closed) this.#input.value = "";
    else if (key === "Escape") this.#close();
    else return;
    event.preventDefault();
  };

  /** "/" brings the reader here, unless they are writing. @param {KeyboardEvent} event */
  #focus = (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const writing = target.closest("input, textarea, select, [contenteditable]");
    if (writing || event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  };

  /** @param {number} place of the option; -1 is the field itself */
  #choose(place) {
    const option = this.#options[place];
    set(this.#options[this.#active], { "aria-selected": "false" });
    set(option, { "aria-selected": "true" });
    set(this.#input, { "aria-activedescendant": option?.id ?? "" });
    option?.scrollIntoView({ block: "nearest" });
    this.#active = place;
  }

  #close = () => {
    this.#wanted = false;
    clearTimeout(this.#patience);
    this.#choose(-1);
    this.#panel.hidden = true;
    set(this.#input, { "aria-expanded": "false" });
  };
}

/** @param {HTMLElement | undefined} option */
function open(option) {
  if (option) location.assign(option.dataset.href ?? "");
}

/** @param {number} count @param {string} thing */
function said(count, thing) {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** The text, with the words marked where one begins. @param {string} text @param {string[]} words */
function marked(text, words) {
  const parts = words.length ? text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${words.join("|")})`, "giu")) : [text];
  return span(...parts.map((part, place) => (place % 2 ? mark(part) : part)));
}

/** @param {string} name @param {Record<string, string>} [attributes] @param {Content} content */
function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  set(made, attributes);
  made.append(...content);
  return made;
}

/** @param {HTMLElement | undefined} target @param {Record<string, string>} attributes */
function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target?.setAttribute(name, value);
}

const span = element.bind(null, "span", {});
const fine = element.bind(null, "span", { class: "fine" });
const mark = element.bind(null, "mark", {});

customElements.define("search-box", SearchBox);
