/** Live ports opened and closed again and again: whether anything stays. */

import path from "node:path";
import { expect } from "vitest";
import type { KernelRouter } from "./kernel-router.ts";

const SCRIPT = path.join(import.meta.dirname, "live-cycles.js");
/**
 * What the heap, and threads' stacks that the C library keeps, may differ by; the rings of a port
 * that stayed 25 times would be more than 200.
 */
const MEGABYTES_MAX = 20;

/** Has a router open its ports so many times, and holds the end against an earlier state. */
export function cycle(rig: KernelRouter, mode: string, turns: number): void {
  const program = ["--expose-gc", SCRIPT, mode, String(turns)];
  const { before, after } = JSON.parse(rig.inside(process.execPath, ...program));
  console.log(`${mode}, ${turns} starts: ${JSON.stringify(before)} to ${JSON.stringify(after)}`);
  expect(after.descriptors).toBe(before.descriptors);
  expect(after.rings).toBe(0);
  expect(after.threads).toBeLessThanOrEqual(before.threads);
  expect(after.megabytes - before.megabytes).toBeLessThan(MEGABYTES_MAX);
  // The header line alone.
  expect(rig.inside("cat", "/proc/net/packet").trim().split("\n")).toHaveLength(1);
}
