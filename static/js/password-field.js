/**
 * <password-field>: a button that shows what was typed, and hides it again before it is sent. Without scripts the field is
 * an ordinary one.
 * @module
 */

class PasswordField extends HTMLElement {
  #button = document.createElement("button");

  connectedCallback() {
    const button = this.#button;
    button.type = "button";
    button.className = "show";
    button.addEventListener("click", this.#turn);
    this.#input.after(button);
    this.#input.form?.addEventListener("submit", this.#hide);
    addEventListener("pagehide", this.#hide);
    this.#say();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#hide);
  }

  #turn = () => {
    this.#input.type = this.#shown ? "password" : "text";
    this.#say();
    this.#input.focus();
  };

  /** Browsers would offer to remember a text that was shown as an ordinary one. */
  #hide = () => {
    this.#input.type = "password";
    this.#say();
  };

  #say() {
    this.#button.textContent = this.#shown ? "Hide" : "Show";
    const label = this.querySelector("label")?.textContent?.toLowerCase() ?? "password";
    this.#button.setAttribute("aria-label", `${this.#button.textContent} ${label}`);
    this.#button.setAttribute("aria-controls", this.#input.id);
  }

  get #shown() {
    return this.#input.type === "text";
  }

  get #input() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input"));
  }
}

customElements.define("password-field", PasswordField);
