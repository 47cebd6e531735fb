// Subscribes that the client sends by itself, from its places, because something is missing: each until it is answered.

import { number, readError } from "./chat-wire.js";

/** A conversation is asked for again at most this often. */
const REPAIR_INTERVAL_MS = 1000;
/** Reasons for which the same Subscribe would be refused for ever, unless the broker says when to try again. */
const FINAL_CODES = new Set([
  "ERROR_CODE_NOT_MEMBER", "ERROR_CODE_PERMISSION_DENIED", "ERROR_CODE_LIMIT_EXCEEDED", "ERROR_CODE_INVALID_ARGUMENT",
]);

export class Repairs {
  #subscribe;
  #refused;
  // Name → {id, at, timer} of the last Subscribe.
  #repairs = new Map();
  // Its id → name, until it is answered.
  #names = new Map();

  /**
   * @param {object} options
   * @param {(conversation: string) => string | null} options.subscribe sends a Subscribe from the place, and returns its
   *   id; null: there is no place
   * @param {(conversation: string, error: ChatError) => void} options.refused the broker will send nothing of it
   */
  constructor({ subscribe, refused }) {
    this.#subscribe = subscribe;
    this.#refused = refused;
  }

  /** Asks for what comes after the place, unless that was done just now. */
  ask(conversation) {
    const last = this.#repairs.get(conversation);
    // Of any sign: the clock may have been put back.
    if (!last || Math.abs(Date.now() - last.at) >= REPAIR_INTERVAL_MS) this.#askAgain(conversation);
  }

  #askAgain(conversation) {
    this.end(conversation);
    const id = this.#subscribe(conversation);
    if (id === null) return;
    this.#repairs.set(conversation, { id, at: Date.now(), timer: null });
    this.#names.set(id, conversation);
  }

  /** @returns {boolean} whether the frame answers one of these */
  answer(frame) {
    const id = String(number(frame.requestId));
    const conversation = this.#names.get(id);
    if (conversation === undefined) return false;
    this.#names.delete(id);
    if (!frame.error) return true;
    const error = readError(frame.error);
    if (FINAL_CODES.has(error.code) && !(error.retryAfterMs > 0)) {
      this.end(conversation);
      this.#refused(conversation, error);
    } else {
      const wait = Math.max(REPAIR_INTERVAL_MS, error.retryAfterMs);
      this.#repairs.get(conversation).timer = setTimeout(() => this.#askAgain(conversation), wait);
    }
    return true;
  }

  /** What was missing has come, or nobody wants it any longer. */
  end(conversation) {
    const repair = this.#repairs.get(conversation);
    if (!repair) return;
    clearTimeout(repair.timer);
    this.#repairs.delete(conversation);
    this.#names.delete(repair.id);
  }

  /** What was asked for on a connection that is gone. */
  endAll() {
    for (const { timer } of this.#repairs.values()) clearTimeout(timer);
    this.#repairs.clear();
    this.#names.clear();
  }
}
