/**
 * <search-box>: the header's search form with live suggestions, a WAI-ARIA combobox with a listbox. Without it, or without a
 * connection, the form searches as forms do.
 * @module
 */

import { announce } from "./announce.js";
import { money } from "./format.js";
import { live } from "./live.js";
import { StockLine } from "./stock-line.js";

/**
 * @typedef {{slug: string, name: string, value: string, image: string,
 *   price: {amount: number, currency: string}, stock: import("./stock.js").Public}} Product
 * @typedef {{q: string, did_you_mean: string | null, completions: string[], products: Product[],
 *   categories: {slug: string, name: string, count: number}[], makers: {name: string, count: number}[]}} Answer
 * @typedef {{element: HTMLElement, href: string}} Option
 */

const MAX_QUERY_CHARACTERS = 64;

/** The attribute data-art is the address of a drawing, with {name} where its name belongs. */
class SearchBox extends HTMLElement {
  /** @type {AbortController | null} */
  #listeners = null;
  #form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
  #input = /** @type {HTMLInputElement} */ (this.querySelector("input[type=search]"));
  #list = element("div", { id: "suggestions", role: "listbox", "aria-label": "Suggestions" });
  #empty = element("p", { class: "head" });
  #panel = element("div", { class: "panel" });
  /** @type {Option[]} */
  #options = [];
  #active = -1;
  /** Whether the reader wants suggestions; a late answer must not open what was closed. */
  #wanted = false;

  connectedCallback() {
    this.#listeners = new AbortController();
    const { signal } = this.#listeners;
    const keys = element("p", { class: "keys" });
    keys.append(element("span", {}, "Prices and stock right now"), element("span", { "aria-hidden": "true" }, "↑ ↓ Enter Esc"));
    this.#panel.replaceChildren(this.#list, this.#empty, keys);
    this.#form.append(this.#panel);
    set(this.#input, { role: "combobox", "aria-autocomplete": "list", "aria-controls": "suggestions" });
    this.#close();
    this.#input.addEventListener("input", () => this.#ask(), { signal });
    this.#input.addEventListener("click", () => this.#panel.hidden && this.#ask(), { signal });
    this.#input.addEventListener("keydown", (event) => this.#press(event), { signal });
    this.#form.addEventListener("submit", () => this.#close(), { signal });
    this.addEventListener("focusout", (event) => !this.contains(/** @type {Node?} */ (event.relatedTarget)) && this.#close(), { signal });
    // The focus stays in the field, so that the keys go on working after a click beside an option.
    this.#panel.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    this.#panel.addEventListener("click", (event) => this.#click(event), { signal });
    document.addEventListener("keydown", (event) => this.#focus(event), { signal });
    addEventListener("pagehide", () => this.#close(), { signal });
  }

  disconnectedCallback() {
    this.#listeners?.abort();
    this.#close();
    this.#panel.remove();
  }

  async #ask() {
    this.#wanted = true;
    this.#choose(-1);
    this.#panel.setAttribute("aria-busy", "true");
    const q = this.#input.value.slice(0, MAX_QUERY_CHARACTERS);
    try {
      const answer = await live.suggest(q);
      if (this.#wanted && q === this.#input.value.slice(0, MAX_QUERY_CHARACTERS)) this.#show(answer);
    } catch (reason) {
      // A newer question will be answered; without a connection an old answer would be wrong.
      if (!(reason instanceof DOMException && reason.name === "AbortError")) this.#close();
    }
  }

  /** @param {Answer} answer */
  #show(answer) {
    this.#options = [];
    this.#active = -1;
    const meant = answer.did_you_mean;
    const words = (meant ?? answer.q).split(/\s+/).filter(Boolean);
    this.#list.replaceChildren(
      ...this.#group("Did you mean", meant ? [[search(meant), ["Did you mean ", element("mark", {}, meant), "?"]]] : []),
      ...this.#group("Searches", answer.completions.map((text) => [search(text), marked(text, words)])),
      ...this.#group("Things", answer.products.map((product) => [`/p/${encodeURIComponent(product.slug)}`, this.#product(product, words)])),
      ...this.#group("Categories", answer.categories.map((it) => [`/c/${encodeURIComponent(it.slug)}`, counted(it, words)])),
      ...this.#group("Makers", answer.makers.map((it) => [search(it.name), counted(it, words)])),
    );
    const count = this.#options.length;
    this.#list.hidden = count === 0;
    this.#empty.hidden = count > 0;
    this.#empty.textContent = "Nothing by that name. Try fewer letters.";
    this.#panel.hidden = false;
    this.#panel.removeAttribute("aria-busy");
    this.#input.setAttribute("aria-expanded", String(count > 0));
    announce(count ? `${count} ${count === 1 ? "suggestion" : "suggestions"}` : this.#empty.textContent);
  }

  /**
   * @param {string} label
   * @param {[href: string, content: (Node | string)[]][]} entries
   * @returns {HTMLElement[]} a group, or none when it would be empty
   */
  #group(label, entries) {
    if (!entries.length) return [];
    const group = element("div", { role: "group", "aria-label": label });
    for (const [href, content] of entries) {
      const option = element("div", { role: "option", id: `s${this.#options.length}`, "aria-selected": "false" });
      // Text and marks flow as one item; parts that stand beside each other come as elements.
      const parts = content.every((part) => part instanceof HTMLElement && part.localName !== "mark");
      option.append(...(parts ? content : [element("span", {}, ...content)]));
      this.#options.push({ element: option, href });
      group.append(option);
    }
    return [group];
  }

  /** @param {Product} product @param {string[]} words @returns {HTMLElement[]} */
  #product({ name, value, image, price, stock }, words) {
    const src = image.startsWith("https:") ? image : (this.dataset.art ?? "").replace("{name}", image);
    // Without data-variant the line stays as it is: a panel lives too short to watch six variants.
    const level = new StockLine();
    level.className = "stock";
    level.append(element("span", { class: "pips", "aria-hidden": "true" }), " ", element("span", { "data-part": "word" }));
    level.show(stock);
    return [
      element("img", { src, alt: "", width: "44", height: "44" }),
      element("span", {}, ...marked(name, words), element("br"), element("span", { class: "fine" }, ...marked(value, words))),
      element("span", {}, money(price.amount, price.currency), element("br"), level),
    ];
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return;
    const last = this.#options.length - 1;
    const open = !this.#panel.hidden && last >= 0;
    const active = this.#options[this.#active];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      // Past either end lies the field itself.
      if (!open) this.#ask();
      else if (event.key === "ArrowDown") this.#choose(this.#active === last ? -1 : this.#active + 1);
      else this.#choose(this.#active === -1 ? last : this.#active - 1);
    } else if (event.key === "Home" && active) this.#choose(0);
    else if (event.key === "End" && active) this.#choose(last);
    else if (event.key === "Enter" && open && active) location.assign(active.href);
    else if (event.key === "Escape" && !this.#panel.hidden) this.#close();
    else if (event.key === "Escape") this.#input.value = "";
    else {
      if (event.key === "Tab") this.#close();
      return;
    }
    event.preventDefault();
  }

  /** "/" brings the reader here, unless they are writing. @param {KeyboardEvent} event */
  #focus(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const writing = target.isContentEditable || target.matches("input, textarea, select");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const chosen = this.#options.find((option) => option.element.contains(/** @type {Node} */ (event.target)));
    if (chosen) location.assign(chosen.href);
  }

  /** @param {number} index -1 is the field itself */
  #choose(index) {
    this.#options[this.#active]?.element.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = this.#options[index]?.element;
    if (!option) {
      this.#input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", option.id);
  }

  #close() {
    this.#wanted = false;
    this.#choose(-1);
    this.#panel.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
  }
}

/** @param {string} q */
function search(q) {
  return `/search?q=${encodeURIComponent(q)}`;
}

/** @param {{name: string, count: number}} found @param {string[]} words @returns {HTMLElement[]} */
function counted({ name, count }, words) {
  const things = `${count} ${count === 1 ? "thing" : "things"}`;
  return [element("span", {}, ...marked(name, words)), element("span", { class: "fine" }, things)];
}

/**
 * The text with the words marked where they begin a word.
 * @param {string} text
 * @param {string[]} words
 * @returns {(Node | string)[]}
 */
function marked(text, words) {
  if (!words.length) return [text];
  const escaped = words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, "\\$&"));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${escaped.join("|")})`, "giu");
  return text.split(pattern).map((part, place) => (place % 2 ? element("mark", {}, part) : part));
}

/**
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} content
 * @returns {HTMLElement}
 */
function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  set(made, attributes);
  made.append(...content);
  return made;
}

/** @param {HTMLElement} target @param {Record<string, string>} attributes */
function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}

customElements.define("search-box", SearchBox);
