/** The memory plan: limits in their ranges, regions that never meet, room for what was promised. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ADJACENCY_BYTES,
  BATCH_BYTES,
  CAPTURE_BYTES,
  CHANGE_BYTES,
  FRAME_HEADROOM,
  GROUP_BYTES,
  HEADER,
  HEADER_BYTES,
  LEAVING_BYTES,
  LISTS_BYTES,
  MEMBER_BYTES,
  MOVE_BYTES,
  PAGE_BYTES,
  PIN_BUCKET_BYTES,
  PINS_BYTES,
  PORT_BYTES,
  PORTS_MAX,
  REPLIES_BYTES,
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACES_MAX,
  SCRATCH_BYTES,
  SERVERS_BYTES,
  SLAB_BYTES,
  SLOT_UNIT_BYTES,
  TALLY_BYTES,
} from "../../assembly/layout.ts";
import {
  DEFAULT_LIMITS,
  type Limits,
  type MemoryPlan,
  pinBuckets,
  planMemory,
  type TablePlan,
} from "../../src/engine/memory-plan.ts";
import type { EngineName } from "../../src/engine/table-plan.ts";
import { FIB_FAMILIES } from "../assembly/fib/family.ts";
import { anyUpdates } from "../assembly/fib/routes.ts";
import type { OracleRoute } from "../oracle/lpm.ts";
import { createTestEngine, TEST_LIMITS } from "./test-engine.ts";

const NONE = { histogram4: new Uint32Array(33), histogram6: new Uint32Array(129) };
const LINE_BYTES = 64;

interface Region {
  readonly start: number;
  readonly bytes: number;
}

const anyEngine = fc.constantFrom<EngineName>("fast", "reference");
const anyLimits: fc.Arbitrary<Limits> = fc.record({
  routes4: fc.nat(100_000),
  routes6: fc.nat(20_000),
  groups: fc.integer({ min: 9, max: 65536 }),
  nextHops: fc.integer({ min: 1, max: 65535 }),
  slotBytes: fc.nat(2 ** 24),
  previousOwners: fc.nat(3),
  tableSlots: fc.constantFrom(2 ** 17, 2 ** 18, 2 ** 20),
  pins: fc.integer({ min: 1, max: 100_000 }),
  meters: fc.nat(1000),
  routeMeters: fc.nat(1000),
  frameBytes: fc.integer({ min: PAGE_BYTES, max: 2 ** 24 }),
  ringBytes: fc.nat(2 ** 24),
  workers: fc.integer({ min: 1, max: 16 }),
});

describe("planMemory", () => {
  it.each<{ name: keyof Limits; least: number; most: number }>([
    { name: "routes4", least: 0, most: 2 ** 32 },
    { name: "routes6", least: 0, most: 2 ** 32 },
    { name: "groups", least: 9, most: 65536 },
    { name: "nextHops", least: 1, most: 65535 },
    { name: "slotBytes", least: 0, most: 2 ** 32 },
    { name: "previousOwners", least: 0, most: 3 },
    { name: "tableSlots", least: 2 ** 17, most: 2 ** 20 },
    { name: "meters", least: 0, most: 65535 },
    { name: "routeMeters", least: 0, most: 65535 },
    { name: "pins", least: 1, most: 2 ** 22 },
    { name: "frameBytes", least: PAGE_BYTES, most: 2 ** 31 },
    { name: "workers", least: 1, most: 16 },
  ])("takes $name from $least to $most only", ({ name, least, most }) => {
    for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const limits = { ...DEFAULT_LIMITS, [name]: value };
      expect(() => planMemory(limits, NONE)).toThrow(
        expect.objectContaining({
          code: "CAPACITY",
          detail: { limit: name, value, least, most },
        }),
      );
    }
    expect(() => planMemory({ ...DEFAULT_LIMITS, [name]: least }, NONE)).not.toThrow();
  });

  it.each<Partial<Limits>>([
    { slotBytes: 2 ** 32 },
    { routes6: 2 ** 23 },
    { routes4: 2 ** 32 },
    { slotBytes: 2 ** 31, frameBytes: 2 ** 31 },
  ])("says what does not fit into 4 GiB: %o", (limits) => {
    expect(() => planMemory({ ...DEFAULT_LIMITS, ...limits }, NONE)).toThrow(
      expect.objectContaining({
        code: "CAPACITY",
        message: expect.stringMatching(/need \d+ MiB of 4096 MiB/),
      }),
    );
  });

  it("lays the regions out one behind the other, on cache lines", () => {
    const property = fc.property(anyLimits, anyEngine, (limits, engine) => {
      const plan = planMemory(limits, NONE, engine);
      let end = HEADER + HEADER_BYTES;
      for (const { start, bytes } of regionsOf(plan)) {
        expect(start).toBeGreaterThanOrEqual(end);
        expect(start % LINE_BYTES).toBe(0);
        end = start + bytes;
      }
      expect(plan.memoryBytes).toBeGreaterThanOrEqual(end);
      expect(plan.memoryBytes - end).toBeLessThan(PAGE_BYTES);
      expect(plan.memoryBytes % PAGE_BYTES).toBe(0);
      expect((plan.frames - FRAME_HEADROOM) % PAGE_BYTES).toBe(0);
      expect(plan.countersStride % 8).toBe(0);
      for (const { slabs, slabPages } of [plan.table4, plan.table6]) {
        expect(slabs % SLAB_BYTES).toBe(0);
        expect(slabs + slabPages * SLAB_BYTES).toBeLessThanOrEqual(2 ** 31);
      }
    });
    fc.assert(property, { seed: 111, numRuns: 100 });
  });
});

const PLANNED = FIB_FAMILIES.flatMap((family) =>
  (["fast", "reference"] as const).map((engine) => ({ family, engine, name: family.name })),
);

describe.each(PLANNED)("the $engine $name table that was planned", ({ family, engine: name }) => {
  const histogramName = family.width === 32 ? "histogram4" : "histogram6";

  it("holds the routes that were known", async () => {
    const property = fc.asyncProperty(anyUpdates(family.width, 80), async (updates) => {
      const routes = distinct(updates);
      const histogram = new Uint32Array(family.width + 1);
      for (const { length } of routes) histogram[length] = (histogram[length] ?? 0) + 1;
      const engine = await createTestEngine("release", {
        limits: { routes4: 0, routes6: 0 },
        known: { ...NONE, [histogramName]: histogram },
        engine: name,
      });
      expect(family.update(engine, routes).applied).toBe(routes.length);
    });
    await fc.assert(property, { seed: 112, numRuns: 10 });
  });

  it("holds as many routes of any kind as its limit says", async () => {
    const property = fc.asyncProperty(anyUpdates(family.width, 80), async (updates) => {
      const routes = distinct(updates);
      const limits = { ...TEST_LIMITS, routes4: routes.length, routes6: routes.length };
      const engine = await createTestEngine("release", { limits, engine: name });
      expect(family.update(engine, routes).applied).toBe(routes.length);
    });
    await fc.assert(property, { seed: 113, numRuns: 10 });
  });
});

/** The regions in the order of memory, with their sizes as the data plane uses them. */
function regionsOf(plan: MemoryPlan): readonly Region[] {
  const { limits } = plan;
  const regions = [
    { start: plan.counters, bytes: plan.countersStride * limits.workers },
    { start: plan.adjacencies, bytes: (limits.nextHops + 1) * ADJACENCY_BYTES },
    { start: plan.groups, bytes: limits.groups * GROUP_BYTES },
    { start: plan.slots, bytes: plan.slotUnits * SLOT_UNIT_BYTES },
    { start: plan.change, bytes: CHANGE_BYTES },
    { start: plan.changeMembers, bytes: (limits.nextHops + 1) * MEMBER_BYTES },
    { start: plan.changeList, bytes: (limits.nextHops + 1) * 4 },
    { start: plan.changeEntries, bytes: limits.tableSlots * MOVE_BYTES },
    { start: plan.slotBits, bytes: Math.ceil(plan.slotUnits / 8) },
    ...tableRegions(plan.table4),
    ...tableRegions(plan.table6),
    ...[plan.sources4, plan.sources6].flatMap((table) => (table ? tableRegions(table) : [])),
    { start: plan.meters, bytes: plan.metersStride * limits.workers },
    { start: plan.lists, bytes: limits.workers * LISTS_BYTES },
    {
      start: plan.pins,
      bytes: limits.workers * (PINS_BYTES + pinBuckets(limits) * PIN_BUCKET_BYTES),
    },
    { start: plan.tally, bytes: TALLY_BYTES },
    { start: plan.scratch, bytes: SCRATCH_BYTES },
    { start: plan.batch, bytes: BATCH_BYTES },
    { start: plan.capture, bytes: CAPTURE_BYTES },
    { start: plan.interfaces, bytes: ROUTER_INTERFACES_MAX * ROUTER_INTERFACE_BYTES },
    { start: plan.replies, bytes: limits.workers * REPLIES_BYTES },
    { start: plan.leaving, bytes: LEAVING_BYTES },
    { start: plan.servers, bytes: SERVERS_BYTES },
    { start: plan.ports, bytes: PORTS_MAX * PORT_BYTES },
    { start: plan.frames - FRAME_HEADROOM, bytes: FRAME_HEADROOM + limits.frameBytes },
    { start: plan.rings, bytes: limits.ringBytes },
  ];
  return regions.sort((a, b) => a.start - b.start || a.bytes - b.bytes);
}

function tableRegions(table: TablePlan): readonly Region[] {
  return [
    { start: table.nodes, bytes: table.nodeCapacity * table.nodeBytes },
    { start: table.root, bytes: table.rootBytes },
    { start: table.dirty, bytes: table.dirtyBytes },
    { start: table.slabRecords, bytes: table.slabRecordBytes },
    { start: table.slabs, bytes: table.slabPages * SLAB_BYTES },
    { start: table.index, bytes: table.indexBytes },
    { start: table.ring, bytes: table.ringBytes },
    { start: table.users, bytes: table.usersBytes },
  ];
}

/** One route for each prefix, none of them withdrawn. */
function distinct(updates: readonly OracleRoute[]): readonly OracleRoute[] {
  const routes = new Map<string, OracleRoute>();
  for (const route of updates) {
    if (route.group !== 0) routes.set(`${route.address}/${route.length}`, route);
  }
  return [...routes.values()];
}
