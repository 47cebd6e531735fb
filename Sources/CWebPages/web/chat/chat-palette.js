// Finds a conversation by its name, or starts one.

import { avatar, element } from "./chat-dom.js";
import { preview } from "./chat-text.js";

const SHOWN = 8;
const ID_CHARACTERS = 128;
const USER = /^[A-Za-z0-9._+@-]+$/;
const CONVERSATION = /^[A-Za-z0-9._+@/-]+$/;

const KINDS = [
  { kind: "direct", prefix: "user:", pattern: USER, text: "Write to" },
  { kind: "group", prefix: "group:", pattern: CONVERSATION, text: "Join the group" },
  { kind: "broadcast", prefix: "broadcast:", pattern: CONVERSATION, text: "Follow the broadcast" },
];
const HINT = "Names have letters, digits and . _ - + @, those of groups and broadcasts / too.";

export class Palette {
  #dialog;
  #input;
  #list;
  #hint;
  #find;
  #onChosen;
  #options = [];
  #selected = 0;

  /**
   * @param {object} options
   * @param {() => object[]} options.find all conversations, in order
   * @param {(address: string) => void} options.onChosen
   */
  constructor({ dialog, input, list, hint, find, onChosen }) {
    this.#dialog = dialog;
    this.#input = input;
    this.#list = list;
    this.#hint = hint;
    this.#find = find;
    this.#onChosen = onChosen;
    input.oninput = () => this.#update();
    input.onkeydown = (event) => this.#pressed(event);
    dialog.onclick = ({ target }) => target === dialog && dialog.close();
  }

  open() {
    if (this.#dialog.open) return;
    this.#input.value = "";
    this.#update();
    this.#dialog.showModal();
    this.#input.focus();
  }

  close() {
    this.#dialog.close();
  }

  #update() {
    const text = this.#input.value.trim();
    this.#options = [...this.#known(text), ...this.#made(text)];
    this.#selected = 0;
    this.#draw();
    this.#hint.textContent = this.#hintFor(text);
  }

  #known(text) {
    const wanted = text.toLowerCase();
    const logs = this.#find();
    // The best ones first: those that begin with it.
    const rank = ({ title, name }) => {
      if (title.toLowerCase().startsWith(wanted) || name.startsWith(wanted)) return 0;
      return title.toLowerCase().includes(wanted) ? 1 : 2;
    };
    return logs
      .filter((log) => rank(log) < 2)
      .sort((left, right) => rank(left) - rank(right))
      .slice(0, SHOWN)
      .map(({ kind, title, address }) => ({ kind, title, address, action: "" }));
  }

  /** What a name that is not in the list may stand for. */
  #made(text) {
    const explicit = KINDS.find(({ prefix }) => text.startsWith(prefix));
    const id = explicit ? text.slice(explicit.prefix.length) : text;
    if (id === "" || id.length > ID_CHARACTERS) return [];
    const known = new Set(this.#find().filter(({ isFollowed }) => isFollowed).map(({ address }) => address));
    return (explicit ? [explicit] : KINDS)
      .filter(({ pattern, prefix }) => pattern.test(id) && !known.has(prefix + id))
      .map(({ kind, prefix, text: action }) => ({ kind, title: id, address: prefix + id, action }));
  }

  #hintFor(text) {
    if (text === "") return this.#options.length > 0 ? "↑ ↓ to choose, Enter to open" : HINT;
    return this.#options.length > 0 ? "" : HINT;
  }

  #draw() {
    this.#list.replaceChildren(...this.#options.map((option, index) => {
      const { kind, title, action } = option;
      return element("li", {
        id: `option-${index}`, role: "option", class: "option", "aria-selected": String(index === this.#selected),
        onclick: () => this.#choose(option),
        onmousemove: () => this.#select(index),
      }, avatar(kind, title), element("span", { class: "option-text" },
        action ? element("span", { class: "muted" }, `${action} `) : null, element("bdi", {}, preview(title))));
    }));
    this.#list.hidden = this.#options.length === 0;
    this.#input.setAttribute("aria-expanded", String(this.#options.length > 0));
    this.#point();
  }

  #select(index) {
    if (index === this.#selected || this.#options.length === 0) return;
    this.#list.children[this.#selected]?.setAttribute("aria-selected", "false");
    this.#selected = index;
    this.#list.children[index].setAttribute("aria-selected", "true");
    this.#list.children[index].scrollIntoView({ block: "nearest" });
    this.#point();
  }

  #point() {
    if (this.#options.length > 0) this.#input.setAttribute("aria-activedescendant", `option-${this.#selected}`);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  #choose(option) {
    this.#dialog.close();
    this.#onChosen(option);
  }

  #pressed(event) {
    const count = this.#options.length;
    if (event.isComposing || count === 0) return;
    if (event.key === "ArrowDown") this.#select((this.#selected + 1) % count);
    else if (event.key === "ArrowUp") this.#select((this.#selected + count - 1) % count);
    else if (event.key === "Enter") this.#choose(this.#options[this.#selected]);
    else return;
    event.preventDefault();
  }
}
