// The console: takes the key, then asks the broker every second and shows what it says.

import { Api, ApiError } from "./api.js";
import { announce, byId, hush, setText } from "./dom.js";
import { number } from "./format.js";
import { makePlots } from "./plots.js";
import { LimitsHit, Nodes, Totals, Traffic } from "./overview.js";
import { History, Sampler } from "./samples.js";
import { Sessions } from "./sessions.js";
import { Status } from "./status.js";
import { Tiles } from "./tiles.js";
import { askToDrain } from "./drain.js";

const KEY = "chat-broker-admin-key";
/** Between two looks, in milliseconds. */
const INTERVAL = 1000;
/** A look that took long is followed by a rest of this many times as long: looking must not be a load. */
const REST = 5;
/** Between two looks while nothing answers. */
const RETRY_INTERVAL = 2000;

class Console {
  #api;
  #onRefused;
  #history = new History();
  #sampler = new Sampler();
  #status = new Status();
  #tiles = new Tiles();
  #traffic = new Traffic();
  #limits = new LimitsHit();
  #nodes = new Nodes();
  #totals = new Totals();
  #sessions;
  #plots;
  #broker;
  #statistics = {};
  #lastAnswer = null;
  /** The broker's clock minus this one's. */
  #skew = 0;
  #timer = null;
  #looks = 0;
  #isLooking = false;
  #isPaused = false;
  #isStopped = false;

  constructor(api, broker, onRefused) {
    this.#api = api;
    this.#broker = broker;
    this.#onRefused = onRefused;
    this.#sessions = new Sessions(api, () => Date.now() + this.#skew);
    this.#plots = makePlots(this.#history);
    byId("plots").replaceChildren(...this.#plots.map(({ element }) => element));
    byId("pause").onclick = () => this.#pause(!this.#isPaused);
    byId("drain").onclick = () => this.#drain();
    byId("forget").onclick = () => this.#onRefused("");
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#showPause();
    this.#look();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#onVisibility);
  }

  #onVisibility = () => {
    if (!document.hidden && !this.#isPaused) this.#look();
  };

  async #look() {
    if (this.#isLooking || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#isLooking = true;
    const begin = performance.now();
    let wait = INTERVAL;
    try {
      const isDraining = this.#broker.state === "draining";
      const wantsBroker = this.#looks % 5 === 0 || isDraining || this.#status.state !== "running";
      const [statistics, broker] = await Promise.all([
        this.#api.statistics(), wantsBroker ? this.#api.broker() : this.#broker]);
      if (this.#isStopped || this.#isPaused) return;
      this.#show(statistics, broker);
      if (this.#looks % 2 === 0) {
        await this.#sessions.refresh(number(statistics.laggingSessions) ?? 0, () => this.#isStopped || this.#isPaused);
      }
      this.#looks += 1;
    } catch (problem) {
      if (this.#isStopped || this.#isPaused) return;
      wait = RETRY_INTERVAL;
      this.#fail(problem);
    } finally {
      this.#isLooking = false;
      const took = performance.now() - begin;
      const rest = Math.max(100, wait - took, Math.min(took, INTERVAL) * REST - took);
      if (!this.#isStopped && !this.#isPaused && !document.hidden) {
        this.#timer = setTimeout(() => this.#look(), rest);
      }
    }
  }

  #show(statistics, broker) {
    const at = Date.now();
    const time = number(statistics.time) ?? at;
    this.#skew = time - at;
    const isOther = this.#broker.startedAt !== broker.startedAt;
    if (isOther) this.#restart();
    this.#broker = broker;
    this.#statistics = statistics;
    this.#lastAnswer = at;

    const sample = this.#sampler.sample(statistics, at);
    this.#history.push(sample);
    const state = broker.state === "draining" ? "draining" : "running";
    this.#status.showBroker(broker, time);
    this.#status.show(state, broker, at);
    this.#tiles.show(statistics, sample);
    this.#traffic.show(statistics, time);
    this.#limits.show(statistics, broker.limits, time);
    this.#totals.show(statistics);
    this.#showNode(sample.deliveries);
    for (const plot of this.#plots) plot.schedule();
  }

  #showNode(deliveries) {
    const startedAt = number(this.#broker.startedAt);
    this.#nodes.show([{
      node: this.#broker.node,
      state: this.#status.state,
      stateText: this.#status.stateText(),
      version: this.#broker.version,
      up: byId("uptime").textContent,
      sessions: startedAt === null ? null : number(this.#statistics.sessions),
      deliveries,
    }]);
  }

  /** Another process answers: its counters begin again. */
  #restart() {
    this.#sampler.reset();
    this.#traffic.reset();
    this.#limits.reset();
    announce("The broker was started again; its counters begin at 0.");
  }

  #fail(problem) {
    if (!(problem instanceof ApiError)) throw problem;
    if (problem.kind === "refused") {
      this.#onRefused("The broker no longer takes this key. It may have been started again with another one.");
      return;
    }
    if (problem.kind === "problem") {
      this.#status.show("problem", this.#broker, this.#lastAnswer, problem.message);
      this.#showNode(null);
      return;
    }
    const wasDraining = this.#status.state === "draining" || this.#status.state === "gone";
    this.#history.push({ at: Date.now(), deliveries: null, messages: null, bytes: null, sessions: null,
      p50: null, p99: null });
    this.#status.show(wasDraining ? "gone" : "unreachable", this.#broker, this.#lastAnswer);
    this.#showNode(null);
    for (const plot of this.#plots) plot.schedule();
  }

  #pause(isPaused) {
    this.#isPaused = isPaused;
    this.#showPause();
    if (isPaused) {
      clearTimeout(this.#timer);
      this.#status.show("paused", this.#broker, this.#lastAnswer);
      announce("Paused: the numbers stand still.");
    } else {
      hush();
      this.#look();
    }
  }

  #showPause() {
    setText(byId("pause"), this.#isPaused ? "Go on" : "Pause");
    byId("pause").setAttribute("aria-pressed", String(this.#isPaused));
  }

  async #drain() {
    const answer = await askToDrain(this.#api, this.#broker, this.#statistics.sessions);
    if (answer === null) return;
    this.#broker = { ...this.#broker, ...answer };
    this.#status.show("draining", this.#broker, this.#lastAnswer);
    if (this.#isPaused) this.#pause(false);
    else this.#look();
  }
}

let running = null;

function showKey(message) {
  running?.stop();
  running = null;
  sessionStorage.removeItem(KEY);
  document.title = "chat-broker admin";
  if (byId("ask").open) byId("ask").close();
  byId("console").hidden = true;
  byId("key-view").hidden = false;
  byId("key").value = "";
  setText(byId("key-error"), message);
  byId("key").focus();
}

/** Opens the console if the broker takes the key; else the message says why not. */
async function open(key) {
  const form = byId("key-form");
  form.toggleAttribute("aria-busy", true);
  try {
    if (key === "") throw new ApiError("refused", "Type the admin key first.");
    if (!Api.isSendable(key)) {
      throw new ApiError("refused", "This is no admin key: a key has neither spaces nor other than ASCII characters.");
    }
    const api = new Api(key);
    const broker = await api.broker();
    sessionStorage.setItem(KEY, key);
    byId("key-view").hidden = true;
    byId("console").hidden = false;
    running?.stop();
    running = new Console(api, broker, showKey);
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    if (problem.kind === "unreachable" && sessionStorage.getItem(KEY) === key) {
      byId("key-view").hidden = false;
      setText(byId("key-error"), `${problem.message} Trying again every two seconds.`);
      setTimeout(() => { if (sessionStorage.getItem(KEY) === key && running === null) open(key); }, RETRY_INTERVAL);
      return;
    }
    showKey(problem.status !== 401 ? problem.message
      : `${problem.message} Look into admin.key in the broker’s data directory, or at the key that you set.`);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  setText(byId("key-error"), "");
  open(byId("key").value.trim());
});

const kept = sessionStorage.getItem(KEY);
if (kept === null) showKey("");
else open(kept);
