// Sessions: those furthest behind, those of a user, one in detail, and their end.

import { ask } from "./ask.js";
import { announce, byId, foreign, make, setForeign, setText } from "./dom.js";
import { count, dateTime, duration, joined, memory, number } from "./format.js";
import { KeyedTable, textCell } from "./tables.js";

/** Sessions in the table. */
const SHOWN = 10;

const TRANSPORTS = {
  tcp: "TCP",
  "websocket-protobuf": "WebSocket, protobuf",
  "websocket-json": "WebSocket, JSON",
};

export class Sessions {
  #api;
  #order = "lag";
  #table;
  #found;
  #user = null;
  #lagging = 0;
  #clock;

  /** `clock` is the time of the broker, in milliseconds since 1970. */
  constructor(api, clock) {
    this.#api = api;
    this.#clock = clock;
    this.#table = this.#makeTable("Sessions, with how many messages each has still to read");
    this.#found = this.#makeTable("Sessions of the user that you looked for");
    byId("slow").replaceChildren(this.#table.element);
    byId("found").replaceChildren(make("p", { class: "empty" }, "Type a user id to see where that user is connected."));
    byId("slow-order").onclick = (event) => this.#choose(event.target.closest("button"));
    byId("find").onsubmit = (event) => {
      event.preventDefault();
      this.find(byId("find-user").value.trim());
    };
  }

  async refresh(laggingSessions = this.#lagging) {
    this.#lagging = laggingSessions;
    const { sessions = [], total } = await this.#api.sessions(this.#order, SHOWN);
    this.#table.show(sessions, "No session is connected.");
    const behind = laggingSessions === 0 ? "none is behind" : `${count(laggingSessions)} behind`;
    setText(byId("slow-note"), `${count(number(total) ?? sessions.length)} connected, ${behind}`);
  }

  /** Shows the sessions of a user. */
  async find(user) {
    this.#user = user;
    const place = byId("found");
    if (user === "") {
      place.replaceChildren(make("p", { class: "empty" }, "Type a user id first."));
      return;
    }
    try {
      const { sessions = [] } = await this.#api.sessionsOfUser(user);
      if (this.#user !== user) return;
      const whole = make("p", { class: "found-line" }, foreign(user),
        sessions.length === 0 ? " is not connected." : ` has ${sessionsInWords(sessions.length)}. `);
      if (sessions.length > 0) {
        const button = make("button", { type: "button", class: "small danger" }, "Disconnect all");
        button.addEventListener("click", () => this.#disconnectUser(user, sessions.length));
        whole.append(button);
      }
      place.replaceChildren(whole, ...(sessions.length > 0 ? [this.#found.element] : []));
      this.#found.show(sessions, "");
    } catch (problem) {
      place.replaceChildren(make("p", { class: "error" }, problem.message));
    }
  }

  #choose(button) {
    if (button === null) return;
    this.#order = button.dataset.order;
    for (const other of byId("slow-order").children) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    this.refresh().catch((problem) => announce(problem.message));
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
    if (this.#user) this.find(this.#user);
  }
}

function sessionsInWords(number) {
  return number === 1 ? "one session" : `${count(number)} sessions`;
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
