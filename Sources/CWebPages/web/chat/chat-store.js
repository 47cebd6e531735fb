// All conversations of a user: what the client tells, what the user does, and what is remembered.

import { ChatClient, ChatEvent, conversationName, isAddress, newMessageId } from "./chat-client.js";
import { ConversationLog } from "./chat-log.js";
import { UserSettings } from "./chat-settings.js";

const PAGE_MESSAGES = 100;
/** Conversations whose last message is asked for, so that the list can show it. */
const PREVIEW_LIMIT = 200;
/** Such questions that wait for an answer: the broker allows 16 of a session. */
const PREVIEWS_AT_ONCE = 6;
const TYPING_SHOWN_MS = 6000;
const SAVE_AFTER_MS = 500;
/** A clock that is so far from the broker's is not believed. */
const SKEW_MS = 30_000;

/**
 * @fires ChatStore#list something in the list of conversations
 * @fires ChatStore#log {conversation} something in a conversation
 * @fires ChatStore#state of the connection, as the client tells it
 * @fires ChatStore#notice {text} something that the user should know
 */
export class ChatStore extends EventTarget {
  /** @type {Map<string, ConversationLog>} */
  conversations = new Map();
  open = null;
  connection = { state: "idle" };
  #settings;
  #saving = null;
  // Broadcasts that the user has left since they were remembered.
  #unfollowed = new Set();
  // What this clock lacks to the broker's.
  #skew = 0;
  #isClosed = false;
  #previews = [];
  #previewsAsked = 0;

  /** @param {{url: string, user: string, token?: string}} options */
  constructor({ url, user, token }) {
    super();
    this.user = user;
    this.#settings = new UserSettings(user);
    this.client = new ChatClient({
      url, user, token, device: "web", client: "chat-broker-web", resume: this.#settings.broadcasts,
    });
    const on = (type, handler) => this.client.addEventListener(type, ({ detail }) => handler(detail));
    on("state", (detail) => this.#stateChanged(detail));
    on("connected", (session) => this.#connected(session));
    on("conversation", (state) => this.#conversationChanged(state));
    on("message", (message) => this.#received(message));
    on("gap", (gap) => this.#gap(gap));
    on("marks", (marks) => this.#marked(marks));
    on("members", (count) => this.#counted(count));
    on("typing", (typing) => this.#typed(typing));
    on("goaway", ({ reason }) => this.#notice(`The broker is going away: ${reason || "it did not say why"}`));
    on("error", (error) => this.#notice(error.message));
  }

  connect() {
    const connected = this.client.connect();
    // What an earlier page of this tab has left without an answer: again before anything is remembered anew.
    for (const { to, id, text, time } of this.#settings.outbox) {
      if (!isAddress(to)) {
        this.#notice(`A message to ${to} was not sent, because this is no name. It said: ${text}`);
        this.#saveLater();
        continue;
      }
      const log = this.conversation(to);
      this.#publish(log, log.sending(id, text, time));
    }
    return connected;
  }

  /** Nobody hears of anything afterwards: the page may be somebody else's already. */
  close() {
    this.save();
    this.client.close();
    this.#isClosed = true;
  }

  /** The conversation of an address or name; a new one if it is not known yet. */
  conversation(address) {
    const name = conversationName(address, this.user);
    let log = this.conversations.get(name);
    if (!log) {
      log = new ConversationLog(name, this.user);
      this.conversations.set(name, log);
    }
    return log;
  }

  get unread() {
    let sum = 0;
    for (const log of this.conversations.values()) sum += log.unread;
    return sum;
  }

  // What the user does

  /** @param {ConversationLog | null} log */
  select(log) {
    if (this.open === log) return;
    const previous = this.open;
    this.open = log;
    if (previous) {
      previous.unreadFrom = 0;
      previous.trim(false);
    }
    if (log) {
      log.unreadFrom = log.unread > 0 ? log.read + 1 : 0;
      if (log.entries.length === 0) this.loadOlder(log);
    }
    this.#emit("list");
  }

  async send(log, text) {
    await this.#publish(log, log.sending(newMessageId(), text, Date.now() + this.#skew));
  }

  async retry(log, item) {
    item.state = "sending";
    item.error = null;
    await this.#publish(log, item);
  }

  discard(log, item) {
    log.discard(item);
    this.#changed(log);
  }

  async #publish(log, item) {
    this.#changed(log);
    try {
      log.stored(item, await this.client.publish(log.address, item.text, { clientMessageId: item.id }));
    } catch (error) {
      // Signed out: what is in the outbox stays remembered.
      if (error.code === "CLIENT_CLOSED") return;
      log.failed(item, error);
    }
    this.#changed(log);
  }

  async loadOlder(log) {
    if (log.isLoading || !log.hasOlder) return;
    const position = this.client.position(log.name);
    const before = log.firstSequence(position === undefined ? 0 : position + 1);
    // Nothing is before the first; and what the session is about to be sent comes by itself.
    if (before === 1) {
      log.hasOlder = false;
      return this.#changed(log);
    }
    if (!log.isFollowed && log.kind === "group") return;
    const { generation } = log;
    log.isLoading = true;
    log.loadError = null;
    this.#changed(log);
    try {
      const page = await this.client.history(log.name, { before, limit: PAGE_MESSAGES });
      if (log.generation === generation) log.prepend(page);
    } catch (error) {
      if (error.code === "CLIENT_CLOSED") return;
      log.loadError = error;
    } finally {
      log.isLoading = false;
    }
    this.#changed(log);
  }

  /** Joins a group or subscribes to a broadcast. */
  async follow(log) {
    if (log.kind === "group") await this.client.join(log.name);
    else if (log.kind === "broadcast") await this.client.subscribe(log.name);
    if (this.open === log) await this.loadOlder(log);
  }

  async unfollow(log) {
    if (log.kind === "group") await this.client.leave(log.name);
    else if (log.kind === "broadcast") await this.client.unsubscribe(log.name);
  }

  markRead(log, sequence) {
    if (log.toldRead >= sequence || !log.isFollowed) return;
    log.toldRead = sequence;
    log.read = Math.max(log.read, sequence);
    this.client.markRead(log.name, sequence);
    this.#saveLater();
    this.#emit("list");
  }

  writing(log) {
    this.client.typing(log.name);
  }

  // What the client tells

  #stateChanged(detail) {
    this.connection = detail;
    this.#emit("state", detail);
  }

  #connected({ serverTime }) {
    const skew = serverTime > 0 ? serverTime - Date.now() : 0;
    this.#skew = Math.abs(skew) > SKEW_MS ? skew : 0;
    for (const log of this.conversations.values()) {
      if (log.loadError) this.loadOlder(log);
    }
  }

  #conversationChanged(state) {
    if (!state.followed) {
      const log = this.conversations.get(state.conversation);
      if (!log) return;
      log.isFollowed = false;
      if (log.kind === "broadcast") this.#unfollowed.add(log.name);
      // What was not sent is still to be told.
      if (log !== this.open && log.outbox.length === 0) this.conversations.delete(log.name);
      this.#saveLater();
      return this.#changed(log);
    }
    const log = this.conversation(state.conversation);
    const isNew = !log.isFollowed;
    log.isFollowed = true;
    this.#unfollowed.delete(log.name);
    log.members = state.members || log.members;
    log.epoch = state.epoch;
    if (log.kind === "direct") log.mark(log.title, state.peerDelivered, state.peerRead);
    if (isNew) {
      log.clear();
      log.lastSequence = state.lastSequence;
      const mark = this.#settings.readMarks[log.name];
      // What was remembered may be above the end of a log that has lost its end.
      const known = mark?.epoch === state.epoch ? Math.min(Math.max(mark.sequence, log.read), state.lastSequence) : 0;
      // Of broadcasts the broker keeps no marks: what was before the subscription counts as read.
      log.read = Math.max(known, state.read) || (log.kind === "broadcast" ? state.position : 0);
      log.toldRead = state.read;
      if (log.kind === "broadcast") this.#saveLater();
      if (log === this.open) this.loadOlder(log);
      else this.#askForPreview(log);
    } else {
      log.lastSequence = Math.max(log.lastSequence, state.lastSequence);
    }
    this.#changed(log);
  }

  #received(message) {
    const log = this.conversation(message.conversation);
    log.append(message);
    log.trim(log === this.open);
    if (log.kind === "broadcast") this.#saveLater();
    this.#changed(log);
  }

  #gap(gap) {
    const log = this.conversation(gap.conversation);
    log.gap(gap);
    this.#changed(log);
  }

  #marked({ conversation, user, delivered, read }) {
    const log = this.conversations.get(conversation);
    if (!log) return;
    // Another device of one's own may have read it.
    if (user === this.user) log.read = Math.max(log.read, read);
    else log.mark(user, delivered, read);
    this.#changed(log);
  }

  #counted({ conversation, members }) {
    const log = this.conversations.get(conversation);
    if (!log) return;
    log.members = members;
    this.#changed(log);
  }

  #typed({ conversation, user }) {
    const log = this.conversations.get(conversation);
    if (!log || user === this.user) return;
    log.typing.set(user, Date.now() + TYPING_SHOWN_MS);
    setTimeout(() => {
      if (log.typing.get(user) <= Date.now()) log.typing.delete(user);
      this.#changed(log);
    }, TYPING_SHOWN_MS + 50);
    this.#changed(log);
  }

  // The list shows the last message of each, also of those of which nothing is delivered now.

  #askForPreview(log) {
    if (log.lastSequence === 0 || this.#previews.length >= PREVIEW_LIMIT) return;
    this.#previews.push(log);
    this.#askNext();
  }

  async #askNext() {
    if (this.#previewsAsked >= PREVIEWS_AT_ONCE) return;
    const log = this.#previews.shift();
    if (!log) return;
    this.#previewsAsked += 1;
    try {
      if (!log.newest) log.preview((await this.client.history(log.name, { limit: 1 })).messages.at(-1));
      this.#changed(log);
    } catch {
      // The list does without.
    }
    this.#previewsAsked -= 1;
    this.#askNext();
  }

  // What is remembered

  /** Another tab of the same user has read something, or left a broadcast. */
  storageChanged(event) {
    for (const name of this.#settings.unfollowedElsewhere(event)) {
      if (this.client.position(name) !== undefined) this.client.unsubscribe(name).catch(() => {});
    }
    if (!this.#settings.isReadMarks(event)) return;
    for (const [name, { epoch, sequence }] of Object.entries(this.#settings.readMarks)) {
      const log = this.conversations.get(name);
      if (log?.epoch === epoch) log.read = Math.max(log.read, Math.min(sequence, log.lastSequence));
    }
    this.#emit("list");
  }

  #saveLater() {
    this.#saving ??= setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  save() {
    clearTimeout(this.#saving);
    this.#saving = null;
    const marks = {};
    const outbox = [];
    for (const { name, isFollowed, epoch, read, outbox: items, matched, address } of this.conversations.values()) {
      if (isFollowed && read > 0) marks[name] = { epoch, sequence: read };
      for (const { id, text, time, state } of [...items, ...matched]) {
        if (state === "sending") outbox.push({ to: address, id, text, time });
      }
    }
    this.#settings.readMarks = marks;
    this.#settings.outbox = outbox;
    const positions = this.client.positions().filter(({ conversation }) => conversation.startsWith("broadcast:"));
    this.#settings.saveBroadcasts(positions, this.#unfollowed);
    this.#unfollowed.clear();
  }

  #changed(log) {
    this.#emit("log", { conversation: log });
    this.#emit("list");
  }

  #notice(text) {
    this.#emit("notice", { text });
  }

  #emit(type, detail) {
    if (this.#isClosed) return;
    this.dispatchEvent(new ChatEvent(type, detail));
  }
}
