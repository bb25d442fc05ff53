/** Counters in assembly/: they stand where they should, count what runs and change nothing else. */

import { describe, expect, it } from "vitest";
import { compileModule } from "../../scripts/compile-module.js";
import { instrument, type Point } from "../../scripts/instrument.js";

const SOURCE = `/** Sums the odd numbers below a limit, in every form of statement. */

export function sumOdd(limit: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < limit; i++) if (i & 1) sum += i; else continue;
  while (sum > 1000) sum -= 1000;
  do sum += 2; while (sum < 2);
  switch (limit) {
    case 0:
      return 7;
    case 1: {
      sum += 1;
      break;
    }
    default:
  }
  if (sum == 2) return sum;
  else if (sum > 5) sum += 1;
  return sum;
}
`;

describe("the instrumented source", () => {
  const points: Point[] = [];
  const text = instrument("assembly/probe.ts", SOURCE, points);

  it("keeps every line and every token", () => {
    const bare = text.replace(/__cover\(\d+\);|[{}\s]/g, "");
    expect(text.split("\n").length).toBeGreaterThan(SOURCE.split("\n").length);
    expect(bare.startsWith(SOURCE.replace(/[{}\s]/g, ""))).toBe(true);
    for (const { line } of points) expect(text.split("\n")[line - 1]).toContain("__cover(");
  });

  it("has a point for every function and every statement", () => {
    const lines = points.filter(({ name }) => name === undefined).map(({ line }) => line);
    const functions = points.filter(({ name }) => name !== undefined);
    expect(functions).toEqual([{ file: "assembly/probe.ts", line: 3, name: "sumOdd" }]);
    expect(lines).toEqual([4, 5, 5, 5, 5, 6, 6, 7, 7, 8, 10, 12, 13, 17, 17, 18, 18, 19]);
  });

  it("computes what the bare source does", async () => {
    const bare = await compileProbe(SOURCE);
    const counting = await compileProbe(text);
    for (const limit of [0, 1, 2, 6, 200]) expect(counting.call(limit)).toBe(bare.call(limit));
  });

  it("counts what runs", async () => {
    const { call, counts } = await compileProbe(text);
    call(6);
    const runs = points.map(({ line }, point) => `${line}: ${counts.get(point) ?? 0}`);
    expect(runs).toEqual([
      "3: 1",
      ...["4: 1", "5: 1", "5: 6", "5: 3", "5: 3", "6: 1", "6: 0", "7: 1", "7: 1", "8: 1"],
      ...["10: 0", "12: 0", "13: 0", "17: 1", "17: 0", "18: 1", "18: 1", "19: 1"],
    ]);
  });
});

async function compileProbe(text: string) {
  const { files, errors } = await compileModule({
    target: "debug",
    entry: "assembly/probe.ts",
    replace: (file) => (file === "assembly/probe.ts" ? text : undefined),
  });
  const wasm = files.get("dist/wasm/debug.wasm");
  if (!(wasm instanceof Uint8Array)) throw new Error(errors.join("\n"));
  const counts = new Map<number, number>();
  const cover = (point: number) => void counts.set(point, (counts.get(point) ?? 0) + 1);
  const memory = new WebAssembly.Memory({ initial: 2 });
  const imports = { env: { cover, memory } };
  const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm), imports);
  const { sumOdd } = instance.exports;
  if (typeof sumOdd !== "function") throw new Error("no export");
  return { call: (limit: number): unknown => sumOdd(limit), counts };
}
