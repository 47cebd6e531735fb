// Which plots there are.

import { bytesRate, count, joined, latency, rate, scaled } from "./format.js";
import { Cursor, Plot } from "./plot.js";

/** Without the zeros that say nothing: 1.50 ms is 1.5 ms, 2.0 k is 2 k. */
const short = (text) => text.replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "");
const figure = (value) => short(scaled(value).join(""));

export function makePlots(history) {
  const cursor = new Cursor();
  return [
    { title: "Deliveries per second", size: "large", series: [{ key: "deliveries", style: 1 }], format: rate,
      tick: figure, smallestStep: 1 },
    { title: "Messages per second", size: "large", series: [{ key: "messages", style: 1 }], format: rate,
      tick: figure, smallestStep: 1 },
    { title: "Publish latency", format: latency, tick: (value) => short(joined(latency(value))),
      series: [{ key: "p50", label: "p50", style: 1 }, { key: "p99", label: "p99", style: 2 }],
      smallestStep: 0.1 },
    { title: "Sessions", series: [{ key: "sessions", style: 1 }], format: (value) => [count(value), ""],
      tick: figure, smallestStep: 1 },
    { title: "Bytes sent per second", series: [{ key: "bytes", style: 1 }], format: bytesRate,
      tick: (value) => short(joined(scaled(value, ["B", "kB", "MB", "GB", "TB"]))), smallestStep: 100 },
  ].map((options) => new Plot(history, cursor, options));
}
