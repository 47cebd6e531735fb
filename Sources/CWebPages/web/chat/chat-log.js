// What this page holds of one conversation: a run of the log without holes, and what is on its way.

/**
 * What is kept of a conversation: entries, and characters of their bodies. What is furthest back is dropped, and loaded
 * again when it is wanted. Of an open one nothing is dropped that is seen or comes after it, up to `MOST`.
 */
const KEPT_WHEN_CLOSED = { entries: 300, bytes: 512 * 1024 };
const KEPT_WHEN_OPEN = { entries: 4000, bytes: 8 * 1024 * 1024 };
const MOST = { entries: 50_000, bytes: 64 * 1024 * 1024 };
/** And so many before what is seen. */
const KEPT_ABOVE = 400;
/** So many come between two times that something is dropped. */
const TRIMMED_TOGETHER = 100;
/** Receipts kept, for the numbers that a tick tells. */
const KEPT_RECEIPTS = 500;

const ME_FIRST = (left, right, user) => (left === user ? right : left);

export class ConversationLog {
  /** Messages and gaps ({isGap, from, sequence, reason}) in order, without holes. */
  entries = [];
  /** Own messages that are not in `entries` yet: {id, text, time, state, sequence, error}. */
  outbox = [];
  /** Those of them that were taken for a message that has come, and have no answer yet. */
  matched = new Set();
  /** The newest message, also when `entries` is empty. */
  newest = null;
  lastSequence = 0;
  members = 0;
  epoch = "0";
  isFollowed = false;
  /** The user has read up to here, on this device. */
  read = 0;
  /** And the broker was told so up to here. */
  toldRead = 0;
  /** Whether the log may have messages before the first entry. */
  hasOlder = true;
  /** The lowest sequence that the broker still holds. */
  firstHeld = 1;
  isLoading = false;
  /** Grows when entries are dropped: a page that was asked for before is of no use then. */
  generation = 0;
  /** How often the entries were dropped because the log became another one, or was joined again. */
  clears = 0;
  /** Why older messages could not be loaded. */
  loadError = null;
  /** The first message that was unread when the conversation was opened. */
  unreadFrom = 0;
  /** The first entry that is seen, while that is not at the end; else null. */
  seenFrom = null;
  draft = "";
  /** Other users' marks, by user: {delivered, read}. */
  marks = new Map();
  /** Who is writing, and until when. */
  typing = new Map();
  #receipts = new Map();
  #bytes = 0;

  /**
   * @param {string} name of the conversation
   * @param {string} user who looks at it
   */
  constructor(name, user) {
    this.name = name;
    this.user = user;
    this.kind = name.slice(0, name.indexOf(":"));
    const id = name.slice(name.indexOf(":") + 1);
    this.title = this.kind === "direct" ? ME_FIRST(...id.split(":", 2), user) : id;
  }

  /** What to send to, for messages and requests. */
  get address() {
    return this.kind === "direct" ? `user:${this.title}` : this.name;
  }

  get unread() {
    return this.isFollowed ? Math.max(0, this.lastSequence - this.read) : 0;
  }

  /** When something was said last, for the order of the list. */
  get time() {
    return Math.max(this.newest?.time ?? 0, this.outbox.at(-1)?.time ?? 0);
  }

  // What the broker says

  append(message) {
    if (message.sequence <= (this.entries.at(-1)?.sequence ?? 0)) return;
    this.entries.push(message);
    this.#bytes += bytesOf(message);
    this.#note(message);
    this.typing.delete(message.sender);
    if (message.sender === this.user) this.#settle(message);
  }

  /** A page that ends right before the first entry. */
  prepend(page) {
    const before = this.firstSequence(Infinity);
    const messages = page.messages.filter(({ sequence }) => sequence < before);
    const older = [];
    let expected = messages[0]?.sequence;
    for (const message of messages) {
      if (message.sequence > expected) older.push(gapEntry(expected, message.sequence - 1));
      older.push(message);
      expected = message.sequence + 1;
    }
    if (messages.length > 0 && expected < before && before !== Infinity) older.push(gapEntry(expected, before - 1));
    this.entries.unshift(...older);
    this.#bytes += sumOfBytes(older);
    // Of an earlier page, which had no answer: they are here.
    const end = messages.at(-1)?.sequence ?? 0;
    this.outbox = this.outbox.filter(({ state, sequence }) => state !== "stored" || sequence > end);
    if (messages.length > 0) this.#note(messages.at(-1));
    this.firstHeld = page.firstSequence;
    this.hasOlder = messages.length > 0 && messages[0].sequence > page.firstSequence;
    this.lastSequence = Math.max(this.lastSequence, page.lastSequence);
  }

  /** What is here is not a part of what the session will be sent. */
  clear() {
    this.entries = [];
    this.#bytes = 0;
    this.hasOlder = true;
    this.clears += 1;
    this.generation += 1;
  }

  gap({ from, to, reason, epoch }) {
    if (reason === "GAP_REASON_EPOCH_CHANGED") {
      this.clear();
      this.entries.push(gapEntry(0, 0, reason));
      this.newest = null;
      this.lastSequence = this.read = this.toldRead = this.unreadFrom = 0;
      this.hasOlder = false;
      this.marks.clear();
      this.#forgetStored(0);
    } else if (reason === "GAP_REASON_LOG_TRUNCATED") {
      this.entries = this.entries.filter(({ sequence }) => sequence < from);
      this.#bytes = sumOfBytes(this.entries);
      this.entries.push(gapEntry(from, from - 1, reason));
      for (const mark of this.marks.values()) {
        mark.delivered = Math.min(mark.delivered, from - 1);
        mark.read = Math.min(mark.read, from - 1);
      }
      this.#forgetStored(from);
      this.lastSequence = from - 1;
      this.read = Math.min(this.read, this.lastSequence);
      this.toldRead = Math.min(this.toldRead, this.lastSequence);
      this.newest = this.entries.findLast((entry) => !entry.isGap) ?? null;
    } else {
      this.entries.push(gapEntry(from, to, reason));
      this.lastSequence = Math.max(this.lastSequence, to);
    }
    this.epoch = epoch;
  }

  /** The first sequence that is here; what the session will be sent next if there is none. */
  firstSequence(otherwise) {
    const first = this.entries[0];
    return first ? (first.isGap ? first.from : first.sequence) : otherwise;
  }

  /** Drops what is far back. */
  trim(isOpen) {
    const { entries } = this;
    const kept = isOpen ? KEPT_WHEN_OPEN : KEPT_WHEN_CLOSED;
    if (entries.length <= kept.entries + TRIMMED_TOGETHER && this.#bytes <= kept.bytes * 1.1) return;
    const seen = isOpen && this.seenFrom ? entries.indexOf(this.seenFrom) : -1;
    let bytes = this.#bytes;
    let count = 0;
    const isAbove = (limit) => entries.length - count > limit.entries || bytes > limit.bytes;
    // The newest one stays, however long it is.
    while (count < entries.length - 1 && isAbove(seen < 0 || count < seen - KEPT_ABOVE ? kept : MOST)) {
      bytes -= bytesOf(entries[count]);
      count += 1;
    }
    if (count === 0) return;
    entries.splice(0, count);
    this.#bytes = bytes;
    this.hasOlder = true;
    // A page that was asked for would no longer end where the entries begin.
    this.generation += 1;
  }

  // What the user says

  /** @returns {object} the item */
  sending(id, text, time) {
    const item = { id, text, time, state: "sending", sequence: 0, error: null };
    this.outbox.push(item);
    return item;
  }

  stored(item, receipt) {
    this.matched.delete(item);
    item.sequence = receipt.sequence;
    item.state = "stored";
    this.#receipts.set(receipt.sequence, receipt);
    // Nobody tells who has joined and left; this is the newest that is known.
    if (this.kind === "group") this.members = receipt.recipientsTotal + 1;
    if (this.#receipts.size > KEPT_RECEIPTS) this.#receipts.delete(this.#receipts.keys().next().value);
    // Delivery may have been faster than the receipt.
    if ((this.entries.at(-1)?.sequence ?? 0) >= receipt.sequence) this.discard(item);
    else this.#keep(item);
  }

  failed(item, error) {
    this.matched.delete(item);
    item.state = "failed";
    item.error = error;
    this.#keep(item);
  }

  discard(item) {
    const index = this.outbox.indexOf(item);
    if (index >= 0) this.outbox.splice(index, 1);
  }

  receipt(sequence) {
    return this.#receipts.get(sequence);
  }

  /** @returns {{state: "stored" | "delivered" | "read", delivered: number, read: number, others: number}} */
  progress(sequence) {
    const others = this.kind === "direct" ? 1 : Math.max(0, this.members - 1);
    let delivered = 0;
    let read = 0;
    for (const mark of this.marks.values()) {
      if (mark.delivered >= sequence) delivered += 1;
      if (mark.read >= sequence) read += 1;
    }
    // Who has left has marks too.
    delivered = Math.min(delivered, others);
    read = Math.min(read, others);
    const isAll = (count) => others > 0 && count === others;
    return { state: isAll(read) ? "read" : isAll(delivered) ? "delivered" : "stored", delivered, read, others };
  }

  mark(user, delivered, read) {
    if (user === this.user) return;
    const old = this.marks.get(user) ?? { delivered: 0, read: 0 };
    this.marks.set(user, { delivered: Math.max(old.delivered, delivered, read), read: Math.max(old.read, read) });
  }

  /** The newest message of a log of which nothing else is here. */
  preview(message) {
    if (message) this.#note(message);
  }

  #note(message) {
    // Who writes has read what is before.
    if (message.sender === this.user) this.read = Math.max(this.read, message.sequence);
    if (message.sequence >= (this.newest?.sequence ?? 0)) this.newest = message;
    this.lastSequence = Math.max(this.lastSequence, message.sequence);
  }

  /** It may have been taken for another message with the same text. */
  #keep(item) {
    if (!this.outbox.includes(item)) this.outbox.push(item);
  }

  /** One's own message has come: what stood for it goes. The receipt may come later and find nothing to do. */
  #settle(message) {
    const index = this.outbox.findIndex((item) =>
      item.sequence === message.sequence || (item.state === "sending" && item.text === message.text));
    if (index < 0) return;
    const [item] = this.outbox.splice(index, 1);
    // By its text alone: another device may have said the same. Its receipt will tell.
    if (item.state === "sending") this.matched.add(item);
  }

  /** The log does not have what it has confirmed, from this sequence on. */
  #forgetStored(from) {
    for (const sequence of this.#receipts.keys()) {
      if (sequence >= from) this.#receipts.delete(sequence);
    }
    for (const item of this.outbox) {
      if (item.state !== "stored" || item.sequence < from) continue;
      item.state = "failed";
      item.error = new Error("The broker has lost it.");
    }
  }
}

const bytesOf = (entry) => entry.body?.length ?? 0;
const sumOfBytes = (entries) => entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
const gapEntry = (from, sequence, reason = "GAP_REASON_RETENTION") => ({ isGap: true, from, sequence, reason });
