/** A real table: its prefixes as routes, and what both tables must answer for them. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, type TestContext } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { parsePrefix } from "../../../src/net/prefix.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { LpmOracle, type OracleRoute } from "../../oracle/lpm.ts";
import { seededRandom } from "../../oracle/random.ts";
import { boundaryAddresses, FIB_FAMILIES, type FibFamily, type TableBuild } from "./family.ts";
import { randomAddress } from "./routes.ts";

const GROUP_MAX = 65535;

/** Routes of one family with the oracle that holds them. */
export interface RealTable {
  readonly family: FibFamily;
  readonly routes: readonly OracleRoute[];
  readonly oracle: LpmOracle;
}

/** Every `step`-th prefix of the table of 2025; skips the test where it is absent. */
export function readRealTable(context: TestContext, step: number): readonly RealTable[] {
  const file = dataPath("routes", "prefixes-2025.txt.gz");
  if (file === undefined) return context.skip(NO_DATA);
  const lines = gunzipSync(readFileSync(file)).toString("latin1").split("\r\n");
  const prefixes = lines
    .filter((line, index) => line !== "" && index % step === 0)
    .map((line) => parsePrefix(line)?.prefix);
  return FIB_FAMILIES.map((family) => {
    const oracle = new LpmOracle(family.width);
    const routes: OracleRoute[] = [];
    for (const prefix of prefixes) {
      if (prefix === undefined || (prefix.family === 4) !== (family.width === 32)) continue;
      const { length } = prefix;
      const address =
        prefix.family === 4 ? BigInt(prefix.address) : (prefix.high << 64n) | prefix.low;
      const route = { address, length, group: 1 + (routes.length % GROUP_MAX) };
      routes.push(route);
      oracle.exchange(route);
    }
    return { family, routes, oracle };
  });
}

/** An engine that was planned for these tables, and holds them. */
export async function engineWith(
  { target, engine: name }: TableBuild,
  tables: readonly RealTable[],
): Promise<Engine> {
  const [histogram4 = [], histogram6 = []] = tables.map(histogramOf);
  const limits = { routes4: 0, routes6: 0 };
  const engine = await createTestEngine(target, {
    engine: name,
    limits,
    known: { histogram4, histogram6 },
  });
  for (const { family, routes } of tables) {
    expect(family.update(engine, routes).applied).toBe(routes.length);
    expect(family.usage(engine).routes).toBe(routes.length);
  }
  return engine;
}

/** `count` addresses at the bounds of random prefixes, in random prefixes, and anywhere. */
export function probesOf({ family, routes }: RealTable, count: number): readonly bigint[] {
  const random = seededRandom(6);
  const probes: bigint[] = [];
  while (probes.length < count) {
    const route = routes[random.below(routes.length)];
    if (route === undefined) break;
    const anywhere = randomAddress(random, family.width);
    const hostMask = (1n << BigInt(family.width - route.length)) - 1n;
    const inside = route.address | (anywhere & hostMask);
    probes.push(...boundaryAddresses(route, family.width), inside, anywhere);
  }
  return probes.slice(0, count);
}

/** Where table and oracle differ on `probes`: nowhere, if the table is right. */
export function differences(
  engine: Engine,
  { family, oracle }: RealTable,
  probes: readonly bigint[],
) {
  const groups = family.lookup(engine, probes);
  return probes.flatMap((probe, index) => {
    const wanted = oracle.match(probe) ?? { group: 0, length: undefined };
    const found = { group: groups[index], length: family.matchLength(engine, probe) };
    const isSame = wanted.group === found.group && wanted.length === found.length;
    return isSame ? [] : [{ probe: probe.toString(16), wanted, found }];
  });
}

function histogramOf({ family, routes }: RealTable): readonly number[] {
  const histogram = Array.from({ length: family.width + 1 }, () => 0);
  for (const { length } of routes) histogram[length] = (histogram[length] ?? 0) + 1;
  return histogram;
}
