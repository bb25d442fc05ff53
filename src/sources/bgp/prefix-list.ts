/**
 * Lists of prefixes in messages (RFC 4271 section 4.3), with path identifiers where the session has
 * them (RFC 7911).
 *
 *     prefix    [path identifier u32] | bits u8 | as many bytes as the bits need
 *
 * Some dumps have path identifiers where their record's type says that there are none. They show: a
 * small one reads as default routes, 00 00 00 01 being three of them and a length.
 *
 *     00 00 00 01 18 c0 a8 10     without: 0/0 0/0 0/0 24/1 and a length of 192; with: 192.168.16
 */

import { prefixCells } from "../../net/bytes.ts";
import { type Prefix, prefixFromCells } from "../../net/prefix.ts";
import { type ByteReader, Malformed } from "../byte-reader.ts";
import { readPrefixBits } from "../prefix-bits.ts";

/** A prefix with the identifier of its path, 0 where none was sent. */
export interface PathPrefix {
  /** Masked: bits behind the length mean nothing (RFC 4271 section 4.3). */
  readonly prefix: Prefix;
  readonly pathId: number;
}

/** Daemons number paths from 1 on. */
const SMALL_ID_MAX = 0xffff;

/** How lists are read. */
export interface PrefixListOptions {
  readonly hasPathIds: boolean;
  /** From a dump: hidden path identifiers are seen, and a list that is cut keeps its start. */
  readonly isLenient: boolean;
  /** Told that a list was cut within a prefix. */
  readonly onCut: (what: string) => void;
}

/** Prefixes of a family up to the end of what the reader holds. Throws Malformed. */
export function readPrefixList(
  reader: ByteReader,
  family: 4 | 6,
  { hasPathIds, isLenient, onCut }: PrefixListOptions,
): readonly PathPrefix[] {
  if (!isLenient) return readList(reader, family, hasPathIds);
  const start = reader.mark();
  const plain = attempt(reader, family, hasPathIds);
  if (plain.what === undefined && !repeatsDefault(plain.prefixes)) return plain.prefixes;
  if (!hasPathIds) {
    reader.reset(start);
    const hidden = attempt(reader, family, true);
    if (hidden.what === undefined && hidden.prefixes.every(isLikely)) return hidden.prefixes;
  }
  if (plain.what === undefined) return plain.prefixes;
  if (!plain.what.startsWith("it ends")) reader.fail(plain.what);
  onCut(plain.what);
  return plain.prefixes;
}

/** The prefixes up to what is malformed, and what that is. */
interface Attempt {
  readonly prefixes: readonly PathPrefix[];
  readonly what?: string;
}

function attempt(reader: ByteReader, family: 4 | 6, hasPathIds: boolean): Attempt {
  const prefixes: PathPrefix[] = [];
  try {
    readList(reader, family, hasPathIds, prefixes);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { prefixes, what: error.message };
  }
  return { prefixes };
}

function readList(
  reader: ByteReader,
  family: 4 | 6,
  hasPathIds: boolean,
  prefixes: PathPrefix[] = [],
): readonly PathPrefix[] {
  const cells = prefixCells();
  while (reader.left > 0) {
    const pathId = hasPathIds ? reader.u32("a path identifier") : 0;
    readPrefixBits(reader, family, cells);
    prefixes.push({ prefix: prefixFromCells(cells), pathId });
  }
  return prefixes;
}

/** Any four bytes and a zero would be a default route. */
function isLikely({ prefix, pathId }: PathPrefix): boolean {
  return prefix.length > 0 || pathId <= SMALL_ID_MAX;
}

/** No list has a prefix twice, so one that has is read wrongly. */
function repeatsDefault(prefixes: readonly PathPrefix[]): boolean {
  let defaults = 0;
  for (const { prefix } of prefixes) defaults += prefix.length === 0 ? 1 : 0;
  return defaults > 1;
}
