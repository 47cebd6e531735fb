// The list of conversations, newest first.

import { avatar, element } from "./chat-dom.js";
import { listTime, plural, preview, summary } from "./chat-text.js";

/** Conversations in the list; the others are found by their name. */
const LIST_LIMIT = 200;

export class ListView {
  #list;
  #empty;
  #rest;
  #store;
  #onOpen;
  #items = new Map();
  #isPlanned = false;
  #isClosed = false;
  // The one that Tab comes to.
  #current = null;

  /**
   * @param {object} options
   * @param {HTMLElement} options.list
   * @param {HTMLElement} options.empty shown when nothing is in the list
   * @param {HTMLElement} options.rest tells how many are not in it
   * @param {import("./chat-store.js").ChatStore} options.store
   * @param {(log: object) => void} options.onOpen
   */
  constructor({ list, empty, rest, store, onOpen }) {
    this.#list = list;
    this.#empty = empty;
    this.#rest = rest;
    this.#store = store;
    this.#onOpen = onOpen;
    list.replaceChildren();
    list.onkeydown = (event) => this.#pressed(event);
  }

  update() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    requestAnimationFrame(() => {
      this.#isPlanned = false;
      if (!this.#isClosed) this.#render();
    });
  }

  /** The elements are another list's from now on. */
  close() {
    this.#isClosed = true;
  }

  /** What is in the list, in its order. */
  sorted() {
    return [...this.#store.conversations.values()]
      .filter((log) => log === this.#store.open || isWorthShowing(log))
      .sort((left, right) => right.time - left.time || left.title.localeCompare(right.title));
  }

  focus() {
    const name = this.#store.open?.name ?? this.#current;
    (this.#items.get(name)?.button ?? this.#list.querySelector("button"))?.focus();
  }

  #render() {
    const all = this.sorted();
    const logs = all.slice(0, LIST_LIMIT);
    const names = new Set(logs.map(({ name }) => name));
    for (const [name, { node }] of this.#items) {
      if (names.has(name)) continue;
      node.remove();
      this.#items.delete(name);
    }
    if (!names.has(this.#current)) this.#current = this.#store.open?.name ?? logs[0]?.name ?? null;
    let next = this.#list.firstChild;
    for (const log of logs) {
      const item = this.#item(log);
      if (item.node === next) {
        next = next.nextSibling;
      } else {
        // Moving an element takes the focus from it.
        const hadFocus = document.activeElement === item.button;
        this.#list.insertBefore(item.node, next);
        if (hadFocus) item.button.focus();
      }
    }
    this.#empty.hidden = logs.length > 0;
    const rest = all.length - logs.length;
    this.#rest.hidden = rest === 0;
    this.#rest.textContent = `${plural(rest, "older conversation")} not shown. Find ${rest === 1 ? "it" : "them"} by name.`;
  }

  #item(log) {
    let item = this.#items.get(log.name);
    if (!item) {
      const button = element("button", { type: "button", class: "item", onclick: () => this.#onOpen(log) });
      item = { node: element("li", {}, button), button, signature: "" };
      this.#items.set(log.name, item);
    }
    const isOpen = log === this.#store.open;
    const last = lastLine(log);
    const signature = [last.prefix, last.text, listTime(log.time), log.unread, isOpen].join("\n");
    if (item.signature !== signature) {
      item.signature = signature;
      this.#fill(item.button, log, last);
      if (isOpen) item.button.setAttribute("aria-current", "true");
      else item.button.removeAttribute("aria-current");
    }
    item.button.tabIndex = log.name === this.#current ? 0 : -1;
    return item;
  }

  #fill(button, log, last) {
    const { unread } = log;
    const picture = avatar(log.kind, log.title);
    const parts = [
      picture,
      element("span", { class: "item-name" }, element("bdi", {}, preview(log.title))),
      element("span", { class: "item-time" }, listTime(log.time)),
      element("span", { class: "item-text", "data-kind": last.kind, dir: "auto" },
        ...prefixNodes(last.prefix), last.text),
      unread > 0
        ? element("span", { class: "badge" }, unread > 999 ? "999+" : String(unread),
          element("span", { class: "unseen" }, " unread"))
        : null,
    ];
    button.replaceChildren(...parts.filter((part) => part !== null));
  }

  // Arrows, Home and End move in the list.
  #pressed(event) {
    const buttons = [...this.#list.querySelectorAll("button")];
    const index = buttons.indexOf(document.activeElement);
    const target = {
      ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: buttons.length - 1,
    }[event.key];
    if (target === undefined || index < 0) return;
    event.preventDefault();
    const button = buttons[Math.min(Math.max(target, 0), buttons.length - 1)];
    this.#current = [...this.#items].find(([, item]) => item.button === button)?.[0] ?? this.#current;
    for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
    button.focus();
  }
}

/** The colon and its space go with the direction of the text that follows, not with that of the name. */
const prefixNodes = (prefix) =>
  (prefix ? [element("span", { class: "item-sender" }, element("bdi", {}, prefix), ": ")] : []);

const isWorthShowing = (log) =>
  (log.isFollowed || log.outbox.length > 0) && (log.name !== "broadcast:everyone" || log.lastSequence > 0);

function lastLine(log) {
  const typing = [...log.typing].filter(([, until]) => until > Date.now());
  if (typing.length > 0) return { kind: "writing", prefix: "", text: "writing…" };
  if (log.draft.trim() && !log.outbox.length) return { kind: "draft", prefix: "Draft", text: preview(log.draft) };
  const item = log.outbox.at(-1);
  if (item) return { kind: item.state, prefix: item.state === "failed" ? "Not sent" : "You", text: preview(item.text) };
  const { newest } = log;
  if (!newest) {
    const isOutside = log.kind === "group" && !log.isFollowed;
    const text = isOutside ? "Not a member" : log.lastSequence > 0 ? "…" : "No messages yet";
    return { kind: "none", prefix: "", text };
  }
  const isOwn = newest.sender === log.user;
  const prefix = isOwn ? "You" : log.kind === "direct" ? "" : preview(newest.sender);
  return { kind: "text", prefix, text: summary(newest) };
}
