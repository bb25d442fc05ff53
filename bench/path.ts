/** How long does a packet take from parsing to its verdict, in batches? */

import { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET, VERDICT_FORWARD } from "../assembly/layout.ts";
import type { Engine } from "../src/engine/engine.ts";
import type { GroupMember } from "../src/engine/group-tables.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import { createForwarder } from "../src/index.ts";
import { type Prefix, prefixFromCells } from "../src/net/prefix.ts";
import type { GenerateCaptureOptions } from "../src/replay/generate-capture.ts";
import { Random } from "../src/replay/random.ts";
import type { RouteTable } from "../src/rib/route-table.ts";
import { filledEngine } from "./bench-engine.ts";
import type { Contender } from "./contender.ts";
import { fibDetails, SUBJECT } from "./fib-contender.ts";
import { type FrozenEngine, frozenContender, frozenSetup } from "./frozen-engine.ts";
import type { Entry } from "./harness.ts";
import { PACKETS, type PacketPort, Packets } from "./packets.ts";
import { addressBytes } from "./patterns.ts";
import {
  familyTable,
  fileTable,
  type NamedTable,
  syntheticTable,
  type TableChoice,
} from "./tables.ts";
import { timedTurn } from "./timing.ts";

const FRAME_BYTES = 60;
const MTU = 1500;
const LAYOUT = { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET, VERDICT_FORWARD };
/** Next hops behind the routes of a row in which packets have a choice. */
const NEXT_HOPS = 8;
/** Flows of a row, beside the row with one flow. */
const FLOWS = 1000;
/** Routes of a generated table unless said; a quarter of them for IPv6. */
const ROUTES = 1000;
/** Prefixes of a given table that packets go to. */
const DESTINATIONS = 1024;
const SEED = 1;

/** Rows for each family: packets of one flow, and of many. */
export async function* pathEntries(choice: TableChoice): AsyncGenerator<Entry> {
  const { files = [], family: only, routes = ROUTES, onWarning } = choice;
  const given = files.length === 0 ? undefined : await fileTable(files, onWarning);
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    const isQuarter = family === 6 && only === undefined;
    const count = isQuarter ? Math.ceil(routes / 4) : routes;
    const table = given ?? (await syntheticTable(family, count));
    const destinations = given && destinationsIn(given.routes, family);
    if (destinations?.length === 0) continue;
    yield* flowEntries(table, family, destinations);
  }
}

function* flowEntries(
  table: NamedTable,
  family: 4 | 6,
  destinations: readonly Prefix[] | undefined,
): Generator<Entry> {
  const { name, routes } = table;
  const options = { packets: PACKETS, size: FRAME_BYTES, family };
  for (const flows of [1, FLOWS]) {
    const capture = { ...options, flows, ...(destinations && { destinations }) };
    yield {
      labels: {
        name: "forward-batch",
        family: `ipv${family}`,
        table: name,
        pattern: flows === 1 ? "1 flow" : `${flows} flows`,
      },
      prefixes: family === 4 ? routes.count4 : routes.count6,
      open: async () => {
        const forwarder = await createForwarder({ tables: [routes] });
        const port = { ...LAYOUT, engine: forwarder.engine };
        return packetContender(forwarder.engine, family, new Packets(port, capture));
      },
      openReference: async () => {
        const packets = new Packets(await frozenPort(table, family), capture);
        const work = { call: () => packets.forward(), operations: PACKETS };
        return frozenContender(work, () => `${packets.forwardedOfBatch} of a batch`);
      },
    };
  }
  const many = { ...options, flows: FLOWS, ...(destinations && { destinations }) };
  yield choiceEntry(table, family, many);
}

/** Packets of which each is hashed to choose one of several next hops; the routes are the same. */
function choiceEntry(table: NamedTable, family: 4 | 6, capture: GenerateCaptureOptions): Entry {
  const one = familyTable(table, family, { count: 1, placement: "clustered" });
  return {
    labels: {
      name: "forward-choose",
      family: `ipv${family}`,
      table: table.name,
      pattern: `${capture.flows} flows, ${NEXT_HOPS} next hops`,
    },
    prefixes: one.routes.count,
    open: async () => {
      const { engine } = await filledEngine(one, { nextHops: NEXT_HOPS });
      const members = nextHopsOf(engine, NEXT_HOPS);
      engine.groups.change(GROUPS_RESERVED, members);
      const packets = new Packets({ ...LAYOUT, engine }, capture);
      return packetContender(engine, family, packets);
    },
    openReference: async () => {
      const packets = new Packets(await frozenPort(table, family, NEXT_HOPS), capture);
      const work = { call: () => packets.forward(), operations: PACKETS };
      return frozenContender(work, () => `${packets.forwardedOfBatch} of a batch`);
    },
  };
}

/** Writes adjacencies; returns them as members of a group. */
function nextHopsOf(
  engine: Pick<FrozenEngine, "writeAdjacency">,
  count: number,
): readonly GroupMember[] {
  return Array.from({ length: count }, (_, index) => {
    const [source, destination] = [new Uint8Array(6), new Uint8Array(6)];
    engine.writeAdjacency(index + 1, { source, destination, interfaceIndex: 1, mtu: MTU });
    return { adjacency: index + 1, weight: 1 };
  });
}

/** A frozen engine with so many next hops behind all routes. */
async function frozenPort(table: NamedTable, family: 4 | 6, count = 1): Promise<PacketPort> {
  const one = familyTable(table, family, { count: 1, placement: "clustered" });
  const { host, engine } = await frozenSetup(one, { nextHops: count });
  engine.setGroup(host.GROUPS_RESERVED, nextHopsOf(engine, count));
  return { ...host, engine };
}

/** Prefixes of a table, drawn at random. */
function destinationsIn(table: RouteTable, family: 4 | 6): readonly Prefix[] {
  const { count4, addresses4, lengths4, count6, words6, lengths6 } = table;
  const [count, words, lengths] =
    family === 4 ? [count4, addresses4, lengths4] : [count6, words6, lengths6];
  const width = addressBytes(family) / 4;
  const random = new Random(SEED);
  return Array.from({ length: Math.min(count, DESTINATIONS) }, () => {
    const row = random.below(count);
    const address = words.slice(row * width, (row + 1) * width);
    return prefixFromCells({ family, length: lengths[row] ?? 0, words: address });
  });
}

function packetContender(engine: Engine, family: 4 | 6, packets: Packets): Contender {
  const work = { call: () => packets.forward(), operations: PACKETS };
  return {
    name: SUBJECT,
    details: fibDetails(engine, family),
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => JSON.stringify(engine.counters.read()),
    close: async () => {},
  };
}
