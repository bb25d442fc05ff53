/** Origin validation: the RFC's cases, and random VRPs against the definition. */

import { describe, expect, it } from "vitest";
import { VrpChanges, type VrpDifference, VrpTable } from "../../src/rib/origin-validation.ts";
import { OriginModel } from "../oracle/origin-model.ts";
import { seededRandom } from "../oracle/random.ts";
import { addTo, cellsOf, changesOf, drawRoute, drawVrp, prefixOf } from "./vrps.ts";

function tableOf(...lines: readonly string[]): VrpTable {
  const table = new VrpTable();
  table.apply(changesOf(...lines));
  return table;
}

describe("a route is", () => {
  const table = tableOf(
    "10.0.0.0/8-16 64500",
    "10.0.0.0/16-24 64501",
    "10.0.1.0/24-24 64502",
    "192.0.2.0/24-24 0",
    "2001:db8::/32-48 64500",
  );

  it.each([
    ["valid", "10.1.0.0/16", 64_500],
    ["valid", "10.0.0.0/8", 64_500],
    ["valid", "10.0.2.0/24", 64_501],
    ["valid", "2001:db8:1::/48", 64_500],
    ["invalid", "10.1.0.0/17", 64_500],
    ["invalid", "10.1.0.0/16", 64_501],
    ["invalid", "10.0.2.0/24", 64_502],
    // The origin of a path that ends in a set, and AS 0, which is nobody's.
    ["invalid", "10.0.0.0/8", 0],
    ["invalid", "192.0.2.0/24", 0],
    ["not-found", "11.0.0.0/8", 64_500],
    ["not-found", "0.0.0.0/0", 64_500],
    ["not-found", "8.0.0.0/7", 64_500],
    ["not-found", "2001:db9::/32", 64_500],
  ])("%s: %s of AS %i", (state, prefix, origin) => {
    expect(table.validate(prefixOf(prefix), origin)).toBe(state);
  });

  it("told with what covers it, the nearest first", () => {
    const found = table.covering(prefixOf("10.0.2.0/24"));
    expect(found.map(({ prefix, maxLength, as }) => [prefix.length, maxLength, as])).toEqual([
      [16, 24, 64_501],
      [8, 16, 64_500],
    ]);
  });
});

function countsOf({ rows4, rows6 }: VrpDifference): readonly number[] {
  const announced = [...rows4.announced.subarray(0, rows4.count)].concat([
    ...rows6.announced.subarray(0, rows6.count),
  ]);
  const added = announced.filter((flag) => flag === 1).length;
  return [added, announced.length - added];
}

describe("changes", () => {
  it("count where they change something, and the last word on a VRP counts", () => {
    const table = tableOf("10.0.0.0/8-8 1", "10.0.0.0/8-8 1");
    expect([table.count4, table.count6]).toEqual([1, 0]);
    const changes = changesOf("10.0.0.0/8-8 1", "10.0.0.0/8-8 2");
    const nine = prefixOf("10.0.0.0/9");
    changes.withdraw(4, { words: nine.words, length: 8, maxLength: 8, as: 2 });
    changes.withdraw(4, { words: nine.words, length: 9, maxLength: 9, as: 1 });
    expect(countsOf(table.apply(changes))).toEqual([0, 0]);
    expect(table.validate(prefixOf("10.0.0.0/8"), 1)).toBe("valid");
  });

  it.each([1, 2, 3])("drawn by seed %i keep states as the definition has them", (seed) => {
    const random = seededRandom(seed);
    const table = new VrpTable();
    const model = new OriginModel();
    for (let round = 0; round < 40; round++) {
      const changes = new VrpChanges();
      const before = model.size;
      for (let left = random.below(30); left > 0; left--) {
        const vrp = drawVrp(random);
        const isAnnounced = random.below(3) > 0;
        addTo(changes, vrp, isAnnounced);
        if (isAnnounced) model.announce(vrp);
        else model.withdraw(vrp);
      }
      const [added = 0, removed = 0] = countsOf(table.apply(changes));
      expect(added - removed).toBe(model.size - before);
      expect(table.count4 + table.count6).toBe(model.size);
      for (let left = 60; left > 0; left--) {
        const route = drawRoute(random);
        const cells = cellsOf(route);
        expect(table.validate(cells, route.as)).toBe(model.validate(route));
        expect(table.covering(cells).length).toBe(model.covering(route).length);
      }
    }
  });
});
