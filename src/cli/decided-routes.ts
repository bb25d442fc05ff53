/** Routes of MRT files with what the decision makes of them, for the verbs that tell it. */

import type { Address } from "../net/address.ts";
import type { PrefixCells } from "../net/bytes.ts";
import { prefixCells } from "../net/bytes.ts";
import { formatPrefix, prefixFromCells, prefixToCells } from "../net/prefix.ts";
import {
  type Candidate,
  type DecisionOptions,
  type DecisionStep,
  decide,
  medNote,
} from "../rib/best-path.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import { type ImportedRoutes, REJECTED } from "../sources/imported-routes.ts";
import {
  type AttributeSets,
  endsSession,
  formatRow,
  type PeerTable,
  type RecordedState,
  type RecordedUpdate,
  type RibRecord,
  type RouteJudge,
  type RouteRow,
  RouteRows,
} from "../sources/mrt.ts";
import { type NextHopCosts, nextHopCost } from "../sources/route-chooser.ts";
import type { RibTaker } from "./rib-files.ts";

/** What the decision made of a route: in JSON, further fields of its row. */
export interface Outcome {
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
  /** What the policy did to it. */
  readonly note: string | undefined;
}

/** Where a route came from, when, and with what. */
type Came = Pick<Candidate, "pathId" | "since"> & { readonly peer: number; readonly set: number };

/** A route as text: `*` the best one, `=` used beside it, as routers mark them, and why. */
export function decidedText(row: RouteRow, outcome: Outcome): string {
  const { best, used, decided_by: step, note } = outcome;
  const mark = best ? "*" : used ? "=" : " ";
  const lost = step === null ? "" : ` lost by ${step}`;
  return `${mark} ${formatRow(row)}${lost}${note === null ? "" : ` (${note})`}`;
}

/** Takes routes as they are decided. */
export interface RowTaker {
  /** A row that nothing is decided about: an update. */
  add(row: RouteRow): void;
  addDecided(row: RouteRow, outcome: Outcome): void;
}

/** What routes are decided with. */
export interface Makers extends NextHopCosts {
  readonly attributeSets: AttributeSets;
  readonly peers: PeerTable;
  readonly rows: RowTaker;
  readonly decision: DecisionOptions;
  /** Peers of this AS are internal. */
  readonly localAs?: number;
  readonly judge: RouteJudge | undefined;
  /** What routes are let in by. */
  readonly imported: ImportedRoutes;
}

/** Tells the routes of a prefix with what the decision makes of them. */
export function showDecided(routes: readonly Route[], { rows, decision }: Makers): void {
  const { best, equal, steps } = decide(
    routes.map(({ candidate }) => candidate),
    decision,
  );
  const winner = routes[best]?.candidate;
  for (const [index, { row, candidate, note }] of routes.entries()) {
    const step = steps[index];
    const notes = joined([note, winner && medNote(candidate, winner, step, decision)]);
    rows.addDecided(row, {
      best: index === best,
      used: equal.includes(index),
      decided_by: step ?? null,
      note: notes ?? null,
    });
  }
}

/** A route that came, as the decision sees it behind the policy. */
function routeOf(makers: Makers, cells: PrefixCells, row: RouteRow, came: Came): Route {
  const { peers, localAs, imported, attributeSets } = makers;
  const peer = peers.peers[came.peer];
  if (peer === undefined) throw new RangeError(`there is no peer ${came.peer}`);
  const id = imported.take(cells, came.set, came.peer);
  const isRejected = id === REJECTED;
  const { isWhole, set } = isRejected
    ? { isWhole: false, set: attributeSets.decoded(came.set).set }
    : imported.of(id);
  const { nextHop } = set;
  const isHop = nextHop !== undefined && nextHopFault(nextHop, cells.family) === undefined;
  const isLoop = set.asPath.some(({ asns }) => asns.includes(localAs ?? -1));
  const isUsable = isWhole && isHop && !isLoop;
  const igpCost = isUsable ? nextHopCost(nextHop, makers) : Number.POSITIVE_INFINITY;
  const { pathId, since } = came;
  return {
    row,
    candidate: { set, peer, pathId, since, isInternal: peer.as === localAs, igpCost },
    note: isRejected
      ? "rejected by the policy"
      : joined([
          id % 2 === 1 ? "changed by the policy" : undefined,
          isUsable ? resolutionNote(nextHop, makers) : undefined,
        ]),
  };
}

/** What the next hop is reached by; undefined where it is taken as it is. */
function resolutionNote(nextHop: Address, { resolver }: NextHopCosts): string | undefined {
  if (resolver === undefined) return undefined;
  const resolution = resolver.of(nextHop);
  if (resolution === undefined) return "no route leads to the next hop";
  return `next hop resolved by ${resolution.prefix}`;
}

/** Notes as one; undefined where there is none. */
function joined(notes: readonly (string | undefined)[]): string | undefined {
  return notes.filter((one) => one !== undefined).join("; ") || undefined;
}

/** The routes of a record, in the order of its entries: `rows` are theirs. */
export function routesOf(makers: Makers, record: RibRecord, rows: readonly RouteRow[]) {
  return rows.map((row, entry) => {
    const peer = record.peers[entry] ?? 0;
    const pathId = record.hasPathIds ? (record.pathIds[entry] ?? 0) : 0;
    const set = record.attributeSets[entry] ?? 0;
    const came = { peer, pathId, set, since: record.times[entry] ?? 0 };
    return { key: `${peer} ${pathId}`, route: routeOf(makers, record.prefix, row, came) };
  });
}

/** Takes what files hold. */
export type ShowTaker = Pick<RibTaker, "takeRib" | "takeUpdate" | "takeState">;

/** The routes of some prefixes: updates as they are read, at the end what tables and they left. */
export class AskedRoutes {
  readonly taker: ShowTaker;
  readonly #makers: Makers;
  readonly #asked: ReadonlySet<string>;
  readonly #routes = new Map<string, Map<string, Route>>();
  readonly #cells = prefixCells();
  #taken: RouteRow[] = [];

  constructor(makers: Makers, asked: readonly string[]) {
    this.#makers = makers;
    this.#asked = new Set(asked);
    const { attributeSets, peers, judge } = makers;
    const rows = new RouteRows(attributeSets, peers, (row) => this.#taken.push(row), judge);
    this.taker = {
      takeRib: (record) => this.#rib(record, rows),
      takeUpdate: (update) => this.#update(update, rows),
      takeState: (state) => this.#state(state),
    };
  }

  /** Decides what tables and the updates after them left. */
  finish(): void {
    for (const routes of this.#routes.values()) showDecided([...routes.values()], this.#makers);
  }

  /** The routes of a prefix, by peer and path. */
  #of(prefix: string): Map<string, Route> {
    const known = this.#routes.get(prefix) ?? new Map<string, Route>();
    this.#routes.set(prefix, known);
    return known;
  }

  /** A session that ends takes its routes with it. */
  #state(state: RecordedState): void {
    if (!endsSession(state)) return;
    for (const routes of this.#routes.values()) {
      for (const key of routes.keys()) if (key.startsWith(`${state.peer} `)) routes.delete(key);
    }
  }

  #rib(record: RibRecord, rows: RouteRows): void {
    const prefix = formatPrefix(prefixFromCells(record.prefix));
    if (!this.#asked.has(prefix)) return;
    rows.rib(record);
    const known = this.#of(prefix);
    const taken = this.#taken.splice(0);
    for (const { key, route } of routesOf(this.#makers, record, taken)) known.set(key, route);
  }

  #update(recorded: RecordedUpdate, rows: RouteRows): void {
    const { peer, seconds, update } = recorded;
    rows.update(recorded);
    const taken = this.#taken.splice(0).filter(({ prefix = "" }) => this.#asked.has(prefix));
    if (taken.length === 0) return;
    for (const row of taken) this.#makers.rows.add(row);
    const isUnicast = ({ isMulticast }: { readonly isMulticast: boolean }) => !isMulticast;
    for (const { prefixes } of update.withdrawn.filter(isUnicast)) {
      for (const { prefix, pathId } of prefixes) {
        this.#routes.get(formatPrefix(prefix))?.delete(`${peer} ${pathId}`);
      }
    }
    for (const { prefixes, set } of [...update.announced, ...update.revoked].filter(isUnicast)) {
      for (const { prefix, pathId } of prefixes) {
        const name = formatPrefix(prefix);
        const row = taken.find((one) => one.kind === "announce" && one.prefix === name);
        if (row === undefined) continue;
        prefixToCells(prefix, this.#cells);
        const came = { peer, pathId, set, since: seconds };
        const route = routeOf(this.#makers, this.#cells, { ...row, kind: "entry" }, came);
        this.#of(name).set(`${peer} ${pathId}`, route);
      }
    }
  }
}
