// Asks for a new token before the old one expires.

import { byId } from "./chat-dom.js";

/** Later is too late to type. */
const LEAST_MS = 5000;

export class Renewal {
  #onToken;
  #listeners = new AbortController();

  /** @param {{onToken: (token: string) => Promise<void>}} options rejects with the reason for people */
  constructor({ onToken }) {
    this.#onToken = onToken;
    const { signal } = this.#listeners;
    byId("renewal-form").addEventListener("submit", (event) => this.#submit(event), { signal });
    byId("renewal-later").addEventListener("click", () => byId("renewal").close(), { signal });
  }

  /** The token lasts for so long. */
  ask(expiresInMs) {
    if (expiresInMs < LEAST_MS || byId("renewal").open) return;
    byId("renewal-token").value = "";
    byId("renewal-problem").textContent = "";
    byId("renewal").showModal();
  }

  close() {
    this.#listeners.abort();
    byId("renewal").close();
  }

  async #submit(event) {
    event.preventDefault();
    const token = byId("renewal-token").value.trim();
    if (token === "") return;
    try {
      await this.#onToken(token);
      byId("renewal").close();
    } catch (error) {
      byId("renewal-problem").textContent = error.message;
    }
  }
}
