// Numbers for people. All are made to be set in tabular figures.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** A 64-bit counter of the API: a string on the wire, or a number. What is neither counts as 0. */
export function counter(value) {
  try {
    return BigInt(value ?? 0);
  } catch {
    return 0n;
  }
}

/** A number of the API; null if it is none. */
export function number(value) {
  if (value === undefined || value === null || value === "") return null;
  const result = Number(value);
  return Number.isFinite(result) ? result : null;
}

export function count(value) {
  return value === null || value === undefined ? "–" : whole.format(value);
}

/** [figure, unit] with three significant digits: 12,345 is ["12.3", "k"]. */
export function scaled(value, steps = ["", "k", "M", "G", "T"], base = 1000) {
  if (value === null || value === undefined) return ["–", ""];
  let step = 0;
  let rest = value;
  while (rest >= base * 0.9995 && step < steps.length - 1) {
    rest /= base;
    step += 1;
  }
  const isWhole = step === 0 && Number.isInteger(rest);
  const digits = isWhole || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return [rest.toFixed(digits), steps[step]];
}

export function rate(value) {
  if (value !== null && value !== undefined && value < 10_000) {
    return [value > 0 && value < 9.95 ? value.toFixed(1) : count(value), "/s"];
  }
  const [figure, step] = scaled(value);
  return [figure, value === null || value === undefined ? "" : `${step}/s`];
}

export function bytesRate(value) {
  const [figure, unit] = scaled(value, ["B", "kB", "MB", "GB", "TB"]);
  return [figure, unit === "" ? "" : `${unit}/s`];
}

export function memory(value) {
  return scaled(value, ["B", "KiB", "MiB", "GiB", "TiB"], 1024);
}

export function latency(value) {
  if (value === null || value === undefined) return ["–", ""];
  if (value >= 1000) return [(value / 1000).toFixed(2), "s"];
  return [value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2), "ms"];
}

/** ["12.3", "k/s"] as "12.3 k/s". */
export function joined([figure, unit]) {
  return unit === "" ? figure : `${figure} ${unit}`;
}

export function duration(milliseconds) {
  if (milliseconds === null || milliseconds < 0) return "–";
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

export const sessionsInWords = (value) => (value === 1 ? "one session" : `${count(value)} sessions`);

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const clockTime = (at) => clock.format(at);
export const minuteTime = (at) => minute.format(at);
export const dateTime = (at) => (at === null ? "–" : moment.format(at));
