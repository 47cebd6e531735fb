// A plot of the last five minutes on a canvas, with a read-out for pointer and keyboard.

import { make, setText } from "./dom.js";
import { clockTime, joined, minuteTime } from "./format.js";
import { SPAN } from "./samples.js";
import { minutesWithin, runs, ticksTo } from "./scale.js";

const MARGIN = { left: 56, right: 12, top: 10, bottom: 22 };
const STEP = 1000;

/** The time under the pointer, shared by all plots, so that one look compares them. */
export class Cursor {
  at = null;
  #watchers = [];

  watch(watcher) {
    this.#watchers.push(watcher);
  }

  set(at) {
    if (this.at === at) return;
    this.at = at;
    for (const watcher of this.#watchers) watcher();
  }
}

/**
 * `series`: `[{ key, label, style }]`, where the style is the number of a colour in the style sheet; every
 * second one is dashed, so that colour is not all that tells them apart.
 */
export class Plot {
  #history;
  #cursor;
  #options;
  #canvas = make("canvas");
  #readout = make("p", { class: "readout" });
  #values = [];
  #isScheduled = false;
  element;

  constructor(history, cursor, options) {
    this.#history = history;
    this.#cursor = cursor;
    this.#options = options;
    const title = make("h3", {}, options.title);
    for (const series of options.series) {
      const value = make("span", { class: "readout-value" });
      const label = series.label === undefined ? []
        : [make("span", { class: `swatch style-${series.style}`, "aria-hidden": "true" }), `${series.label} `];
      this.#readout.append(make("span", { class: "readout-series" }, ...label, value));
      this.#values.push(value);
    }
    const area = make("div", {
      class: "plot-area", tabindex: "0", role: "slider", "aria-label": `${options.title}, read-out`,
      "aria-valuemin": String(-SPAN / 1000), "aria-valuemax": "0", "aria-valuenow": "0",
      "aria-orientation": "horizontal",
    }, this.#canvas);
    this.element = make("section", { class: `plot ${options.size ?? ""}` },
      make("header", {}, title, this.#readout), area);
    this.#listen(area);
    cursor.watch(() => this.schedule());
    new ResizeObserver(() => this.schedule()).observe(area);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.schedule());
  }

  /** Draws with the next frame; often asked, drawn once. */
  schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#draw();
      this.#read();
    });
  }

  get #end() {
    return this.#history.samples.at(-1)?.at ?? Date.now();
  }

  #listen(area) {
    const point = (event) => {
      const box = this.#canvas.getBoundingClientRect();
      const width = box.width - MARGIN.left - MARGIN.right;
      const share = (event.clientX - box.left - MARGIN.left) / width;
      const isInside = share >= -0.02 && share <= 1.02;
      this.#cursor.set(isInside ? this.#end - SPAN * (1 - Math.min(1, Math.max(0, share))) : null);
    };
    area.addEventListener("pointermove", point);
    area.addEventListener("pointerdown", point);
    area.addEventListener("pointerleave", () => this.#cursor.set(null));
    area.addEventListener("blur", () => this.#cursor.set(null));
    area.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowUp: STEP,
        PageDown: -30 * STEP, PageUp: 30 * STEP, Home: -SPAN, End: SPAN }[event.key];
      if (event.key === "Escape") this.#cursor.set(null);
      if (by === undefined) return;
      event.preventDefault();
      const from = this.#cursor.at ?? this.#end;
      this.#cursor.set(Math.min(this.#end, Math.max(this.#end - SPAN, from + by)));
      area.setAttribute("aria-valuenow", String(Math.round((this.#cursor.at - this.#end) / 1000)));
      area.setAttribute("aria-valuetext", this.#sentence());
    });
  }

  #sentence() {
    const sample = this.#chosen();
    const parts = this.#options.series.map(({ key, label = "" }) => {
      const value = sample?.[key] ?? null;
      return `${label} ${value === null ? "no value" : joined(this.#options.format(value))}`.trim();
    });
    return `${clockTime(this.#cursor.at ?? this.#end)}: ${parts.join(", ")}`;
  }

  #chosen() {
    if (this.#cursor.at !== null) return this.#history.nearest(this.#cursor.at);
    return this.#history.samples.at(-1) ?? null;
  }

  #read() {
    const sample = this.#chosen();
    this.#options.series.forEach(({ key }, index) => {
      setText(this.#values[index], joined(this.#options.format(sample === null ? null : sample[key])));
    });
  }

  #draw() {
    const box = this.#canvas.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, box.width, box.height);

    const style = getComputedStyle(this.element);
    const colour = (name) => style.getPropertyValue(name).trim();
    const end = this.#end;
    const start = end - SPAN;
    const samples = this.#history.samples.filter((sample) => sample.at >= start);
    const highest = samples.reduce((most, sample) =>
      Math.max(most, ...this.#options.series.map(({ key }) => sample[key] ?? 0)), 0);
    const ticks = ticksTo(highest, this.#options.smallestStep ?? 1);
    const area = { left: MARGIN.left, right: box.width - MARGIN.right, top: MARGIN.top,
      bottom: box.height - MARGIN.bottom };
    const x = (at) => area.left + (at - start) / SPAN * (area.right - area.left);
    const y = (value) => area.bottom - value / ticks.at(-1) * (area.bottom - area.top);

    this.#drawAxes(context, { area, x, y, ticks, start, end, colour, ratio });
    for (const series of this.#options.series) {
      this.#drawSeries(context, series, samples, { area, x, y, colour });
    }
    this.#drawCursor(context, { area, x, y, start, colour });
  }

  #drawAxes(context, { area, x, y, ticks, start, end, colour, ratio }) {
    // A line of one device pixel is crisp when it lies on the pixels.
    const crisp = (position) => (Math.round(position * ratio) + 0.5) / ratio;
    context.font = `11px ${getComputedStyle(this.element).fontFamily}`;
    context.lineWidth = 1 / ratio;
    context.setLineDash([]);
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of ticks) {
      context.strokeStyle = colour(tick === 0 ? "--axis" : "--grid");
      context.beginPath();
      context.moveTo(area.left, crisp(y(tick)));
      context.lineTo(area.right, crisp(y(tick)));
      context.stroke();
      context.fillStyle = colour("--muted");
      context.fillText(this.#options.tick(tick), area.left - 8, y(tick));
    }
    context.textBaseline = "top";
    context.textAlign = "center";
    for (const at of minutesWithin(start, end)) {
      context.strokeStyle = colour("--grid");
      context.beginPath();
      context.moveTo(crisp(x(at)), area.top);
      context.lineTo(crisp(x(at)), area.bottom + 4);
      context.stroke();
      context.fillStyle = colour("--muted");
      if (x(at) > area.left + 14 && x(at) < area.right - 14) context.fillText(minuteTime(at), x(at), area.bottom + 7);
    }
  }

  #drawSeries(context, { key, style }, samples, { area, x, y, colour }) {
    const ink = colour(`--series-${style}`);
    context.lineJoin = "round";
    context.lineCap = "round";
    for (const run of runs(samples, key)) {
      const path = new Path2D();
      run.forEach((sample, index) => {
        path[index === 0 ? "moveTo" : "lineTo"](x(sample.at), y(sample[key]));
      });
      if (run.length === 1) path.lineTo(x(run[0].at) + 0.5, y(run[0][key]));
      if (style === 1) {
        const below = new Path2D(path);
        below.lineTo(x(run.at(-1).at), area.bottom);
        below.lineTo(x(run[0].at), area.bottom);
        context.globalAlpha = 0.1;
        context.fillStyle = ink;
        context.fill(below);
        context.globalAlpha = 1;
      }
      context.strokeStyle = ink;
      context.lineWidth = 1.75;
      context.setLineDash(style % 2 === 0 ? [5, 3.5] : []);
      context.stroke(path);
    }
    context.setLineDash([]);
  }

  #drawCursor(context, { area, x, y, start, colour }) {
    const at = this.#cursor.at;
    if (at === null || at < start) return;
    const sample = this.#chosen();
    const place = x(sample?.at ?? at);
    context.strokeStyle = colour("--muted");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(place, area.top);
    context.lineTo(place, area.bottom);
    context.stroke();
    this.#drawTime(context, clockTime(sample?.at ?? at), place, { area, colour });
    for (const { key, style } of this.#options.series) {
      if (sample === null || sample[key] === null) continue;
      context.beginPath();
      context.arc(place, y(sample[key]), 3.5, 0, 2 * Math.PI);
      context.fillStyle = colour(`--series-${style}`);
      context.fill();
      context.strokeStyle = colour("--surface");
      context.lineWidth = 1.5;
      context.stroke();
    }
  }

  /** The time under the cursor, in front of those of the axis. */
  #drawTime(context, text, place, { area, colour }) {
    const width = context.measureText(text).width + 14;
    const left = Math.min(area.right - width, Math.max(area.left, place - width / 2));
    context.fillStyle = colour("--text");
    context.beginPath();
    context.roundRect(left, area.bottom + 3, width, 18, 4);
    context.fill();
    context.fillStyle = colour("--surface");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(text, left + width / 2, area.bottom + 12.5);
  }
}
