/** MaxMind DB files as bench/rivals/mmdb.ts writes them, read by the specification's own words. */

import { expect, test } from "vitest";
import { encodeMmdb } from "../../../bench/rivals/mmdb.ts";
import { smallTable } from "./small-table.ts";

const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

/** Value of a metadata field that is an unsigned integer. */
function metadata(file: Buffer, name: string): number {
  const at = file.lastIndexOf(name) + name.length;
  return file.readUIntBE(at + 1, (file[at] ?? 0) & 31);
}

/** Follows an address bit by bit: "nothing" is 0, else the unsigned integer that it leads to. */
function lookup(file: Buffer, nodes: number, address: Uint8Array): number {
  let record = 0;
  for (let bit = 0; record < nodes; bit++) {
    const side = ((address[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
    record = file.readUInt32BE(record * 8 + side * 4);
  }
  if (record === nodes) return 0;
  const at = record - nodes + nodes * 8;
  return file.readUIntBE(at + 1, (file[at] ?? 0) & 31);
}

test.each([4, 6] as const)("an IPv%i table", (family) => {
  const { routes, stream, groups } = smallTable(family, 7, false);
  const file = encodeMmdb(family, routes);
  const nodes = metadata(file, "node_count");
  const bytes = family === 4 ? 4 : 16;
  const answers = groups.map((_, index) =>
    lookup(file, nodes, stream.subarray(index * bytes, (index + 1) * bytes)),
  );
  expect(answers).toEqual(groups);
  expect(metadata(file, "record_size")).toBe(32);
  expect(metadata(file, "ip_version")).toBe(family);
  expect(file.subarray(nodes * 8, nodes * 8 + 16)).toEqual(Buffer.alloc(16));
  expect(file.includes(MARKER)).toBe(true);
});
