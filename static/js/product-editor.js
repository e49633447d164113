/**
 * <product-editor data-slug data-version data-edition>: a product's form, smoother. Rows are added in place, photographs
 * uploaded as they are chosen, prices read back as shoppers will see them; it says when somebody else changes the product,
 * and before what was typed is lost. Without it the form does all of this by being sent.
 * @module
 */

import "./dashboard-link.js";
import { announce } from "./announce.js";
import { picture } from "./art.js";
import { money } from "./format.js";
import { live } from "./live.js";

const LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";
const ID_LENGTH = 7;
/** What can be read in one way only (shop/prices.py). */
const PRICE = /^\s*[^\d\s.,-]?\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*$/;

class ProductEditor extends HTMLElement {
  #stop = () => {};
  #changed = false;
  #sending = false;

  connectedCallback() {
    this.addEventListener("click", this.#clicked);
    this.addEventListener("input", this.#typed);
    this.addEventListener("change", this.#chosen);
    this.addEventListener("submit", this.#submitted);
    addEventListener("beforeunload", this.#leaving);
    addEventListener("pageshow", this.#back);
    const { slug, version } = this.dataset;
    if (slug) this.#stop = live.watch(`product/${slug}`, this.#heard, { version: Number(version) });
    // A form that came back with faults holds what was typed and is not saved.
    if (!document.querySelector("#summary, .changes")) return;
    this.#touch();
    // Whoever comes back to it later opens the form anew, and is not asked to send it once more.
    history.replaceState(null, "", location.href);
  }

  disconnectedCallback() {
    this.#stop();
    removeEventListener("beforeunload", this.#leaving);
    removeEventListener("pageshow", this.#back);
  }

  /** Stock moves this topic too, so the books are asked whether what is edited here has changed. */
  #heard = async () => {
    const answer = await fetch(`/dashboard/products/${this.dataset.slug}/edition`);
    if (!answer.ok || this.#sending) return;
    const { edition } = await answer.json();
    const note = /** @type {HTMLElement} */ (document.getElementById("meanwhile"));
    if (edition === this.dataset.edition || !note.hidden) return;
    note.hidden = false;
    announce("Somebody else just changed this product.");
  };

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button[data-add]");
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const kind = button.dataset.add ?? "";
    const row = this.#add(kind, kind === "variant" ? "ol.kinds" : "ul.pairs");
    if (kind === "variant") {
      const id = /** @type {HTMLInputElement} */ (row.querySelector("[name$='-id']"));
      id.value = newId();
      this.#showThumb(/** @type {HTMLSelectElement} */ (row.querySelector("select")));
    }
    /** @type {HTMLElement | null} */ (row.querySelector(".field:not(.pick, [hidden]) input"))?.focus();
    this.#touch();
  };

  /** @param {Event} event */
  #typed = (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || field.type === "file") return;
    this.#touch();
    if (field.closest(".money")) this.#preview(field);
    if (field.closest(".options")) this.#showValues();
  };

  /** @param {Event} event */
  #chosen = (event) => {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.closest(".pick")) this.#showThumb(field);
    if (field instanceof HTMLInputElement && field.type === "file") this.#upload(field);
    else this.#touch();
  };

  #submitted = (/** @type {SubmitEvent} */ event) => {
    if (this.#sending) event.preventDefault();
    this.#sending = true;
  };

  #back = () => {
    this.#sending = false;
  };

  /** @param {BeforeUnloadEvent} event */
  #leaving = (event) => {
    if (this.#changed && !this.#sending) event.preventDefault();
  };

  #touch() {
    this.#changed = true;
    const words = this.querySelector("[data-part=unsaved]");
    if (words instanceof HTMLElement) words.hidden = false;
  }

  /** A copy of a template's row, at the end of a list. @param {string} kind @param {string} list */
  #add(kind, list) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector(`template[data-row=${kind}]`));
    const rows = /** @type {HTMLElement} */ (this.querySelector(list));
    const prefix = { variant: "v", fact: "fact", picture: "pic" }[kind];
    let number = rows.children.length;
    while (this.querySelector(`form [name^="${prefix}${number}-"]`)) number += 1;
    const row = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const attribute of element.attributes) attribute.value = attribute.value.replace("__n__", String(number));
    }
    rows.append(row);
    if (kind === "variant") this.#showValues();
    return row;
  }

  /** The fields of as many options as have names; the only variant of a product without any needs none. */
  #showValues() {
    const names = [...this.querySelectorAll(".options input")].map((field) => /** @type {HTMLInputElement} */ (field).value.trim());
    const several = this.querySelectorAll("ol.kinds > li").length > 1;
    const count = Math.max(names.findLastIndex(Boolean) + 1, several ? 1 : 0);
    for (const list of this.querySelectorAll("ol.kinds")) {
      if (list instanceof HTMLElement) list.dataset.options = String(count);
      for (const row of list.children) {
        [...row.querySelectorAll(".value")].forEach((field, place) => {
          const input = /** @type {HTMLInputElement} */ (field.querySelector("input"));
          /** @type {HTMLElement} */ (field).hidden = place >= count && !input.value;
          /** @type {HTMLElement} */ (field.querySelector("label")).textContent = names[place] || "Kind";
        });
      }
    }
  }

  /** The price as shoppers will read it, under its field. @param {HTMLInputElement} field */
  #preview(field) {
    const cell = /** @type {HTMLElement} */ (field.closest(".field"));
    let words = cell.querySelector(".preview");
    if (!words) {
      words = document.createElement("span");
      words.className = "preview";
      words.ariaHidden = "true";
      field.after(words);
    }
    words.textContent = read(field.value, document.body.dataset.currency ?? "EUR");
  }

  /** @param {HTMLSelectElement} select */
  #showThumb(select) {
    const thumb = select.closest(".pick")?.querySelector("[data-part=thumb]");
    thumb?.replaceChildren(...(select.value ? [picture(select.value, 44)] : []));
  }

  /** @param {HTMLInputElement} field */
  async #upload(field) {
    const files = [...(field.files ?? [])];
    const bad = [];
    field.disabled = true;
    for (const [place, file] of files.entries()) {
      this.#say(field, `Sending ${place + 1} of ${files.length}…`, false);
      const fault = await this.#send(file);
      if (fault) bad.push(`${file.name}: ${fault}`);
    }
    field.value = "";
    field.disabled = false;
    this.#say(field, bad.join(" ") || `${files.length === 1 ? "One photograph" : `${files.length} photographs`} added. Save to show them in the shop.`, bad.length > 0);
  }

  /** Sends one file; answers what is wrong with it, or nothing. @param {File} file */
  async #send(file) {
    const body = new FormData();
    body.append("picture", file);
    try {
      const answer = await fetch("/dashboard/pictures", { method: "POST", body, headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (!answer.ok) return String(said.detail);
      this.#addPicture(said.image);
      return "";
    } catch {
      return "It could not be sent. Are you online?";
    }
  }

  /** @param {string} image */
  #addPicture(image) {
    if (this.querySelector(`.shown [data-image="${image}"]`)) return;
    const row = this.#add("picture", "ul.shown");
    row.dataset.image = image;
    /** @type {HTMLInputElement} */ (row.querySelector("[name$='-image']")).value = image;
    row.querySelector(".art")?.replaceChildren(picture(image, 140));
    const number = this.querySelectorAll(".shown > li").length;
    /** @type {HTMLInputElement} */ (row.querySelector("[name$='-place']")).value = String(number);
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template[data-row=variant]"));
    for (const select of [...this.querySelectorAll(".pick select"), ...template.content.querySelectorAll(".pick select")]) {
      select.querySelector("option[value='']")?.remove();
      select.append(new Option(String(number), image));
      this.#showThumb(/** @type {HTMLSelectElement} */ (select));
    }
    this.#touch();
  }

  /** @param {HTMLInputElement} field @param {string} words @param {boolean} bad */
  #say(field, words, bad) {
    const said = document.getElementById(field.getAttribute("aria-describedby") ?? "");
    if (said) {
      said.textContent = words;
      said.className = bad ? "wrong" : "hint";
    }
    field.ariaInvalid = bad ? "true" : null;
    announce(words);
  }
}

/** @param {string} text @param {string} currency */
function read(text, currency) {
  const found = PRICE.exec(text);
  // Money has as many decimals as its format shows; another number of them is the server's to refuse.
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  if (!found || (found[2] ?? "").length > digits) return "";
  return money(Number(found[1] + (found[2] ?? "").padEnd(digits, "0")), currency);
}

function newId() {
  const numbers = crypto.getRandomValues(new Uint32Array(ID_LENGTH));
  return [...numbers].map((number) => LETTERS[number % LETTERS.length]).join("");
}

customElements.define("product-editor", ProductEditor);
