// chat-client.js without a browser and without a broker: node --test client.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";

const web = new URL("../../Sources/CWebPages/web/chat/", import.meta.url);
const { ChatClient, ChatError, conversationName, isAddress, newMessageId } = await import(new URL("chat-client.js", web));
const { decodeBase64, encodeBase64 } = await import(new URL("chat-wire.js", web));

/** Stands for the broker: every socket that a client opens is kept here. */
function network() {
  const sockets = [];
  class Socket {
    readyState = 0;
    sent = [];

    constructor(url, subprotocol) {
      Object.assign(this, { url, subprotocol });
      sockets.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close(code) {
      this.readyState = 3;
      this.closedWith = code;
    }

    // What the broker does

    /** Refuses the session. */
    refuse(code) {
      this.readyState = 1;
      this.onopen();
      this.tell({ requestId: this.sent[0].requestId, error: { code, message: "no" } });
    }

    greet({ conversations = [], ...connected } = {}) {
      this.readyState = 1;
      this.onopen();
      this.tell({ requestId: this.sent[0].requestId, connected: { user: "ann", conversations, ...connected } });
    }

    tell(...frames) {
      this.onmessage({ data: frames.map((frame) => JSON.stringify(frame)).join("\n") });
    }

    lose(code = 1006) {
      this.readyState = 3;
      this.onclose({ code, reason: "" });
    }

    find(kind) {
      return this.sent.filter((frame) => frame[kind]);
    }
  }
  return { sockets, Socket };
}

function start(options = {}) {
  const { sockets, Socket } = network();
  const client = new ChatClient({ url: "ws://x/v1/ws", user: "ann", WebSocket: Socket, backoffMs: 1, ...options });
  const events = [];
  const types = [
    "state", "connected", "conversation", "message", "gap", "receipt", "goaway", "marks", "members", "typing", "error",
    "tokenexpiring",
  ];
  for (const type of types) client.addEventListener(type, ({ detail }) => events.push([type, detail]));
  const of = (type) => events.filter(([found]) => found === type).map(([, detail]) => detail);
  client.connect().catch(() => {});
  return { client, sockets, of, events };
}

const until = async (condition) => {
  for (let turn = 0; turn < 400; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`not so in time: ${condition}`);
};

const lobby = (position, last = position) => ({
  conversation: "group:lobby", epoch: "18446744073709551615", position: String(position), lastSequence: String(last),
});
const message = (sequence, text = "hi") => ({
  message: { sequence: String(sequence), time: "1764000000000", conversation: "group:lobby", sender: "bob", body: btoa(text) },
});

test("the first frame is Connect, with the subprotocol of JSON", async () => {
  const { client, sockets, of } = start({ token: "secret", device: "phone", resume: [{ conversation: "broadcast:x", sequence: 4 }] });
  sockets[0].greet({ limits: { bodyBytes: 10 } });
  assert.equal(sockets[0].subprotocol, "chat.v1.json");
  assert.deepEqual(sockets[0].sent[0].connect, {
    token: "secret", user: "ann", device: "phone", client: "chat-client-js",
    resume: [{ conversation: "broadcast:x", sequence: "4" }],
  });
  const session = await client.connect();
  assert.equal(session.limits.bodyBytes, 10);
  assert.deepEqual(of("state").map(({ state }) => state), ["connecting", "online"]);
  client.close();
});

test("a function gives a token for each connection, and a new one before it expires", async () => {
  let made = 0;
  const token = async () => `token ${(made += 1)}`;
  const { client, sockets, of } = start({ token });
  await until(() => sockets.length === 1);
  sockets[0].greet();
  assert.equal(sockets[0].sent[0].connect.token, "token 1");
  sockets[0].tell({ event: { tokenExpiring: { expiresInMs: "60000" } } });
  await until(() => sockets[0].find("refresh").length === 1);
  assert.equal(sockets[0].find("refresh")[0].refresh.token, "token 2");
  assert.deepEqual(of("tokenexpiring"), [{ expiresInMs: 60_000 }]);
  client.close();
});

test("a token that a function has made may be refused once, and not twice", async () => {
  const { client, sockets, of } = start({ token: () => "old", backoffMs: 1 });
  await until(() => sockets.length === 1);
  sockets[0].refuse("ERROR_CODE_UNAUTHENTICATED");
  await until(() => sockets.length === 2);
  assert.equal(client.state, "connecting");
  sockets[1].refuse("ERROR_CODE_UNAUTHENTICATED");
  await until(() => client.state === "closed");
  assert.equal(of("state").at(-1).error.code, "ERROR_CODE_UNAUTHENTICATED");
});

test("a fixed token that is refused ends the client", () => {
  const { client, sockets } = start({ token: "old" });
  sockets[0].refuse("ERROR_CODE_UNAUTHENTICATED");
  assert.equal(client.state, "closed");
});

test("without a token the client tries again", async () => {
  let fails = true;
  const token = () => (fails ? Promise.reject(new Error("the service is down")) : "good");
  const { client, sockets, of } = start({ token, backoffMs: 1 });
  await until(() => of("state").some(({ state }) => state === "waiting"));
  assert.equal(of("state").find(({ state }) => state === "waiting").error.code, "CLIENT_TOKEN");
  fails = false;
  await until(() => sockets.length === 1);
  sockets[0].greet();
  assert.equal(client.state, "online");
  client.close();
});

test("messages are handed on in order and once", () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(0)] });
  sockets[0].tell(message(1), message(2), message(2), message(1));
  sockets[0].tell(message(3, "\u00c3\u00a4"));
  assert.deepEqual(of("message").map(({ sequence }) => sequence), [1, 2, 3]);
  assert.equal(of("message")[2].text, "ä");
  assert.equal(of("message")[2].time, 1764000000000);
  assert.deepEqual(client.positions(), [{ conversation: "group:lobby", epoch: "18446744073709551615", sequence: 3 }]);
  client.close();
});

test("what was missed on the way is asked for", () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(0)] });
  sockets[0].tell(message(1), message(3));
  const [{ subscribe }] = sockets[0].find("subscribe");
  assert.equal(subscribe.start, "START_AFTER");
  assert.equal(subscribe.after.sequence, "1");
  sockets[0].tell(message(2), message(3));
  assert.deepEqual(of("message").map(({ sequence }) => sequence), [1, 2, 3]);
  client.close();
});

test("a lost last message is found by the heartbeat", () => {
  const { client, sockets } = start();
  sockets[0].greet({ conversations: [lobby(4)] });
  sockets[0].tell({ heartbeat: { tails: [{ conversation: "group:lobby", epoch: "18446744073709551615", sequence: "4" }] } });
  assert.equal(sockets[0].find("subscribe").length, 0);
  sockets[0].tell({ heartbeat: { tails: [{ conversation: "group:lobby", epoch: "18446744073709551615", sequence: "5" }] } });
  assert.equal(sockets[0].find("subscribe").length, 1);
  client.close();
});

test("after a loss it resumes, and publishes again with the same id", async () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(0)] });
  sockets[0].tell(message(1));
  const answer = client.publish("group:lobby", "hello");
  const [{ publish: first }] = sockets[0].find("publish");
  sockets[0].lose();
  assert.equal(client.state, "waiting");
  const later = client.publish("group:lobby", "written without a connection");
  await until(() => sockets.length === 2);
  sockets[1].greet({ conversations: [lobby(1, 2)] });
  assert.deepEqual(sockets[1].sent[0].connect.resume, [
    { conversation: "group:lobby", epoch: "18446744073709551615", sequence: "1" },
  ]);
  const again = sockets[1].find("publish");
  assert.deepEqual(again[0].publish, first);
  assert.equal(atob(again[1].publish.body), "written without a connection");
  sockets[1].tell(
    { requestId: again[0].requestId, published: { receipts: [{ to: "group:lobby", sequence: "2", time: "5", duplicate: true }] } },
    { requestId: again[1].requestId, published: { receipts: [{ to: "group:lobby", sequence: "3", recipientsTotal: 2 }] } },
  );
  assert.deepEqual([(await answer).sequence, (await answer).duplicate], [2, true]);
  assert.deepEqual([(await later).recipientsTotal, (await later).recipientsOnline], [2, 0]);
  assert.equal(of("receipt").length, 2);
  client.close();
});

test("a refusal has its code, its sentence and its promise", async () => {
  const { client, sockets } = start();
  sockets[0].greet();
  const refused = client.join("group:closed");
  const { requestId } = sockets[0].find("join")[0];
  sockets[0].tell({ requestId, error: { code: "ERROR_CODE_PERMISSION_DENIED", message: "Ask an owner." } });
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof ChatError);
    assert.equal(error.code, "ERROR_CODE_PERMISSION_DENIED");
    assert.equal(error.message, "Ask an owner.");
    return true;
  });
  client.close();
});

test("what the broker cannot do now is repeated", async () => {
  const { client, sockets } = start();
  sockets[0].greet();
  const receipt = client.publish("user:bob", "hello");
  const [{ requestId }] = sockets[0].find("publish");
  sockets[0].tell({ requestId, error: { code: "ERROR_CODE_UNAVAILABLE", message: "Later.", retryAfterMs: "5" } });
  await until(() => sockets[0].find("publish").length === 2);
  const [first, second] = sockets[0].find("publish");
  assert.deepEqual(first, second);
  sockets[0].tell({ requestId, published: { receipts: [{ sequence: "1" }] } });
  assert.equal((await receipt).sequence, 1);
  client.close();
});

test("a name that is refused ends it, a broker that drains does not", async () => {
  const final = start();
  final.sockets[0].readyState = 1;
  final.sockets[0].onopen();
  final.sockets[0].tell({ requestId: "1", error: { code: "ERROR_CODE_UNAUTHENTICATED", message: "The token is expired." } });
  assert.equal(final.client.state, "closed");
  await assert.rejects(final.client.publish("user:bob", "x"), { code: "CLIENT_CLOSED" });

  const passing = start();
  passing.sockets[0].readyState = 1;
  passing.sockets[0].onopen();
  passing.sockets[0].tell({ requestId: "1", error: { code: "ERROR_CODE_DRAINING", message: "Elsewhere." } });
  assert.equal(passing.client.state, "waiting");
  await until(() => passing.sockets.length === 2);
  passing.client.close();
});

test("it connects elsewhere before the broker goes away", async () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(0)] });
  sockets[0].tell(message(1), { goAway: { reconnectAfterMs: "1", closesAfterMs: "1000", reason: "An update." } });
  await until(() => sockets.length === 2);
  assert.equal(client.state, "online");
  // The old session goes on until the new one is there.
  sockets[0].tell(message(2));
  const left = client.publish("group:lobby", "on the way");
  assert.equal(sockets[0].closedWith, undefined);
  sockets[1].greet({ conversations: [lobby(1, 2)] });
  assert.equal(sockets[0].closedWith, 1000);
  sockets[1].tell(message(2), message(3));
  assert.deepEqual(of("message").map(({ sequence }) => sequence), [1, 2, 3]);
  const [{ requestId }] = sockets[1].find("publish");
  sockets[1].tell({ requestId, published: { receipts: [{ sequence: "4" }] } });
  assert.equal((await left).sequence, 4);
  assert.equal(of("goaway")[0].reason, "An update.");
  assert.ok(!of("state").some(({ state }) => state === "waiting"));
  client.close();
});

test("gaps move the place", () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(2, 9)] });
  sockets[0].tell({ gap: { conversation: "group:lobby", from: "3", to: "6", reason: "GAP_REASON_RETENTION" } }, message(7));
  assert.deepEqual(of("gap")[0], {
    conversation: "group:lobby", from: 3, to: 6, reason: "GAP_REASON_RETENTION", epoch: "0",
  });
  sockets[0].tell(
    { gap: { conversation: "group:lobby", from: "1", to: "7", reason: "GAP_REASON_EPOCH_CHANGED", epoch: "5" } },
    message(1),
  );
  assert.deepEqual(of("message").map(({ sequence }) => sequence), [7, 1]);
  assert.deepEqual(client.positions(), [{ conversation: "group:lobby", epoch: "5", sequence: 1 }]);
  client.close();
});

test("a membership that ended in the meantime is told", async () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(1)] });
  sockets[0].tell({ event: { following: { conversation: "broadcast:news", epoch: "1" } } });
  sockets[0].lose();
  await until(() => sockets.length === 2);
  sockets[1].greet();
  assert.deepEqual(of("conversation").filter(({ followed }) => !followed).map(({ conversation }) => conversation), ["group:lobby"]);
  assert.deepEqual(client.positions().map(({ conversation }) => conversation), ["broadcast:news"]);
  sockets[1].tell({ event: { unfollowed: "broadcast:news" } });
  assert.deepEqual(client.positions(), []);
  client.close();
});

test("acknowledgements go out together", async () => {
  const { client, sockets } = start();
  sockets[0].greet({ conversations: [lobby(0)] });
  for (let sequence = 1; sequence <= 50; sequence += 1) sockets[0].tell(message(sequence));
  assert.equal(sockets[0].find("acknowledge").length, 0);
  await until(() => sockets[0].find("acknowledge").length > 0);
  assert.deepEqual(sockets[0].find("acknowledge"), [
    { acknowledge: { positions: [{ conversation: "group:lobby", epoch: "18446744073709551615", sequence: "50" }] } },
  ]);
  client.close();
});

test("marks and typing of others are told, one's own are sent", async () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [{ ...lobby(3), read: "2" }] });
  assert.equal(of("conversation")[0].read, 2);
  sockets[0].tell(
    { event: { marks: { conversation: "group:lobby", user: "bob", delivered: "3" } } },
    { event: { typing: { conversation: "group:lobby", user: "bob" } } },
  );
  assert.deepEqual(of("marks"), [{ conversation: "group:lobby", user: "bob", delivered: 3, read: 0 }]);
  assert.deepEqual(of("typing"), [{ conversation: "group:lobby", user: "bob" }]);
  for (let key = 0; key < 10; key += 1) client.typing("group:lobby");
  client.typing("broadcast:news");
  assert.equal(sockets[0].find("typing").length, 1);
  client.markRead("group:lobby", 2);
  client.markRead("group:lobby", 3);
  await until(() => sockets[0].find("markRead").length > 0);
  assert.deepEqual(sockets[0].find("markRead").map(({ markRead }) => markRead.positions.map(({ sequence }) => sequence)), [["3"]]);
  // What may have been lost with the connection is said again.
  sockets[0].lose();
  await until(() => sockets.length === 2);
  sockets[1].greet({ conversations: [lobby(3)] });
  assert.equal(sockets[1].find("markRead").length, 1);
  client.close();
});

test("it pings before it would be idle, and notices a connection that is dead", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { client, sockets, of } = start();
  sockets[0].greet({ limits: { idleTimeoutMs: 90_000, heartbeatIntervalMs: 25_000 } });
  const pass = (seconds) => {
    for (let second = 0; second < seconds; second += 1) context.mock.timers.tick(1000);
  };
  pass(29);
  assert.equal(sockets[0].find("ping").length, 0);
  pass(3);
  const [ping] = sockets[0].find("ping");
  sockets[0].tell({ requestId: ping.requestId, heartbeat: {} });
  pass(20);
  assert.equal(client.state, "online");
  // From here on nothing comes any more.
  client.publish("user:bob", "hello").catch(() => {});
  pass(12);
  assert.ok(of("state").some(({ state }) => state === "waiting"));
  client.close();
});

test("a clock that is put back hides no dead connection", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 10_000_000 });
  const { client, sockets } = start();
  sockets[0].greet({ limits: { idleTimeoutMs: 90_000, heartbeatIntervalMs: 25_000 } });
  const now = Date.now;
  context.mock.method(Date, "now", () => now() - 3_600_000);
  for (let second = 0; second < 70; second += 1) context.mock.timers.tick(1000);
  assert.notEqual(client.state, "online");
  client.close();
});

test("a connection that is lost before the gap hears of the other log on the next one", async () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(7)] });
  sockets[0].lose();
  await until(() => sockets.length === 2);
  sockets[1].greet({ conversations: [{ ...lobby(0, 3), epoch: "5" }] });
  sockets[1].lose();
  await until(() => sockets.length === 3);
  sockets[2].greet({ conversations: [{ ...lobby(0, 3), epoch: "5" }] });
  assert.deepEqual(sockets[2].sent[0].connect.resume, [
    { conversation: "group:lobby", epoch: "18446744073709551615", sequence: "7" },
  ]);
  sockets[2].tell(
    { gap: { conversation: "group:lobby", from: "1", to: "7", reason: "GAP_REASON_EPOCH_CHANGED", epoch: "5" } },
    message(1),
  );
  assert.equal(of("gap").length, 1);
  assert.deepEqual(client.positions(), [{ conversation: "group:lobby", epoch: "5", sequence: 1 }]);
  client.close();
});

test("places that do not fit into the greeting are told afterwards", async () => {
  const { client, sockets, of } = start();
  const count = 305;
  const states = (position) => Array.from({ length: count }, (_, index) => ({
    conversation: `group:${index}`, epoch: "9", position: String(position), lastSequence: "8",
  }));
  sockets[0].greet({ conversations: states(5) });
  sockets[0].lose();
  await until(() => sockets.length === 2);
  // Where nothing was told, the broker begins after what another device has.
  sockets[1].greet({ conversations: states(8).map((state, index) => (index < 300 ? { ...state, position: "5" } : state)) });
  assert.equal(sockets[1].sent[0].connect.resume.length, 300);
  const repairs = sockets[1].find("subscribe").map(({ subscribe }) => subscribe);
  assert.deepEqual(repairs.map(({ conversation }) => conversation), [300, 301, 302, 303, 304].map((number) => `group:${number}`));
  assert.deepEqual(repairs[0].after, { conversation: "group:300", epoch: "9", sequence: "5" });
  assert.equal(of("conversation").filter(({ followed }) => !followed).length, 0);
  client.close();
});

test("what it asks for by itself is asked for again when the broker says so, until it ends for good", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { client, sockets, of } = start({ resume: [{ conversation: "group:lobby", epoch: "18446744073709551615", sequence: 4 }] });
  sockets[0].greet({ conversations: [lobby(4)] });
  sockets[0].tell(message(6));
  const asked = () => sockets[0].find("subscribe");
  const refuse = (error) => sockets[0].tell({ requestId: asked().at(-1).requestId, error: { message: "no", ...error } });
  refuse({ code: "ERROR_CODE_LIMIT_EXCEEDED", retryAfterMs: "3000" });
  context.mock.timers.tick(2999);
  assert.equal(asked().length, 1);
  context.mock.timers.tick(1);
  assert.equal(asked().length, 2);
  assert.equal(asked()[1].subscribe.after.sequence, "4");
  // What does not say when is asked for a second later.
  refuse({ code: "ERROR_CODE_INTERNAL" });
  context.mock.timers.tick(1000);
  assert.equal(asked().length, 3);
  assert.equal(of("error").length, 0);
  refuse({ code: "ERROR_CODE_NOT_MEMBER" });
  context.mock.timers.tick(60_000);
  assert.equal(asked().length, 3);
  assert.deepEqual(of("error").map(({ code }) => code), ["ERROR_CODE_NOT_MEMBER"]);
  assert.deepEqual(of("conversation").map(({ followed }) => followed), [true, false]);
  assert.deepEqual(client.positions(), []);
  client.close();
});

test("what has come meanwhile is not asked for again", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(4)] });
  sockets[0].tell(message(6));
  const [{ requestId }] = sockets[0].find("subscribe");
  sockets[0].tell({ requestId, error: { code: "ERROR_CODE_UNAVAILABLE", message: "no", retryAfterMs: "3000" } });
  sockets[0].tell(message(5), message(6));
  context.mock.timers.tick(4000);
  assert.equal(sockets[0].find("subscribe").length, 1);
  assert.deepEqual(of("message").map(({ sequence }) => sequence), [5, 6]);
  client.close();
});

test("what is too large for the broker is refused here, and not sent again and again", async () => {
  const { client, sockets } = start();
  const early = client.publish("group:lobby", "x".repeat(1001));
  sockets[0].greet({ limits: { bodyBytes: 1000, frameBytes: 2000 } });
  await assert.rejects(early, { code: "ERROR_CODE_LIMIT_EXCEEDED", message: /1001 bytes.*up to 1000/ });
  await assert.rejects(client.publish("group:lobby", new Uint8Array(2000)), { code: "ERROR_CODE_LIMIT_EXCEEDED" });
  const many = Array.from({ length: 100 }, (_, number) => `user:somebody-with-a-name-${number}`);
  await assert.rejects(client.publish(many, "x"), { message: /100 addresses/ });
  client.publish("group:lobby", "x".repeat(1000)).catch(() => {});
  assert.equal(sockets[0].find("publish").length, 1);
  client.close();
});

test("names that the broker cannot read are refused here", async () => {
  const { client, sockets } = start();
  sockets[0].greet();
  const refused = { code: "ERROR_CODE_INVALID_ARGUMENT" };
  for (const name of ["user:a\0b", "group:a\n", "user:\ud800", "broadcast:\u0085"]) {
    await assert.rejects(client.publish(name, "x"), refused);
    await assert.rejects(client.publish(["user:bob", name], "x"), refused);
    await assert.rejects(client.join(name), refused);
    await assert.rejects(client.history(name), refused);
    await assert.rejects(client.subscribe(name), refused);
  }
  assert.equal(sockets[0].sent.length, 1);
  assert.deepEqual(["user:a\0b", "user:a b", "user:a/b", "x", "group:", "user:bob", "group:a/b"].map(isAddress),
    [false, true, true, false, false, true, true]);
  client.close();
});

for (const [code, complaint] of [[1008, "ERROR_CODE_MALFORMED_FRAME"], [1009, "ERROR_CODE_FRAME_TOO_LARGE"], [1007, null]]) {
  test(`a request that the broker closes for (${code}) is not repeated for ever`, async () => {
    const { client, sockets } = start();
    let error = null;
    client.publish("user:bob", "poison", { contentType: "text/plain" }).catch((refused) => (error = refused));
    for (let turn = 0; turn < 3; turn += 1) {
      await until(() => sockets.length === turn + 1);
      assert.equal(error, null);
      sockets[turn].greet();
      assert.equal(sockets[turn].find("publish").length, 1);
      if (complaint) sockets[turn].tell({ error: { code: complaint, message: "Not like this." } });
      sockets[turn].lose(code);
    }
    await until(() => error !== null);
    assert.equal(error.code, complaint ?? "ERROR_CODE_MALFORMED_FRAME");
    await until(() => sockets.length === 4);
    sockets[3].greet();
    assert.equal(sockets[3].find("publish").length, 0);
    assert.equal(client.state, "online");
    client.close();
  });
}

test("a request is repeated as often as it takes where the broker does not complain of it", async () => {
  const { client, sockets } = start();
  client.publish("user:bob", "hello").catch(() => {});
  for (let turn = 0; turn < 6; turn += 1) {
    await until(() => sockets.length === turn + 1);
    sockets[turn].greet();
    assert.equal(sockets[turn].find("publish").length, 1);
    // A lost network, and what is about the session and not about what was sent.
    if (turn % 2 === 1) sockets[turn].tell({ error: { code: "ERROR_CODE_DISCONNECTED", message: "Bye." } });
    sockets[turn].lose(turn % 2 === 1 ? 1008 : 1006);
  }
  client.close();
});

test("the number of members is told", () => {
  const { client, sockets, of } = start();
  sockets[0].greet({ conversations: [lobby(1)] });
  sockets[0].tell({ event: { members: { conversation: "group:lobby", members: 4 } } });
  assert.deepEqual(of("members"), [{ conversation: "group:lobby", members: 4 }]);
  client.close();
});

test("a broker that lets go at once is not asked without end", async () => {
  const { client, sockets, of } = start({ backoffMs: 2 });
  for (let turn = 0; turn < 5; turn += 1) {
    await until(() => sockets.length === turn + 1);
    sockets[turn].greet();
    sockets[turn].lose();
  }
  const attempts = of("state").filter(({ state }) => state === "waiting").map(({ attempt }) => attempt);
  assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
  client.close();
});

test("marks above the end of a log that was cut are not said again", async () => {
  const { client, sockets } = start();
  sockets[0].greet({ conversations: [lobby(9)] });
  client.markRead("group:lobby", 9);
  await until(() => sockets[0].find("markRead").length === 1);
  sockets[0].tell({ gap: { conversation: "group:lobby", from: "4", to: "9", reason: "GAP_REASON_LOG_TRUNCATED" } });
  sockets[0].lose();
  await until(() => sockets.length === 2);
  sockets[1].greet({ conversations: [lobby(3)] });
  assert.equal(sockets[1].find("markRead").length, 0);
  sockets[1].tell(message(4));
  client.markRead("group:lobby", 4);
  await until(() => sockets[1].find("markRead").length === 1);
  client.close();
});

test("what is no frame ends the connection and not the client", async () => {
  const { client, sockets } = start();
  sockets[0].greet();
  sockets[0].onmessage({ data: "{" });
  assert.equal(client.state, "waiting");
  await until(() => sockets.length === 2);
  client.close();
});

test("names of conversations, ids and base64", () => {
  assert.equal(conversationName("user:bob", "zoe"), "direct:bob:zoe");
  assert.equal(conversationName("user:Zed", "ann"), "direct:Zed:ann");
  assert.equal(conversationName("group:lobby", "ann"), "group:lobby");
  const ids = Array.from({ length: 5 }, (_, index) => newMessageId(1_764_000_000_000 + index));
  assert.deepEqual(ids, [...ids].sort());
  assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
  assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
});
