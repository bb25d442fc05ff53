/** Reads a table from text or bytes and shows its rows as lines. */

import { type Address, formatAddress, parseAddress } from "../../src/net/address.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import { formatPrefix, type Prefix } from "../../src/net/prefix.ts";
import type { RouteTarget } from "../../src/rib/route.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import {
  type DefaultNextHops,
  readTextTable,
  type TextTableResult,
} from "../../src/sources/text.ts";

/** A table that was read. */
export interface ReadTable extends TextTableResult {
  readonly table: RouteTable;
  /** `PREFIX -> TARGET`, the IPv4 rows first. */
  readonly rows: readonly string[];
}

/** An address that the test itself wrote. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** Next hops for prefixes alone. */
export const DEFAULTS: DefaultNextHops = {
  ipv4: address("192.0.2.254"),
  ipv6: address("2001:db8::fe"),
};

/** `bytes` in chunks that share one buffer, as a file is read. */
export async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
  }
}

function targetText(target: RouteTarget | undefined): string {
  if (target === undefined) return "no target";
  if (target.kind !== "via") return target.kind;
  return target.nextHops
    .map((nextHop) => `${formatAddress(nextHop.address)}*${nextHop.weight}`)
    .join(",");
}

/** Rows of a table as lines. */
export function rowsOf(table: RouteTable): readonly string[] {
  const rows: string[] = [];
  const push = (prefix: Prefix, target = -1): void => {
    rows.push(`${formatPrefix(prefix)} -> ${targetText(table.targets[target])}`);
  };
  for (let row = 0; row < table.count4; row++) {
    const [value = 0, length = 0] = [table.addresses4[row], table.lengths4[row]];
    push({ family: 4, address: value, length }, table.targets4[row]);
  }
  for (let row = 0; row < table.count6; row++) {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = table.words6.subarray(4 * row, 4 * row + 4);
    const high = (BigInt(w0) << 32n) | BigInt(w1);
    const low = (BigInt(w2) << 32n) | BigInt(w3);
    push({ family: 6, high, low, length: table.lengths6[row] ?? 0 }, table.targets6[row]);
  }
  return rows;
}

/** Reads a table in chunks of `chunkBytes`. */
export async function readTable(
  content: string | Uint8Array,
  nextHops: DefaultNextHops = {},
  chunkBytes = 4096,
): Promise<ReadTable> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const table = new RouteTable();
  const options = { name: "table.txt", table, nextHops };
  const result = await readTextTable(chunksOf(bytes, chunkBytes), options);
  return { ...result, table, rows: rowsOf(table) };
}

/** The error that reading ends with; another error, or none, fails the test. */
export async function readError(
  content: string | Uint8Array,
  nextHops: DefaultNextHops = {},
): Promise<AnyfibError> {
  try {
    await readTable(content, nextHops);
  } catch (error) {
    if (error instanceof AnyfibError) return error;
    throw error;
  }
  throw new Error("no error");
}
