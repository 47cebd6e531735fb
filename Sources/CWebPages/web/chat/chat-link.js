// One WebSocket: greeting, frames, and whether the other end is still there.

import { SUBPROTOCOL, readError, number, ChatError } from "./chat-wire.js";

/** Time from opening until Connected. */
const GREETING_LIMIT_MS = 10_000;
/** While an answer is missing, and nothing else comes for this long, the other end is asked with a ping. */
const DOUBT_AFTER_MS = 4000;
/** And after this long the connection is dead. */
const ANSWER_LIMIT_MS = 10_000;
/** How often a link looks whether it is alive. */
const TICK_MS = 2000;
/** The broker is silent for at most one heartbeat interval; this many are taken for a loss. */
const SILENT_INTERVALS = 2.2;

/** Close codes of a broker that could not take what it was sent; with the last one only if its error says so. */
const REFUSING_CLOSES = new Set([1002, 1003, 1007, 1009]);
const POLICY_CLOSE = 1008;
const REFUSING_CODES = new Set([
  "ERROR_CODE_MALFORMED_FRAME", "ERROR_CODE_FRAME_TOO_LARGE", "ERROR_CODE_INVALID_ARGUMENT", "ERROR_CODE_LIMIT_EXCEEDED",
]);

export class Link {
  #socket;
  #timer;
  #handlers;
  #opened = Date.now();
  #received = Date.now();
  #sent = Date.now();
  #ticked = Date.now();
  // Requests that have no answer, and when the first of them was sent.
  #unanswered = new Set();
  #asked = 0;
  #limits = null;
  // What the broker has said last that belongs to no request.
  #complaint = null;
  #ended = false;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {typeof WebSocket} options.WebSocket
   * @param {() => object} options.greeting the Connect frame
   * @param {{connected, frame, ping, lost}} options.handlers `ping` makes a frame; `lost` is called once, unless `end`
   *   was; its error has `refusesFrame` if the broker has closed because of something that it was sent
   */
  constructor({ url, WebSocket, greeting, handlers }) {
    this.#handlers = handlers;
    const socket = new WebSocket(url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onopen = () => this.send(greeting());
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#lose(this.#closeError(code, reason));
    socket.onerror = () => {};
    this.#timer = setInterval(() => this.#tick(Date.now()), TICK_MS);
  }

  /** @param {object} frame a ClientFrame */
  send(frame) {
    if (this.#ended || this.#socket.readyState !== 1) return;
    this.#sent = Date.now();
    if (frame.requestId !== undefined) {
      if (this.#unanswered.size === 0) this.#asked = this.#sent;
      this.#unanswered.add(frame.requestId);
    }
    this.#socket.send(JSON.stringify(frame));
  }

  /** Asks whether the other end is there. */
  ping() {
    if (this.#limits) this.send(this.#handlers.ping());
  }

  /** Closes without telling. */
  end(code = 1000, reason = "") {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code, reason);
  }

  #closeError(code, reason) {
    const isRefusal = REFUSING_CLOSES.has(code)
      || (code === POLICY_CLOSE && REFUSING_CODES.has(this.#complaint?.code));
    const error = closeError(code, reason);
    if (isRefusal) error.refusesFrame = this.#complaint ?? new ChatError("ERROR_CODE_MALFORMED_FRAME", error.message);
    return error;
  }

  #lose(error) {
    if (this.#ended) return;
    // A dead network would keep onclose waiting for minutes: the link is over now.
    this.end();
    this.#handlers.lost(this, error);
  }

  #receive(data) {
    this.#received = Date.now();
    for (const line of String(data).split("\n")) {
      if (line === "" || this.#ended) continue;
      try {
        this.#dispatch(JSON.parse(line));
      } catch (error) {
        this.#lose(new ChatError("CLIENT_PROTOCOL", `The broker sent what is no frame: ${error.message}`));
      }
    }
  }

  #dispatch(frame) {
    if (frame.requestId !== undefined) this.#unanswered.delete(frame.requestId);
    if (frame.error && number(frame.requestId) === 0) this.#complaint = readError(frame.error);
    if (this.#limits) return this.#handlers.frame(this, frame);
    if (frame.connected) {
      this.#limits = frame.connected.limits ?? {};
      this.#handlers.connected(this, frame.connected);
    } else if (frame.error) {
      const error = readError(frame.error);
      error.refusesConnect = true;
      this.#lose(error);
    }
  }

  #tick(now) {
    // The clock was put back: what is measured by it begins anew, or nothing would be noticed until it has caught up.
    if (now < this.#ticked) this.#opened = this.#received = this.#sent = this.#asked = now;
    this.#ticked = now;
    if (!this.#limits) {
      if (now - this.#opened > GREETING_LIMIT_MS) this.#lose(lost("The broker did not answer in time."));
      return;
    }
    const silence = now - this.#received;
    const heartbeat = number(this.#limits.heartbeatIntervalMs);
    const isSilent = heartbeat > 0 && silence > heartbeat * SILENT_INTERVALS + TICK_MS;
    const isAsking = this.#unanswered.size > 0;
    const quiet = isAsking ? Math.min(silence, now - this.#asked) : 0;
    if (isSilent || quiet > ANSWER_LIMIT_MS) return this.#lose(lost("Nothing has come from the broker for too long."));
    const idle = number(this.#limits.idleTimeoutMs);
    // A third: timers of a page in the background may be a minute late.
    if (quiet > DOUBT_AFTER_MS || (idle > 0 && now - this.#sent > idle / 3)) this.ping();
  }
}

const lost = (message) => new ChatError("CLIENT_CONNECTION_LOST", message);

function closeError(code, reason) {
  if (reason) return lost(reason);
  if (code === 1001) return lost("The broker is going away.");
  return lost(code === 1006 ? "The connection was lost." : `The broker closed the connection (${code}).`);
}
