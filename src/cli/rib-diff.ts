/** `anyfib rib diff`: which entries of one MRT file another has, lacks, or has otherwise. */

import { formatAddress } from "../net/address.ts";
import { type AnyfibError, EXIT } from "../net/errors.ts";
import { formatPrefix, prefixFromCells } from "../net/prefix.ts";
import { formatPath } from "../rib/as-path.ts";
import type { AttributeSets, PeerTable, RecordedUpdate, RibRecord } from "../sources/mrt.ts";
import { emptyRib, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface DiffFlags {
  readonly json?: true;
}

/** Lines that are printed at a time. */
const LINES_MAX = 4096;

/** Set of attributes of each entry, by `PREFIX from PEER`; updates change it in their order. */
class Entries {
  readonly sets = new Map<string, number>();
  readonly #peers: PeerTable;

  constructor(peers: PeerTable) {
    this.#peers = peers;
  }

  rib({ prefix, count, peers, attributeSets, hasPathIds, pathIds }: RibRecord): void {
    const text = formatPrefix(prefixFromCells(prefix));
    for (let entry = 0; entry < count; entry++) {
      const id = hasPathIds ? (pathIds[entry] ?? 0) : 0;
      this.sets.set(this.#key(text, id, peers[entry] ?? 0), attributeSets[entry] ?? 0);
    }
  }

  update({ peer, update: { withdrawn, announced, revoked } }: RecordedUpdate): void {
    for (const { prefixes } of [...withdrawn, ...revoked]) {
      for (const { prefix, pathId } of prefixes) {
        this.sets.delete(this.#key(formatPrefix(prefix), pathId, peer));
      }
    }
    for (const { prefixes, set } of announced) {
      for (const { prefix, pathId } of prefixes) {
        this.sets.set(this.#key(formatPrefix(prefix), pathId, peer), set);
      }
    }
  }

  #key(prefix: string, pathId: number, number: number): string {
    const peer = this.#peers.peers[number];
    const from = peer === undefined ? "" : `${formatAddress(peer.address)} AS${peer.as}`;
    return `${prefix}${pathId === 0 ? "" : ` path ${pathId}`} from ${from}`;
  }
}

/** Exit status 1 where entries differ, 3 where a file could not be read to its end. */
export async function ribDiff(
  terminal: Terminal,
  flags: DiffFlags,
  [before = "-", after = "-"]: readonly string[],
): Promise<number> {
  const rib = emptyRib();
  const failures: AnyfibError[] = [];
  const read = async (file: string): Promise<ReadonlyMap<string, number>> => {
    const entries = new Entries(rib.peers);
    const { failure } = await readRibFiles(terminal, [file], {
      ...rib,
      takeRib: (record) => entries.rib(record),
      takeUpdate: (update) => entries.update(update),
    });
    if (failure !== undefined) failures.push(failure);
    return entries.sets;
  };
  const [old, now] = [await read(before), await read(after)];
  const counts = {
    entries: { before: old.size, after: now.size },
    added: 0,
    removed: 0,
    changed: 0,
  };
  let lines: string[] = [];
  for (const [kind, line] of differences(old, now, rib.attributeSets)) {
    counts[kind] += 1;
    if (!flags.json) lines.push(line);
    if (lines.length < LINES_MAX) continue;
    await terminal.print(lines.join(""));
    lines = [];
  }
  if (flags.json) lines = [`${JSON.stringify(counts)}\n`];
  await terminal.print(lines.join(""));
  const { added, removed, changed } = counts;
  terminal.note(`${added} entries added, ${removed} removed, ${changed} changed`);
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  return added + removed + changed > 0 ? EXIT.negative : EXIT.ok;
}

function* differences(
  old: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
  sets: AttributeSets,
): Generator<readonly ["added" | "removed" | "changed", string]> {
  const text = (set: number): string => {
    const { nextHop, asPath, origin } = sets.decoded(set).set;
    return `via ${nextHop ? formatAddress(nextHop) : "nothing"} ${formatPath(asPath)} ${origin}`;
  };
  for (const [key, set] of old) {
    const other = now.get(key);
    if (other === undefined) yield ["removed", `- ${key} ${text(set)}\n`];
    else if (other !== set) yield ["changed", `~ ${key} ${text(set)} -> ${text(other)}\n`];
  }
  for (const [key, set] of now) {
    if (!old.has(key)) yield ["added", `+ ${key} ${text(set)}\n`];
  }
}
