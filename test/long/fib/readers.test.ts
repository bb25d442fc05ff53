/** Two readers in threads of their own for a minute, and two that do not say when they read. */

import { expect, it } from "vitest";
import { FIB_FAMILIES } from "../../assembly/fib/family.ts";
import { writeAndRead } from "../../assembly/fib/readers.ts";

const CONTROL_SECONDS = 10;
/** Three threads share what cores there are: a batch may be interrupted for a while. */
const LONGEST_MS = 2000;

const RUNS = FIB_FAMILIES.flatMap((family) => [
  { family, name: family.name, updates: "prefixes" as const, seconds: 60 },
  { family, name: family.name, updates: "default route" as const, seconds: 10 },
]);

it.each(RUNS)("reads $name while the $updates changes", async ({ family, updates, seconds }) => {
  const run = { family, updates, readers: 2, seconds, holdsOn: true };
  const { updates: count, reports, samples } = await writeAndRead(run);
  const longest = Math.max(...reports.map(({ longestMs }) => longestMs)).toFixed(1);
  const batches = reports.map((report) => report.batches).join(" and ");
  console.log(`${family.name}: ${count} updates, ${batches} batches, at most ${longest} ms`);
  expect(samples).toEqual([]);
  for (const { wrong, overtaken, longestMs } of reports) {
    expect(wrong).toBe(0);
    expect(overtaken).toBeGreaterThan(1000);
    expect(longestMs).toBeLessThan(LONGEST_MS);
  }
});

it.each(FIB_FAMILIES)(
  "sees $name readers misled that do not say when they read",
  async (family) => {
    const updates = "prefixes" as const;
    const run = { family, updates, readers: 2, seconds: CONTROL_SECONDS, holdsOn: false };
    const { reports } = await writeAndRead(run);
    const wrong = reports.reduce((sum, report) => sum + report.wrong, 0);
    console.log(`${family.name}: ${wrong} wrong answers`);
    expect(wrong).toBeGreaterThan(0);
  },
);
