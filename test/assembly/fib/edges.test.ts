/** Both FIBs at their edges: lengths, default routes, absent prefixes and group ids. */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { OracleRoute } from "../../oracle/lpm.ts";
import { shuffled } from "../../oracle/random.ts";
import { FIB_FAMILIES, type FibFamily, prefixAddress, TABLE_BUILDS } from "./family.ts";
import { withdrawn } from "./universe.ts";

const ADDRESS = 0x20010db8c6336401fedcba9876543210n;
const GROUP_MAX = 65535;
const LIMITS = { routes4: GROUP_MAX, routes6: GROUP_MAX };

describe.each(TABLE_BUILDS)("$target build, $engine engine", ({ target, engine: name }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestEngine(target, { limits: LIMITS, engine: name });
  });

  describe.each(FIB_FAMILIES)("$name", (family) => {
    const address = ADDRESS >> BigInt(128 - family.width);
    const nested = nestedRoutes(family, address);
    afterEach(() => {
      family.update(engine, withdrawn(nested));
      expect(family.usage(engine)).toMatchObject({ routes: 0, nodes: 1 });
    });

    it.each([
      { order: "shortest first", routes: nested },
      { order: "longest first", routes: [...nested].reverse() },
      { order: "shuffled", routes: shuffled(nested, 3) },
    ])("tells nested prefixes of all lengths apart ($order)", ({ routes }) => {
      expect(family.update(engine, routes).applied).toBe(family.width + 1);
      for (let length = 0; length <= family.width; length++) {
        const probe = length === family.width ? address : flipBit(address, length, family.width);
        expect(family.lookup(engine, [probe])).toEqual([nested[length]?.group]);
        expect(family.matchLength(engine, probe)).toBe(length);
      }
    });

    it("has no answer without a route", () => {
      expect(family.lookup(engine, [0n, address])).toEqual([0, 0]);
      expect(family.matchLength(engine, address)).toBeUndefined();
    });

    it("lets the default route answer for what nothing longer covers", () => {
      const route = { address, length: family.width, group: 9 };
      family.update(engine, [route, { address: 0n, length: 0, group: 8 }]);
      const neighbour = flipBit(address, family.width - 1, family.width);
      expect(family.lookup(engine, [address, neighbour])).toEqual([9, 8]);
      expect(family.matchLength(engine, neighbour)).toBe(0);
      const { before } = family.update(engine, [{ address: 0n, length: 0, group: 0 }]);
      expect(before).toEqual([8]);
      expect(family.lookup(engine, [address, neighbour])).toEqual([9, 0]);
      expect(family.usage(engine).routes).toBe(1);
    });

    it("changes nothing when an absent prefix is withdrawn", () => {
      family.update(engine, nested.slice(5, 9));
      const usage = family.usage(engine);
      const absent = nested.filter((_, length) => length < 5 || length > 8);
      const { applied, before } = family.update(engine, withdrawn(absent));
      expect({ applied, before }).toEqual({ applied: absent.length, before: absent.map(() => 0) });
      expect(family.usage(engine)).toEqual(usage);
      expect(family.matchLength(engine, address)).toBe(8);
    });

    it("keeps every group id of 16 bits", () => {
      const groups = Array.from({ length: GROUP_MAX }, (_, index) => index + 1);
      const start = prefixAddress(address, family.width - 16, family.width);
      const addresses = groups.map((group) => start + BigInt(group));
      // One node holds every group in turn, so that no cell is left with part of another id.
      const turns = groups.map((group) => ({ address: start, length: family.width - 1, group }));
      expect(family.update(engine, turns).before).toEqual([0, ...groups.slice(0, -1)]);
      const routes = addresses.map((host, index) => ({
        address: host,
        length: family.width,
        group: groups[index] ?? 0,
      }));
      expect(family.update(engine, routes).applied).toBe(GROUP_MAX);
      expect(family.lookup(engine, addresses)).toEqual(groups);
      family.update(engine, withdrawn([...turns.slice(-1), ...routes]));
    });
  });
});

/** A prefix of every length around one address; the group tells the length. */
function nestedRoutes({ width }: FibFamily, address: bigint): readonly OracleRoute[] {
  return Array.from({ length: width + 1 }, (_, length) => ({
    address: prefixAddress(address, length, width),
    length,
    group: 1000 + length,
  }));
}

/** The address with the bit behind its first `index` bits turned: it leaves longer prefixes. */
function flipBit(address: bigint, index: number, width: number): bigint {
  return address ^ (1n << BigInt(width - 1 - index));
}
