// Values of the protocol chat.v1 and how they look in JSON (WebSocket subprotocol chat.v1.json).
// Sequences and times are numbers: both stay far below 2^53. An epoch has 64 random bits and is a decimal string.

/** The WebSocket subprotocol that this speaks. */
export const SUBPROTOCOL = "chat.v1.json";

/** Places in one frame. The broker allows more, but a frame is bounded in bytes too, and names can be long. */
export const PLACES_PER_FRAME = 300;

/** A request that was refused, or the reason why a session ended. */
export class ChatError extends Error {
  /**
   * @param {string} code `ERROR_CODE_…` as in error.proto; `CLIENT_CLOSED` and `CLIENT_FULL` are the client's own
   * @param {string} message one sentence for people
   * @param {number} retryAfterMs when a retry makes sense; 0: it will not help
   */
  constructor(code, message, retryAfterMs = 0) {
    super(message);
    this.name = "ChatError";
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** An event with its value in `detail`, on every engine. */
export class ChatEvent extends Event {
  constructor(type, detail) {
    super(type);
    this.detail = detail;
  }
}

/** One message of a conversation's log. */
export class Message {
  #text;

  constructor(json) {
    /** @type {string} name of the conversation */
    this.conversation = json.conversation ?? "";
    /** @type {number} 1, 2, 3 … within the conversation */
    this.sequence = number(json.sequence);
    /** @type {number} milliseconds since 1970 */
    this.time = number(json.time);
    /** @type {string} user who sent it */
    this.sender = json.sender ?? "";
    /** @type {string} media type; empty means text/plain; charset=utf-8 */
    this.contentType = json.contentType ?? "";
    /** @type {Uint8Array} */
    this.body = decodeBase64(json.body ?? "");
    /** @type {string} W3C trace context */
    this.traceparent = json.traceparent ?? "";
  }

  /** @type {string | null} the body as text; null if its media type is another one */
  get text() {
    if (this.#text === undefined) {
      this.#text = isText(this.contentType) ? new TextDecoder().decode(this.body) : null;
    }
    return this.#text;
  }
}

// Control characters, and halves of surrogate pairs: no text of the protocol can bring them.
const NOT_IN_NAMES = /[\p{Cc}\p{Cs}]/u;
const ADDRESS = /^(?:user|group|broadcast):./;

/** Whether the broker can read it as a name at all. */
export const isSendableName = (text) => !NOT_IN_NAMES.test(text);

/** Whether this has the form of an address. Which characters an id may have is the broker's to say. */
export const isAddress = (text) => ADDRESS.test(text) && isSendableName(text);

/** @param {string} contentType */
export const isText = (contentType) => contentType === "" || /^text\//i.test(contentType);

export const number = (value) => Number(value ?? 0);

/**
 * @returns {{conversation: string, epoch: string, lastSequence: number, position: number, members: number,
 *   read: number, peerDelivered: number, peerRead: number}}
 */
export const readState = (json = {}) => ({
  conversation: json.conversation ?? "",
  epoch: json.epoch ?? "0",
  lastSequence: number(json.lastSequence),
  position: number(json.position),
  members: number(json.members),
  read: number(json.read),
  peerDelivered: number(json.peerDelivered),
  peerRead: number(json.peerRead),
});

export const readError = (json = {}) =>
  new ChatError(
    json.code ?? "ERROR_CODE_UNSPECIFIED",
    json.message ?? "The broker gave no reason.",
    number(json.retryAfterMs),
  );

export const readReceipt = (json = {}) => ({
  to: json.to ?? "",
  conversation: json.conversation ?? "",
  sequence: number(json.sequence),
  time: number(json.time),
  recipientsOnline: number(json.recipientsOnline),
  recipientsTotal: number(json.recipientsTotal),
  duplicate: json.duplicate ?? false,
  error: json.error ? readError(json.error) : null,
});

export const readPage = (json = {}) => ({
  conversation: json.conversation ?? "",
  epoch: json.epoch ?? "0",
  messages: (json.messages ?? []).map((message) => new Message(message)),
  firstSequence: number(json.firstSequence),
  lastSequence: number(json.lastSequence),
});

export const readGap = (json = {}) => ({
  conversation: json.conversation ?? "",
  from: number(json.from),
  to: number(json.to),
  reason: json.reason ?? "GAP_REASON_UNSPECIFIED",
  epoch: json.epoch ?? "0",
});

export const readMarks = (json) => ({
  conversation: json.conversation ?? "",
  user: json.user ?? "",
  delivered: number(json.delivered),
  read: number(json.read),
});

export const readMemberCount = (json) => ({ conversation: json.conversation ?? "", members: number(json.members) });

export const readTyping = (json) => ({ conversation: json.conversation ?? "", user: json.user ?? "" });

export const readTokenExpiring = (json) => ({ expiresInMs: number(json.expiresInMs) });

export const readGoAway = (json = {}) => ({
  reconnectAfterMs: number(json.reconnectAfterMs),
  closesAfterMs: number(json.closesAfterMs),
  reason: json.reason ?? "",
});

/** A place as JSON; what is 0 is left out, as on the wire. */
export const writePosition = (conversation, { epoch = "0", sequence }) => ({
  conversation,
  ...(epoch !== "0" && { epoch }),
  ...(sequence > 0 && { sequence: String(sequence) }),
});

/** The object without what is empty or 0. */
export const compact = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== "" && value !== 0));

// Arguments of one call have a limit that engines do not tell.
const CHUNK = 8192;

/** @param {Uint8Array} bytes */
export function encodeBase64(bytes) {
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/** How many bytes a text in base64 stands for. */
export const base64Bytes = (text) => (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);

/** @param {string} text */
export function decodeBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** A new client_message_id: a UUID of version 7, which grows with time. A store finds that fastest. */
export function newMessageId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let index = 5, rest = now; index >= 0; index -= 1, rest = Math.floor(rest / 256)) bytes[index] = rest % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The name of a conversation, given its address as `user` sees it. Two ids are in byte order; ids are ASCII. */
export function conversationName(address, user) {
  if (!address.startsWith("user:")) return address;
  return `direct:${[user, address.slice(5)].sort().join(":")}`;
}
