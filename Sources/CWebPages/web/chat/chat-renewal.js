// Asks for a new token before the old one expires.

import { byId } from "./chat-dom.js";
import { refusalReason, refusalText } from "./chat-text.js";

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
    byId("renewal-token").addEventListener("input", () => this.#tell(null), { signal });
    byId("renewal-later").addEventListener("click", () => byId("renewal").close(), { signal });
  }

  /** The token lasts for so long. */
  ask(expiresInMs) {
    if (expiresInMs < LEAST_MS || byId("renewal").open) return;
    byId("renewal-token").value = "";
    this.#tell(null);
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
      this.#tell(error);
    }
  }

  /** Why a token was refused, if it was. */
  #tell(error) {
    byId("renewal-problem").textContent = error ? refusalText(error, true) : "";
    byId("renewal-reason").textContent = error ? refusalReason(error) : "";
    byId("renewal-token").setAttribute("aria-invalid", String(error !== null));
  }
}
