/** How long does a packet take from parsing to its verdict, in batches; and each stage of that? */

import { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET, VERDICT_FORWARD } from "../assembly/layout.ts";
import type { Engine } from "../src/engine/engine.ts";
import { createForwarder } from "../src/index.ts";
import type { Contender } from "./contender.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import { frozenContender } from "./frozen-engine.ts";
import type { Entry } from "./harness.ts";
import { PACKETS, Packets } from "./packets.ts";
import {
  destinationsIn,
  frozenPort,
  NEXT_HOPS,
  oneGroup,
  PATH_LOADS,
  type PathLoad,
  setUpFrozenPath,
  setUpPath,
  USUAL_LOAD,
} from "./path-setup.ts";
import { PATH_STAGES, stageContender } from "./path-stages.ts";
import type { RingPackets } from "./ring-packets.ts";
import { fileTable, type NamedTable, syntheticTable, type TableChoice } from "./tables.ts";
import { timedTurn } from "./timing.ts";

const LAYOUT = { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET, VERDICT_FORWARD };
const FRAME_BYTES = 60;
/** Flows of a row, beside the row with one flow. */
const FLOWS = 1000;
/** Routes of a generated table unless said; a quarter of them for IPv6. */
const ROUTES = 1_000_000;
/** Routes of the rows that every change is measured by. */
const BRIEF_ROUTES = 1000;

/** Rows for each family over a full table: each load, and each stage of the usual one. */
export async function* pathEntries(choice: TableChoice): AsyncGenerator<Entry> {
  for await (const { table, family } of pathTables(choice, ROUTES)) {
    for (const load of PATH_LOADS) yield chooseEntry(table, family, load);
    for (const stage of PATH_STAGES) {
      yield {
        labels: { ...labelsOf(table, family), name: "forward-stage", pattern: stage },
        prefixes: prefixesOf(table, family),
        open: async () => {
          const setup = await setUpPath({ table, family }, USUAL_LOAD);
          return stageContender(setup, family, stage);
        },
      };
    }
  }
}

/** The rows of the gated subset: few routes, with a choice of next hops and without. */
export async function* briefPathEntries(choice: TableChoice = {}): AsyncGenerator<Entry> {
  for await (const { table, family } of pathTables(choice, BRIEF_ROUTES)) {
    for (const flows of [1, FLOWS]) yield batchEntry(table, family, flows);
    yield chooseEntry(table, family, USUAL_LOAD);
  }
}

async function* pathTables(
  { files = [], family: only, routes, onWarning }: TableChoice,
  usual: number,
): AsyncGenerator<{ readonly table: NamedTable; readonly family: 4 | 6 }> {
  const given = files.length === 0 ? undefined : await fileTable(files, onWarning);
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    const isQuarter = family === 6 && only === undefined;
    const count = isQuarter ? Math.ceil((routes ?? usual) / 4) : (routes ?? usual);
    const table = given ?? (await syntheticTable(family, count));
    if (prefixesOf(table, family) > 0) yield { table, family };
  }
}

function prefixesOf({ routes }: NamedTable, family: 4 | 6): number {
  return family === 4 ? routes.count4 : routes.count6;
}

function labelsOf(table: NamedTable, family: 4 | 6) {
  return { family: `ipv${family}`, table: table.name } as const;
}

/** Packets whose routes lead to one next hop each. */
function batchEntry(table: NamedTable, family: 4 | 6, flows: number): Entry {
  const one = oneGroup(table, family);
  const destinations = destinationsIn(one.routes, family);
  const capture = { packets: PACKETS, size: FRAME_BYTES, family, flows, destinations };
  return {
    labels: {
      ...labelsOf(table, family),
      name: "forward-batch",
      pattern: flows === 1 ? "1 flow" : `${flows} flows`,
    },
    prefixes: one.routes.count,
    open: async () => {
      const { engine } = await createForwarder({ tables: [table.routes] });
      return packetContender(engine, family, new Packets({ ...LAYOUT, engine }, capture));
    },
    openReference: async () => {
      const port = await frozenPort(one, { nextHops: 1 });
      return frozenPackets(new Packets(port, capture));
    },
  };
}

/** Packets of which each is hashed to choose one of several next hops. */
function chooseEntry(table: NamedTable, family: 4 | 6, load: PathLoad): Entry {
  return {
    labels: {
      ...labelsOf(table, family),
      name: "forward-choose",
      pattern: `${load.name}, ${NEXT_HOPS} next hops`,
    },
    prefixes: prefixesOf(table, family),
    open: async () => {
      const { engine, packets } = await setUpPath({ table, family }, load);
      return packetContender(engine, family, packets);
    },
    openReference: async () => frozenPackets(await setUpFrozenPath({ table, family }, load)),
  };
}

function frozenPackets(packets: Packets): Contender {
  const work = { call: () => packets.forward(), operations: PACKETS };
  return frozenContender(work, () => `${packets.forwardedOfBatch} of a batch`);
}

/** Our engine forwarding. */
export function packetContender(engine: Engine, family: 4 | 6, packets: Packets): Contender {
  const work = { call: () => packets.forward(), operations: PACKETS };
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => JSON.stringify(engine.counters.read()),
    close: async () => {},
  };
}

/** The same between rings, whose other ends we play. */
export function ringContender(engine: Engine, family: 4 | 6, rings: RingPackets): Contender {
  const beforeCall = (): void => rings.refill();
  const work = { call: () => rings.forward(), operations: PACKETS, beforeCall };
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => JSON.stringify(engine.counters.read()),
    close: async () => {},
  };
}
