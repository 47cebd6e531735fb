// The HTTP API of the broker, as far as the console uses it.

/** The longest wait for an answer, in milliseconds. */
const ANSWER_TIMEOUT = 5000;

/** Why a request did not do what it should. `kind`: "refused" (the key), "unreachable" or "problem". */
export class ApiError extends Error {
  constructor(kind, message, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

export class Api {
  #key;

  constructor(key) {
    this.#key = key;
  }

  /** What cannot be a key, because it cannot be sent in a header. */
  static isSendable(key) {
    return /^[\x21-\x7e]+$/.test(key);
  }

  broker() { return this.#ask("GET", "/v1/broker"); }

  statistics() { return this.#ask("GET", "/v1/statistics"); }

  sessions(order, limit) { return this.#ask("GET", `/v1/sessions?order=${order}&limit=${limit}`); }

  sessionsOfUser(user) { return this.#ask("GET", `/v1/users/${segment(user)}/sessions`); }

  disconnectUser(user) { return this.#ask("DELETE", `/v1/users/${segment(user)}/sessions`); }

  disconnectSession(session) { return this.#ask("DELETE", `/v1/sessions/${segment(session)}`); }

  drain() { return this.#ask("POST", "/v1/broker/drain"); }

  async #ask(method, path) {
    let response;
    let text;
    try {
      response = await fetch(path, {
        method,
        headers: { Authorization: `Bearer ${this.#key}`, Accept: "application/json" },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
      });
      text = await response.text();
    } catch (error) {
      const why = error.name === "TimeoutError"
        ? `did not answer within ${ANSWER_TIMEOUT / 1000} seconds`
        : "does not answer";
      throw new ApiError("unreachable", `The broker at ${location.host} ${why}.`);
    }
    if (response.ok) return text === "" ? {} : parse(text, response.status);
    if (response.status === 401) {
      throw new ApiError("refused", "The broker refused this key.", response.status);
    }
    throw new ApiError("problem", problemSentence(text, response.status), response.status);
  }
}

/** One segment of a path. A URL cannot have a segment of one or two dots. */
function segment(name) {
  if (name === "." || name === "..") {
    throw new ApiError("problem", `A user named "${name}" cannot be asked for over HTTP.`);
  }
  return encodeURIComponent(name);
}

function parse(text, status) {
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {
    // Said below.
  }
  throw new ApiError("problem", `What answered at ${location.host} is not a chat-broker: no JSON.`, status);
}

function problemSentence(text, status) {
  try {
    const { detail, title } = JSON.parse(text);
    if (typeof detail === "string" && detail !== "") return detail;
    if (typeof title === "string" && title !== "") return title;
  } catch {
    // Not a problem document: the status has to do.
  }
  return `The broker answered with the status ${status}.`;
}
