// Marks on their way to the broker: the newest of each conversation, sent together a moment later.

import { PLACES_PER_FRAME, writePosition } from "./chat-wire.js";

const INTERVAL_MS = 300;

export class Marks {
  #send;
  // Conversation → {epoch, sequence}.
  #newest = new Map();
  #unsent = new Set();
  #timer = null;

  /** @param {(positions: object[]) => boolean} send returns false if there is no connection */
  constructor(send) {
    this.#send = send;
  }

  move(conversation, { epoch, sequence }) {
    const old = this.#newest.get(conversation);
    if (old && old.epoch === epoch && old.sequence >= sequence) return;
    this.#newest.set(conversation, { epoch, sequence });
    this.#unsent.add(conversation);
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL_MS);
  }

  forget(conversation) {
    this.#newest.delete(conversation);
    this.#unsent.delete(conversation);
  }

  /** Sends all of them again: the last ones may have been lost with the connection. */
  resend() {
    for (const conversation of this.#newest.keys()) this.#unsent.add(conversation);
    this.flush();
  }

  flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const names = [...this.#unsent];
    for (let start = 0; start < names.length; start += PLACES_PER_FRAME) {
      const part = names.slice(start, start + PLACES_PER_FRAME);
      if (!this.#send(part.map((name) => writePosition(name, this.#newest.get(name))))) return;
      for (const name of part) this.#unsent.delete(name);
    }
  }
}
