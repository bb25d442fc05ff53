/** A reader in another thread, while routes change: each answer is that of before or after. */

import { describe, expect, it } from "vitest";
import { FIB_FAMILIES } from "./family.ts";
import { writeAndRead } from "./readers.ts";

/** Far more than a batch takes on a busy machine; a reader that waits for the end waits longer. */
const LONGEST_MS = 600;

describe.each(FIB_FAMILIES)("$name; test/long does so for longer", (family) => {
  it.each([
    { updates: "prefixes", seconds: 1 },
    { updates: "default route", seconds: 0.4 },
  ] as const)("is read while the $updates changes", async ({ updates, seconds }) => {
    const run = { family, updates, readers: 1, seconds, holdsOn: true };
    const result = await writeAndRead(run);
    expect(result.samples).toEqual([]);
    expect(result.updates).toBeGreaterThan(100);
    for (const { batches, overtaken, wrong, longestMs } of result.reports) {
      expect(wrong).toBe(0);
      expect(batches).toBeGreaterThan(100);
      expect(overtaken).toBeGreaterThan(10);
      expect(longestMs).toBeLessThan(LONGEST_MS);
    }
  });
});
