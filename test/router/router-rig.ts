/** The parts of a router over one small engine, and forwarders of a few routes. */

import type { Engine } from "../../src/engine/engine.ts";
import type { Limits } from "../../src/engine/memory-plan.ts";
import { parseAddress } from "../../src/net/address.ts";
import type { NextHop } from "../../src/rib/route.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { FibSync } from "../../src/router/fib-sync.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import type { ForwarderOptions } from "../../src/router/forwarder-options.ts";
import { Groups } from "../../src/router/groups.ts";
import { Interfaces } from "../../src/router/interfaces.ts";
import { NextHops } from "../../src/router/next-hops.ts";
import { addRoute, type RouteInput } from "../../src/router/route-input.ts";
import { createTestEngine, TEST_LIMITS } from "../engine/test-engine.ts";
import { moduleBytes } from "../setup/modules.ts";

/** What a forwarder is made of. */
export interface RouterParts {
  readonly engine: Engine;
  readonly nextHops: NextHops;
  readonly groups: Groups;
  readonly fib: FibSync;
}

/** The parts, over an engine that holds little. */
export async function routerParts(limits: Partial<Limits> = {}): Promise<RouterParts> {
  const engine = await createTestEngine("release", { limits: { ...TEST_LIMITS, ...limits } });
  const nextHops = new NextHops(engine, new Interfaces(engine, []));
  const groups = new Groups(engine, nextHops);
  return { engine, nextHops, groups, fib: new FibSync(engine, groups) };
}

/** A forwarder that holds little beyond its routes. */
export function smallForwarder(options: Omit<ForwarderOptions, "module">): Promise<Forwarder> {
  const limits = { ...TEST_LIMITS, frameBytes: 1536 * 1024, ...options.limits };
  return Forwarder.create({ ...options, limits, module: moduleBytes("release") });
}

/** A next hop of weight 1 and cost 0, unless said. */
export function nextHop(text: string, fields: Partial<NextHop> = {}): NextHop {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return { address, weight: 1, cost: 0, ...fields };
}

/** A table of these routes. */
export function tableOf(...routes: readonly RouteInput[]): RouteTable {
  const table = new RouteTable();
  for (const route of routes) addRoute(table, route);
  return table;
}
