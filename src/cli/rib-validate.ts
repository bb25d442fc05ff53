/** `anyfib rib validate`: which routes VRPs allow, forbid, or do not know. */

import { type PrefixCells, prefixCells } from "../net/bytes.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import {
  formatPrefix,
  type Prefix,
  parsePrefix,
  prefixFromCells,
  prefixToCells,
} from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import type { OriginState, VrpTable } from "../rib/origin-validation.ts";
import type { RecordedUpdate, RibRecord } from "../sources/mrt.ts";
import {
  flaggedVrps,
  OriginStates,
  type RpkiFlags,
  StateCounts,
  type VrpJson,
  vrpsJson,
} from "./origin-states.ts";
import { emptyRib, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface ValidateFlags extends RpkiFlags {
  readonly json?: true;
  readonly ndjson?: true;
}

/** A route as it is judged. */
interface JudgedRoute {
  readonly prefix: string;
  /** Null where the path ends in a set. */
  readonly origin_as: number | null;
  readonly state: OriginState;
  readonly vrps: readonly VrpJson[];
}

const AS_TEXT = /^(?:AS)?(\d{1,10})$/i;

/** Exit status 1 where a route is invalid, 3 where a file could not be read to its end. */
export async function ribValidate(
  terminal: Terminal,
  flags: ValidateFlags,
  args: readonly string[],
): Promise<number> {
  const table = await flaggedVrps(terminal, flags, args);
  if (table === undefined) {
    throw new AnyfibError({
      code: "USAGE",
      what: "no VRPs were named",
      where: "anyfib rib validate",
      hint: "give --rpki FILE: JSON or CSV of routinator or rpki-client",
    });
  }
  const [prefix = "", origin = ""] = args;
  const parsed = parsePrefix(prefix);
  if (parsed === undefined) return await validateFiles(terminal, flags, table, args);
  const as = Number(origin.match(AS_TEXT)?.[1] ?? Number.NaN);
  if (args.length !== 2 || !(as < 2 ** 32)) {
    throw new AnyfibError({
      code: "USAGE",
      what: origin === "" ? "a prefix without an AS" : `${quoted(origin)} is no AS number`,
      where: "anyfib rib validate",
      hint: "give one prefix and its origin, such as 192.0.2.0/24 AS64500, or MRT files",
    });
  }
  const route = judge(table, parsed.prefix, as);
  await terminal.print(flags.json || flags.ndjson ? `${JSON.stringify(route)}\n` : details(route));
  return route.state === "invalid" ? EXIT.negative : EXIT.ok;
}

function judge(table: VrpTable, prefix: Prefix, origin: number): JudgedRoute {
  const cells = prefixCells();
  prefixToCells(prefix, cells);
  return judged(table, cells, origin, table.validate(cells, origin));
}

function judged(
  table: VrpTable,
  prefix: PrefixCells,
  origin: number,
  state: OriginState,
): JudgedRoute {
  return {
    prefix: formatPrefix(prefixFromCells(prefix)),
    origin_as: origin === 0 ? null : origin,
    state,
    vrps: vrpsJson(table, prefix, origin),
  };
}

const REASONS = { as: "another AS", length: "too long a prefix" } as const;

function headline({ prefix, origin_as: as, state }: JudgedRoute): string {
  return `${prefix} ${as === null ? "no origin" : `AS${as}`} ${state}`;
}

/** A route and the VRPs that cover it, one a line. */
function details(route: JudgedRoute): string {
  const lines = route.vrps.map(
    ({ prefix, max_length: max, as, reason }) =>
      `  ${prefix}-${max} AS${as}: ${reason === null ? "allows it" : REASONS[reason]}\n`,
  );
  return `${headline(route)}\n${lines.join("")}`;
}

/** A route on one line, with what forbids it. */
function oneLine(route: JudgedRoute): string {
  if (route.state !== "invalid") return `${headline(route)}\n`;
  const vrps = route.vrps.map(({ prefix, max_length: max, as }) => `${prefix}-${max} AS${as}`);
  return `${headline(route)}: ${vrps.join(", ")}\n`;
}

/** Judges what goes by; a prefix's routes of the same origin that come together are one. */
class Judge {
  readonly entries = new StateCounts();
  readonly routes = new StateCounts();
  readonly invalid: JudgedRoute[] = [];
  texts: string[] = [];
  readonly #table: VrpTable;
  readonly #states: OriginStates;
  readonly #flags: ValidateFlags;
  readonly #cells = prefixCells();

  constructor(table: VrpTable, states: OriginStates, flags: ValidateFlags) {
    this.#table = table;
    this.#states = states;
    this.#flags = flags;
  }

  rib({ prefix, count, peers, attributeSets }: RibRecord): void {
    const seen: number[] = [];
    for (let entry = 0; entry < count; entry++) {
      const [set, peer] = [attributeSets[entry] ?? 0, peers[entry] ?? 0];
      const { origin, state } = this.#states.ofCells(prefix, set, peer);
      this.entries.add(state);
      if (seen.includes(origin)) continue;
      seen.push(origin);
      this.#add(prefix, origin, state);
    }
  }

  update({ peer, update }: RecordedUpdate): void {
    for (const { prefixes, set } of [...update.announced, ...update.revoked]) {
      for (const { prefix } of prefixes) {
        prefixToCells(prefix, this.#cells);
        const { origin, state } = this.#states.ofCells(this.#cells, set, peer);
        this.entries.add(state);
        this.#add(this.#cells, origin, state);
      }
    }
  }

  #add(prefix: PrefixCells, origin: number, state: OriginState): void {
    this.routes.add(state);
    const { json, ndjson } = this.#flags;
    if (json && state !== "invalid") return;
    const route = judged(this.#table, prefix, origin, state);
    if (json) this.invalid.push(route);
    else this.texts.push(ndjson ? `${JSON.stringify(route)}\n` : oneLine(route));
  }
}

async function validateFiles(
  terminal: Terminal,
  flags: ValidateFlags,
  table: VrpTable,
  files: readonly string[],
): Promise<number> {
  const start = performance.now();
  const rib = emptyRib();
  const states = new OriginStates(table, rib.attributeSets, rib.peers);
  const judge = new Judge(table, states, flags);
  const flush = async (): Promise<void> => {
    const text = judge.texts.join("");
    judge.texts = [];
    if (text !== "") await terminal.print(text);
  };
  const { damaged, failure } = await readRibFiles(terminal, files, {
    ...rib,
    takeRib: (record) => judge.rib(record),
    takeUpdate: (update) => judge.update(update),
    afterChunk: flush,
  });
  await flush();
  const { entries, routes, invalid } = judge;
  if (flags.json) {
    const report = {
      vrps: { ipv4: table.count4, ipv6: table.count6 },
      entries: entries.valid + entries.invalid + entries.not_found,
      rpki: entries,
      routes,
      invalid,
      damaged_records: damaged,
      seconds: (performance.now() - start) / 1000,
    };
    await terminal.print(`${JSON.stringify(report)}\n`);
  } else {
    const { valid, invalid: bad, not_found: unknown } = routes;
    terminal.note(`${valid} routes are valid, ${bad} invalid, ${unknown} not found`);
  }
  if (failure !== undefined) throw failure;
  return entries.invalid > 0 ? EXIT.negative : EXIT.ok;
}
