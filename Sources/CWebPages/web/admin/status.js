// The head of the page: which broker this is, how it is, and what is wrong.

import { byId, foreign, make, setForeign, setText } from "./dom.js";
import { clockTime, count, duration, number, sessionsInWords } from "./format.js";

const STATES = {
  connecting: "Connecting",
  running: "Running",
  draining: "Draining",
  unreachable: "Unreachable",
  gone: "Gone",
  paused: "Paused",
  problem: "Answers with errors",
};

export class Status {
  #state = "connecting";
  #listeners = "";

  get state() { return this.#state; }

  stateText(state = this.#state) { return STATES[state] ?? state; }

  /** Shows what GET /v1/broker answered; `time` is the broker's. */
  showBroker(broker, time) {
    setForeign(byId("node"), broker.node, "unnamed node");
    const version = byId("version");
    if (version.dataset.shown !== broker.version) {
      version.dataset.shown = broker.version;
      version.replaceChildren(foreign(broker.version));
    }
    const startedAt = number(broker.startedAt);
    setText(byId("uptime"), startedAt === null ? "–" : duration(Math.max(0, time - startedAt)));
    setText(byId("loops"), count(number(broker.loops)));
    this.#showListeners(broker.listeners ?? []);
  }

  /** `state` is one of `STATES`; what changes is said aloud by the banner and the pill. */
  show(state, broker, lastAnswer, problem = "") {
    this.#state = state;
    const pill = byId("state");
    pill.dataset.state = state;
    setText(pill, this.stateText());
    byId("content").classList.toggle("stale", ["unreachable", "gone", "problem"].includes(state));
    byId("drain").disabled = !["running", "paused"].includes(state) || broker?.state === "draining";
    const node = broker?.node ?? "";
    document.title = `${state === "running" ? "" : `${this.stateText()} · `}${node} · chat-broker admin`;
    this.#showBanner(state, broker, lastAnswer, problem);
  }

  #showListeners(listeners) {
    const now = JSON.stringify(listeners);
    if (now === this.#listeners) return;
    this.#listeners = now;
    byId("listeners").replaceChildren(...listeners.map(({ name, address }) =>
      make("span", { class: "listener" }, foreign(name), " ", make("code", {}, foreign(address)))));
  }

  #showBanner(state, broker, lastAnswer, problem) {
    const banner = byId("banner");
    const [title, text] = sentences(state, lastAnswer, problem, broker?.drain ?? {});
    banner.hidden = title === "";
    banner.dataset.state = state;
    setText(byId("banner-title"), title);
    setText(byId("banner-text"), text);
    const progress = byId("drain-progress");
    progress.hidden = state !== "draining";
    if (state === "draining") showProgress(broker?.drain ?? {});
  }
}

function sentences(state, lastAnswer, problem, drain) {
  const since = lastAnswer === null ? "" : ` since ${clockTime(lastAnswer)}`;
  switch (state) {
    case "unreachable":
      return [`No answer from ${location.host}${since}.`,
        "The numbers below are the last ones. Is the broker running, and does the network let you through? "
        + "This page keeps asking."];
    case "problem":
      return ["The broker answered with an error.", problem];
    case "draining":
      return ["This node is draining.",
        "It takes no new sessions. The connected ones are asked, a few at a time, to connect elsewhere; what they "
        + "have been promised is written first. When the last has left, or the time for it is over, the broker stops."];
    case "gone": {
      const left = number(drain.sessionsLeft) ?? 0;
      const lastLook = left === 0 ? ""
        : `When it last answered, ${sessionsInWords(left)} ${left === 1 ? "was" : "were"} still connected. `;
      return ["This node was draining and no longer answers.",
        `${lastLook}What was acknowledged is in the store. Clients connect to another node, or wait until this one is `
        + "started again; this page then goes on by itself."];
    }
    default:
      return ["", ""];
  }
}

function showProgress({ sessionsAtStart, sessionsLeft }) {
  const atStart = number(sessionsAtStart) ?? 0;
  const left = number(sessionsLeft) ?? 0;
  const bar = byId("drain-bar");
  bar.max = Math.max(1, atStart);
  bar.value = atStart === 0 ? 1 : Math.max(0, atStart - left);
  setText(byId("drain-count"), atStart === 0
    ? "No session was connected."
    : `${count(left)} of ${count(atStart)} sessions left`);
}
