/** Samples as a line of blocks, in the order in which they were taken. */

import { percentile } from "./statistics.ts";

const BLOCKS = "▁▂▃▄▅▆▇█";
/** Blocks of a line. */
const WIDTH = 24;
/** The highest block is for all from so many times the 10th percentile on. */
const TOP = 2;

/**
 * A block for each part of the run: the median of its samples, from the least of all up to twice
 * the 10th percentile. So a quiet run is a low line, and a disturbance stands out.
 */
export function sparkline(samples: readonly number[]): string {
  const sorted = Float64Array.from(samples).sort();
  const least = percentile(sorted, 0);
  const most = TOP * percentile(sorted, 0.1);
  const width = Math.min(WIDTH, samples.length);
  return Array.from({ length: width }, (_, block) => {
    const start = Math.floor((block * samples.length) / width);
    const end = Math.floor(((block + 1) * samples.length) / width);
    const part = Float64Array.from(samples.slice(start, end)).sort();
    const height = (percentile(part, 0.5) - least) / (most - least);
    const level = Math.min(Math.max(Math.floor(height * BLOCKS.length), 0), BLOCKS.length - 1);
    return BLOCKS[level] ?? BLOCKS[0];
  }).join("");
}
