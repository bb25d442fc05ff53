/** Which routes validation takes out: only what a change touches is looked at, and nothing else. */

import { describe, expect, it } from "vitest";
import { formatPrefix, prefixFromCells } from "../../src/net/prefix.ts";
import { VrpChanges, VrpTable } from "../../src/rib/origin-validation.ts";
import { OriginTable } from "../../src/rib/origins.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { type FilterChange, OriginFilter } from "../../src/router/origin-filter.ts";
import { OriginModel } from "../oracle/origin-model.ts";
import { seededRandom } from "../oracle/random.ts";
import { addTo, cellsOf, drawRoute, drawVrp } from "../rib/vrps.ts";
import { rowsOf } from "../sources/read-table.ts";

/** Rows without their targets, in order. */
function prefixesOf(table: RouteTable): readonly string[] {
  return rowsOf(table)
    .map((row) => row.split(" ", 1).join())
    .sort();
}

/** Applies a change to the prefixes that are in force. */
function follow(inForce: Set<string>, { rejected, accepted }: FilterChange): void {
  for (const prefix of prefixesOf(rejected)) expect(inForce.delete(prefix)).toBe(true);
  for (const prefix of prefixesOf(accepted)) {
    expect(inForce.has(prefix)).toBe(false);
    inForce.add(prefix);
  }
}

describe("a filter", () => {
  it.each([1, 2, 3])("keeps what VRPs allow, drawn by seed %i", (seed) => {
    const random = seededRandom(seed);
    const table = new RouteTable();
    const origins = new OriginTable();
    const routes = new Map<string, ReturnType<typeof drawRoute>>();
    for (let left = 200; left > 0; left--) {
      const route = drawRoute(random);
      const prefix = prefixFromCells(cellsOf(route));
      table.add(prefix, table.internTarget({ kind: "blackhole" }));
      if (random.below(10) > 0) origins.set(cellsOf(route), route.as);
      else origins.forget(prefix);
      routes.set(formatPrefix(prefix), { ...route, as: origins.get(prefix) ?? -1 });
    }
    const vrps = [new VrpTable(), new VrpTable()] as const;
    const models = [new OriginModel(), new OriginModel()] as const;
    const filter = new OriginFilter({ table, origins, vrps: () => vrps });
    const inForce = new Set(routes.keys());
    follow(inForce, filter.judgeAll());
    expect(inForce.size).toBe(routes.size);
    for (let round = 0; round < 30; round++) {
      const which = round % 2 === 0 ? 0 : 1;
      const changes = new VrpChanges();
      for (let left = random.below(8); left > 0; left--) {
        const vrp = drawVrp(random);
        const isAnnounced = random.below(3) > 0;
        addTo(changes, vrp, isAnnounced);
        if (isAnnounced) models[which].announce(vrp);
        else models[which].withdraw(vrp);
      }
      follow(inForce, filter.judge(vrps[which].apply(changes)));
      for (const [prefix, route] of routes) {
        const states = models.map((model) => model.validate(route));
        const isRejected = route.as >= 0 && states.includes("invalid") && !states.includes("valid");
        expect(`${prefix} ${inForce.has(prefix)}`).toBe(`${prefix} ${!isRejected}`);
      }
    }
    const { invalid } = filter.counts;
    expect(invalid).toBe(routes.size - inForce.size);
    follow(inForce, filter.release());
    expect(inForce.size).toBe(routes.size);
    expect(filter.counts).toMatchObject({ valid: 0, invalid: 0 });
  });

  it("lets the best route step in whose origin is not invalid", () => {
    const table = new RouteTable();
    const origins = new OriginTable({ keepsAlternatives: true });
    const route = { family: 4, address: 0xc000_0200n, length: 24 } as const;
    const prefix = cellsOf({ ...route, as: 64_501 });
    const targets = [1, 2, 3].map((last) => {
      const address = { family: 4, value: 0xcb00_7100 + last } as const;
      return table.internTarget({ kind: "via", nextHops: [{ address, weight: 1, cost: 0 }] });
    });
    const [first = 0, second = 0, third = 0] = targets;
    table.add(prefixFromCells(prefix), first);
    const alternatives = [
      { as: 64_502, target: second },
      { as: 64_503, target: third },
    ];
    origins.set(prefix, 64_501, alternatives);
    const vrps = new VrpTable();
    const filter = new OriginFilter({ table, origins, vrps: () => [vrps] });
    const led = (change: FilterChange) => {
      return [rowsOf(change.rejected), rowsOf(change.accepted)].map((rows) => {
        return rows.map((row) => row.match(/-> (.*)\*1/)?.[1]).join();
      });
    };
    const change = (as: number, isAnnounced: boolean) => {
      const changes = new VrpChanges();
      addTo(changes, { ...route, as, maxLength: 24 }, isAnnounced);
      return led(filter.judge(vrps.apply(changes)));
    };
    expect(led(filter.judgeAll())).toEqual(["", ""]);
    expect(change(64_503, true)).toEqual(["203.0.113.1", "203.0.113.3"]);
    expect(change(64_502, true)).toEqual(["203.0.113.3", "203.0.113.2"]);
    expect(change(64_503, false)).toEqual(["", ""]);
    expect(change(64_502, false)).toEqual(["203.0.113.2", "203.0.113.1"]);
    expect(change(65_000, true)).toEqual(["203.0.113.1", ""]);
    expect(led(filter.release())).toEqual(["", "203.0.113.1"]);
  });
});
