// Sessions: those furthest behind or longest connected, those of a user, one in detail, and their end.

import { ApiError } from "./api.js";
import { ask } from "./ask.js";
import { announce, byId, foreign, make, setForeign, setText } from "./dom.js";
import { count, dateTime, duration, joined, memory, number, sessionsInWords } from "./format.js";
import { KeyedTable, textCell } from "./tables.js";

/** Sessions in the table, and what it grows to. The API gives no more than the last. */
const STEPS = [10, 50, 250, 1000];

const TRANSPORTS = {
  tcp: "TCP",
  "websocket-protobuf": "WebSocket, protobuf",
  "websocket-json": "WebSocket, JSON",
};

export class Sessions {
  #api;
  #order = "lag";
  #table;
  #step = 0;
  #more = make("button", { type: "button", class: "small" }, "Show more");
  #fewer = make("button", { type: "button", class: "small" }, "Show fewer");
  #rest = make("span");
  #foot = make("p", { class: "rest", hidden: true }, this.#rest, this.#more, this.#fewer);
  #found;
  #lagging = 0;
  #clock;

  /** `clock` is the time of the broker, in milliseconds since 1970. */
  constructor(api, clock) {
    this.#api = api;
    this.#clock = clock;
    this.#table = this.#makeTable("Sessions, with how many messages each has still to read");
    this.#found = new UserSessions(api, {
      table: this.#makeTable("Sessions of the user that you looked for"),
      onDisconnect: (user, count) => this.#disconnectUser(user, count),
    });
    byId("slow").replaceChildren(this.#table.element, this.#foot);
    this.#more.onclick = () => this.#grow(this.#step + 1);
    this.#fewer.onclick = () => this.#grow(0);
    byId("slow-order").onclick = (event) => this.#choose(event.target.closest("button"));
    byId("find").onsubmit = (event) => {
      event.preventDefault();
      this.#found.find(byId("find-user").value.trim());
    };
  }

  /** Unless the answer is `unwanted` when it comes. */
  async refresh(laggingSessions = this.#lagging, unwanted = () => false) {
    this.#lagging = laggingSessions;
    const step = this.#step;
    const [{ sessions = [], total }] = await Promise.all([
      this.#api.sessions(this.#order, STEPS[step]), this.#found.refresh()]);
    if (unwanted()) return;
    this.#table.show(sessions, "No session is connected.");
    const connected = number(total) ?? sessions.length;
    const behind = laggingSessions === 0 ? "none is behind" : `${count(laggingSessions)} behind`;
    setText(byId("slow-note"), `${count(connected)} connected, ${behind}`);
    const rest = Math.max(0, connected - sessions.length);
    const isLast = step === STEPS.length - 1;
    setText(this.#rest, rest === 0 ? "" : `${count(rest)} not shown${isLast ? ": look for them by their user" : ""}`);
    this.#more.hidden = rest === 0 || isLast;
    this.#fewer.hidden = step === 0;
    this.#foot.hidden = rest === 0 && step === 0;
  }

  #grow(step) {
    this.#step = step;
    this.#again();
  }

  #choose(button) {
    if (button === null) return;
    this.#order = button.dataset.order;
    for (const other of byId("slow-order").children) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    this.#again();
  }

  #makeTable(caption) {
    const age = (session) => {
      const connectedAt = number(session.connectedAt);
      return connectedAt === null ? "–" : duration(Math.max(0, this.#clock() - connectedAt));
    };
    return new KeyedTable({
      caption,
      keyOf: ({ session }) => session,
      columns: [
        { title: "User", make: userCell },
        { title: "Behind", isNumber: true, make: lagCell },
        { title: "Connected", isNumber: true, isWide: true, make: textCell(age) },
        { title: "Actions", isHidden: true, isNumber: true, make: () => this.#actionsCell() },
      ],
    });
  }

  #actionsCell() {
    let current = null;
    const details = make("button", { type: "button", class: "small" }, "Details");
    const end = make("button", { type: "button", class: "small danger wide" }, "Disconnect");
    const isOff = (button) => button.getAttribute("aria-disabled") === "true";
    details.addEventListener("click", () => { if (!isOff(details)) this.#details(current); });
    end.addEventListener("click", () => { if (!isOff(end)) this.#disconnect(current); });
    return {
      node: make("span", { class: "row-actions" }, details, end),
      update(session) {
        current = session;
        for (const [button, verb] of [[details, "Details of"], [end, "Disconnect"]]) {
          button.setAttribute("aria-label", `${verb} session ${session.session} of ${session.user}`);
        }
      },
    };
  }

  async #details(session) {
    const isWritable = session.isWritable ?? false;
    const rows = [
      ["User", foreign(session.user)],
      ["Device", foreign(session.device, "none given")],
      ["Client", foreign(session.client, "none given")],
      ["Session", foreign(session.session)],
      ["Transport", foreign(TRANSPORTS[session.transport] ?? session.transport)],
      ["Connected", `${dateTime(number(session.connectedAt))}`],
      ["Conversations", count(number(session.conversations) ?? 0)],
      ["Behind by", `${count(number(session.lagMessages) ?? 0)} messages`],
      ["Answers waiting", joined(memory(number(session.outboxBytes) ?? 0))],
      ["Reading", isWritable ? "yes, its socket takes bytes" : "no, its socket is full"],
    ];
    const list = make("dl", { class: "details" });
    for (const [name, value] of rows) list.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
    const wantsEnd = await ask({ title: "Session", body: [list], yes: "Disconnect…", no: "Close" });
    if (wantsEnd) this.#disconnect(session);
  }

  async #disconnect(session) {
    let had = true;
    const isDone = await ask({
      title: "Disconnect this session?",
      body: [
        make("p", {}, foreign(session.user), " on ", foreign(session.device, "an unnamed device"),
          ", session ", foreign(session.session), "."),
        make("p", { class: "hint" }, "Its client may connect again at once, and then goes on where it was: "
          + "no message is lost."),
      ],
      yes: "Disconnect",
      action: async () => {
        try {
          await this.#api.disconnectSession(session.session);
        } catch (problem) {
          if (problem.status !== 404) throw problem;
          had = false;
        }
      },
    });
    if (!isDone) return;
    announce("Session ", foreign(session.session), " of ", foreign(session.user),
      had ? " was disconnected." : " had already left.");
    this.#again();
  }

  async #disconnectUser(user, sessions) {
    let answer = {};
    const isDone = await ask({
      title: "Disconnect this user?",
      body: [
        make("p", {}, `This ends ${sessionsInWords(sessions)} of `, foreign(user), "."),
        make("p", { class: "hint" }, "The clients may connect again at once: this is no ban."),
      ],
      yes: "Disconnect all",
      action: async () => { answer = await this.#api.disconnectUser(user); },
    });
    if (!isDone) return;
    announce(`${count(number(answer.disconnected) ?? 0)} disconnected of `, foreign(user), ".");
    this.#again();
  }

  #again() {
    this.refresh().catch((problem) => announce(problem.message));
  }
}

/** The sessions of a user whom somebody looks for: as they are now, not as they were when they were found. */
class UserSessions {
  #api;
  #table;
  #user = "";
  #count = 0;
  #name = foreign("");
  #sentence = make("span");
  #end = make("button", { type: "button", class: "small danger" }, "Disconnect all");
  #line = make("p", { class: "found-line" }, make("span", {}, this.#name, this.#sentence), this.#end);

  /** `onDisconnect(user, count)`: all sessions of the user are to end. */
  constructor(api, { table, onDisconnect }) {
    this.#api = api;
    this.#table = table;
    this.#end.addEventListener("click", () => onDisconnect(this.#user, this.#count));
    this.#say("empty", "Type a user id to see where that user is connected.");
  }

  /** Looks for a user, and from now on again with each `refresh`. */
  async find(user) {
    this.#user = user;
    if (user === "") {
      this.#say("empty", "Type a user id first.");
      return;
    }
    try {
      await this.refresh();
    } catch (problem) {
      this.#say("error", problem.message);
    }
  }

  async refresh() {
    const user = this.#user;
    if (user === "") return;
    try {
      const { sessions = [] } = await this.#api.sessionsOfUser(user);
      if (this.#user === user) this.#show(sessions);
    } catch (problem) {
      if (this.#user !== user) return;
      // A name that cannot be asked for stays so. What else is wrong is told by whoever refreshes.
      if (!(problem instanceof ApiError) || problem.kind !== "problem") throw problem;
      this.#user = "";
      this.#say("error", problem.message);
    }
  }

  #show(sessions) {
    this.#count = sessions.length;
    setForeign(this.#name, this.#user);
    setText(this.#sentence, sessions.length === 0 ? " is not connected." : ` has ${sessionsInWords(sessions.length)}.`);
    this.#end.hidden = this.#table.element.hidden = sessions.length === 0;
    this.#table.show(sessions, "");
    if (!this.#line.isConnected) byId("found").replaceChildren(this.#line, this.#table.element);
  }

  #say(kind, text) {
    byId("found").replaceChildren(make("p", { class: kind }, text));
  }
}

function userCell() {
  const user = foreign("");
  const device = foreign("");
  return {
    node: make("span", { class: "two-lines" }, user, make("small", {}, device)),
    update(session) {
      setForeign(user, session.user);
      setForeign(device, session.device, TRANSPORTS[session.transport] ?? "no device name");
    },
  };
}

function lagCell() {
  const figure = make("span");
  const state = make("small");
  const node = make("span", {}, figure, state);
  return {
    node,
    update(session) {
      const lag = number(session.lagMessages) ?? 0;
      const isStuck = session.isWritable !== true;
      setText(figure, lag === 0 ? "up to date" : count(lag));
      setText(state, lag > 0 && isStuck ? "not reading" : "");
      node.className = `two-lines ${lag === 0 ? "quiet" : isStuck ? "bad" : "warn"}`;
    },
  };
}
