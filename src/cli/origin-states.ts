/** Origin validation on the command line: VRPs from files, states of what MRT files hold. */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, type Prefix, parsePrefix, prefixToCells } from "../net/prefix.ts";
import { NO_ORIGIN } from "../rib/as-path.ts";
import {
  type OriginState,
  originOf,
  VrpChanges,
  VrpTable,
  type VrpValue,
} from "../rib/origin-validation.ts";
import type { OriginTable } from "../rib/origins.ts";
import type { AttributeSets, PeerTable, RouteJudge } from "../sources/mrt.ts";
import type { Terminal } from "./terminal.ts";

/** Damaged entries of a file that are told one by one. */
const TOLD_MAX = 10;

/** The flag of verbs that validate. */
export interface RpkiFlags {
  readonly rpki?: readonly string[];
}

/**
 * Reads files of VRPs as one table, and tells of damaged entries. Throws INPUT_SYNTAX for what is
 * no file of VRPs or is cut, and FILE.
 */
export async function readVrpTable(
  terminal: Terminal,
  files: readonly string[],
): Promise<VrpTable> {
  // With it comes JSON and CSV, which most runs do without.
  const { loadVrps } = await import("../node/vrps.ts");
  const changes = new VrpChanges();
  const table = new VrpTable();
  for (const file of files) {
    let told = 0;
    await loadVrps(file, {
      changes,
      takeAspa: ({ customer, providers }) => table.aspas.add(customer, providers),
      onDamaged: ({ line, what }) => {
        told += 1;
        if (told <= TOLD_MAX) terminal.note(`warning: ${file}:${line}: ${what}; passed over`);
      },
    });
    if (told > TOLD_MAX) terminal.note(`warning: ${file}: ${told - TOLD_MAX} more such entries`);
  }
  table.apply(changes);
  return table;
}

/** The VRPs that flags name; undefined where they name none. Throws what reading throws. */
export async function flaggedVrps(
  terminal: Terminal,
  { rpki = [] }: RpkiFlags,
  inputs: readonly string[],
): Promise<VrpTable | undefined> {
  if (rpki.length === 0) return undefined;
  if ([...rpki, ...inputs].filter((file) => file === "-").length > 1) {
    throw new AnyfibError({
      code: "USAGE",
      what: "stdin is named twice",
      where: "--rpki",
      hint: "give - once, and files for the rest",
    });
  }
  return await readVrpTable(terminal, rpki);
}

/** A route's origin and what validation says of it. */
export interface ValidatedOrigin {
  /** 0 for none. */
  readonly origin: number;
  readonly state: OriginState;
}

/** Validates routes of MRT files by their sets of attributes and their peers. */
export class OriginStates {
  readonly #table: VrpTable;
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  readonly #cells = prefixCells();
  /** Origins of sets whose path names one. */
  readonly #origins = new Map<number, number>();

  constructor(table: VrpTable, sets: AttributeSets, peers: PeerTable) {
    this.#table = table;
    this.#sets = sets;
    this.#peers = peers;
  }

  /** The route of a prefix that came with a set of attributes from a peer. */
  ofCells(prefix: PrefixCells, set: number, peer: number): ValidatedOrigin {
    const origin = this.#origin(set, peer);
    return { origin, state: this.#table.validate(prefix, origin) };
  }

  of(prefix: Prefix, set: number, peer: number): ValidatedOrigin {
    prefixToCells(prefix, this.#cells);
    return this.ofCells(this.#cells, set, peer);
  }

  #origin(set: number, peer: number): number {
    const known = this.#origins.get(set);
    if (known !== undefined) return known;
    const { asPath } = this.#sets.decoded(set).set;
    const own = this.#peers.peers[peer]?.as ?? 0;
    const origin = originOf(asPath, own);
    // Where the peer is the origin, another peer's route with the same set has another.
    if (origin !== own) this.#origins.set(set, origin);
    return origin;
  }
}

/** What validation says of the route of one prefix. */
export function stateOf(table: VrpTable, prefix: Prefix, origin: number): OriginState {
  const cells = prefixCells();
  prefixToCells(prefix, cells);
  return table.validate(cells, origin);
}

/** What validates the rows of files, where the flags name VRPs. Throws what reading throws. */
export async function flaggedJudge(
  terminal: Terminal,
  flags: RpkiFlags,
  files: readonly string[],
  rib: RibNumbers,
): Promise<RouteJudge | undefined> {
  return judgeBy(await flaggedVrps(terminal, flags, files), rib);
}

/** The sets and peers that a file's routes are numbered by. */
export interface RibNumbers {
  readonly attributeSets: AttributeSets;
  readonly peers: PeerTable;
}

/** What validates rows by some VRPs; undefined without them. */
export function judgeBy(
  vrps: VrpTable | undefined,
  { attributeSets, peers }: RibNumbers,
): RouteJudge | undefined {
  if (vrps === undefined) return undefined;
  const states = new OriginStates(vrps, attributeSets, peers);
  return (prefix, set, peer) => states.of(prefix, set, peer).state;
}

/** Routes of each state, as JSON names them. */
export class StateCounts {
  valid = 0;
  invalid = 0;
  not_found = 0;

  add(state: OriginState): void {
    this[state === "not-found" ? "not_found" : state] += 1;
  }
}

/** How a VRP is written: `10.0.0.0/8-16 AS64500`. */
export function formatVrp({ prefix, maxLength, as }: VrpValue): string {
  return `${formatPrefix(prefix)}-${maxLength} AS${as}`;
}

/** A VRP that covers a route, and why it does not allow it. */
export interface VrpJson {
  readonly prefix: string;
  readonly max_length: number;
  readonly as: number;
  readonly matches: boolean;
  readonly reason: "as" | "length" | null;
}

/** The VRPs that cover a route, the nearest first. */
export function vrpsJson(table: VrpTable, prefix: PrefixCells, origin: number): readonly VrpJson[] {
  return table.covering(prefix).map((vrp) => {
    const isOther = origin === 0 || vrp.as !== origin;
    const reason = isOther ? "as" : vrp.maxLength < prefix.length ? "length" : null;
    return {
      prefix: formatPrefix(vrp.prefix),
      max_length: vrp.maxLength,
      as: vrp.as,
      matches: reason === null,
      reason,
    };
  });
}

/** Who originates the route of a packet, and what validation says of it. */
export interface OriginJson {
  /** Null where the path names no one AS. */
  readonly as: number | null;
  /** Null without VRPs. */
  readonly rpki: OriginState | null;
  readonly vrps: readonly VrpJson[];
}

/** What is known of the origin of a prefix; null where its table has none. */
export function originJson(
  prefix: string | undefined,
  origins: OriginTable,
  table: VrpTable | undefined,
): OriginJson | null {
  const parsed = prefix === undefined ? undefined : parsePrefix(prefix)?.prefix;
  const origin = parsed && origins.get(parsed);
  if (parsed === undefined || origin === undefined) return null;
  const as = origin === NO_ORIGIN ? null : origin;
  if (table === undefined) return { as, rpki: null, vrps: [] };
  const cells = prefixCells();
  prefixToCells(parsed, cells);
  return { as, rpki: table.validate(cells, origin), vrps: vrpsJson(table, cells, origin) };
}
