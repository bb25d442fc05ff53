/**
 * The whole journey of one packet, decision by decision: what was read of it, the prefix that
 * matched and those that it was preferred to, hash, slot, next hop, the frames that leave, the ICMP
 * error that would, and where the packet would go if each of its next hops were lost.
 */

import type { FrameInfo } from "../engine/batch.ts";
import { dropReasonName, type Verdict, verdictName } from "../engine/drop-reasons.ts";
import { type FlowRecord, readFlow, readHash } from "../engine/flow-record.ts";
import { NO_SLOT } from "../engine/layout.ts";
import { formatAddress } from "../net/address.ts";
import { formatPrefix } from "../net/prefix.ts";
import { nextHopName } from "../rib/next-hop.ts";
import type { NextHop, RouteTarget } from "../rib/route.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { type CoveringRoute, coveringRoutes } from "./covering-routes.ts";

/** A next hop of a route. */
export interface ExplainedNextHop {
  readonly next_hop: string;
  readonly site: string | null;
  readonly weight: number;
  readonly cost: number;
}

/** A prefix that covers the destination. */
export interface ExplainedRoute {
  readonly prefix: string;
  readonly kind: RouteTarget["kind"];
  readonly next_hops: readonly ExplainedNextHop[];
}

/** Where the packet would go without one of its next hops. */
export interface ExplainedLoss {
  readonly lost: string;
  readonly next_hop: string | null;
  readonly site: string | null;
  readonly moves: boolean;
}

/** All that is said of a packet; null where it has no such thing. */
export interface Explanation {
  readonly packet: { readonly n: number; readonly bytes: number; readonly original_bytes: number };
  readonly parse: {
    readonly family: 4 | 6;
    readonly src: string;
    readonly dst: string;
    readonly proto: number;
    readonly sport: number | null;
    readonly dport: number | null;
    readonly ttl: number;
    readonly fragment: boolean;
    /** TCP: whether it opens a connection or follows. */
    readonly segment: string | null;
    /** Whose flow it goes with, where not its own. */
    readonly steered: string | null;
  } | null;
  /** The tunnel to whose end it came; where it was opened, the packet inside is told of. */
  readonly tunnel: { readonly name: string; readonly opened: boolean } | null;
  /** What is done with packets of its source. */
  readonly source: { readonly prefix: string; readonly action: string } | null;
  readonly match: ExplainedRoute | null;
  /** What is done with packets that take its route. */
  readonly meter: { readonly prefix: string; readonly action: string } | null;
  /** Shorter prefixes that cover the destination too, the longest first. */
  readonly passed_over: readonly ExplainedRoute[];
  /** Members of the tier that serves, with the weights in force. */
  readonly group: readonly ExplainedNextHop[];
  readonly hash: {
    /** Hexadecimal. */
    readonly value: string;
    readonly key_id: string;
    readonly slot: number;
    readonly slots: number;
  } | null;
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly next_hop: string | null;
  readonly site: string | null;
  /** Frames as they leave, in hexadecimal. */
  readonly frames: readonly { readonly original_bytes: number; readonly hex: string }[];
  /** The ICMP error that the router would send about it, in hexadecimal. */
  readonly reply: { readonly type: number; readonly code: number; readonly hex: string } | null;
  readonly if_lost: readonly ExplainedLoss[];
}

/** A packet to be explained. */
export interface ExplainedFrame extends FrameInfo {
  /** Its number in the capture, from 1. */
  readonly n: number;
  readonly bytes: Uint8Array;
}

/** Makes a forwarder like the one that explains, with other tables. */
export type ForwarderLike = (tables: readonly RouteTable[]) => Promise<Forwarder>;

/** Explains packets over one table. */
export class Explainer {
  readonly #forwarder: Forwarder;
  readonly #table: RouteTable;
  readonly #like: ForwarderLike;

  constructor(forwarder: Forwarder, table: RouteTable, like: ForwarderLike) {
    this.#forwarder = forwarder;
    this.#table = table;
    this.#like = like;
  }

  /** Sends the frame through and says what became of it. */
  async explain(frame: ExplainedFrame): Promise<Explanation> {
    const { engine, keyId } = this.#forwarder;
    const { batch } = engine;
    send(this.#forwarder, frame);
    const flow = readFlow(batch, 0);
    const verdict = verdictName(batch.verdicts[0] ?? 0);
    const routes = flow === undefined ? [] : coveringRoutes(this.#table, flow.destination);
    const [match = null, ...passedOver] = routes;
    const nextHop = this.#forwarder.nextHop(batch.nextHops[0] ?? 0);
    const slot = batch.slots[0] ?? NO_SLOT;
    const groupId = batch.groups[0] ?? 0;
    const slots = engine.groups.slots(groupId)?.length;
    return {
      packet: {
        n: frame.n,
        bytes: frame.bytes.length,
        original_bytes: frame.originalLength ?? frame.bytes.length,
      },
      parse: flow === undefined ? null : parseOf(flow),
      tunnel: this.#tunnel(flow),
      source: (flow && this.#forwarder.sources.match(flow.source)) ?? null,
      match: match === null ? null : routeOf(match),
      meter: meterOf(match),
      passed_over: passedOver.map(routeOf),
      group: this.#forwarder.group(groupId).nextHops.map(({ nextHop: member, weight, cost }) => ({
        next_hop: member.name,
        site: member.site ?? null,
        weight,
        cost,
      })),
      hash:
        slot === NO_SLOT || slots === undefined
          ? null
          : {
              value: readHash(batch, 0).toString(16).padStart(16, "0"),
              key_id: keyId,
              slot,
              slots,
            },
      verdict,
      reason: verdict === "drop" ? dropReasonName(batch.reasons[0] ?? 0) : null,
      next_hop: nextHop?.name ?? null,
      site: nextHop?.site ?? null,
      frames: this.#frames(),
      reply: this.#reply(),
      if_lost: match === null ? [] : await this.#losses(frame, match, nextHop?.name ?? null),
    };
  }

  #tunnel(flow: FlowRecord | undefined): Explanation["tunnel"] {
    const name = this.#forwarder.tunnels.of(0);
    return name === undefined ? null : { name, opened: flow?.isOpened ?? false };
  }

  #frames(): Explanation["frames"] {
    const frames = this.#forwarder.engine.leaving.frames(0);
    return Array.from(frames, ({ bytes, originalLength }) => ({
      original_bytes: originalLength,
      hex: hexOf(bytes),
    }));
  }

  #reply(): Explanation["reply"] {
    const [reply] = this.#forwarder.engine.replies.list();
    if (reply === undefined) return null;
    const { type, code, frame } = reply;
    return { type, code, hex: hexOf(frame) };
  }

  /** Each loss starts from the same tables: a router of the one route alone has the same ones. */
  async #losses(
    frame: ExplainedFrame,
    { prefix, target }: CoveringRoute,
    before: string | null,
  ): Promise<readonly ExplainedLoss[]> {
    if (target.kind !== "via" || before === null) return [];
    const losses: ExplainedLoss[] = [];
    for (const lost of target.nextHops.map(nextHopName)) {
      const table = new RouteTable();
      table.add(prefix, table.internTarget(target));
      const forwarder = await this.#like([table]);
      const transaction = forwarder.transaction();
      transaction.down(lost);
      transaction.commit();
      send(forwarder, frame);
      const after = forwarder.nextHop(forwarder.engine.batch.nextHops[0] ?? 0);
      const next = after?.name ?? null;
      losses.push({ lost, next_hop: next, site: after?.site ?? null, moves: next !== before });
    }
    return losses;
  }
}

/** Sends one frame through a forwarder. */
function send({ engine }: Forwarder, frame: ExplainedFrame): void {
  const { batch } = engine;
  batch.clear();
  batch.push(frame.bytes, frame);
  batch.numberFrom(frame.n);
  engine.process();
}

function parseOf(flow: FlowRecord): Explanation["parse"] {
  return {
    family: flow.source.family,
    src: formatAddress(flow.source),
    dst: formatAddress(flow.destination),
    proto: flow.protocol,
    sport: flow.ports?.source ?? null,
    dport: flow.ports?.destination ?? null,
    ttl: flow.ttl,
    fragment: flow.isFragment,
    segment: flow.segment ?? null,
    steered: flow.steered ?? null,
  };
}

function meterOf(match: CoveringRoute | null): Explanation["meter"] {
  const meter = match?.target.meter;
  return meter === undefined ? null : { prefix: meter.prefix, action: meter.kind };
}

function routeOf({ prefix, target }: CoveringRoute): ExplainedRoute {
  const nextHops: readonly NextHop[] = target.kind === "via" ? target.nextHops : [];
  return {
    prefix: formatPrefix(prefix),
    kind: target.kind,
    next_hops: nextHops.map((nextHop) => ({
      next_hop: nextHopName(nextHop),
      site: nextHop.site ?? null,
      weight: nextHop.weight,
      cost: nextHop.cost,
    })),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
