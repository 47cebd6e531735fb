// What the counters of the broker did between two looks at them.

import { counter, number } from "./format.js";

/** The plots show this long, in milliseconds. */
export const SPAN = 5 * 60 * 1000;
/** Counters further apart than this say nothing about now, in milliseconds. */
const LONGEST_STEP = 6000;
/** Rates in tables are over this long, in milliseconds. */
const TABLE_SPAN = 10_000;

/** The samples of the last five minutes, oldest first. One is `{ at, deliveries, … }`; null is not known. */
export class History {
  samples = [];

  push(sample) {
    this.samples.push(sample);
    const oldest = sample.at - SPAN - 2000;
    while (this.samples[0].at < oldest) this.samples.shift();
  }

  /** The sample nearest to a time, if one is within two seconds. */
  nearest(at) {
    let best = null;
    for (const sample of this.samples) {
      if (best === null || Math.abs(sample.at - at) < Math.abs(best.at - at)) best = sample;
    }
    return best !== null && Math.abs(best.at - at) <= 2000 ? best : null;
  }

  clear() {
    this.samples = [];
  }
}

/** Makes samples of statistics. */
export class Sampler {
  #last = null;

  /** Forgets the counters, because the next ones may be another process's. */
  reset() {
    this.#last = null;
  }

  sample(statistics, at) {
    const latency = statistics.publishLatency ?? {};
    const now = {
      time: number(statistics.time) ?? at,
      deliveries: counter(statistics.deliveries),
      messages: counter(statistics.messagesPublished),
      bytes: counter(statistics.bytesSent),
      measured: counter(latency.count),
    };
    const before = this.#last;
    this.#last = now;
    const isComparable = before !== null && now.time > before.time && now.time - before.time <= LONGEST_STEP;
    const perSecond = (name) => {
      if (!isComparable || now[name] < before[name]) return null;
      return Number(now[name] - before[name]) * 1000 / (now.time - before.time);
    };
    // Without a publish since the last look there is no latency to speak of.
    const hasLatency = isComparable && now.measured > before.measured;
    return {
      at,
      deliveries: perSecond("deliveries"),
      messages: perSecond("messages"),
      bytes: perSecond("bytes"),
      sessions: number(statistics.sessions),
      p50: hasLatency ? number(latency.p50Ms) : null,
      p99: hasLatency ? number(latency.p99Ms) : null,
    };
  }
}

/** Rates of named counters over the last seconds. */
export class NamedRates {
  #counts = new Map();
  #moved = new Map();

  /** Takes note of `[name, count]` pairs at a time of the broker. */
  update(time, entries) {
    const seen = new Set();
    for (const [name, value] of entries) {
      const now = counter(value);
      seen.add(name);
      const points = this.#counts.get(name) ?? [];
      const last = points.at(-1);
      if (last && now > last.value) this.#moved.set(name, time);
      if (last && now < last.value) points.length = 0;
      if (!last || time > last.time) points.push({ time, value: now });
      while (points.length > 2 && time - points[1].time >= TABLE_SPAN) points.shift();
      this.#counts.set(name, points);
    }
    for (const name of this.#counts.keys()) {
      if (seen.has(name)) continue;
      this.#counts.delete(name);
      this.#moved.delete(name);
    }
  }

  /** Per second; null until there are two looks. */
  rate(name) {
    const points = this.#counts.get(name) ?? [];
    if (points.length < 2) return null;
    const [first, last] = [points[0], points.at(-1)];
    return Number(last.value - first.value) * 1000 / (last.time - first.time);
  }

  /** The time of the broker at which the counter was seen to move, if it did. */
  movedAt(name) {
    return this.#moved.get(name) ?? null;
  }

  reset() {
    this.#counts.clear();
    this.#moved.clear();
  }
}
