// A client for chat-broker in JavaScript, for browsers and Node. It needs no DOM and no package.
// Docs/clients/javascript.md shows how to use it.

import { Connection } from "./chat-connection.js";
import { Marks } from "./chat-marks.js";
import { Places } from "./chat-places.js";
import { Repairs } from "./chat-repairs.js";
import { Requests, refusal } from "./chat-requests.js";
import { Tokens } from "./chat-tokens.js";
import {
  ChatError, ChatEvent, Message, PLACES_PER_FRAME, compact, conversationName, encodeBase64, newMessageId,
  isAddress, number, readGap, readGoAway, readMarks, readMemberCount, readPage, readReceipt, readState,
  readTokenExpiring, readTyping, writePosition,
} from "./chat-wire.js";

export { ChatError, ChatEvent, Message, conversationName, isAddress, newMessageId };

/** Who is writing is told at most so often. */
const TYPING_INTERVAL_MS = 3000;

/**
 * One session, kept up over lost connections.
 *
 * @fires ChatClient#state {state, error, retryAt, attempt}; state is idle, connecting, online, waiting or closed
 * @fires ChatClient#connected {session, user, node, limits, serverTime, conversations}
 * @fires ChatClient#conversation {conversation, epoch, lastSequence, position, members, read, peerDelivered,
 *   peerRead, followed}
 * @fires ChatClient#message a {@link Message}; of each conversation in order, each once
 * @fires ChatClient#gap {conversation, from, to, reason, epoch}; these messages will not come
 * @fires ChatClient#receipt {clientMessageId, receipts} of each publish that was stored
 * @fires ChatClient#goaway {reconnectAfterMs, closesAfterMs, reason}; the client moves by itself
 * @fires ChatClient#marks {conversation, user, delivered, read}; 0: that one has not moved
 * @fires ChatClient#typing {conversation, user}; forget it when it does not come again for some seconds
 * @fires ChatClient#members {conversation, members}; a group has so many now. Not told in large groups
 * @fires ChatClient#tokenexpiring {expiresInMs}; without `refresh` the session ends then. With a function as `token`
 *   the client does it by itself
 * @fires ChatClient#error a {@link ChatError} that belongs to no request
 */
export class ChatClient extends EventTarget {
  /** @type {"idle" | "connecting" | "online" | "waiting" | "closed"} */
  state = "idle";
  /** What the broker said when the session opened; null before. */
  session = null;

  #options;
  #places;
  #tokens;
  #connection;
  #requests = new Requests({
    send: (frame) => this.#connection.send(frame),
    refusal: (frame) => refusal(frame, this.session?.limits),
  });
  #repairs = new Repairs({
    subscribe: (conversation) => this.#subscribeAgain(conversation),
    refused: (conversation, error) => {
      this.#forget(conversation);
      this.#emit("error", error);
    },
  });
  #resumed = new Set();
  #acknowledged = new Marks((positions) => this.#connection.send({ acknowledge: { positions } }));
  #read = new Marks((positions) => this.#connection.send({ markRead: { positions } }));
  #typed = new Map();
  #opening = null;

  /**
   * @param {object} options
   * @param {string} options.url for example ws://127.0.0.1:7480/v1/ws
   * @param {string} [options.user] may be empty where the token says it
   * @param {string | (() => string | Promise<string>)} [options.token] or a function that gets one: called for each
   *   connection, and when the session's token expires soon
   * @param {string} [options.device] names this device among the user's
   * @param {string} [options.client] name and version of the program, for the broker's logs
   * @param {Iterable<{conversation: string, epoch?: string, sequence: number}>} [options.resume] what this device has
   * @param {boolean} [options.acknowledge] whether messages count as delivered when they were handed on; true
   * @param {typeof WebSocket} [options.WebSocket] another implementation than the global one
   * @param {number} [options.backoffMs] longest wait before the first new attempt; it doubles
   * @param {number} [options.maximumBackoffMs] longest wait before any attempt
   */
  constructor({
    url, user = "", token = "", device = "", client = "chat-client-js", resume = [], acknowledge = true,
    WebSocket = globalThis.WebSocket, backoffMs = 500, maximumBackoffMs = 15_000,
  }) {
    super();
    if (!WebSocket) throw new TypeError("there is no global WebSocket: give one as the option WebSocket");
    this.#options = { user, device, client, acknowledge };
    this.#tokens = new Tokens(token);
    this.#places = new Places(resume);
    this.#connection = new Connection({
      url, WebSocket, backoffMs, maximumBackoffMs,
      handlers: {
        prepare: () => (this.#tokens.canRenew ? this.#tokens.renew() : null),
        mayRetry: (error) => this.#tokens.mayRetry(error),
        greeting: () => this.#greeting(),
        connected: (connected) => this.#connected(connected),
        frame: (frame) => this.#receive(frame),
        ping: () => ({ requestId: this.#requests.makeId(), ping: {} }),
        state: (detail) => this.#setState(detail),
        refused: (error) => this.#finish(error),
        blamed: (error) => this.#requests.blame(error),
      },
    });
  }

  /** Opens the session, and keeps it open until `close`. Resolves with what the broker says of it. */
  connect() {
    if (this.state === "closed") return Promise.reject(closed());
    if (!this.#opening) {
      this.#opening = Promise.withResolvers?.() ?? withResolvers();
      // Who does not wait for it hears of it by the event.
      this.#opening.promise.catch(() => {});
      this.#connection.open();
    }
    return this.#opening.promise;
  }

  /** Ends the session. Requests without an answer are refused with CLIENT_CLOSED. */
  close() {
    this.#acknowledged.flush();
    this.#read.flush();
    this.#finish(closed());
  }

  /** Connects now instead of at the end of the wait. */
  reconnectNow() {
    if (this.state === "waiting") this.#connection.open();
  }

  /** Asks whether the connection is alive: after a sleep, or when the network has changed. */
  check() {
    if (this.state === "online") this.#connection.ping();
    else this.reconnectNow();
  }

  /** Places of all conversations that are followed: for `resume` of a later client. */
  positions() {
    return this.#places.all();
  }

  /** The place in one conversation, undefined if it is not followed. */
  position(conversation) {
    return this.#places.get(conversation)?.sequence;
  }

  // Requests. Made without a connection they wait for it; without an answer they are repeated on the next one, which
  // is safe for all of them. They are rejected with a ChatError.

  /**
   * Publishes to one address (and resolves with its receipt) or to several (an array of receipts).
   *
   * @param {string | string[]} to
   * @param {string | Uint8Array} body
   */
  async publish(to, body, { clientMessageId = newMessageId(), contentType = "", traceparent = "" } = {}) {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const addresses = [to].flat();
    const { published } = await this.#request({
      publish: {
        to: addresses,
        ...compact({ clientMessageId, contentType, body: encodeBase64(bytes), traceparent }),
      },
    });
    const receipts = (published?.receipts ?? []).map(readReceipt);
    this.#emit("receipt", { clientMessageId, receipts });
    return Array.isArray(to) ? receipts : receipts[0];
  }

  /** Makes the user a member of a group. */
  async join(conversation) {
    return readState((await this.#request({ join: { conversation } })).subscribed?.conversation);
  }

  /** Ends the membership of a group. */
  async leave(conversation) {
    await this.#request({ leave: { conversation } });
    this.#forget(conversation);
  }

  /** Follows a broadcast from now on; with `after`, from that sequence on, in any conversation. */
  async subscribe(conversation, { after, epoch = "0" } = {}) {
    const name = conversationName(conversation, this.session?.user ?? this.#options.user);
    const place = after === undefined
      ? {}
      : { start: "START_AFTER", after: writePosition(name, { epoch, sequence: after }) };
    const { subscribed } = await this.#request({ subscribe: { conversation, ...place } });
    return readState(subscribed?.conversation);
  }

  /** Stops following a broadcast. */
  async unsubscribe(conversation) {
    await this.#request({ unsubscribe: { conversation } });
    this.#forget(conversation);
  }

  /** A page of the log: the newest one, or the one after or before a sequence, or the first. */
  async history(conversation, { after = 0, before = 0, limit = 0, fromStart = false } = {}) {
    const history = {
      conversation,
      ...(after > 0 && { after: String(after) }),
      ...(before > 0 && { before: String(before) }),
      ...(limit > 0 && { limit }),
      ...(fromStart && { fromStart }),
    };
    return readPage((await this.#request({ history })).historyPage);
  }

  /** Brings a new token before the old one expires. If it is refused, the old one lasts as long as it does. */
  async refresh(token) {
    this.#tokens.current = token;
    await this.#request({ refresh: { token } });
  }

  // Without an answer. Marks go out together, a moment later.

  /** This device has received the conversation up to here. */
  acknowledge(conversation, sequence) {
    this.#acknowledged.move(conversation, { epoch: this.#places.get(conversation)?.epoch, sequence });
  }

  /** The user has read the conversation up to here. The others are told. */
  markRead(conversation, sequence) {
    this.#read.move(conversation, { epoch: this.#places.get(conversation)?.epoch, sequence });
  }

  /** The user is writing. Say it with every key: it is sent as often as makes sense, if there is a connection. */
  typing(conversation) {
    const now = Date.now();
    // In a broadcast nobody is told.
    if (conversation.startsWith("broadcast:")) return;
    // Of any sign: the clock may have been put back.
    if (Math.abs(now - (this.#typed.get(conversation) ?? 0)) < TYPING_INTERVAL_MS) return;
    this.#typed.set(conversation, now);
    this.#connection.send({ typing: { conversation } });
  }

  // The session

  #greeting() {
    const { user, device, client } = this.#options;
    const token = this.#tokens.current;
    // What does not fit is subscribed afterwards.
    const resume = this.#places.all().slice(0, PLACES_PER_FRAME);
    this.#resumed = new Set(resume.map(({ conversation }) => conversation));
    const places = resume.map((place) => writePosition(place.conversation, place));
    return {
      requestId: this.#requests.makeId(),
      connect: { ...compact({ token, user, device, client }), ...(places.length > 0 && { resume: places }) },
    };
  }

  #connected(json) {
    this.#tokens.accepted();
    this.session = {
      session: json.session ?? "",
      user: json.user ?? "",
      node: json.node ?? "",
      limits: json.limits ?? {},
      serverTime: number(json.serverTime),
      conversations: (json.conversations ?? []).map(readState),
    };
    this.#repairs.endAll();
    // Before anybody hears of it and makes new requests.
    this.#requests.resend();
    this.#reconcile(this.session.conversations);
    this.#acknowledged.resend();
    this.#read.resend();
    this.#setState({ state: "online" });
    this.#emit("connected", this.session);
    this.#opening.resolve(this.session);
  }

  /** Brings the places and what the session follows together. */
  #reconcile(states) {
    const followed = new Set();
    for (const state of states) {
      const { conversation } = state;
      followed.add(conversation);
      this.#places.meet(state);
      // Where the place was not told, another device's mark is where delivery starts.
      if (!this.#resumed.has(conversation) && this.#places.isElsewhere(state)) this.#repairs.ask(conversation);
      this.#emit("conversation", { ...state, followed: true });
    }
    for (const { conversation } of this.#places.all()) {
      if (followed.has(conversation)) continue;
      // The membership ended in the meantime. Broadcasts are announced one by one.
      if (!conversation.startsWith("broadcast:")) this.#forget(conversation);
      else if (!this.#resumed.has(conversation)) this.#repairs.ask(conversation);
    }
  }

  #finish(error) {
    if (this.state === "closed") return;
    this.#connection.end();
    this.#repairs.endAll();
    this.#requests.rejectAll(error);
    this.#opening?.reject(error);
    this.#setState({ state: "closed", error });
  }

  // Frames

  #receive(frame) {
    if (frame.message) {
      const message = new Message(frame.message);
      const verdict = this.#places.receive(message);
      if (verdict === "jump") this.#repairs.ask(message.conversation);
      if (verdict !== "deliver") return;
      this.#repairs.end(message.conversation);
      this.#emit("message", message);
      if (this.#options.acknowledge) this.acknowledge(message.conversation, message.sequence);
    } else if (frame.gap) {
      const gap = readGap(frame.gap);
      const verdict = this.#places.receiveGap(gap);
      if (verdict === "jump") this.#repairs.ask(gap.conversation);
      if (verdict !== "deliver") return;
      this.#repairs.end(gap.conversation);
      if (gap.reason === "GAP_REASON_EPOCH_CHANGED" || gap.reason === "GAP_REASON_LOG_TRUNCATED") {
        // The numbers will be given again.
        this.#acknowledged.forget(gap.conversation);
        this.#read.forget(gap.conversation);
      }
      this.#emit("gap", gap);
    } else if (frame.event) {
      this.#happened(frame.event);
    } else if (frame.goAway) {
      const goAway = readGoAway(frame.goAway);
      this.#emit("goaway", goAway);
      this.#connection.openLater(goAway.reconnectAfterMs);
    } else {
      for (const conversation of this.#places.missing(frame.heartbeat?.tails ?? [])) this.#repairs.ask(conversation);
      this.#answered(frame);
    }
  }

  #happened(event) {
    if (event.following) {
      const state = readState(event.following);
      this.#places.meet(state);
      this.#emit("conversation", { ...state, followed: true });
    } else if (event.unfollowed) {
      this.#forget(event.unfollowed);
    } else if (event.marks) {
      this.#emit("marks", readMarks(event.marks));
    } else if (event.typing) {
      this.#emit("typing", readTyping(event.typing));
    } else if (event.members) {
      this.#emit("members", readMemberCount(event.members));
    } else if (event.tokenExpiring) {
      this.#emit("tokenexpiring", readTokenExpiring(event.tokenExpiring));
      if (this.#tokens.canRenew) this.#renewToken();
    }
  }

  /** If that fails, the session ends with its token, and the next one begins with a new one. */
  async #renewToken() {
    try {
      await this.#tokens.renew();
      await this.refresh(this.#tokens.current);
    } catch (error) {
      if (this.state !== "closed") this.#emit("error", error);
    }
  }

  #forget(conversation) {
    this.#acknowledged.forget(conversation);
    this.#read.forget(conversation);
    this.#repairs.end(conversation);
    if (!this.#places.forget(conversation)) return;
    this.#emit("conversation", { ...readState({ conversation }), followed: false });
  }

  /** @returns {string | null} the id of a Subscribe from the place */
  #subscribeAgain(conversation) {
    const place = this.#places.get(conversation);
    if (!place) return null;
    const requestId = this.#requests.makeId();
    const after = writePosition(conversation, place);
    this.#connection.send({ requestId, subscribe: { conversation, start: "START_AFTER", after } });
    return requestId;
  }

  #request(body) {
    return this.state === "closed" ? Promise.reject(closed()) : this.#requests.add(body);
  }

  #answered(frame) {
    if (this.#repairs.answer(frame)) return;
    const error = this.#requests.answer(frame, ({ subscribed }, body) => {
      if (!subscribed) return;
      // Now, and not when the promise comes to it: the next frame may be a message of this conversation.
      const state = readState(subscribed.conversation);
      if (body.subscribe) {
        this.#places.follow(state);
        this.#repairs.end(state.conversation);
      } else {
        this.#places.meet(state);
      }
      this.#emit("conversation", { ...state, followed: true });
    });
    if (error) this.#emit("error", error);
  }

  #setState(detail) {
    this.state = detail.state;
    this.#emit("state", detail);
  }

  #emit(type, detail) {
    this.dispatchEvent(new ChatEvent(type, detail));
  }
}

const closed = () => new ChatError("CLIENT_CLOSED", "The client is closed: make a new one.");

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
