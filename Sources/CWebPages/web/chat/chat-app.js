// The page of somebody who is signed in.

import { isAddress } from "./chat-client.js";
import { Composer } from "./chat-composer.js";
import { avatar, byId, element, icon } from "./chat-dom.js";
import { ListView } from "./chat-list.js";
import { Palette } from "./chat-palette.js";
import { Renewal } from "./chat-renewal.js";
import { ChatStore } from "./chat-store.js";
import { dayOf, plural, preview } from "./chat-text.js";
import { LogView } from "./chat-view.js";

const NOTICE_MS = 8000;
const NOTICES_SHOWN = 3;
/** A connection that comes back sooner is not worth a word. */
const BANNER_AFTER_MS = 400;
/** The number in the title is set at most so often. */
const TITLE_AFTER_MS = 100;
/** How often it is looked whether today has become yesterday. */
const DAY_CHECK_MS = 60_000;

export class App {
  #store;
  #list;
  #view;
  #palette;
  #renewal;
  #composer;
  #bannerTimer = null;
  #titleTimer = null;
  #dayTimer;
  #isGateBusy = false;
  #listeners = new AbortController();

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {string} options.user
   * @param {string} options.token
   * @param {(error: Error) => void} options.onRefused the broker does not let the user in
   * @param {(user: string) => void} options.onRenamed the token says that the user is another one
   * @param {(token: string) => void} options.onRenewed the session goes on with this token
   */
  constructor({ url, user, token, onRefused, onRenamed, onRenewed }) {
    const store = new ChatStore({ url, user, token });
    this.#store = store;
    this.#list = new ListView({
      list: byId("conversations"), empty: byId("no-conversations"), rest: byId("more-conversations"), store,
      onOpen: (log) => this.open(log),
    });
    this.#view = new LogView({
      scroller: byId("scroller"), list: byId("log"), store, onPlace: () => this.#placed(),
    });
    this.#palette = new Palette({
      dialog: byId("palette"), input: byId("palette-input"), list: byId("palette-options"), hint: byId("palette-hint"),
      find: () => this.#list.sorted(), onChosen: (option) => this.#chosen(option),
    });
    this.#composer = new Composer({
      form: byId("composer"), text: byId("text"), note: byId("text-note"), send: byId("send"),
      limit: () => store.client.session?.limits.bodyBytes,
      onSend: (text) => {
        store.send(store.open, text);
        this.#view.toNewest();
      },
      onWriting: (text) => {
        store.open.draft = text;
        if (text) store.writing(store.open);
      },
    });
    store.addEventListener("list", () => this.#listChanged());
    store.addEventListener("log", ({ detail }) => this.#logChanged(detail.conversation));
    store.addEventListener("notice", ({ detail }) => this.#notice(detail.text));
    store.addEventListener("state", ({ detail }) => {
      this.#connectionChanged(detail);
      if (detail.state === "closed" && detail.error?.refusesConnect) onRefused(detail.error);
    });
    store.client.addEventListener("connected", ({ detail }) => {
      if (detail.user !== user) onRenamed(detail.user);
    });
    this.#renewal = new Renewal({
      async onToken(fresh) {
        await store.client.refresh(fresh);
        onRenewed(fresh);
      },
    });
    store.client.addEventListener("tokenexpiring", ({ detail }) => this.#renewal.ask(detail.expiresInMs));
    this.#prepare(user);
    store.connect().catch(() => {});
    this.#followAddress();
  }

  close() {
    this.#listeners.abort();
    clearInterval(this.#bannerTimer);
    clearTimeout(this.#titleTimer);
    clearInterval(this.#dayTimer);
    this.#palette.close();
    this.#renewal.close();
    this.#list.close();
    this.#view.close();
    this.#store.close();
    document.title = "Chat";
  }

  #prepare(user) {
    const account = byId("account");
    const name = element("span", { class: "account-name" }, element("bdi", {}, user));
    account.replaceChildren(avatar("direct", user), name);
    account.setAttribute("aria-label", `Signed in as ${user}`);
    byId("compose").onclick = byId("search").onclick = byId("welcome-start").onclick = () => this.#palette.open();
    byId("back").onclick = () => this.open(null);
    byId("reconnect").onclick = () => this.#store.client.reconnectNow();
    byId("to-newest").onclick = () => this.#view.toNewest();
    byId("to-unread").onclick = () => this.#view.toUnread();
    byId("unfollow").onclick = () => this.#unfollow();
    byId("gate-button").onclick = () => this.#follow();
    this.#connectionChanged(this.#store.connection);
    this.#listChanged();
    let day = dayOf(Date.now());
    this.#dayTimer = setInterval(() => {
      if (dayOf(Date.now()) === day) return;
      day = dayOf(Date.now());
      this.#list.update();
      this.#view.update();
    }, DAY_CHECK_MS);
    const { signal } = this.#listeners;
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return this.#store.save();
      this.#store.client.check();
      this.#placed();
    }, { signal });
    window.addEventListener("focus", () => this.#placed(), { signal });
    window.addEventListener("online", () => this.#store.client.check(), { signal });
    window.addEventListener("pagehide", () => this.#store.save(), { signal });
    window.addEventListener("storage", (event) => this.#store.storageChanged(event), { signal });
    window.addEventListener("hashchange", () => this.#followAddress(), { signal });
  }

  // Which conversation is open: the page's address says it, so that the browser's own buttons work.

  open(log) {
    if (log !== this.#store.open) {
      history.pushState(null, "", location.pathname + location.search + (log ? `#${encodeURI(log.address)}` : ""));
    }
    this.#show(log);
  }

  #followAddress() {
    const address = decodeAddress(location.hash.slice(1));
    const isKnown = isAddress(address);
    if (!isKnown && address !== "") this.#notice(`${address} is no name of a conversation.`);
    this.#show(isKnown ? this.#store.conversation(address) : null);
  }

  #show(log) {
    if (log && log === this.#store.open) return this.#composer.focus();
    this.#store.select(log);
    byId("welcome").hidden = log !== null;
    byId("conversation").hidden = log === null;
    byId("app").dataset.shows = log ? "conversation" : "list";
    byId("gate-problem").textContent = "";
    if (!log) {
      this.#view.show(null);
      this.#list.focus();
      return;
    }
    byId("header-avatar").replaceChildren(avatar(log.kind, log.title));
    byId("title").firstChild.textContent = preview(log.title);
    this.#describe(log);
    this.#composer.show(log);
    this.#view.show(log);
    if (!isTouch()) this.#composer.focus();
  }

  async #chosen({ kind, address, action }) {
    const log = this.#store.conversation(address);
    this.open(log);
    if (action && kind !== "direct") await this.#follow();
    else if (kind === "direct") this.#composer.focus();
  }

  // Changes

  #listChanged() {
    this.#list.update();
    // In the background too, where nothing is drawn.
    this.#titleTimer ??= setTimeout(() => {
      this.#titleTimer = null;
      const { unread } = this.#store;
      document.title = unread > 0 ? `(${unread > 999 ? "999+" : unread}) Chat` : "Chat";
    }, TITLE_AFTER_MS);
  }

  #logChanged(log) {
    if (log !== this.#store.open) return;
    // The line goes before the first message that came while nobody looked.
    const isSeen = isLookedAt() && this.#view.isAtEnd;
    if (!isSeen && log.unread > 0 && log.unreadFrom <= log.read) log.unreadFrom = log.read + 1;
    this.#view.update();
    this.#describe(log);
    this.#showTyping(log);
  }

  #describe(log) {
    const isOpen = log.kind === "direct" || log.isFollowed;
    const texts = {
      direct: "Direct conversation",
      group: log.members > 0 ? `Group · ${plural(log.members, "member")}` : "Group",
      broadcast: "Broadcast · open to all",
    };
    byId("subtitle").textContent = texts[log.kind] ?? "";
    const unfollow = byId("unfollow");
    unfollow.hidden = log.kind === "direct" || !log.isFollowed || log.name === "broadcast:everyone";
    unfollow.textContent = log.kind === "group" ? "Leave" : "Unsubscribe";
    byId("composer").hidden = !isOpen;
    byId("gate").hidden = isOpen;
    if (isOpen) return;
    const isGroup = log.kind === "group";
    byId("gate-text").textContent = isGroup
      ? "You are not a member of this group. Join it to read and write."
      : "Subscribe to get what is sent to this broadcast.";
    byId("gate-button").textContent = isGroup ? "Join" : "Subscribe";
    byId("gate-button").disabled = this.#isGateBusy;
  }

  #showTyping(log) {
    const names = [...log.typing].filter(([, until]) => until > Date.now()).map(([name]) => preview(name));
    byId("typing").textContent = names.length === 0 ? ""
      : names.length > 2 ? "Several people are writing…"
      : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} writing…`;
  }

  /** The user sees another part of the conversation. */
  #placed() {
    const log = this.#store.open;
    if (!log) return;
    if (isLookedAt()) this.#store.markRead(log, this.#view.seen);
    const isAtEnd = this.#view.isAtEnd || log.entries.length === 0;
    byId("to-unread").hidden = !this.#view.isUnreadAbove;
    const button = byId("to-newest");
    button.hidden = isAtEnd;
    const { unread } = log;
    byId("to-newest-count").textContent = unread > 0 ? String(unread) : "";
    button.setAttribute("aria-label", unread > 0 ? `To the newest message, ${unread} unread` : "To the newest message");
  }

  async #follow() {
    const log = this.#store.open;
    this.#isGateBusy = true;
    this.#describe(log);
    byId("gate-problem").textContent = "";
    try {
      await this.#store.follow(log);
    } catch (error) {
      byId("gate-problem").textContent = error.message;
    }
    this.#isGateBusy = false;
    if (log !== this.#store.open) return;
    this.#describe(log);
    if (log.isFollowed) this.#composer.focus();
  }

  async #unfollow() {
    try {
      await this.#store.unfollow(this.#store.open);
    } catch (error) {
      this.#notice(error.message);
    }
  }

  // The connection

  #connectionChanged({ state, retryAt, error }) {
    clearInterval(this.#bannerTimer);
    byId("app").dataset.connection = state;
    const banner = byId("banner");
    if (state === "online" || state === "closed" || state === "idle") {
      banner.hidden = true;
      return;
    }
    const tell = () => {
      banner.hidden = false;
      const [why, when, what] = bannerTexts(state, retryAt, error);
      // Said once, and the seconds not at all.
      setText(byId("banner-why"), why);
      setText(byId("banner-when"), when);
      setText(byId("banner-what"), what);
      byId("reconnect").hidden = state !== "waiting";
    };
    if (!banner.hidden) tell();
    this.#bannerTimer = setInterval(tell, BANNER_AFTER_MS);
  }

  #notice(text) {
    const notices = byId("notices");
    const notice = element("p", { class: "notice" }, icon("failed"), preview(text));
    notices.append(notice);
    while (notices.children.length > NOTICES_SHOWN) notices.firstChild.remove();
    setTimeout(() => notice.remove(), NOTICE_MS);
  }

  // Keys

  #pressed(event) {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.#palette.open();
    } else if (event.altKey && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.#step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && !event.defaultPrevented && !byId("palette").open) {
      if (!byId("account-menu").hidden) return;
      // Where there is room for one of both, the list takes the place of the conversation.
      if (getComputedStyle(byId("back")).display !== "none") this.open(null);
      else this.#list.focus();
    } else if (["PageUp", "PageDown"].includes(event.key) && document.activeElement === byId("text")) {
      event.preventDefault();
      this.#view.scrollBy(event.key === "PageUp" ? -1 : 1);
    }
  }

  #step(by) {
    const logs = this.#list.sorted();
    if (logs.length === 0) return;
    const index = logs.indexOf(this.#store.open);
    this.open(logs[(index + by + logs.length) % logs.length]);
  }
}

const isLookedAt = () => !document.hidden && document.hasFocus();
const isTouch = () => matchMedia("(pointer: coarse)").matches;

function decodeAddress(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function bannerTexts(state, retryAt, error) {
  if (state === "connecting") return ["Connecting… ", "", "What you write is sent when the connection is there."];
  const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
  const why = error?.refusesConnect ? `${preview(error.message)} ` : "No connection. ";
  return [why, `Trying again in ${seconds} s. `, "What you write is sent when it is back."];
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
