/** Validation against 500,000 VRPs of the real table: the definition's answers, and how fast. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { prefixCells } from "../../../src/net/bytes.ts";
import { formatPrefix, parsePrefix, prefixFromCells } from "../../../src/net/prefix.ts";
import { VrpChanges, VrpTable } from "../../../src/rib/origin-validation.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { type ModelRoute, PrefixModel } from "../../oracle/origin-model.ts";
import { seededRandom } from "../../oracle/random.ts";
import { addTo, cellsOf } from "../../rib/vrps.ts";

const VRPS = 500_000;
const ROUTES = 1_000_000;
/** Neighbouring prefixes that have the same origin, on average: as in the table of 2010. */
const RUN = 7;
const ROUNDS = 9;
const SECONDS_MAX = 0.15;

/** The prefixes of the real table in its order, with origins that come in runs. */
function attributedTable(file: string, seed: number): readonly ModelRoute[] {
  const random = seededRandom(seed);
  let as = 1;
  const lines = gunzipSync(readFileSync(file)).toString().split(/\r?\n/).filter(Boolean);
  return lines.map((line) => {
    const prefix = parsePrefix(line)?.prefix;
    if (prefix === undefined) throw new Error(`${line} is no prefix`);
    if (random.below(RUN) === 0) as = 1 + random.below(80_000);
    const { family, length } = prefix;
    const address = family === 4 ? BigInt(prefix.address) : (prefix.high << 64n) | prefix.low;
    return { family, address, length, as };
  });
}

describe("validation against the VRPs of the real table", () => {
  const file = dataPath("routes", "prefixes-2025.txt.gz");
  const routes = file === undefined ? [] : attributedTable(file, 1);
  const random = seededRandom(2);
  const table = new VrpTable();
  const model = new PrefixModel();
  const changes = new VrpChanges();
  for (const route of routes) {
    if (random.below(routes.length) >= VRPS) continue;
    const width = route.family === 4 ? 32 : 128;
    const maxLength = Math.min(route.length + random.below(3), width);
    addTo(changes, { ...route, maxLength });
    model.add({ ...route, maxLength });
  }
  table.apply(changes);

  it("answers as the definition", ({ skip }) => {
    if (file === undefined) return skip(NO_DATA);
    expect(table.count4 + table.count6).toBeGreaterThan(VRPS * 0.99);
    const seen = { valid: 0, invalid: 0, "not-found": 0 };
    for (let left = 200_000; left > 0; left--) {
      const drawn = routes[random.below(routes.length)];
      if (drawn === undefined) continue;
      const as = random.below(4) === 0 ? random.below(80_000) : drawn.as;
      const longer = Math.min(drawn.length + random.below(3), drawn.family === 4 ? 32 : 128);
      const route = { ...drawn, as, length: longer };
      const state = table.validate(cellsOf(route), as);
      seen[state] += 1;
      if (state === model.validate(route)) continue;
      const prefix = formatPrefix(prefixFromCells(cellsOf(route)));
      expect(`${prefix} AS${as} ${state}`).toBe(`${prefix} AS${as} ${model.validate(route)}`);
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(10_000);
  });

  it(`takes less than ${SECONDS_MAX} s for a million routes in a table's order`, ({ skip }) => {
    if (file === undefined) return skip(NO_DATA);
    const columns = {
      families: new Uint8Array(ROUTES),
      lengths: new Uint8Array(ROUTES),
      origins: new Uint32Array(ROUTES),
      words: new Uint32Array(4 * ROUTES),
    };
    const cells = prefixCells();
    for (let row = 0; row < ROUTES; row++) {
      const { family, length, as, address } = routes[row] ?? {
        family: 4,
        length: 0,
        as: 0,
        address: 0n,
      };
      columns.families[row] = family;
      columns.lengths[row] = length;
      columns.origins[row] = as;
      columns.words.set(cellsOf({ family, length, as, address }).words, 4 * row);
    }
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS; round++) {
      const start = process.cpuUsage();
      let valid = 0;
      for (let row = 0; row < ROUTES; row++) {
        cells.family = columns.families[row] === 4 ? 4 : 6;
        cells.length = columns.lengths[row] ?? 0;
        for (let word = 0; word < 4; word++) cells.words[word] = columns.words[4 * row + word] ?? 0;
        if (table.validate(cells, columns.origins[row] ?? 0) === "valid") valid += 1;
      }
      best = Math.min(best, process.cpuUsage(start).user / 1e6);
      expect(valid).toBeGreaterThan(VRPS * 0.9);
    }
    expect(best).toBeLessThan(SECONDS_MAX);
  });

  it("takes a change of a thousand VRPs in less than a second", ({ skip }) => {
    if (file === undefined) return skip(NO_DATA);
    const more = new VrpChanges();
    for (let left = 1000; left > 0; left--) {
      const route = routes[random.below(routes.length)];
      if (route !== undefined)
        addTo(more, { ...route, as: 4_200_000_000, maxLength: route.length });
    }
    const before = table.count4 + table.count6;
    const start = performance.now();
    const { rows4, rows6 } = table.apply(more);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(rows4.count + rows6.count).toBe(table.count4 + table.count6 - before);
  });
});
