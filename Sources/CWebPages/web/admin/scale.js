// The axes of a plot: round figures, and where they are.

/** The next figure of the kind 1, 2, 5 × 10ⁿ that is not below a value. */
function roundStep(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  const round = lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10;
  return round * power;
}

/** Figures from 0 to one that is not below `highest`, about three steps apart. */
export function ticksTo(highest, smallestStep) {
  const step = Math.max(roundStep(Math.max(highest, smallestStep) / 3), smallestStep);
  const steps = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

/** The full minutes within a span. */
export function minutesWithin(start, end) {
  const result = [];
  for (let at = Math.ceil(start / 60_000) * 60_000; at <= end; at += 60_000) result.push(at);
  return result;
}

/** Runs of samples next to each other that have a value: a hole in the data is a hole in the line. */
export function runs(samples, key) {
  const result = [];
  let run = [];
  let last = null;
  for (const sample of samples) {
    const isHole = sample[key] === null || (last !== null && sample.at - last > 5000);
    if (isHole && run.length > 0) {
      result.push(run);
      run = [];
    }
    last = sample.at;
    if (sample[key] !== null) run.push(sample);
  }
  if (run.length > 0) result.push(run);
  return result;
}
