// The messages of the open conversation. Only those near what is seen are elements; scrolling moves that part.

import { createRow, plan } from "./chat-row.js";

/** Entries that are elements when a conversation opens. */
const FIRST_ROWS = 60;
/** Entries that are elements at most. */
const MOST_ROWS = 150;
/** Entries that become elements at once when the end of those is near. */
const STEP_ROWS = 40;
/** How near, in pixels. */
const NEAR = 900;
/** So near to the end counts as the end. */
const AT_END = 40;
/** What is left of the messages that were read, above those that were not. */
const ABOVE_UNREAD = 120;
/** The first one that was unread is looked for among so many: further back there is too much to load. */
const MOST_SOUGHT = 10_000;

export class LogView {
  #scroller;
  #list;
  #store;
  #onPlace;
  #log = null;
  // The entries that are elements: identities, because indexes move when older ones are loaded.
  #first = null;
  #last = null;
  /** Whether the newest message stays in view when others come. */
  #isStuck = true;
  #rows = new Map();
  #expanded = new Set();
  #isPlanned = false;
  #wasLoading = false;
  // Others may have come since: they are drawn with the next frame.
  #isDrawnToEnd = true;
  // Whether older ones are loaded until the first one that was unread is here.
  #isSeeking = false;
  // The line above the unread ones, as `unreadFrom`, once it was in view.
  #lineSeen = 0;
  #observer;
  #clears = 0;

  /**
   * @param {object} options
   * @param {HTMLElement} options.scroller
   * @param {HTMLElement} options.list the log inside it
   * @param {import("./chat-store.js").ChatStore} options.store
   * @param {() => void} options.onPlace the user sees another part, or the end
   */
  constructor({ scroller, list, store, onPlace }) {
    this.#scroller = scroller;
    this.#list = list;
    this.#store = store;
    this.#onPlace = onPlace;
    scroller.onscroll = () => this.#scrolled();
    this.#observer = new ResizeObserver(() => this.#isStuck && this.#toEnd());
    this.#observer.observe(scroller);
  }

  /** The elements are another view's from now on. */
  close() {
    this.show(null);
    this.#observer.disconnect();
  }

  get isAtEnd() {
    return this.#isStuck;
  }

  /** Whether there is a way up to the first message that was unread, which has not been in view. */
  get isUnreadAbove() {
    const { unreadFrom, entries } = this.#log;
    if (unreadFrom === 0 || unreadFrom === this.#lineSeen || !this.#first) return false;
    const line = this.#rows.get("unread")?.node;
    const isAbove = line ? line.offsetTop < this.#scroller.scrollTop : unreadFrom < this.#first.sequence;
    return isAbove && entries.at(-1).sequence - unreadFrom < MOST_SOUGHT;
  }

  /** The sequence of the last message that is seen; 0 if there is none. */
  get seen() {
    if (this.#isStuck) return this.#log?.entries.at(-1)?.sequence ?? 0;
    const bottom = this.#scroller.scrollTop + this.#scroller.clientHeight;
    let seen = 0;
    for (const { node } of this.#rows.values()) {
      if (node.offsetTop + node.offsetHeight / 2 > bottom) break;
      seen = Number(node.dataset.sequence ?? seen);
    }
    return seen;
  }

  show(log) {
    if (this.#log) this.#log.seenFrom = null;
    this.#log = log;
    this.#first = this.#last = null;
    this.#clears = log?.clears;
    this.#isSeeking = false;
    this.#lineSeen = 0;
    this.#expanded.clear();
    this.#rows.clear();
    this.#list.replaceChildren();
    if (!log) return;
    this.#isStuck = log.unreadFrom === 0;
    this.#render();
    if (!this.#isStuck && !this.#toLine()) this.toNewest();
    this.#scrolled();
  }

  /** The log has changed: it is drawn with the next frame. */
  update() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(() => {
      this.#isPlanned = false;
      if (!this.#log) return;
      this.#render();
      this.#afterMove();
    });
  }

  toNewest() {
    this.#first = this.#last = null;
    this.#isStuck = true;
    this.#render();
    this.#afterMove();
  }

  /** Goes up to the first message that was unread, once all from there on is here. */
  toUnread() {
    this.#isSeeking = true;
    this.#afterMove();
  }

  /** @returns whether it is here, and was gone to */
  #seek() {
    const log = this.#log;
    const isHere = log.firstSequence(Infinity) <= log.unreadFrom || !log.hasOlder;
    this.#isSeeking = !isHere && !log.loadError;
    if (this.#isSeeking) this.#store.loadOlder(log);
    if (!isHere) return false;
    this.#first = this.#last = null;
    this.#isStuck = false;
    this.#render();
    if (!this.#toLine()) this.toNewest();
    this.#scrolled();
    return true;
  }

  /** @returns whether there is a line above the unread ones to go to */
  #toLine() {
    const line = this.#rows.get("unread")?.node;
    if (line) this.#scroller.scrollTop = line.offsetTop - ABOVE_UNREAD;
    return line !== undefined;
  }

  scrollBy(pages) {
    this.#scroller.scrollBy({ top: pages * this.#scroller.clientHeight * 0.85 });
  }

  // The part that is drawn

  #range() {
    const { entries, unreadFrom, clears } = this.#log;
    if (clears !== this.#clears) {
      this.#clears = clears;
      this.#first = this.#last = null;
      this.#isStuck = true;
    }
    let end = this.#isStuck ? entries.length : entries.lastIndexOf(this.#last) + 1;
    let start = entries.indexOf(this.#first);
    // What is seen was dropped, because too much has come since: what is left begins here.
    if (this.#first && start < 0 && !this.#isStuck) {
      start = 0;
      end = Math.max(end, Math.min(FIRST_ROWS, entries.length));
      return { start, end: Math.min(end, this.#mostRows) };
    }
    if (start < 0 || end === 0) {
      end = entries.length;
      start = Math.max(0, end - FIRST_ROWS);
      const unread = unreadFrom > 0 ? entries.findIndex(({ sequence }) => sequence >= unreadFrom) : -1;
      if (!this.#isStuck && unread >= 0) {
        start = Math.max(0, unread - STEP_ROWS / 2);
        end = Math.min(end, start + this.#mostRows);
      }
    }
    return { start: Math.max(start, end - this.#mostRows), end };
  }

  #render({ start, end } = this.#range()) {
    const { entries } = this.#log;
    const oldStart = entries.indexOf(this.#first);
    this.#first = entries[start] ?? null;
    this.#last = entries[end - 1] ?? null;
    const anchor = this.#isStuck ? null : this.#anchor();
    // Only what comes at the end is read aloud, not what scrolling brings.
    const isNews = this.#isStuck && !this.#wasLoading && (oldStart >= 0 ? start >= oldStart : this.#rows.size > 0);
    this.#wasLoading = this.#log.isLoading;
    this.#isDrawnToEnd = end === entries.length;
    this.#list.setAttribute("aria-live", isNews ? "polite" : "off");
    this.#draw(plan(this.#log, start, end, this.#expanded), isNews);
    if (this.#isStuck) return this.#toEnd();
    // By its key: what is above a message changes how it looks, and then it is another element.
    const node = anchor && this.#rows.get(anchor.key)?.node;
    if (node) this.#scroller.scrollTop += node.offsetTop - anchor.top;
  }

  #draw(rows, isNews) {
    const old = this.#rows;
    this.#rows = new Map(rows.map((row) => [row.key, null]));
    for (const [key, { node }] of old) {
      if (!this.#rows.has(key)) node.remove();
    }
    let next = this.#list.firstChild;
    for (const row of rows) {
      const known = old.get(row.key);
      let node = known?.node;
      if (known?.signature !== row.signature) {
        node = createRow(row, this.#actions());
        if (!known && isNews && !(row.isOwn && row.message)) node.classList.add("arrives");
        if (next === known?.node) next = node;
        known?.node.replaceWith(node);
      }
      this.#rows.set(row.key, { node, signature: row.signature });
      if (node === next) next = next.nextSibling;
      else this.#list.insertBefore(node, next);
    }
  }

  #actions() {
    const log = this.#log;
    return {
      expand: (key) => {
        this.#expanded.add(key);
        this.update();
      },
      retry: (item) => this.#store.retry(log, item),
      discard: (item) => this.#store.discard(log, item),
      reload: () => this.#store.loadOlder(log),
    };
  }

  /** The first message that is seen: it stays where it is while others come and go around it. */
  #anchor() {
    const top = this.#scroller.scrollTop;
    for (const [key, { node }] of this.#rows) {
      if (key.startsWith("message") && node.offsetTop + node.offsetHeight > top) return { key, top: node.offsetTop };
    }
    return null;
  }

  // Scrolling

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled() {
    if (!this.#log) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#isStuck = this.#isDrawnToEnd && scrollHeight - scrollTop - clientHeight < AT_END;
    this.#afterMove();
  }

  /** @param {"up" | "down"} [direction] the part was moved there just now: it does not go back at once */
  #afterMove(direction) {
    const log = this.#log;
    log.seenFrom = this.#isSeeking ? log.entries[0] : this.#isStuck ? null : this.#first;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const isNearTop = scrollTop < NEAR;
    const isNearEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    const start = Math.max(0, log.entries.indexOf(this.#first));
    const end = log.entries.lastIndexOf(this.#last) + 1;
    if (isNearTop && start > 0 && direction !== "down") {
      const from = Math.max(0, start - STEP_ROWS);
      return this.#move(from, Math.min(end, from + this.#mostRows), "up");
    }
    // At the end whatever comes is drawn anyway.
    if (isNearEnd && end < log.entries.length && direction !== "up" && !this.#isStuck) {
      const to = Math.min(log.entries.length, end + STEP_ROWS);
      return this.#move(Math.max(start, to - this.#mostRows), to, "down");
    }
    const line = this.#rows.get("unread")?.node.offsetTop ?? -1;
    if (line >= scrollTop && line < scrollTop + clientHeight) this.#lineSeen = log.unreadFrom;
    if (this.#isSeeking && this.#seek()) return;
    if (isNearTop && start === 0 && log.hasOlder && !log.loadError) this.#store.loadOlder(log);
    this.#onPlace();
  }

  #move(start, end, direction) {
    if (end < this.#log.entries.length) this.#isStuck = false;
    this.#render({ start, end });
    this.#afterMove(direction);
  }

  get #mostRows() {
    // On a very high screen more are seen.
    return Math.max(MOST_ROWS, Math.ceil(this.#scroller.clientHeight / 10));
  }
}
