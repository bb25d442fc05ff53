/** A set of prefixes counts those that differ, in whatever order they come. */

import { describe, expect, it } from "vitest";
import { prefixCells } from "../../src/net/bytes.ts";
import { type Prefix, prefixToCells } from "../../src/net/prefix.ts";
import { PrefixSet } from "../../src/rib/prefix-set.ts";
import { seededRandom, shuffled } from "../oracle/random.ts";

const ORDERS = ["sorted", "shuffled", "reversed"] as const;

function prefixes4(): readonly Prefix[] {
  const random = seededRandom(1);
  const all = Array.from({ length: 5000 }, () => {
    const length = random.below(33);
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
    return { family: 4, address: (random.below(2 ** 32) & mask) >>> 0, length } as const;
  });
  return all.toSorted((a, b) => a.address - b.address || a.length - b.length);
}

describe.each(ORDERS)("prefixes that come %s", (order) => {
  const sorted = prefixes4();
  const ordered = { sorted, shuffled: shuffled(sorted, 2), reversed: sorted.toReversed() }[order];

  it("are counted as a set counts them, each family for itself", () => {
    const set = new PrefixSet();
    const model = new Set<string>();
    const cells = prefixCells();
    for (const prefix of [...ordered, ...ordered.slice(0, 100)]) {
      const key = JSON.stringify(prefix);
      prefixToCells(prefix, cells);
      expect(set.add(cells)).toBe(!model.has(key));
      model.add(key);
      const { address, length } = { address: 0, ...prefix };
      const high = (BigInt(address) << 32n) | 1n;
      prefixToCells({ family: 6, high, low: high, length: 96 + length }, cells);
      set.add(cells);
    }
    expect([set.count4, set.count6]).toEqual([model.size, model.size]);
  });
});
