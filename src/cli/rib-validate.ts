/** `anyfib rib validate`: which routes VRPs and ASPAs allow, forbid, or do not know. */

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
import type { PathDirection } from "../rib/path-validation.ts";
import type { RecordedUpdate, RibRecord } from "../sources/mrt.ts";
import { PathStates } from "../sources/path-states.ts";
import {
  flaggedVrps,
  OriginStates,
  type RibNumbers,
  type RpkiFlags,
  StateCounts,
  type VrpJson,
  vrpsJson,
} from "./origin-states.ts";
import { type PathJson, PathStateCounts, PathTeller, pathText } from "./path-states.ts";
import { emptyRib, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface ValidateFlags extends RpkiFlags {
  readonly pathDirection?: PathDirection;
  readonly localAs?: number;
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
  /** Where ASPAs are known, what they say of its path. */
  readonly path?: PathJson;
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
  const path = route.path === undefined ? "" : `; ${pathText(route.path)}`;
  if (route.state !== "invalid") return `${headline(route)}${path}\n`;
  const vrps = route.vrps.map(({ prefix, max_length: max, as }) => `${prefix}-${max} AS${as}`);
  return `${headline(route)}: ${vrps.join(", ")}${path}\n`;
}

/** Judges what goes by; a prefix's routes of the same origin and path state that come together. */
class Judge {
  readonly entries = new StateCounts();
  readonly routes = new StateCounts();
  readonly paths = new PathStateCounts();
  readonly invalid: JudgedRoute[] = [];
  texts: string[] = [];
  readonly #table: VrpTable;
  readonly #states: OriginStates;
  readonly #teller: PathTeller | undefined;
  readonly #flags: ValidateFlags;
  readonly #cells = prefixCells();

  constructor(table: VrpTable, rib: RibNumbers, flags: ValidateFlags) {
    const { attributeSets: sets, peers } = rib;
    const { pathDirection = "downstream", localAs } = flags;
    const { aspas } = table;
    this.#table = table;
    this.#states = new OriginStates(table, sets, peers);
    const directionOf = (): PathDirection => pathDirection;
    const paths = new PathStates({ aspas, sets, peers, localAs, directionOf });
    this.#teller = aspas.customers === 0 ? undefined : new PathTeller(paths, sets);
    this.#flags = flags;
  }

  rib({ prefix, count, peers, attributeSets }: RibRecord): void {
    const seen = new Set<string>();
    for (let entry = 0; entry < count; entry++) {
      this.#add(prefix, attributeSets[entry] ?? 0, peers[entry] ?? 0, seen);
    }
  }

  update({ peer, update }: RecordedUpdate): void {
    for (const { prefixes, set } of [...update.announced, ...update.revoked]) {
      for (const { prefix } of prefixes) {
        prefixToCells(prefix, this.#cells);
        this.#add(this.#cells, set, peer, new Set());
      }
    }
  }

  #add(prefix: PrefixCells, set: number, peer: number, seen: Set<string>): void {
    const { origin, state } = this.#states.ofCells(prefix, set, peer);
    const pathState = this.#teller?.stateOf(set, peer);
    this.entries.add(state);
    if (pathState !== undefined) this.paths[pathState] += 1;
    const key = `${origin} ${pathState}`;
    if (seen.has(key)) return;
    seen.add(key);
    this.routes.add(state);
    const { json, ndjson } = this.#flags;
    if (json && state !== "invalid" && pathState !== "invalid") return;
    const path = this.#teller?.json(set, peer);
    const bare = judged(this.#table, prefix, origin, state);
    const route = path === undefined ? bare : { ...bare, path };
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
  const judge = new Judge(table, rib, flags);
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
  const { entries, routes, paths, invalid } = judge;
  const hasPaths = table.aspas.customers > 0;
  if (flags.json) {
    const report = {
      vrps: { ipv4: table.count4, ipv6: table.count6 },
      aspas: table.aspas.customers,
      entries: entries.valid + entries.invalid + entries.not_found,
      rpki: entries,
      ...(hasPaths ? { paths } : {}),
      routes,
      invalid,
      damaged_records: damaged,
      seconds: (performance.now() - start) / 1000,
    };
    await terminal.print(`${JSON.stringify(report)}\n`);
  } else {
    const { valid, invalid: bad, not_found: unknown } = routes;
    terminal.note(`${valid} routes are valid, ${bad} invalid, ${unknown} not found`);
    if (hasPaths) terminal.note(paths.summary);
  }
  if (failure !== undefined) throw failure;
  return entries.invalid + paths.invalid > 0 ? EXIT.negative : EXIT.ok;
}
