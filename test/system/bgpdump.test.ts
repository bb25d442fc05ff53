/** bgpdump on every real dump: its lines in its order, and how much sooner they are counted. */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { MAIN, PLAIN_ENV } from "../cli/run.ts";
import { dataPath, NO_DATA } from "../data.ts";

/** Dumps that bgpdump misreads, and lines that one has and the other has not: docs/formats.md. */
const MISREAD: ReadonlyMap<string, number> = new Map([
  ["mrtparse-bird_bgp", 38],
  ["mrtparse-openbgpd_rib_table", 2],
  ["updates.nlri_mask_trailing_bits.gz", 2],
]);
const LARGE = "rrc06-20100701.reencoded.mrt.gz";
const ROUNDS = 3;
/** The bar of the figures is 8; what neighbours of a busy machine take is allowed for here. */
const RATIO_MIN = 4;

const folder = dataPath("mrt");
const isMissing = spawnSync("bgpdump", ["-v"]).error !== undefined;
const why = folder === undefined ? NO_DATA : isMissing ? "not installed: bgpdump" : undefined;
const names =
  folder === undefined
    ? []
    : readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);

/** What a program prints, and the seconds that it took. */
function timed(program: string, args: readonly string[]): { lines: string[]; seconds: number } {
  const start = performance.now();
  const { stdout } = spawnSync(program, args, { maxBuffer: 2 ** 30, env: PLAIN_ENV });
  const seconds = (performance.now() - start) / 1000;
  return { lines: String(stdout).split("\n"), seconds };
}

function ours(...args: readonly string[]): { lines: string[]; seconds: number } {
  return timed(process.execPath, [MAIN, "-q", "rib", ...args]);
}

/** Lines that one list has more often than the other. */
function differing(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of b) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}

describe.skipIf(why !== undefined)(`bgpdump${why === undefined ? "" : ` (${why})`}`, () => {
  it("has 17 dumps to read", () => {
    expect(names).toHaveLength(17);
  });

  it.each(names)("prints the same lines of %s", (name) => {
    const file = path.join(folder ?? "", name);
    const theirs = timed("bgpdump", ["-m", file]).lines;
    const found = ours("convert", "--format", "bgpdump", file).lines;
    const expected = MISREAD.get(name);
    if (expected !== undefined) expect(differing(found, theirs)).toBe(expected);
    // Not the lists themselves: to show how a million lines differ takes minutes.
    else expect(found.findIndex((line, index) => line !== theirs[index])).toBe(-1);
    if (expected === undefined) expect(found.length).toBe(theirs.length);
  });

  it("prints a table more slowly than it is counted", () => {
    const file = path.join(folder ?? "", LARGE);
    const least = (run: () => number): number =>
      Math.min(...Array.from({ length: ROUNDS }, () => run()));
    const theirs = least(() => timed("bgpdump", ["-m", file]).seconds);
    const own = least(() => ours("stats", file).seconds);
    expect(theirs / own).toBeGreaterThan(RATIO_MIN);
  });
});
