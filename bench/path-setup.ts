/** An engine with a table, next hops to choose from and packets: what forwarding is measured on. */

import { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET, VERDICT_FORWARD } from "../assembly/layout.ts";
import type { Engine } from "../src/engine/engine.ts";
import type { RouteColumns } from "../src/engine/fib-tables.ts";
import type { GroupMember } from "../src/engine/group-tables.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import { type Prefix, prefixFromCells } from "../src/net/prefix.ts";
import type { GenerateCaptureOptions } from "../src/replay/generate-capture.ts";
import { Random } from "../src/replay/random.ts";
import { type BenchEngineOptions, filledEngine } from "./bench-engine.ts";
import { type FrozenEngine, frozenSetup } from "./frozen-engine.ts";
import { PACKETS, type PacketPort, Packets } from "./packets.ts";
import { addressBytes } from "./patterns.ts";
import { type FamilyTable, familyTable, type NamedTable } from "./tables.ts";

/** Packets of a row. */
export interface PathLoad {
  /** As results name them. */
  readonly name: string;
  /** Bytes of a frame without its check sequence. */
  readonly size: number | "imix";
  readonly flows: number;
  /** A multiple of PACKETS; that many unless said. */
  readonly packets?: number;
}

/** Frames of 64 bytes with their check sequence: one flow, a cache full of them, and a million. */
const SMALL = { size: 60 } as const;
const SOME = 1000;
const MILLION = 2 ** 20;
/** The usual load: what stages and rivals are measured with. */
export const USUAL_LOAD: PathLoad = { ...SMALL, name: "64 bytes, 1000 flows", flows: SOME };
export const PATH_LOADS: readonly PathLoad[] = [
  { ...SMALL, name: "64 bytes, 1 flow", flows: 1 },
  USUAL_LOAD,
  { ...SMALL, name: "64 bytes, 1M flows", flows: MILLION, packets: MILLION },
  { name: "IMIX, 1000 flows", size: "imix", flows: SOME },
  { name: "1500 bytes, 1000 flows", size: 1514, flows: SOME },
];

/** Next hops behind each route. */
export const NEXT_HOPS = 8;
const MTU = 1500;
/** The longest frame of the mix; the shortest that has IPv6, TCP and nothing more. */
const FRAME_BYTES_MOST = 1514;
const FRAME_BYTES_LEAST = 74;
/** Prefixes of a table that packets go to, at most. */
const DESTINATIONS = 65_536;
const SEED = 1;
const LAYOUT = { BATCH_MAX, FRAME_HEADROOM, LINK_ETHERNET, VERDICT_FORWARD };

/** An engine and its packets, each hashed to choose one of NEXT_HOPS. */
export interface PathSetup {
  readonly engine: Engine;
  readonly packets: Packets;
}

/** Makes an engine, its routes all by one group. */
export async function setUpPath(
  { table, family }: { readonly table: NamedTable; readonly family: 4 | 6 },
  load: PathLoad,
  options: Pick<BenchEngineOptions, "build" | "ringBytes"> = {},
): Promise<PathSetup> {
  const one = oneGroup(table, family);
  const streamBytes = frameBytes(load);
  const { engine } = await filledEngine(one, { ...options, nextHops: NEXT_HOPS, streamBytes });
  engine.groups.change(GROUPS_RESERVED, writeNextHops(engine, NEXT_HOPS));
  return { engine, packets: new Packets({ ...LAYOUT, engine }, captureOf(one, load)) };
}

/** The same for the frozen engine. */
export async function setUpFrozenPath(
  { table, family }: { readonly table: NamedTable; readonly family: 4 | 6 },
  load: PathLoad,
): Promise<Packets> {
  const one = oneGroup(table, family);
  const port = await frozenPort(one, { nextHops: NEXT_HOPS, streamBytes: frameBytes(load) });
  return new Packets(port, captureOf(one, load));
}

/** A frozen engine with so many next hops behind all routes. */
export async function frozenPort(
  one: FamilyTable,
  room: { readonly nextHops: number; readonly streamBytes?: number },
): Promise<PacketPort> {
  const { host, engine } = await frozenSetup(one, room);
  engine.setGroup(host.GROUPS_RESERVED, writeNextHops(engine, room.nextHops));
  return { ...host, engine };
}

/** The table with one group behind all routes. */
export function oneGroup(table: NamedTable, family: 4 | 6): FamilyTable {
  return familyTable(table, family, { count: 1, placement: "clustered" });
}

function frameBytes({ size, packets = PACKETS }: PathLoad): number {
  const longest = size === "imix" ? FRAME_BYTES_MOST : Math.max(size, FRAME_BYTES_LEAST);
  return packets * (longest + FRAME_HEADROOM);
}

function captureOf({ family, routes }: FamilyTable, load: PathLoad): GenerateCaptureOptions {
  const { size, flows, packets = PACKETS } = load;
  return { size, flows, packets, family, destinations: destinationsIn(routes, family) };
}

/** Writes adjacencies; returns them as members of a group. */
function writeNextHops(
  engine: Pick<FrozenEngine, "writeAdjacency">,
  count: number,
): readonly GroupMember[] {
  return Array.from({ length: count }, (_, index) => {
    const [source, destination] = [new Uint8Array(6), new Uint8Array(6)];
    engine.writeAdjacency(index + 1, { source, destination, interfaceIndex: 1, mtu: MTU });
    return { adjacency: index + 1, weight: 1 };
  });
}

/** Prefixes of a table, drawn at random. */
export function destinationsIn(routes: RouteColumns, family: 4 | 6): readonly Prefix[] {
  const { count, words, lengths } = routes;
  const width = addressBytes(family) / 4;
  const random = new Random(SEED);
  return Array.from({ length: Math.min(count, DESTINATIONS) }, () => {
    const row = random.below(count);
    const address = words.slice(row * width, (row + 1) * width);
    return prefixFromCells({ family, length: lengths[row] ?? 0, words: address });
  });
}
