/**
 * The layout of TABLE_DUMP (RFC 6396 section 4.2), the first table dumps.
 *
 *     view u16 | sequence u16 | entry ...
 *     entry    prefix 4 or 16 | length u8 | status u8 | time u32 | peer 4 or 16 | AS 2 or 4
 *              attributes u16, attributes
 *
 * A record has one entry. Those of 2000 have many, and their length leaves out view and sequence:
 *
 *     declared   | view | sequence | entry | entry | en|
 *     really     | view | sequence | entry | entry | entry |
 */

/** How the entries of a subtype are laid out. */
export interface TableDumpLayout {
  readonly family: 4 | 6;
  /** Of the peer and of paths. */
  readonly asBytes: 2 | 4;
  /** Bytes in front of the attributes. */
  readonly entryBytes: number;
}

/** Subtypes: the families, and with four bytes an AS, as some daemons write them. */
export const TABLE_DUMP_SUBTYPES: ReadonlyMap<number, TableDumpLayout> = new Map([
  [1, { family: 4, asBytes: 2, entryBytes: 18 }],
  [2, { family: 6, asBytes: 2, entryBytes: 42 }],
  [3, { family: 4, asBytes: 4, entryBytes: 20 }],
  [4, { family: 6, asBytes: 4, entryBytes: 44 }],
]);

const VIEW_BYTES = 4;

/**
 * Where the body that begins at `start` and declares to end at `end` really ends: at `end`, or
 * VIEW_BYTES behind it where its entries do. `bytes` end with what is there.
 */
export function tableDumpEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  { entryBytes }: TableDumpLayout,
): number {
  let at = start + VIEW_BYTES;
  while (at < end) {
    const entry = at;
    at += entryBytes;
    if (at > end + VIEW_BYTES) return end;
    // Not all of it is there: as much as is missing must come, or the record is cut.
    if (at > bytes.length) return entry === start + VIEW_BYTES ? end : end + VIEW_BYTES;
    at += (bytes[at - 2] ?? 0) * 256 + (bytes[at - 1] ?? 0);
  }
  return at === end + VIEW_BYTES ? at : end;
}
