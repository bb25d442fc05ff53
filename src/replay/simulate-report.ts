/** The report of a simulation: the JSON document that scripts rely on. */

import type { CaptureInfo } from "../io/capture.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { ModelRow } from "./comparison.ts";
import { actionText } from "./event.ts";
import type { IngressCounts } from "./ingress-shares.ts";
import type { ReplayReport } from "./report.ts";
import type { EventOutcome, Simulation } from "./simulation.ts";

/** A next hop's part of the flows seen, 0 to 1, right before and right after an event. */
export interface ShareRow {
  readonly next_hop: string;
  readonly site?: string;
  readonly share_before: number;
  readonly share_after: number;
  readonly target_share_before: number;
  readonly target_share_after: number;
}

/** What one event did. */
export interface EventRow {
  readonly at_seconds: number;
  /** `up`, `down`, `drain`, `weight=W`, `key`. */
  readonly event: string;
  readonly target: string;
  /** Present where the capture ended before its time. */
  readonly after_end?: true;
  readonly flows_seen: number;
  readonly flows_moved: number;
  readonly flows_moved_needlessly: number;
  /** Of those that moved: to another tier. */
  readonly flows_tier_changed: number;
  /** Of those that moved by the tables: whose packets went on to their old next hop. */
  readonly flows_kept_by_pins: number;
  readonly tcp_established_broken: number;
  readonly shares: readonly ShareRow[];
}

/** One of the captures. */
export interface CaptureRow {
  /** Where it was taken, where that was said. */
  readonly site?: string;
  readonly file: string;
  readonly packets: number;
}

/** The row of a capture. */
export function captureRow({ file, packets }: CaptureInfo, site: string | undefined): CaptureRow {
  return { ...(site === undefined ? {} : { site }), file, packets };
}

/** A next hop's part of the packets of one capture. */
export interface IngressShareRow {
  readonly next_hop: string;
  readonly site?: string;
  readonly packets: number;
  readonly share: number;
}

/** Where the packets of one of several captures went. */
export interface IngressRow {
  /** The capture's site, or its file. */
  readonly name: string;
  /** Forwarded ones. */
  readonly packets: number;
  /** Those that got any, the busiest first. */
  readonly next_hops: readonly IngressShareRow[];
}

function ingressRows(
  forwarder: Forwarder,
  captures: readonly CaptureRow[],
  ingress: readonly IngressCounts[],
): readonly IngressRow[] {
  return ingress.map(({ packets, nextHops }, index) => {
    const busiest = Array.from(nextHops).toSorted(([, a], [, b]) => b - a);
    const capture = captures[index];
    return {
      name: capture?.site ?? capture?.file ?? "",
      packets,
      next_hops: busiest.map(([adjacency, count]) => {
        return { ...named(forwarder, adjacency), packets: count, share: count / packets };
      }),
    };
  });
}

function named(forwarder: Forwarder, adjacency: number): Pick<ShareRow, "next_hop" | "site"> {
  const nextHop = forwarder.nextHop(adjacency);
  const site = nextHop?.site === undefined ? {} : { site: nextHop.site };
  return { next_hop: nextHop?.name ?? "", ...site };
}

/** Field names and units are those of the command line's documented JSON. */
export interface SimulateReport extends ReplayReport {
  readonly events: readonly EventRow[];
  readonly captures: readonly CaptureRow[];
  /** Present where there are several captures. */
  readonly ingress?: readonly IngressRow[];
  /** Names the tables after the last event: equal where two forwarders choose alike. */
  readonly tables_digest: string;
  /** Present where there were more flows than can be followed: packets of the others. */
  readonly packets_not_followed?: number;
  /** Present where other algorithms were compared: ours first. */
  readonly comparison?: readonly ModelRow[];
}

function eventRow(forwarder: Forwarder, outcome: EventOutcome): EventRow {
  const { event, isAfterEnd } = outcome;
  return {
    at_seconds: outcome.atSeconds,
    event: actionText(event.action),
    target: event.target,
    ...(isAfterEnd ? { after_end: true as const } : {}),
    flows_seen: outcome.flowsSeen,
    flows_moved: outcome.flowsMoved,
    flows_moved_needlessly: outcome.flowsMovedNeedlessly,
    flows_tier_changed: outcome.flowsTierChanged,
    flows_kept_by_pins: outcome.flowsKept,
    tcp_established_broken: outcome.tcpBroken,
    shares: outcome.shares.map(({ adjacency, before, after, targetBefore, targetAfter }) => {
      return {
        ...named(forwarder, adjacency),
        share_before: before,
        share_after: after,
        target_share_before: targetBefore,
        target_share_after: targetAfter,
      };
    }),
  };
}

/** A replay's report, with what the events in it did. */
export function simulateReport(
  forwarder: Forwarder,
  simulation: Simulation,
  report: ReplayReport,
  captures: readonly CaptureRow[],
  ingress?: readonly IngressCounts[],
): SimulateReport {
  const { lostPackets, outcomes } = simulation;
  return {
    events: outcomes.map((outcome) => eventRow(forwarder, outcome)),
    captures,
    ...(ingress === undefined ? {} : { ingress: ingressRows(forwarder, captures, ingress) }),
    tables_digest: forwarder.digest(),
    ...report,
    ...(lostPackets > 0 ? { packets_not_followed: lostPackets } : {}),
  };
}
