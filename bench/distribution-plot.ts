/** Samples as a drawing: how many took how long. */

import { escaped } from "../src/net/html.ts";
import { percentile } from "./statistics.ts";

const WIDTH = 480;
const HEIGHT = 120;
/** Below the bars, for the numbers. */
const FOOT = 20;
const BARS = 60;
/** The axis ends at so many times the 10th percentile; what is beyond stands in the last bar. */
const TOP = 3;

/** Two digits behind the point, or none where they would say nothing. */
function nanoseconds(value: number): string {
  return `${value.toFixed(value < 100 ? 2 : 0)} ns`;
}

/** An SVG element with a histogram from 0 on, and marks at the 10th percentile and the median. */
export function distributionPlot(samples: readonly number[], title: string): string {
  const sorted = Float64Array.from(samples).sort();
  const p10 = percentile(sorted, 0.1);
  const median = percentile(sorted, 0.5);
  const end = TOP * p10;
  const counts = new Array<number>(BARS).fill(0);
  for (const sample of sorted) {
    const bar = Math.min(Math.floor((sample / end) * BARS), BARS - 1);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  const step = WIDTH / BARS;
  const floor = HEIGHT - FOOT;
  const bars = counts.map((count, bar) => {
    if (count === 0) return "";
    const height = (count / most) * floor;
    const box = { x: bar * step, y: floor - height, width: step - 1, height };
    const attributes = Object.entries(box).map(([name, value]) => `${name}="${value.toFixed(1)}"`);
    return `<rect ${attributes.join(" ")}/>`;
  });
  const marks = [p10, Math.min(median, end)].map((value) => {
    const x = ((value / end) * WIDTH).toFixed(1);
    return `<line class="mark" x1="${x}" x2="${x}" y1="0" y2="${floor}"/>`;
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    ...bars,
    `<line x1="0" x2="${WIDTH}" y1="${floor}" y2="${floor}"/>`,
    ...marks,
    `<text x="0" y="${HEIGHT - 4}">p10 ${nanoseconds(p10)}, median ${nanoseconds(median)}</text>`,
    `<text x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">${nanoseconds(end)} and more</text>`,
    "</svg>",
  ].join("");
}
