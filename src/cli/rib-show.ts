/** `anyfib rib show`: the routes of MRT files, which of a prefix's is best, and why. */

import { EXIT } from "../net/errors.ts";
import { formatPrefix, parsePrefix, prefixFromCells } from "../net/prefix.ts";
import { type Candidate, type DecisionStep, decide, medNote } from "../rib/best-path.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import {
  type AttributeSets,
  formatRow,
  type PeerTable,
  type RecordedUpdate,
  type RibRecord,
  type RouteJudge,
  type RouteRow,
  RouteRows,
} from "../sources/mrt.ts";
import { type DecisionFlags, decisionOptions } from "./decision-flags.ts";
import { flaggedJudge, type RpkiFlags } from "./origin-states.ts";
import { emptyRib, type RibTaker, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface ShowFlags extends DecisionFlags, RpkiFlags {
  readonly json?: true;
}

/** What the decision made of a route: in JSON, further fields of its row. */
interface Outcome {
  readonly best: boolean;
  /** Whether packets would take it: the best one, and those used beside it. */
  readonly used: boolean;
  /** The step that took it out; null for the best one. */
  readonly decided_by: DecisionStep | null;
  /** What one might expect to have decided, and why it did not. */
  readonly note: string | null;
}

/** A route of a prefix, as it is shown and as the decision sees it. */
interface Route {
  readonly row: RouteRow;
  readonly candidate: Candidate;
}

/** Where a route came from, and when. */
type Came = Pick<Candidate, "pathId" | "since"> & { readonly peer: number };

/** Exit status 1 where no row has one of the prefixes. Arguments that are prefixes are no files. */
export async function ribShow(
  terminal: Terminal,
  flags: ShowFlags,
  args: readonly string[],
): Promise<number> {
  const files = args.filter((arg) => parsePrefix(arg) === undefined);
  const asked = args.flatMap((arg) => {
    const parsed = parsePrefix(arg);
    return parsed === undefined ? [] : [formatPrefix(parsed.prefix)];
  });
  const rib = emptyRib();
  const lines = new Lines(flags.json === true);
  const { attributeSets, peers } = rib;
  const judge = await flaggedJudge(terminal, flags, files, rib);
  const makers = { attributeSets, peers, lines, flags, judge };
  const shown = asked.length === 0 ? new AllRoutes(makers) : new AskedRoutes(makers, asked);
  const print = async (): Promise<void> => {
    const text = lines.take();
    if (text !== "") await terminal.print(text);
  };
  const { failure } = await readRibFiles(terminal, files.length === 0 ? ["-"] : files, {
    ...rib,
    ...shown.taker,
    afterChunk: print,
  });
  shown.finish();
  await print();
  if (failure !== undefined) throw failure;
  return lines.count === 0 ? EXIT.negative : EXIT.ok;
}

/** Rows as text. */
class Lines {
  count = 0;
  readonly #isJson: boolean;
  #lines: string[] = [];

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  add(row: RouteRow): void {
    this.count += 1;
    this.#lines.push(`${this.#isJson ? JSON.stringify(row) : formatRow(row)}\n`);
  }

  addDecided(row: RouteRow, outcome: Outcome): void {
    this.count += 1;
    // Joined as text: objects of so many fields are slow to make.
    const text = this.#isJson
      ? `${JSON.stringify(row).slice(0, -1)},${JSON.stringify(outcome).slice(1)}`
      : `${mark(outcome)} ${formatRow(row)}${reason(outcome)}`;
    this.#lines.push(`${text}\n`);
  }

  /** The text since it was asked for last. */
  take(): string {
    return this.#lines.splice(0).join("");
  }
}

/** `*` the best one, `=` used beside it, as routers mark them. */
function mark({ best, used }: Outcome): string {
  if (best) return "*";
  return used ? "=" : " ";
}

function reason({ decided_by: step, note }: Outcome): string {
  if (step === null) return "";
  return ` lost by ${step}${note === null ? "" : ` (${note})`}`;
}

/** What routes are shown with. */
interface Makers {
  readonly attributeSets: AttributeSets;
  readonly peers: PeerTable;
  readonly lines: Lines;
  readonly flags: ShowFlags;
  readonly judge: RouteJudge | undefined;
}

/** Shows the routes of a prefix with what the decision makes of them. */
function showDecided(routes: readonly Route[], { lines, flags }: Makers): void {
  const options = decisionOptions(flags);
  const { best, equal, steps } = decide(
    routes.map(({ candidate }) => candidate),
    options,
  );
  const winner = routes[best]?.candidate;
  for (const [index, { row, candidate }] of routes.entries()) {
    const step = steps[index];
    const note = winner && medNote(candidate, winner, step, options);
    lines.addDecided(row, {
      best: index === best,
      used: equal.includes(index),
      decided_by: step ?? null,
      note: note ?? null,
    });
  }
}

function candidateOf(
  { attributeSets, peers, flags }: Makers,
  number: number,
  { peer: from, pathId, since }: Came,
  family: 4 | 6,
): Candidate {
  const peer = peers.peers[from];
  if (peer === undefined) throw new RangeError(`there is no peer ${from}`);
  const { kind, set } = attributeSets.decoded(number);
  const { nextHop } = set;
  const isHop = nextHop !== undefined && nextHopFault(nextHop, family) === undefined;
  const isLoop = set.asPath.some(({ asns }) => asns.includes(flags.localAs ?? -1));
  const igpCost = kind === "set" && isHop && !isLoop ? 0 : Number.POSITIVE_INFINITY;
  return { set, peer, pathId, since, isInternal: peer.as === flags.localAs, igpCost };
}

/** The routes of a record: `rows` are theirs. */
function routesOf(makers: Makers, record: RibRecord, rows: readonly RouteRow[]) {
  return rows.map((row, entry) => {
    const peer = record.peers[entry] ?? 0;
    const pathId = record.hasPathIds ? (record.pathIds[entry] ?? 0) : 0;
    const came = { peer, pathId, since: record.times[entry] ?? 0 };
    const set = record.attributeSets[entry] ?? 0;
    const candidate = candidateOf(makers, set, came, record.prefix.family);
    return { key: `${peer} ${pathId}`, row, candidate };
  });
}

type ShowTaker = Pick<RibTaker, "takeRib" | "takeUpdate" | "takeState">;

/** All routes, as they are read: a record of a table has all of its prefix, and is decided. */
class AllRoutes {
  readonly taker: ShowTaker;

  constructor(makers: Makers) {
    let taken: RouteRow[] = [];
    const { attributeSets, peers, judge } = makers;
    const rows = new RouteRows(attributeSets, peers, (row) => taken.push(row), judge);
    const show = (): void => {
      for (const row of taken.splice(0)) makers.lines.add(row);
    };
    this.taker = {
      takeRib: (record) => {
        rows.rib(record);
        // Tables of the first version have a record for each route.
        if (record.version === 1) show();
        else showDecided(routesOf(makers, record, taken), makers);
        taken = [];
      },
      takeUpdate: (update) => {
        rows.update(update);
        show();
      },
      takeState: (state) => {
        rows.state(state);
        show();
      },
    };
  }

  finish(): void {}
}

/** The routes of some prefixes: updates as they are read, at the end what they left of tables. */
class AskedRoutes {
  readonly taker: ShowTaker;
  readonly #makers: Makers;
  readonly #asked: ReadonlySet<string>;
  readonly #routes = new Map<string, Map<string, Route>>();
  #taken: RouteRow[] = [];

  constructor(makers: Makers, asked: readonly string[]) {
    this.#makers = makers;
    this.#asked = new Set(asked);
    const { attributeSets, peers, judge } = makers;
    const rows = new RouteRows(attributeSets, peers, (row) => this.#taken.push(row), judge);
    this.taker = {
      takeRib: (record) => this.#rib(record, rows),
      takeUpdate: (update) => this.#update(update, rows),
      takeState: () => undefined,
    };
  }

  /** Decides what tables and the updates after them left. */
  finish(): void {
    for (const routes of this.#routes.values()) showDecided([...routes.values()], this.#makers);
  }

  #rib(record: RibRecord, rows: RouteRows): void {
    const prefix = formatPrefix(prefixFromCells(record.prefix));
    if (!this.#asked.has(prefix)) return;
    rows.rib(record);
    const known = this.#routes.get(prefix) ?? new Map<string, Route>();
    this.#routes.set(prefix, known);
    const taken = this.#taken.splice(0);
    for (const { key, ...route } of routesOf(this.#makers, record, taken)) known.set(key, route);
  }

  #update(recorded: RecordedUpdate, rows: RouteRows): void {
    const { peer, seconds, update } = recorded;
    rows.update(recorded);
    const taken = this.#taken.splice(0).filter(({ prefix = "" }) => this.#asked.has(prefix));
    if (taken.length === 0) return;
    for (const row of taken) this.#makers.lines.add(row);
    for (const { prefixes } of update.withdrawn) {
      for (const { prefix, pathId } of prefixes) {
        this.#routes.get(formatPrefix(prefix))?.delete(`${peer} ${pathId}`);
      }
    }
    for (const { prefixes, set } of [...update.announced, ...update.revoked]) {
      for (const { prefix, pathId } of prefixes) {
        const name = formatPrefix(prefix);
        const row = taken.find((one) => one.kind === "announce" && one.prefix === name);
        if (row === undefined) continue;
        const candidate = candidateOf(
          this.#makers,
          set,
          { peer, pathId, since: seconds },
          prefix.family,
        );
        this.#routes
          .get(name)
          ?.set(`${peer} ${pathId}`, { row: { ...row, kind: "entry" }, candidate });
      }
    }
  }
}
