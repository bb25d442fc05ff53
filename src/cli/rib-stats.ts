/** `anyfib rib stats`: how many entries, prefixes, peers and next hops MRT files have. */

import { prefixCells } from "../net/bytes.ts";
import { EXIT } from "../net/errors.ts";
import { prefixToCells } from "../net/prefix.ts";
import { PrefixSet } from "../rib/prefix-set.ts";
import type { AttributeSets, RecordedUpdate, RibRecord } from "../sources/mrt.ts";
import { readNextHopCells } from "../sources/mrt.ts";
import { flaggedVrps, OriginStates, type RpkiFlags, StateCounts } from "./origin-states.ts";
import { emptyRib, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface StatsFlags extends RpkiFlags {
  readonly json?: true;
}

/** Numbers that came. */
class Marks {
  #marks = new Uint8Array(1024);

  set(number: number): void {
    if (number >= this.#marks.length) {
      const marks = this.#marks;
      this.#marks = new Uint8Array(2 * number);
      this.#marks.set(marks);
    }
    this.#marks[number] = 1;
  }

  has(number: number): boolean {
    return this.#marks[number] === 1;
  }

  get count(): number {
    return this.#marks.reduce((sum, mark) => sum + mark, 0);
  }
}

/** Counts what goes by: a row of `bgpdump -m` is an entry, and so is a change of state. */
class RibTally {
  readonly prefixes = new PrefixSet();
  readonly nextHops = new PrefixSet();
  readonly peers = new Marks();
  readonly states = new StateCounts();
  entries = 0;
  readonly #sets: AttributeSets;
  readonly #origins: OriginStates | undefined;
  readonly #cells = prefixCells();

  /** With `origins`, routes are validated. */
  constructor(sets: AttributeSets, origins: OriginStates | undefined) {
    this.#sets = sets;
    this.#origins = origins;
  }

  rib(record: RibRecord): void {
    const { prefix, count, peers, bytes, starts, ends } = record;
    this.entries += count;
    if (this.#origins !== undefined) this.#validate(record, this.#origins);
    if (count > 0) this.prefixes.add(prefix);
    for (let entry = 0; entry < count; entry++) {
      this.peers.set(peers[entry] ?? 0);
      this.#addNextHop(bytes, starts[entry] ?? 0, ends[entry] ?? 0);
    }
  }

  update({ peer, update }: RecordedUpdate): void {
    const { withdrawn, announced, revoked } = update;
    for (const { prefixes } of [...withdrawn, ...announced, ...revoked]) {
      this.entries += prefixes.length;
      if (prefixes.length > 0) this.peers.set(peer);
      for (const { prefix } of prefixes) {
        prefixToCells(prefix, this.#cells);
        this.prefixes.add(this.#cells);
      }
    }
    for (const { prefixes, set } of [...announced, ...revoked]) {
      for (const { prefix } of this.#origins === undefined ? [] : prefixes) {
        this.states.add(this.#origins?.of(prefix, set, peer).state ?? "not-found");
      }
      const bytes = this.#sets.bytesOf(set);
      this.#addNextHop(bytes, 0, bytes.length);
    }
  }

  state(): void {
    this.entries += 1;
  }

  #validate({ prefix, count, peers, attributeSets }: RibRecord, origins: OriginStates): void {
    for (let entry = 0; entry < count; entry++) {
      const [set, peer] = [attributeSets[entry] ?? 0, peers[entry] ?? 0];
      this.states.add(origins.ofCells(prefix, set, peer).state);
    }
  }

  #addNextHop(bytes: Uint8Array, start: number, end: number): void {
    if (readNextHopCells(bytes, start, end, this.#cells)) this.nextHops.add(this.#cells);
  }
}

/** Exit status 3 where a file could not be read to its end; the counts stand all the same. */
export async function ribStats(
  terminal: Terminal,
  flags: StatsFlags,
  files: readonly string[],
): Promise<number> {
  const start = performance.now();
  const vrps = await flaggedVrps(terminal, flags, files);
  const rib = emptyRib();
  const { attributeSets, peers } = rib;
  const origins = vrps && new OriginStates(vrps, attributeSets, peers);
  const tally = new RibTally(attributeSets, origins);
  const { damaged, failure } = await readRibFiles(terminal, files, {
    ...rib,
    skipsSets: origins === undefined,
    takeRib: (record) => tally.rib(record),
    takeUpdate: (update) => tally.update(update),
    takeState: () => tally.state(),
  });
  const report = {
    entries: tally.entries,
    prefixes: { ipv4: tally.prefixes.count4, ipv6: tally.prefixes.count6 },
    peers: tally.peers.count,
    next_hops: tally.nextHops.count4 + tally.nextHops.count6,
    damaged_records: damaged,
    ...(origins === undefined ? {} : { rpki: tally.states }),
    seconds: (performance.now() - start) / 1000,
  };
  await terminal.print(flags.json ? `${JSON.stringify(report)}\n` : reportText(report));
  if (failure !== undefined) throw failure;
  return EXIT.ok;
}

/** The counts of a report. */
interface StatsReport {
  readonly entries: number;
  readonly prefixes: { readonly ipv4: number; readonly ipv6: number };
  readonly peers: number;
  readonly next_hops: number;
  readonly damaged_records: number;
  readonly rpki?: StateCounts;
  readonly seconds: number;
}

function reportText(report: StatsReport): string {
  const { prefixes, seconds, rpki } = report;
  const states =
    rpki === undefined
      ? []
      : ([
          ["valid entries", rpki.valid],
          ["invalid entries", rpki.invalid],
          ["entries not found", rpki.not_found],
        ] as const);
  const rows = [
    ["entries", report.entries],
    ["IPv4 prefixes", prefixes.ipv4],
    ["IPv6 prefixes", prefixes.ipv6],
    ["peers", report.peers],
    ["next hops", report.next_hops],
    ["damaged records", report.damaged_records],
    ...states,
    ["seconds", seconds.toFixed(3)],
  ];
  return rows.map(([name, value]) => `${String(value).padStart(12)} ${name}\n`).join("");
}
