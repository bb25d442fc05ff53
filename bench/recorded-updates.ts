/** Recorded updates from files: lines of text, or BGP messages in MRT. */

import { PeekedSource } from "../src/io/peeked-source.ts";
import type { ByteSource } from "../src/io/port.ts";
import { formatAddress } from "../src/net/address.ts";
import { asciiBytes, maskHostBits, prefixCells, readPrefix } from "../src/net/bytes.ts";
import { AnyfibError } from "../src/net/errors.ts";
import type { Prefix } from "../src/net/prefix.ts";
import { quoted } from "../src/net/printable.ts";
import { chunksOf } from "../src/node/chunks.ts";
import { openBytes } from "../src/node/open.ts";
import { AttributeSets, PeerTable, readMrt } from "../src/sources/mrt.ts";

/** Updates of both families, as a file has them; withdrawals have no next hop. */
export interface RecordedUpdate {
  readonly family: 4 | 6;
  readonly words: Uint32Array;
  readonly length: number;
  readonly nextHop: string | undefined;
}

/** A record's header begins with a time and its type, 16 or 17: a text has no such bytes. */
const MRT_TYPE_OFFSET = 4;
const MRT_TYPES: ReadonlySet<number> = new Set([16, 17]);

/**
 * Reads lines of `TIMESTAMP a|w PREFIX NEXTHOP`, or MRT records of BGP messages, of which damaged
 * ones are passed over with one warning. Throws FILE, INPUT_SYNTAX or TABLE_SYNTAX.
 */
export async function readUpdates(
  file: string,
  onWarning: (warning: string) => void = () => {},
): Promise<readonly RecordedUpdate[]> {
  await using source = await PeekedSource.peek(await openBytes(file), MRT_TYPE_OFFSET + 2);
  const { head } = source;
  const type = (head[MRT_TYPE_OFFSET] ?? 0xff) * 256 + (head[MRT_TYPE_OFFSET + 1] ?? 0xff);
  return MRT_TYPES.has(type) ? await recordsOf(source, onWarning) : await linesOf(source);
}

async function recordsOf(
  source: ByteSource,
  onWarning: (warning: string) => void,
): Promise<readonly RecordedUpdate[]> {
  const updates: RecordedUpdate[] = [];
  const attributeSets = new AttributeSets();
  let first = "";
  const { damaged } = await readMrt(chunksOf(source), {
    name: source.name,
    attributeSets,
    peers: new PeerTable(),
    takeUpdate: ({ update: { withdrawn, revoked, announced } }) => {
      for (const { prefixes } of [...withdrawn, ...revoked].filter(isUnicast)) {
        for (const { prefix } of prefixes) updates.push(recorded(prefix, undefined));
      }
      for (const { prefixes, set } of announced.filter(isUnicast)) {
        const { nextHop } = attributeSets.decoded(set).set;
        const name = nextHop && formatAddress(nextHop);
        for (const { prefix } of prefixes) updates.push(recorded(prefix, name));
      }
    },
    onDamaged: ({ offset, what }) => {
      first ||= `${source.name}@${offset}: ${what}`;
    },
  });
  if (damaged > 0) onWarning(`${damaged} damaged records were passed over, first ${first}`);
  return updates;
}

function isUnicast({ isMulticast }: { readonly isMulticast: boolean }): boolean {
  return !isMulticast;
}

function recorded(prefix: Prefix, nextHop: string | undefined): RecordedUpdate {
  const { family, length } = prefix;
  if (family === 4) return { family, words: Uint32Array.of(prefix.address), length, nextHop };
  const halves = [prefix.high >> 32n, prefix.high, prefix.low >> 32n, prefix.low];
  const words = Uint32Array.from(halves, (half) => Number(BigInt.asUintN(32, half)));
  return { family, words, length, nextHop };
}

async function linesOf(source: ByteSource): Promise<readonly RecordedUpdate[]> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(source)) text += decoder.decode(chunk, { stream: true });
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const update = parseUpdate(line);
    if (update !== undefined) return [update];
    throw new AnyfibError({
      code: "INPUT_SYNTAX",
      what: `${quoted(line)} is no update`,
      where: `${source.name}:${index + 1}:1`,
      hint: "give an MRT file of BGP messages, or lines of TIMESTAMP a|w PREFIX NEXTHOP",
    });
  });
}

function parseUpdate(line: string): RecordedUpdate | undefined {
  const [, kind, prefix = "", nextHop] = line.trim().split(/\s+/);
  if (kind !== "w" && !(kind === "a" && nextHop !== undefined)) return undefined;
  const bytes = asciiBytes(prefix);
  const cells = prefixCells();
  if (readPrefix(bytes, 0, bytes.length, cells) !== bytes.length) return undefined;
  maskHostBits(cells);
  const { family, words, length } = cells;
  return { family, words, length, nextHop: kind === "a" ? nextHop : undefined };
}
