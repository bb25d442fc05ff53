/** A small router for packet tests: a route of every kind in both families. */

import {
  GROUP_ID_BLACKHOLE,
  GROUP_ID_LOCAL,
  GROUP_ID_PROHIBIT,
  GROUP_ID_UNREACHABLE,
} from "../../assembly/layout.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Mac } from "../../src/net/mac.ts";
import { createTestEngine, type TestEngineOptions } from "../engine/test-engine.ts";
import { addressBytes } from "../oracle/ip-packets.ts";
import type { OracleRoute } from "../oracle/lpm.ts";
import type { ModuleTarget } from "../setup/modules.ts";
import { FIB_FAMILIES } from "./fib/family.ts";

/** Groups of the router besides the reserved ones. */
export const GROUP = { single: 8, table: 9, empty: 10 } as const;

/** Next hops of GROUP.table; the one of GROUP.single is the first. */
export const NEXT_HOPS: readonly number[] = [1, 2, 3];

/** Where packets of each kind go, by family. */
export const DESTINATIONS = {
  4: {
    single: "198.51.100.9",
    table: "203.0.113.77",
    empty: "198.18.0.1",
    local: "192.0.2.200",
    blackhole: "192.0.2.70",
    unreachable: "192.0.2.100",
    prohibit: "192.0.2.130",
    none: "10.1.2.3",
  },
  6: {
    single: "2001:db8:2::9",
    table: "2001:db8:3::4d",
    empty: "2001:db8:4::1",
    local: "2001:db8:5::1",
    blackhole: "2001:db8:6::1",
    unreachable: "2001:db8:7::1",
    prohibit: "2001:db8:8::1",
    none: "2001:db9::1",
  },
} as const;

const PREFIX_LENGTHS = { 4: 28, 6: 64 } as const;
const ROUTES = [
  ["single", GROUP.single],
  ["table", GROUP.table],
  ["empty", GROUP.empty],
  ["local", GROUP_ID_LOCAL],
  ["blackhole", GROUP_ID_BLACKHOLE],
  ["unreachable", GROUP_ID_UNREACHABLE],
  ["prohibit", GROUP_ID_PROHIBIT],
] as const;

/** The MAC addresses of an adjacency's Ethernet header. */
export function adjacencyMacs(index: number): { destination: Mac; source: Mac } {
  return { destination: [2, 0, 94, 0, 1, index], source: [2, 0, 94, 0, 2, index] };
}

/** The routes of one family, as the FIB takes them. */
export function testRoutes(family: 4 | 6): readonly OracleRoute[] {
  const length = PREFIX_LENGTHS[family];
  const hostBits = BigInt((family === 4 ? 32 : 128) - length);
  return ROUTES.map(([kind, group]) => {
    const address = addressNumber(addressBytes(DESTINATIONS[family][kind]));
    return { address: (address >> hostBits) << hostBits, length, group };
  });
}

/** Bytes in network order as a number. */
export function addressNumber(bytes: ArrayLike<number>): bigint {
  return Array.from(bytes).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** No test sends a larger packet, a jumbogram included. */
const MTU = 2 ** 20;

/** An engine with these routes, groups and adjacencies. */
export async function createTestRouter(
  target: ModuleTarget,
  options: TestEngineOptions = {},
): Promise<Engine> {
  const engine = await createTestEngine(target, options);
  for (const index of NEXT_HOPS) {
    engine.writeAdjacency(index, { ...adjacencyMacs(index), interfaceIndex: 1, mtu: MTU });
  }
  engine.groups.change(GROUP.single, [{ adjacency: 1, weight: 1 }]);
  const members = NEXT_HOPS.map((adjacency) => ({ adjacency, weight: adjacency }));
  engine.groups.change(GROUP.table, members);
  engine.groups.change(GROUP.empty, []);
  for (const family of FIB_FAMILIES) {
    family.update(engine, testRoutes(family.width === 32 ? 4 : 6));
  }
  return engine;
}
