// chat-store.js and what it holds, without a browser and without a broker: node --test store.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";

const web = new URL("../../Sources/CWebPages/web/chat/", import.meta.url);

class Storage {
  #items = new Map();
  getItem = (key) => this.#items.get(key) ?? null;
  setItem = (key, value) => this.#items.set(key, value);
  removeItem = (key) => this.#items.delete(key);
}
Object.assign(globalThis, { localStorage: new Storage(), sessionStorage: new Storage() });

const sockets = [];
globalThis.WebSocket = class {
  readyState = 0;
  sent = [];
  constructor() {
    sockets.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  greet(connected = {}) {
    this.readyState = 1;
    this.onopen();
    this.tell({ requestId: this.sent[0].requestId, connected: { user: "ann", ...connected } });
  }
  tell(...frames) {
    this.onmessage({ data: frames.map((frame) => JSON.stringify(frame)).join("\n") });
  }
  find(kind) {
    return this.sent.filter((frame) => frame[kind]);
  }
};

const { ChatStore } = await import(new URL("chat-store.js", web));
const { ConversationLog } = await import(new URL("chat-log.js", web));
const { Message } = await import(new URL("chat-wire.js", web));

const lobby = (last, more = {}) => ({
  conversation: "group:lobby", epoch: "7", position: String(last), lastSequence: String(last), members: 3, ...more,
});
const message = (sequence, { sender = "bob", text = "hello", conversation = "group:lobby" } = {}) => ({
  conversation, sequence: String(sequence), time: "1764000000000", sender, body: btoa(text),
});
const entry = (sequence, options) => new Message(message(sequence, options));
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

let users = 0;

function start({ user = `ann-${(users += 1)}`, greeting = {} } = {}) {
  const store = new ChatStore({ url: "ws://x/v1/ws", user });
  store.connect().catch(() => {});
  const socket = sockets.at(-1);
  if (greeting) socket.greet({ user, ...greeting });
  return { store, socket, user };
}

test("what was not answered survives pages that never had a connection", () => {
  const first = start({ greeting: null });
  first.store.send(first.store.conversation("user:bob"), "do not lose me");
  first.store.close();
  // Two more pages come and go before the network does.
  for (let page = 0; page < 2; page += 1) start({ user: first.user, greeting: null }).store.close();
  const last = start({ user: first.user });
  const [{ publish }] = last.socket.find("publish");
  assert.equal(atob(publish.body), "do not lose me");
  last.store.close();
});

test("a message in the outbox that has no address is told and dropped", async () => {
  const user = `ann-${(users += 1)}`;
  sessionStorage.setItem(`chat.of.${user}.outbox`, JSON.stringify([
    { to: "user:a\0b", id: "k1", text: "to nobody", time: 5 }, { to: "user:bob", id: "k2", text: "to bob", time: 6 },
  ]));
  const store = new ChatStore({ url: "ws://x/v1/ws", user });
  const notices = [];
  store.addEventListener("notice", ({ detail }) => notices.push(detail.text));
  store.connect().catch(() => {});
  const socket = sockets.at(-1);
  socket.greet({ user });
  assert.deepEqual(socket.find("publish").map(({ publish }) => publish.clientMessageId), ["k2"]);
  assert.equal(notices.length, 1);
  assert.match(notices[0], /to nobody/);
  store.save();
  const left = JSON.parse(sessionStorage.getItem(`chat.of.${user}.outbox`));
  assert.deepEqual(left.map(({ id }) => id), ["k2"]);
  store.close();
});

test("the number of members follows those who come and go", async () => {
  const { store, socket } = start({ greeting: { conversations: [lobby(0)] } });
  const log = store.conversation("group:lobby");
  assert.equal(log.members, 3);
  socket.tell({ event: { members: { conversation: "group:lobby", members: 4 } } });
  assert.equal(log.members, 4);
  store.close();
});

test("what was stored although the answer was lost is there once after a reload", async () => {
  const first = start({ greeting: null });
  first.store.send(first.store.conversation("group:lobby"), "stored, but who knows");
  first.store.close();
  const { store, socket, user } = start({ user: first.user, greeting: { conversations: [lobby(1)] } });
  const log = store.conversation("group:lobby");
  const [{ requestId }] = socket.find("publish");
  socket.tell({ requestId, published: { receipts: [{ conversation: "group:lobby", sequence: "1", duplicate: true }] } });
  await turn();
  assert.equal(log.outbox.length, 1);
  store.select(log);
  const history = socket.find("history").at(-1);
  socket.tell({
    requestId: history.requestId,
    historyPage: { conversation: "group:lobby", messages: [message(1, { sender: user })], firstSequence: "1", lastSequence: "1" },
  });
  await turn();
  assert.deepEqual([log.entries.length, log.outbox.length], [1, 0]);
  store.close();
});

test("another device's message with the same text does not pass for one's own", () => {
  const { store, socket, user } = start({ greeting: { conversations: [lobby(0)] } });
  const log = store.conversation("group:lobby");
  store.send(log, "ok");
  socket.tell({ message: message(1, { sender: user, text: "ok" }) });
  assert.equal(log.outbox.length, 0);
  // No answer yet: it may still be lost, and is sent by the next page.
  store.close();
  const next = start({ user, greeting: { conversations: [lobby(1)] } });
  assert.equal(next.socket.find("publish").length, 1);
  next.store.close();
});

test("what another tab follows stays remembered, and what it leaves does not", () => {
  const following = (conversation) => ({ event: { following: { conversation, epoch: "3", position: "0" } } });
  const { store, socket, user } = start();
  const other = start({ user });
  socket.tell(following("broadcast:everyone"), following("broadcast:news"));
  other.socket.tell(following("broadcast:everyone"), following("broadcast:weather"));
  store.save();
  other.store.save();
  store.save();
  const key = `chat.of.${user}.broadcasts`;
  const names = () => JSON.parse(localStorage.getItem(key)).map(({ conversation }) => conversation).sort();
  assert.deepEqual(names(), ["broadcast:everyone", "broadcast:news", "broadcast:weather"]);
  const oldValue = localStorage.getItem(key);
  socket.tell({ event: { unfollowed: "broadcast:news" } });
  store.save();
  assert.deepEqual(names(), ["broadcast:everyone", "broadcast:weather"]);
  // A tab that follows it too hears of it, and what it has alone it keeps.
  other.socket.tell(following("broadcast:news"));
  other.store.storageChanged({ key, oldValue });
  assert.deepEqual(other.socket.find("unsubscribe").map(({ unsubscribe }) => unsubscribe.conversation), ["broadcast:news"]);
  store.close();
  other.store.close();
});

test("what another device has read is read", () => {
  const { store, socket, user } = start({ greeting: { conversations: [lobby(4, { read: "1" })] } });
  assert.equal(store.unread, 3);
  socket.tell({ event: { marks: { conversation: "group:lobby", user, delivered: "4", read: "3" } } });
  assert.equal(store.unread, 1);
  store.close();
});

test("one's own messages count as read for the broker too", () => {
  const { store, socket, user } = start({ greeting: { conversations: [lobby(0)] } });
  const log = store.conversation("group:lobby");
  socket.tell({ message: message(1, { sender: user }) });
  assert.equal(log.unread, 0);
  store.markRead(log, 1);
  store.client.close();
  assert.deepEqual(socket.find("markRead").map(({ markRead }) => markRead.positions[0].sequence), ["1"]);
  store.close();
});

test("a refusal is told although the group was left in the meantime", async () => {
  const { store, socket } = start({ greeting: { conversations: [lobby(0)] } });
  const log = store.conversation("group:lobby");
  store.send(log, "too late");
  const [{ requestId }] = socket.find("publish");
  socket.tell(
    { event: { unfollowed: "group:lobby" } },
    { requestId, error: { code: "ERROR_CODE_NOT_MEMBER", message: "Join it." } },
  );
  await turn();
  assert.equal(store.conversation("group:lobby").outbox[0].state, "failed");
  store.close();
});

test("nothing is told after signing out", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { store, socket } = start({ greeting: { conversations: [lobby(0)] } });
  let events = 0;
  for (const type of ["list", "log", "notice"]) store.addEventListener(type, () => (events += 1));
  // That somebody writes is forgotten some seconds later.
  socket.tell({ event: { typing: { conversation: "group:lobby", user: "bob" } } });
  store.close();
  const before = events;
  context.mock.timers.tick(10_000);
  assert.equal(events, before);
});

test("a log of days stays small", () => {
  const log = new ConversationLog("group:busy", "ann");
  for (let sequence = 1; sequence <= 300_000; sequence += 1) {
    log.append(entry(sequence));
    log.trim(true);
  }
  assert.ok(log.entries.length <= 4200, String(log.entries.length));
  assert.equal(log.entries.at(-1).sequence, 300_000);
  assert.equal(log.hasOlder, true);
  log.trim(false);
  assert.equal(log.entries.length, 300);
});

test("so does one of long messages", () => {
  const log = new ConversationLog("group:busy", "ann");
  const text = "x".repeat(60_000);
  for (let sequence = 1; sequence <= 400; sequence += 1) {
    log.append(entry(sequence, { text }));
    log.trim(true);
  }
  assert.ok(log.entries.length < 160, String(log.entries.length));
  log.trim(false);
  assert.ok(log.entries.length < 10 && log.entries.length > 0, String(log.entries.length));
});

test("what is read far back is not dropped by what comes", () => {
  const log = new ConversationLog("group:busy", "ann");
  for (let sequence = 1; sequence <= 1000; sequence += 1) log.append(entry(sequence));
  log.seenFrom = log.entries[600];
  for (let sequence = 1001; sequence <= 20_000; sequence += 1) {
    log.append(entry(sequence));
    log.trim(true);
  }
  assert.equal(log.entries[0].sequence, 201);
  assert.ok(log.entries.includes(log.seenFrom));
  // But for a limit.
  for (let sequence = 20_001; sequence <= 80_000; sequence += 1) {
    log.append(entry(sequence));
    log.trim(true);
  }
  assert.ok(log.entries.length <= 50_000, String(log.entries.length));
});

test("a page that was asked for before the entries were trimmed leaves no hole", async () => {
  const { store, socket } = start({ greeting: { conversations: [lobby(500)] } });
  const log = store.conversation("group:lobby");
  const other = store.conversation("group:other");
  for (let sequence = 501; sequence <= 1200; sequence += 1) log.append(entry(sequence));
  store.select(log);
  store.loadOlder(log);
  const { requestId } = socket.find("history").at(-1);
  store.select(other);
  const messages = Array.from({ length: 100 }, (_, index) => message(401 + index));
  socket.tell({ requestId, historyPage: { conversation: "group:lobby", messages, firstSequence: "1", lastSequence: "1200" } });
  await turn();
  assert.equal(log.entries.filter(({ isGap }) => isGap).length, 0);
  assert.equal(log.entries[0].sequence, 901);
  assert.equal(log.hasOlder, true);
  store.close();
});

test("ticks claim no more than is known", () => {
  const log = new ConversationLog("group:lobby", "ann");
  log.members = 3;
  log.append(entry(1, { sender: "ann" }));
  assert.equal(log.progress(1).state, "stored");
  log.mark("bob", 1, 1);
  assert.deepEqual(log.progress(1), { state: "stored", delivered: 1, read: 1, others: 2 });
  log.mark("dan", 1, 0);
  assert.equal(log.progress(1).state, "delivered");
  // Dan leaves and Eve comes: there are two others still.
  log.mark("eve", 1, 0);
  assert.deepEqual(log.progress(1), { state: "delivered", delivered: 2, read: 1, others: 2 });
  // The end is lost, and its numbers are given again.
  log.gap({ from: 1, to: 1, reason: "GAP_REASON_LOG_TRUNCATED", epoch: "7" });
  log.append(entry(1, { sender: "ann" }));
  assert.equal(log.progress(1).state, "stored");
  assert.equal(log.progress(1).delivered, 0);
});
