/**
 * Writes a table as a MaxMind DB file (MaxMind DB File Format Specification 2.0).
 *
 *     search tree     a node: two records of 32 bits, for a bit of 0 and of 1
 *     16 zero bytes
 *     data section    each group's id, once
 *     metadata        behind its marker
 *
 * A record is the number of a node, or node count for "nothing", or node count + 16 + the offset of
 * its data. Cost: a read a bit of the address.
 */

import type { RouteColumns } from "../../src/engine/fib-tables.ts";

const RECORD_BITS = 32;
const SEPARATOR_BYTES = 16;
const MARKER = "\xab\xcd\xefMaxMind.com";

/** While the tree grows, a record from here on is a group: 0 for nothing. */
const GROUP = 0x80000000;

/** Types of the data section, in the upper three bits of a control byte. */
const TYPE_TEXT = 2;
const TYPE_U16 = 5;
const TYPE_U32 = 6;
const TYPE_MAP = 7;

/** Routes with the shorter prefixes first: a longer one splits the leaf that covers it. */
function treeOf(width: number, routes: RouteColumns): readonly number[] {
  const records = [GROUP, GROUP];
  const rows = Uint32Array.from({ length: routes.count }, (_, row) => row);
  rows.sort((a, b) => (routes.lengths[a] ?? 0) - (routes.lengths[b] ?? 0) || a - b);
  for (const row of rows) {
    const words = routes.words.subarray(row * width, (row + 1) * width);
    const length = routes.lengths[row] ?? 0;
    const group = GROUP + (routes.groups[row] ?? 0);
    if (length === 0) records.fill(group);
    else records[leafFor(records, words, length)] = group;
  }
  return records;
}

/** Index of the record where a prefix of `length` bits ends. */
function leafFor(records: number[], words: Uint32Array, length: number): number {
  let node = 0;
  for (let bit = 0; ; bit++) {
    const index = 2 * node + (((words[bit >>> 5] ?? 0) >>> (31 - (bit & 31))) & 1);
    if (bit === length - 1) return index;
    const record = records[index] ?? GROUP;
    if (record < GROUP) {
      node = record;
      continue;
    }
    node = records.length / 2;
    records[index] = node;
    records.push(record, record);
  }
}

/** A control byte, with the size that follows it where it takes more than its five bits. */
function control(type: number, size: number): readonly number[] {
  return size < 29 ? [(type << 5) | size] : [(type << 5) | 29, size - 29];
}

function text(value: string): readonly number[] {
  return [...control(TYPE_TEXT, value.length), ...Buffer.from(value, "latin1")];
}

function u16(value: number): readonly number[] {
  return [...control(TYPE_U16, 2), value >>> 8, value & 255];
}

function u32(value: number): readonly number[] {
  const bytes = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  return [...control(TYPE_U32, 4), ...bytes];
}

function metadata(family: 4 | 6, nodes: number): Buffer {
  const fields: Readonly<Record<string, readonly number[]>> = {
    binary_format_major_version: u16(2),
    binary_format_minor_version: u16(0),
    build_epoch: u32(0),
    database_type: text("groups"),
    description: control(TYPE_MAP, 0),
    ip_version: u16(family),
    node_count: u32(nodes),
    record_size: u16(RECORD_BITS),
  };
  const entries = Object.entries(fields);
  const pairs = entries.flatMap(([name, value]) => [...text(name), ...value]);
  const map = [...control(TYPE_MAP, entries.length), ...pairs];
  return Buffer.concat([Buffer.from(MARKER, "latin1"), Buffer.from(map)]);
}

/** The file of a table, whose data are group ids. */
export function encodeMmdb(family: 4 | 6, routes: RouteColumns): Buffer {
  const records = treeOf(family === 4 ? 1 : 4, routes);
  const nodes = records.length / 2;
  const groups = [...new Set(records.filter((record) => record > GROUP))];
  const datum = u32(0).length;
  const pointers = new Map(groups.map((group, n) => [group, nodes + SEPARATOR_BYTES + n * datum]));
  pointers.set(GROUP, nodes);
  const tree = Buffer.alloc(records.length * (RECORD_BITS / 8));
  for (const [index, record] of records.entries()) {
    tree.writeUInt32BE(pointers.get(record) ?? record, index * (RECORD_BITS / 8));
  }
  const data = Buffer.from(groups.flatMap((group) => u32(group - GROUP)));
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR_BYTES), data, metadata(family, nodes)]);
}
