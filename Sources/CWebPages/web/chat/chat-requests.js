// Requests until they are answered, over as many connections as that takes.

import { ChatError, base64Bytes, isSendableName, number, readError } from "./chat-wire.js";

/** Requests that wait for an answer, those made without a connection included. */
const REQUEST_LIMIT = 1000;
/** A request that the broker cannot carry out now is repeated so often. */
const RETRY_LIMIT = 8;

/**
 * A request that was on the way each time when the broker closed so many connections because of what it was sent is
 * given up: it would be refused for ever.
 */
const BLAME_LIMIT = 3;

/** The broker takes JSON of so many times the bytes that a frame may have. */
const JSON_FACTOR = 2;
/** Room for what is in a publish besides the body and the addresses: quotation marks, and fields with limits. */
const FRAME_REST = 2048;

/**
 * Why the broker would not take a frame. A frame too large ends the connection, and would end the next ones too.
 *
 * @returns {ChatError | null}
 */
export function refusal(request, limits) {
  const bad = names(request).find((name) => !isSendableName(name));
  if (bad !== undefined) {
    const message = `${JSON.stringify(bad)} is no name: leave out its control characters.`;
    return new ChatError("ERROR_CODE_INVALID_ARGUMENT", message);
  }
  const { publish } = request;
  if (!limits || !publish) return null;
  const { to, body = "" } = publish;
  const { bodyBytes, frameBytes } = limits;
  const bytes = base64Bytes(body);
  if (bodyBytes > 0 && bytes > bodyBytes) {
    return tooLarge(`The message has ${bytes} bytes, and the broker takes up to ${bodyBytes}: shorten it.`);
  }
  const length = to.reduce((sum, address) => sum + address.length, body.length);
  return frameBytes > 0 && length > frameBytes * JSON_FACTOR - FRAME_REST
    ? tooLarge(`The ${to.length} addresses are longer than the broker takes in one request: name fewer.`)
    : null;
}

/** Names of conversations in a request, of whatever kind it is. */
const names = (request) => Object.values(request).flatMap(({ to = [], conversation = [] }) => [...to, conversation].flat());

const tooLarge = (message) => new ChatError("ERROR_CODE_LIMIT_EXCEEDED", message);

export class Requests {
  #send;
  #refusal;
  #lastId = 0;
  #waiting = new Map();

  /**
   * @param {object} options
   * @param {(frame: object) => boolean} options.send may do nothing, and returns false then: `resend` follows when there
   *   is a connection
   * @param {(frame: object) => ChatError | null} options.refusal why a frame must not be sent
   */
  constructor({ send, refusal }) {
    this.#send = send;
    this.#refusal = refusal;
  }

  /** An id for a frame that is not kept. */
  makeId() {
    this.#lastId += 1;
    return String(this.#lastId);
  }

  /** Sends a ClientFrame's body. Resolves with the frame that answers it. */
  add(body) {
    if (this.#waiting.size >= REQUEST_LIMIT) {
      const message = `${REQUEST_LIMIT} requests wait for an answer: wait until some are answered.`;
      return Promise.reject(new ChatError("CLIENT_FULL", message, 1000));
    }
    return new Promise((resolve, reject) => {
      const request = { id: this.makeId(), body, resolve, reject, retries: 0, blames: 0, isSent: false, timer: null };
      this.#waiting.set(request.id, request);
      this.#transmit(request);
    });
  }

  /** Sends everything again that has no answer: the connection is a new one. */
  resend() {
    for (const request of this.#waiting.values()) this.#transmit(request);
  }

  /**
   * Takes an answer.
   *
   * @param {(frame: object, body: object) => void} onTaken called before the promise is settled
   * @returns {ChatError | null} an error that belongs to no request
   */
  answer(frame, onTaken) {
    const request = this.#waiting.get(String(number(frame.requestId)));
    const error = frame.error ? readError(frame.error) : null;
    if (!request) return error;
    request.isSent = false;
    // It is sent again on the next connection.
    if (error?.code === "ERROR_CODE_DRAINING") return null;
    if (error?.retryAfterMs > 0 && request.retries < RETRY_LIMIT) {
      request.retries += 1;
      request.timer = setTimeout(() => this.#transmit(request), error.retryAfterMs);
      return null;
    }
    this.#waiting.delete(request.id);
    if (error) {
      request.reject(error);
    } else {
      onTaken(frame, request.body);
      request.resolve(frame);
    }
    return null;
  }

  /** The connection was closed because of something that was sent: one of those on the way may be what it was. */
  blame(error) {
    for (const request of [...this.#waiting.values()]) {
      if (!request.isSent) continue;
      request.blames += 1;
      if (request.blames < BLAME_LIMIT) continue;
      this.#waiting.delete(request.id);
      request.reject(error);
    }
  }

  rejectAll(error) {
    const requests = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const request of requests) {
      clearTimeout(request.timer);
      request.reject(error);
    }
  }

  #transmit(request) {
    clearTimeout(request.timer);
    const refusal = this.#refusal(request.body);
    if (!refusal) {
      request.isSent = this.#send({ requestId: request.id, ...request.body });
      return;
    }
    this.#waiting.delete(request.id);
    request.reject(refusal);
  }
}
