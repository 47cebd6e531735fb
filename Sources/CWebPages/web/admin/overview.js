// What is known of conversations, limits, nodes, and all since the start.

import { byId, foreign, make, setForeign, setText } from "./dom.js";
import { count, counter, duration, joined, number, rate, scaled } from "./format.js";
import { NamedRates } from "./samples.js";
import { KeyedTable, textCell } from "./tables.js";

/** Conversations in the table. */
const SHOWN = 12;

/** Conversations by traffic. */
export class Traffic {
  #rates = new NamedRates();
  #table = new KeyedTable({
    caption: "Conversations with the most messages",
    keyOf: ({ conversation }) => conversation,
    columns: [
      { title: "Conversation", make: conversationCell },
      { title: "Followers", isNumber: true, make: textCell(({ followers }) => count(number(followers))) },
      { title: "Messages", isNumber: true, isWide: true, make: textCell(({ messages }) => count(number(messages))) },
      { title: "Rate", isNumber: true, make: rateCell },
    ],
  });

  constructor() {
    byId("traffic").replaceChildren(this.#table.element);
  }

  show(statistics, time) {
    const top = statistics.topConversations ?? [];
    this.#rates.update(time, top.map(({ conversation, messages }) => [conversation, messages]));
    const rows = top.map((row) => ({ ...row, rate: this.#rates.rate(row.conversation) }));
    rows.sort((left, right) => (right.rate ?? 0) - (left.rate ?? 0)
      || (number(right.messages) ?? 0) - (number(left.messages) ?? 0));
    const most = Math.max(0, ...rows.map((row) => row.rate ?? 0));
    this.#table.show(rows.slice(0, SHOWN).map((row) => ({ ...row, share: most > 0 ? (row.rate ?? 0) / most : 0 })),
      "Nobody is following a conversation now.");
    setText(byId("traffic-note"), `${count(number(statistics.conversationsActive))} in use`);
  }

  reset() {
    this.#rates.reset();
  }
}

function conversationCell() {
  const name = foreign("");
  return { node: name, update: ({ conversation }) => setForeign(name, conversation) };
}

function rateCell() {
  const figure = make("span");
  const bar = make("span", { class: "bar", "aria-hidden": "true" });
  return {
    node: make("span", { class: "with-bar" }, bar, figure),
    update(row) {
      setText(figure, joined(rate(row.rate)));
      bar.style.setProperty("--share", row.share.toFixed(3));
    },
  };
}

/** Limits that were hit, the ones that move first. */
export class LimitsHit {
  #rates = new NamedRates();
  #table = new KeyedTable({
    caption: "Limits that were hit since the start",
    keyOf: ({ name }) => name,
    columns: [
      { title: "Limit", make: nameCell },
      { title: "Set to", isNumber: true, isWide: true, make: textCell(({ setTo }) => setTo) },
      { title: "Hits", isNumber: true, make: textCell(({ hits }) => count(hits)) },
      { title: "Rate", isNumber: true, make: textCell((row) => joined(rate(row.rate)), "moving") },
      { title: "Last", isNumber: true, isWide: true, make: textCell(({ last }) => last) },
    ],
  });

  constructor() {
    byId("limits").replaceChildren(this.#table.element);
  }

  show(statistics, limits, time) {
    const hit = Object.entries(statistics.limitsHit ?? {}).filter(([, hits]) => counter(hits) > 0n);
    this.#rates.update(time, hit);
    const configured = new Map(Object.entries(limits ?? {}).map(([name, value]) => [plain(name), value]));
    const rows = hit.map(([name, hits]) => {
      const movedAt = this.#rates.movedAt(name);
      const setTo = number(configured.get(plain(name)));
      return {
        name,
        hits: counter(hits),
        rate: this.#rates.rate(name),
        setTo: setTo === null ? "–" : count(setTo),
        last: movedAt === null ? "earlier" : time - movedAt < 3000 ? "now" : `${duration(time - movedAt)} ago`,
      };
    });
    rows.sort((left, right) => (right.rate ?? 0) - (left.rate ?? 0) || (right.hits > left.hits ? 1 : -1));
    this.#table.show(rows, "No limit was hit since the start.");
    byId("limits").classList.toggle("without-settings", rows.every(({ setTo }) => setTo === "–"));
    setText(byId("limits-note"), rows.length === 0 ? "" : "since the start");
  }

  reset() {
    this.#rates.reset();
  }
}

/** A limit's name without how it is written: `publishes_in_flight` and `publishesInFlight` are one. */
function plain(name) {
  return name.replaceAll(/[_.-]/g, "").toLowerCase();
}

function nameCell() {
  const name = foreign("");
  name.classList.add("code");
  return { node: name, update: (row) => setForeign(name, row.name) };
}

/** The nodes that the console knows: the one that it talks to. */
export class Nodes {
  #table = new KeyedTable({
    caption: "Nodes, with their state and load",
    keyOf: ({ node }) => node,
    columns: [
      { title: "Node", make: () => {
        const name = foreign("");
        return { node: name, update: ({ node }) => setForeign(name, node) };
      } },
      { title: "State", make: () => {
        const state = make("span", { class: "pill small" });
        return {
          node: state,
          update: (row) => {
            setText(state, row.stateText);
            state.dataset.state = row.state;
          },
        };
      } },
      { title: "Version", isWide: true, make: () => {
        const version = foreign("");
        return { node: version, update: (row) => setForeign(version, row.version) };
      } },
      { title: "Up", isNumber: true, isWide: true, make: textCell(({ up }) => up) },
      { title: "Sessions", isNumber: true, make: textCell(({ sessions }) => count(sessions)) },
      { title: "Deliveries", isNumber: true, make: textCell(({ deliveries }) => joined(rate(deliveries))) },
    ],
  });

  constructor() {
    byId("nodes").replaceChildren(this.#table.element);
  }

  show(rows) {
    this.#table.show(rows, "No node is known yet.");
  }
}

const TOTALS = [
  ["Messages published", "messagesPublished"],
  ["Deliveries", "deliveries"],
  ["Frames received", "framesReceived"],
  ["Frames refused", "framesRefused"],
  ["Flushes", "flushes"],
  ["Gaps told", "gaps"],
  ["Pages read from the store", "pagesRead"],
];

/** Counters since the start. */
export class Totals {
  #figures = new Map();

  constructor() {
    const add = (title) => {
      const figure = make("dd", {}, "–");
      byId("totals").append(make("div", {}, make("dt", {}, title), figure));
      return figure;
    };
    byId("totals").replaceChildren();
    for (const [title, name] of TOTALS) this.#figures.set(name, add(title));
    this.#figures.set("bytesSent", add("Bytes sent"));
    this.#figures.set("perFlush", add("Deliveries in a flush"));
  }

  show(statistics) {
    for (const [, name] of TOTALS) setText(this.#figures.get(name), count(counter(statistics[name])));
    setText(this.#figures.get("bytesSent"),
      joined(scaled(Number(counter(statistics.bytesSent)), ["B", "kB", "MB", "GB", "TB"])));
    const flushes = Number(counter(statistics.flushes));
    setText(this.#figures.get("perFlush"),
      flushes === 0 ? "–" : (Number(counter(statistics.deliveries)) / flushes).toFixed(1));
  }
}
