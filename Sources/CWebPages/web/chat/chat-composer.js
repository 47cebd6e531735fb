// Where a message is written. Enter sends it, Shift+Enter begins a line.

import { preview, size } from "./chat-text.js";

/** From here on the room that is left is told. */
const TOLD_BYTES = 4096;
/** Of a broker that has not said its limit yet. */
const BODY_BYTES = 64 * 1024;
const MOST_HEIGHT = 180;
/** Of a name in the empty field, which has no ellipsis of its own. */
const NAME_CHARACTERS = 32;

export class Composer {
  #form;
  #text;
  #note;
  #send;
  #limit;
  #onSend;
  #onWriting;

  /** @param {{form, text, note, send, limit: () => number, onSend: (text: string) => void, onWriting}} options */
  constructor({ form, text, note, send, limit, onSend, onWriting }) {
    this.#form = form;
    this.#text = text;
    this.#note = note;
    this.#send = send;
    this.#limit = limit;
    this.#onSend = onSend;
    this.#onWriting = onWriting;
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    text.onkeydown = (event) => {
      // An input method's Enter takes a suggestion.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    };
    text.oninput = () => {
      this.#update();
      this.#onWriting(text.value);
    };
    // Where lines end depends on the width, which is 0 until it is shown. Not within the observer's own pass, which would
    // see its own change.
    let width = 0;
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === width) return;
      width = contentRect.width;
      requestAnimationFrame(() => this.#fit());
    }).observe(text);
  }

  show(log) {
    this.#text.value = log.draft;
    const name = preview(log.title);
    const shown = name.length > NAME_CHARACTERS ? `${name.slice(0, NAME_CHARACTERS - 1)}…` : name;
    this.#text.placeholder = `Message ${shown}`;
    this.#update();
  }

  focus() {
    this.#text.focus();
  }

  #submit() {
    const text = this.#text.value;
    if (text.trim() === "" || this.#isTooLong(text)) return;
    this.#text.value = "";
    this.#update();
    this.#onWriting("");
    this.#onSend(text);
  }

  #bytes(text) {
    // Counted only where it can matter: a character has one to three bytes for each unit.
    return text.length * 3 < this.#bytesAllowed - TOLD_BYTES ? 0 : new TextEncoder().encode(text).length;
  }

  get #bytesAllowed() {
    return this.#limit() || BODY_BYTES;
  }

  #isTooLong(text) {
    return this.#bytes(text) > this.#bytesAllowed;
  }

  #update() {
    const text = this.#text.value;
    const left = this.#bytesAllowed - this.#bytes(text);
    this.#note.textContent = left < 0
      ? `Too long by ${size(-left)}: the broker takes messages of up to ${size(this.#bytesAllowed)}.`
      : left < TOLD_BYTES ? `${size(left)} left` : "";
    this.#form.classList.toggle("too-long", left < 0);
    this.#send.disabled = text.trim() === "" || left < 0;
    this.#fit();
  }

  #fit() {
    const { style } = this.#text;
    style.height = "auto";
    // While it is hidden nothing can be measured.
    const height = this.#text.scrollHeight;
    if (height > 0) style.height = `${Math.min(height, MOST_HEIGHT)}px`;
  }
}
