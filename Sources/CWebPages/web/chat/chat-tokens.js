// Where a client's tokens come from: one that it was given, or whoever makes new ones.

import { ChatError } from "./chat-wire.js";

/** Whoever makes tokens has so long for one. */
const PROVIDER_LIMIT_MS = 10_000;
/** So many tokens in a row have to be refused before it is of no use to ask for another: one may expire on its way. */
const MOST_REFUSED = 2;

export class Tokens {
  /** The newest one. */
  current = "";
  #provider = null;
  #refused = 0;

  /** @param {string | (() => string | Promise<string>)} token */
  constructor(token) {
    if (typeof token === "function") this.#provider = token;
    else this.current = token;
  }

  /** Whether there are new ones to be had. */
  get canRenew() {
    return this.#provider !== null;
  }

  /** Gets a new one into `current`. Rejected with a ChatError. */
  async renew() {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it took more than ${PROVIDER_LIMIT_MS} ms`)), PROVIDER_LIMIT_MS);
    });
    try {
      this.current = String(await Promise.race([this.#provider(), late]));
    } catch (error) {
      throw new ChatError("CLIENT_TOKEN", `There is no token to be had: ${error?.message ?? error}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The broker took it. */
  accepted() {
    this.#refused = 0;
  }

  /** @returns {boolean} whether another one may do better than the one that the broker refused with this error */
  mayRetry({ code }) {
    if (code !== "ERROR_CODE_UNAUTHENTICATED" || !this.canRenew) return false;
    this.#refused += 1;
    return this.#refused < MOST_REFUSED;
  }
}
