/** What an MRT file holds as rows of named fields: one for each entry, announcement, withdrawal. */

import { formatAddress } from "../../net/address.ts";
import { formatPrefix, type Prefix, prefixFromCells } from "../../net/prefix.ts";
import { formatPath, NO_ORIGIN, pathOrigin } from "../../rib/as-path.ts";
import {
  formatCommunity,
  formatExtendedCommunities,
  formatLargeCommunities,
} from "../../rib/communities.ts";
import type { OriginState } from "../../rib/origin-validation.ts";
import type { AttributeSets } from "../bgp/attribute-sets.ts";
import type { PrefixList } from "../bgp/update.ts";
import type { RecordedState, RecordedUpdate } from "./message-records.ts";
import type { PeerTable } from "./peers.ts";
import type { RibRecord } from "./rib-records.ts";

/** What a route's attributes say. */
export interface AttributeRow {
  readonly next_hop: string | null;
  readonly as_path: string;
  readonly origin_as: number | null;
  readonly origin: string;
  readonly local_preference: number | null;
  readonly med: number | null;
  readonly communities: readonly string[];
  readonly large_communities: readonly string[];
  readonly extended_communities: readonly string[];
  readonly atomic_aggregate: boolean;
  readonly aggregator: string | null;
  /** Malformed in a way that a router takes for a withdrawal (RFC 7606). */
  readonly malformed: boolean;
}

/** One row. A withdrawal has no attributes. */
export interface RouteRow extends Partial<AttributeRow> {
  readonly kind: "entry" | "announce" | "withdraw" | "state";
  readonly time_seconds: number;
  readonly peer: string;
  readonly peer_as: number;
  readonly prefix?: string;
  readonly path_id?: number;
  /** What origin validation says, where VRPs are given. */
  readonly rpki?: OriginState;
  /** States of the session, 1 (Idle) to 6 (Established). */
  readonly state_before?: number;
  readonly state_after?: number;
}

/** Validates the route of a prefix that came with a set of attributes from a peer. */
export type RouteJudge = (prefix: Prefix, set: number, peer: number) => OriginState;

/** Sets whose rows are kept; beyond, all are forgotten. */
const KEPT_MAX = 65_536;

/** Makes rows of records; takes them one by one. */
export class RouteRows {
  readonly #sets: AttributeSets;
  readonly #peers: PeerTable;
  readonly #take: (row: RouteRow) => void;
  readonly #judge: RouteJudge | undefined;
  readonly #kept = new Map<number, AttributeRow>();

  /** With `judge`, rows of routes have their states. */
  constructor(
    sets: AttributeSets,
    peers: PeerTable,
    take: (row: RouteRow) => void,
    judge?: RouteJudge,
  ) {
    this.#judge = judge;
    this.#sets = sets;
    this.#peers = peers;
    this.#take = take;
  }

  /** The rows of a prefix of a table. */
  rib(record: RibRecord): void {
    const value = prefixFromCells(record.prefix);
    const prefix = formatPrefix(value);
    for (let entry = 0; entry < record.count; entry++) {
      const [set, peer] = [record.attributeSets[entry] ?? 0, record.peers[entry] ?? 0];
      this.#take({
        kind: "entry",
        time_seconds: record.seconds,
        ...this.#peer(peer),
        prefix,
        ...(record.hasPathIds ? { path_id: record.pathIds[entry] ?? 0 } : {}),
        ...this.#attributes(set),
        ...this.#state(value, set, peer),
      });
    }
  }

  /** The rows of an UPDATE: what it withdraws, then what it announces. */
  update({ update, seconds, microseconds, peer }: RecordedUpdate): void {
    const common = { time_seconds: seconds + microseconds / 1e6, ...this.#peer(peer) };
    for (const list of update.withdrawn) this.#list({ kind: "withdraw", ...common }, list);
    for (const list of [...update.announced, ...update.revoked]) {
      const attributes = this.#attributes(list.set);
      this.#list({ kind: "announce", ...common }, list, (prefix) => ({
        ...attributes,
        ...this.#state(prefix, list.set, peer),
      }));
    }
  }

  /** The row of a change of state. */
  state({ seconds, microseconds, peer, before, after }: RecordedState): void {
    this.#take({
      kind: "state",
      time_seconds: seconds + microseconds / 1e6,
      ...this.#peer(peer),
      state_before: before,
      state_after: after,
    });
  }

  #list(
    row: RouteRow,
    { prefixes }: PrefixList,
    more: (prefix: Prefix) => Partial<RouteRow> = () => ({}),
  ): void {
    for (const { prefix, pathId } of prefixes) {
      const id = pathId === 0 ? {} : { path_id: pathId };
      this.#take({ ...row, prefix: formatPrefix(prefix), ...id, ...more(prefix) });
    }
  }

  #state(prefix: Prefix, set: number, peer: number): Pick<RouteRow, "rpki"> {
    return this.#judge === undefined ? {} : { rpki: this.#judge(prefix, set, peer) };
  }

  #peer(number: number): Pick<RouteRow, "peer" | "peer_as"> {
    const peer = this.#peers.peers[number];
    if (peer === undefined) throw new RangeError(`there is no peer ${number}`);
    return { peer: formatAddress(peer.address), peer_as: peer.as };
  }

  #attributes(set: number): AttributeRow {
    const known = this.#kept.get(set);
    if (known !== undefined) return known;
    if (this.#kept.size === KEPT_MAX) this.#kept.clear();
    const row = attributeRow(this.#sets, set);
    this.#kept.set(set, row);
    return row;
  }
}

function attributeRow(sets: AttributeSets, number: number): AttributeRow {
  const { kind, set } = sets.decoded(number);
  const { aggregator } = set;
  const originAs = pathOrigin(set.asPath);
  return {
    next_hop: set.nextHop === undefined ? null : formatAddress(set.nextHop),
    as_path: formatPath(set.asPath),
    origin_as: originAs === NO_ORIGIN ? null : originAs,
    origin: set.origin,
    local_preference: set.localPreference ?? null,
    med: set.med ?? null,
    communities: set.communities.map(formatCommunity),
    large_communities: formatLargeCommunities(set.largeCommunities),
    extended_communities: formatExtendedCommunities(set.extendedCommunities),
    atomic_aggregate: set.isAtomicAggregate,
    aggregator: aggregator ? `${aggregator.as} ${formatAddress(aggregator.address)}` : null,
    malformed: kind === "treat_as_withdraw",
  };
}

/** A row as a line for people. */
export function formatRow(row: RouteRow): string {
  const { kind, prefix = "", path_id: id, next_hop: nextHop, as_path: path = "" } = row;
  const from = `from ${row.peer} AS${row.peer_as}`;
  if (kind === "state") return `state ${row.state_before} ${row.state_after} ${from}`;
  const named = id === undefined ? prefix : `${prefix} path ${id}`;
  if (kind === "withdraw") return `- ${named} ${from}`;
  const preference =
    row.local_preference === null ? "" : ` local_preference ${row.local_preference}`;
  const med = row.med === null ? "" : ` med ${row.med}`;
  const communities = row.communities?.join(" ") ?? "";
  const state = row.rpki === undefined ? "" : ` rpki ${row.rpki}`;
  const tail = `${state}${communities === "" ? "" : ` communities ${communities}`}`;
  const start = kind === "announce" ? "+ " : "";
  const via = `${start}${named} via ${nextHop ?? "nothing"} ${from}`;
  return `${via} as_path ${path || "empty"} ${row.origin}${preference}${med}${tail}`;
}
