/** Builds MRT records byte by byte, and reads dumps into lines. */

import { AnyfibError } from "../../../src/net/errors.ts";
import { formatPrefix, parsePrefix, prefixFromCells } from "../../../src/net/prefix.ts";
import { pathOrigin } from "../../../src/rib/as-path.ts";
import {
  AttributeSets,
  type DamagedRecord,
  type MrtCounts,
  type Peer,
  PeerTable,
  type RibRecord,
  readMrt,
} from "../../../src/sources/mrt.ts";
import { chunksOf } from "../read-table.ts";

/** Bytes, or lists of them. */
export type Parts = readonly (number | Parts)[];

/** Numbers of records (RFC 6396). */
export const TYPE = { bgp: 5, tableDump: 12, tableDumpV2: 13, bgp4mp: 16, bgp4mpEt: 17 } as const;
export const SUBTYPE = { peers: 1, rib4: 2, rib4Multicast: 3, rib6: 4, generic: 6 } as const;

export function u16(value: number): Parts {
  return [value >> 8, value & 255];
}

export function u32(value: number): Parts {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

/** Some bytes behind their count, which takes one byte, or two. */
export function counted(width: 1 | 2, parts: Parts): Parts {
  const { length } = bytesOf(parts);
  return [width === 1 ? length : u16(length), parts];
}

export function bytesOf(parts: Parts): Uint8Array {
  // cast: flattened to its depth, a list of lists of numbers is a list of numbers.
  return Uint8Array.from(parts.flat(20) as number[]);
}

export function record(type: number, subtype: number, body: Parts): Parts {
  const bytes = bytesOf(body);
  return [u32(1_277_971_199), u16(type), u16(subtype), u32(bytes.length), ...bytes];
}

/** A peer of documentation addresses, with an AS of two bytes or four. */
export function peer(family: 4 | 6, asBytes: 2 | 4): Parts {
  const type = (family === 6 ? 1 : 0) + (asBytes === 4 ? 2 : 0);
  const address = family === 4 ? u32(0xc0000201) : [u32(0x20010db8), u32(0), u32(0), u32(1)];
  return [type, u32(0xc6336401), address, asBytes === 4 ? u32(64_500) : u16(64_500)];
}

export function peerIndexTable(peers: readonly Parts[]): Parts {
  const name = [...new TextEncoder().encode("view")];
  const body = [u32(0xc6336401), counted(2, name), u16(peers.length), ...peers];
  return record(TYPE.tableDumpV2, SUBTYPE.peers, body);
}

/** Segments of an AS_PATH (RFC 4271 section 4.3, RFC 5065). */
export const SEGMENT = { set: 1, sequence: 2, confedSequence: 3, confedSet: 4 } as const;

export function attribute(type: number, value: Parts, isExtended = false): Parts {
  return [isExtended ? 0x50 : 0x40, type, counted(isExtended ? 2 : 1, value)];
}

export function asPath(...segments: readonly (readonly [number, ...number[]])[]): Parts {
  return attribute(
    2,
    segments.map(([type, ...path]) => [type, path.length, path.map(u32)]),
  );
}

/** ORIGIN IGP, a path, NEXT_HOP. */
export function attributes(...path: readonly number[]): Parts {
  const origin = attribute(1, [0]);
  return [origin, asPath([SEGMENT.sequence, ...path]), attribute(3, u32(0xc0000201))];
}

export function entry(peerIndex: number, attributeParts: Parts): Parts {
  return [u16(peerIndex), u32(1_277_971_199), counted(2, attributeParts)];
}

/** A record of a prefix; bits behind its length may be set in the last byte. */
export function ribRecord(prefix: string, entries: readonly Parts[]): Parts {
  const [address = "", length = ""] = prefix.split("/");
  const parsed = parsePrefix(address)?.prefix;
  if (parsed === undefined) throw new Error(`${prefix} is no prefix`);
  const bytes = Math.ceil(Number(length) / 8);
  const words =
    parsed.family === 4
      ? [parsed.address]
      : [parsed.high >> 32n, parsed.high, parsed.low >> 32n, parsed.low].map((half) =>
          Number(BigInt.asUintN(32, half)),
        );
  const spelled = bytesOf(words.map(u32)).subarray(0, bytes);
  const body = [u32(0), Number(length), [...spelled], u16(entries.length), ...entries];
  return record(TYPE.tableDumpV2, parsed.family === 4 ? SUBTYPE.rib4 : SUBTYPE.rib6, body);
}

/** What reading a dump came to. */
export interface ReadDump {
  /** `PREFIX PEER:ORIGIN:SET ...`, as they were taken; `/ID` behind a set is of a path. */
  readonly rows: readonly string[];
  readonly sets: AttributeSets;
  readonly peers: readonly Peer[];
  readonly damaged: readonly DamagedRecord[];
  readonly result?: MrtCounts;
  readonly error?: AnyfibError;
}

function rowOf(record: RibRecord, sets: AttributeSets): string {
  const { prefix, count, peers, attributeSets, hasPathIds, pathIds } = record;
  const entries = Array.from({ length: count }, (_, entry) => {
    const set = attributeSets[entry] ?? 0;
    const id = hasPathIds ? `/${pathIds[entry]}` : "";
    return `${peers[entry]}:${pathOrigin(sets.decoded(set).set.asPath)}:${set}${id}`;
  });
  return [formatPrefix(prefixFromCells(prefix)), ...entries].join(" ");
}

/** Reads a dump in pieces; an error that is not AnyfibError is thrown. */
export async function readDump(bytes: Uint8Array, chunkBytes = 4096): Promise<ReadDump> {
  const rows: string[] = [];
  const damaged: DamagedRecord[] = [];
  const sets = new AttributeSets();
  const table = new PeerTable();
  const options = {
    name: "rib.mrt",
    attributeSets: sets,
    peers: table,
    takeRib: (taken: RibRecord) => rows.push(rowOf(taken, sets)),
    onDamaged: (one: DamagedRecord) => damaged.push(one),
  };
  const read = { rows, sets, peers: table.peers, damaged };
  try {
    return { ...read, result: await readMrt(chunksOf(bytes, chunkBytes), options) };
  } catch (error) {
    if (error instanceof AnyfibError) return { ...read, error };
    throw error;
  }
}
