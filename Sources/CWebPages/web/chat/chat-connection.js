// Keeps a link open: connects again after a loss, and elsewhere before the broker goes away.

import { Link } from "./chat-link.js";

/** Reasons after which connecting again would only be refused again. */
const FINAL_CODES = new Set([
  "ERROR_CODE_UNAUTHENTICATED", "ERROR_CODE_PERMISSION_DENIED", "ERROR_CODE_INVALID_ARGUMENT",
]);
/** The wait doubles at most so often. */
const MOST_DOUBLINGS = 16;
/** A session that lasts so long was a success: after its loss the wait is short again. */
const SETTLED_AFTER_MS = 5000;

export class Connection {
  #options;
  #handlers;
  // The session's link, and the one that will take its place.
  #link = null;
  #next = null;
  // What has to be there before the next link is opened.
  #preparing = null;
  #attempt = 0;
  #connectedAt = 0;
  #timer = null;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {typeof WebSocket} options.WebSocket
   * @param {number} options.backoffMs longest wait before the first new attempt; it doubles
   * @param {number} options.maximumBackoffMs longest wait before any
   * @param {object} options.handlers `greeting` and `ping` make frames; `connected`, `frame`, `state`, `refused` tell;
   *   `blamed` is told the error if the session ended because of something that was sent;
   *   `prepare` returns null, or a promise to wait for before a greeting can be made; `mayRetry` says whether
   *   connecting again makes sense after a refusal
   */
  constructor({ handlers, ...options }) {
    this.#options = options;
    this.#handlers = handlers;
  }

  /**
   * Sent if the session is open. What must not be lost is sent again by the caller after `connected`.
   *
   * @returns {boolean} whether it is open
   */
  send(frame) {
    this.#link?.send(frame);
    return this.#link !== null;
  }

  ping() {
    this.#link?.ping();
  }

  /** Connects. A session that is open goes on until the new one takes its place. */
  open() {
    clearTimeout(this.#timer);
    if (this.#next || this.#preparing) return;
    this.#attempt += 1;
    if (!this.#link) this.#handlers.state({ state: "connecting", attempt: this.#attempt });
    const preparing = (this.#preparing = this.#handlers.prepare());
    if (!preparing) return this.#openLink();
    preparing.then(
      () => this.#prepared(preparing) && this.#openLink(),
      (error) => this.#prepared(preparing) && this.#lost(null, error),
    );
  }

  /** @returns {boolean} whether anybody still waits for it */
  #prepared(preparing) {
    if (this.#preparing !== preparing) return false;
    this.#preparing = null;
    return true;
  }

  #openLink() {
    const { url, WebSocket } = this.#options;
    const { greeting, ping } = this.#handlers;
    this.#next = new Link({
      url,
      WebSocket,
      greeting,
      handlers: {
        ping,
        connected: (link, connected) => this.#connected(link, connected),
        frame: (link, frame) => this.#handlers.frame(frame),
        lost: (link, error) => this.#lost(link, error),
      },
    });
  }

  openLater(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), milliseconds);
  }

  end() {
    clearTimeout(this.#timer);
    this.#link?.end();
    this.#next?.end();
    this.#link = this.#next = this.#preparing = null;
  }

  #connected(link, connected) {
    // Of the link that this one replaces: it may have been told to move once more.
    clearTimeout(this.#timer);
    this.#link?.end(1000, "moved");
    this.#link = link;
    this.#next = null;
    this.#connectedAt = Date.now();
    this.#handlers.connected(connected);
  }

  #lost(link, error) {
    if (link === this.#next) {
      this.#next = null;
    } else {
      this.#link = null;
      if (error.refusesFrame) this.#handlers.blamed(error.refusesFrame);
      if (Math.abs(Date.now() - this.#connectedAt) > SETTLED_AFTER_MS) this.#attempt = 0;
    }
    if (error.refusesConnect && FINAL_CODES.has(error.code) && !this.#handlers.mayRetry(error)) {
      return this.#handlers.refused(error);
    }
    // Another one is being opened already.
    if (this.#next || this.#preparing) return this.#handlers.state({ state: "connecting", error, attempt: this.#attempt });
    const { backoffMs, maximumBackoffMs } = this.#options;
    const longest = Math.min(maximumBackoffMs, backoffMs * 2 ** Math.min(this.#attempt, MOST_DOUBLINGS));
    // Jitter: clients that lost the same broker do not come back together.
    const wait = Math.max(error.retryAfterMs, longest / 2 + (Math.random() * longest) / 2);
    this.openLater(wait);
    if (!this.#link) {
      this.#handlers.state({ state: "waiting", error, retryAt: Date.now() + wait, attempt: this.#attempt });
    }
  }
}
