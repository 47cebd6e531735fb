// The figures of now.

import { byId, make, setText } from "./dom.js";
import { bytesRate, count, latency, memory, number, rate } from "./format.js";

const TILES = [
  { name: "sessions", title: "Sessions", show: ({ statistics }) => [count(number(statistics.sessions)), ""] },
  { name: "users", title: "Users online", show: ({ statistics }) => [count(number(statistics.users)), ""] },
  { name: "deliveries", title: "Deliveries", show: ({ sample }) => rate(sample.deliveries) },
  { name: "messages", title: "Messages", show: ({ sample }) => rate(sample.messages) },
  { name: "bytes", title: "Sent", show: ({ sample }) => bytesRate(sample.bytes) },
  { name: "p50", title: "Publish p50", show: ({ quantiles }) => latency(quantiles.p50) },
  { name: "p99", title: "Publish p99", show: ({ quantiles }) => latency(quantiles.p99) },
  { name: "window", title: "Window memory", show: ({ statistics }) => memory(number(statistics.windowBytes)) },
  {
    name: "lagging", title: "Lagging sessions",
    show: ({ statistics }) => [count(number(statistics.laggingSessions)), ""],
    isWarning: ({ statistics }) => (number(statistics.laggingSessions) ?? 0) > 0,
  },
];

export class Tiles {
  #tiles;

  constructor() {
    this.#tiles = TILES.map((options) => {
      const figure = make("span", { class: "figure" }, "–");
      const unit = make("span", { class: "unit" });
      const element = make("div", { class: "tile", "data-tile": options.name },
        make("dt", {}, options.title), make("dd", {}, figure, " ", unit));
      return { ...options, figure, unit, element };
    });
    byId("tiles").replaceChildren(...this.#tiles.map(({ element }) => element));
  }

  show(statistics, sample) {
    const measured = statistics.publishLatency ?? {};
    const hasAny = (number(measured.count) ?? 0) > 0;
    const quantiles = { p50: hasAny ? number(measured.p50Ms) : null, p99: hasAny ? number(measured.p99Ms) : null };
    const now = { statistics, sample, quantiles };
    for (const tile of this.#tiles) {
      const [figure, unit] = tile.show(now);
      setText(tile.figure, figure);
      setText(tile.unit, unit);
      tile.element.classList.toggle("warning", tile.isWarning?.(now) ?? false);
    }
  }
}
