/** Routes and addresses in bulk: more than the scratch region holds go through it in parts. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { FIB_FAMILIES } from "../assembly/fib/family.ts";
import { MODULE_TARGETS } from "../setup/modules.ts";
import { createTestEngine } from "./test-engine.ts";

/** Parts are 131,072 routes and 196,608 addresses of IPv4, 65,536 and 78,643 of IPv6. */
const COUNT = 200_000;
/** Each route takes a node of its own: 20 bits of its 24 tell it from the others. */
const LENGTH = 24;
const OWN_BITS = 20;

describe.each(FIB_FAMILIES)("$name", (family) => {
  const routes = Array.from({ length: COUNT }, (_, index) => ({
    address: BigInt(index) << BigInt(family.width - OWN_BITS),
    length: LENGTH,
    group: 1 + (index % 1000),
  }));
  const addresses = routes.map(({ address }) => address);
  const groups = routes.map(({ group }) => group);

  it("takes more than the scratch region holds", async () => {
    const engine = await engineFor(COUNT);
    const { applied, before } = family.update(engine, routes);
    expect(applied).toBe(COUNT);
    expect(before.every((group) => group === 0)).toBe(true);
    expect(family.lookup(engine, addresses)).toEqual(groups);
    expect(family.update(engine, routes).before).toEqual(groups);
  });

  it("counts over all parts where the table is full in a later one", async () => {
    const engine = await engineFor(COUNT * 0.7);
    const { applied, before } = family.update(engine, routes);
    expect(applied).toBeGreaterThan(131_072);
    expect(applied).toBeLessThan(COUNT);
    expect(before).toEqual(groups.map((group, index) => (index < applied ? 0 : group)));
    const answers = groups.map((group, index) => (index < applied ? group : 0));
    expect(family.lookup(engine, addresses)).toEqual(answers);
  });
});

it.each(MODULE_TARGETS)(
  "writes as many groups as there are addresses (%s build)",
  async (target) => {
    const { exports, plan, tables, words } = await createTestEngine(target);
    const whole = { count: 1, lengths: Uint8Array.of(0) };
    tables.update4({ ...whole, words: new Uint32Array(1), groups: Uint32Array.of(44) });
    tables.update6({ ...whole, words: new Uint32Array(4), groups: Uint32Array.of(66) });
    const untouched = 0xa5a5a5a5;
    for (const [lookup, group] of [
      [exports.fib4LookupBatch, 44],
      [exports.fib6LookupBatch, 66],
    ] as const) {
      const out = plan.scratch + 1024;
      words.fill(untouched, out / 4, out / 4 + 8);
      lookup(plan.scratch, out, 3, 0);
      const cells = [...words.subarray(out / 4, out / 4 + 5)];
      expect(cells).toEqual([group, group, group, untouched, untouched]);
    }
  },
);

/** An engine whose tables were planned for `count` prefixes of LENGTH bits. */
function engineFor(count: number): Promise<Engine> {
  const histogram4 = new Uint32Array(33).fill(count, LENGTH, LENGTH + 1);
  const histogram6 = new Uint32Array(129).fill(count, LENGTH, LENGTH + 1);
  const limits = { routes4: 0, routes6: 0 };
  return createTestEngine("release", { limits, known: { histogram4, histogram6 } });
}
