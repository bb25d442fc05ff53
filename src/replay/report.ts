/** The report of a replay: the JSON document that scripts rely on. */

import type { CopyCounts } from "../engine/copies.ts";
import type { PinCounts } from "../engine/pins.ts";
import type { CaptureInfo } from "../io/capture.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { SentReport } from "./packet-sender.ts";
import type { ReplayTimes } from "./replay.ts";

/** One next hop's part. */
export interface NextHopRow {
  readonly next_hop: string;
  readonly site?: string;
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
  /** Part of the forwarded packets, 0 to 1. */
  readonly share: number;
  /** The part that its weights entitled it to. */
  readonly target_share: number;
}

/** What updates did, as a report has it. */
export interface UpdateReport {
  readonly applied: number;
  readonly left: number;
  readonly routes_changed: number;
  readonly not_installed: number;
  readonly commits: number;
  readonly longest_commit_microseconds: number;
  readonly flows_moved: number;
  readonly flows_moved_needlessly: number;
  readonly tcp_established_broken: number;
}

/** A source prefix that is counted, limited or dropped, and what it sent. */
export interface SourceRow {
  readonly prefix: string;
  readonly action: "count" | "limit" | "drop";
  readonly packets: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly dropped_bytes: number;
}

/** A route that is counted or limited, and what took it. */
export interface MarkedRouteRow {
  readonly prefix: string;
  readonly action: "count" | "limit";
  readonly packets: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly dropped_bytes: number;
}

/** A tunnel that ends here, and what came by it. */
export interface TunnelRow {
  readonly tunnel: string;
  readonly packets: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly left: number;
  readonly passed: number;
}

/** Field names and units are those of the command line's documented JSON. */
export interface ReplayReport {
  readonly capture: {
    readonly file: string;
    readonly format: "pcap" | "pcapng";
    readonly packets: number;
    readonly bytes: number;
    readonly truncated: boolean;
    readonly truncated_packets: number;
  };
  readonly received: number;
  readonly forwarded: number;
  readonly punted: number;
  readonly dropped: number;
  readonly received_bytes: number;
  readonly forwarded_bytes: number;
  readonly drops: Readonly<Record<string, number>>;
  readonly families: { readonly ipv4: number; readonly ipv6: number; readonly other: number };
  /** Names the key that flows were hashed under. */
  readonly key_id: string;
  readonly flows: number;
  /** Present where the flows are estimates: beyond 2^20. */
  readonly flows_estimated?: true;
  /** Present where fragments are tracked. */
  readonly fragments?: {
    readonly tracked: number;
    readonly held: number;
    readonly released: number;
    readonly expired: number;
    readonly overflow: number;
  };
  /** Present where slots changed hands: connections that were pinned, and packets that stayed. */
  readonly pins?: PinCounts;
  /** Present where something is done with packets by their source. */
  readonly sources?: readonly SourceRow[];
  /** Present where routes are counted or limited. */
  readonly marked_routes?: readonly MarkedRouteRow[];
  /** Present where tunnels end here. */
  readonly tunnels?: readonly TunnelRow[];
  /** Present where ICMP errors were asked for. */
  readonly replies?: { readonly sent: number; readonly limited: number };
  /** Present where ICMP errors that name no flow are copied; copies are counted here alone. */
  readonly icmp_copies?: CopyCounts;
  /** Present where packets were sent by an interface. */
  readonly sent?: SentReport;
  /** Present where recorded updates changed routes. */
  readonly updates?: UpdateReport;
  readonly next_hops: readonly NextHopRow[];
  readonly seconds: number;
  readonly read_seconds: number;
  readonly forwarding_seconds: number;
  readonly forwarding_ns_per_packet: number;
  /** Of the packet path alone: 10^9 / forwarding_ns_per_packet. */
  readonly packets_per_second: number;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Rows of all next hops, in the order in which the tables named them. */
export function nextHopRows(forwarder: Forwarder): readonly NextHopRow[] {
  const { forwarded } = forwarder.counters;
  return forwarder.nextHopCounters().map(({ nextHop, packets, bytes, targetPackets }) => ({
    next_hop: nextHop.name,
    ...(nextHop.site === undefined ? {} : { site: nextHop.site }),
    packets,
    bytes,
    flows: forwarder.engine.tally.adjacency(nextHop.adjacency),
    share: ratio(packets, forwarded),
    target_share: ratio(targetPackets, forwarded),
  }));
}

/** At the end of a replay none waits. */
function fragmentsReport({ engine }: Forwarder): Pick<ReplayReport, "fragments"> {
  if (!engine.steering.isTracking) return {};
  const { tracked, held, released, expired, overflow } = engine.steering.fragments;
  return { fragments: { tracked, held, released, expired, overflow } };
}

function pinsReport({ engine }: Forwarder): Pick<ReplayReport, "pins"> {
  const pins = engine.pins.read();
  return Object.values(pins).some((count) => count > 0) ? { pins } : {};
}

/** Rows of source prefixes, in the order in which they were given. */
export function sourceRows({ sources }: Forwarder): readonly SourceRow[] {
  return sources.counters().map(({ prefix, action, packets, bytes, dropped, droppedBytes }) => ({
    prefix,
    action,
    packets,
    bytes,
    dropped,
    dropped_bytes: droppedBytes,
  }));
}

function sourcesReport(forwarder: Forwarder): Pick<ReplayReport, "sources"> {
  const sources = sourceRows(forwarder);
  return sources.length === 0 ? {} : { sources };
}

/** Rows of routes that are counted or limited. */
export function markedRouteRows({ marked }: Forwarder): readonly MarkedRouteRow[] {
  return marked.counters().map(({ droppedBytes, ...row }) => ({
    ...row,
    dropped_bytes: droppedBytes,
  }));
}

function markedReport(forwarder: Forwarder): Pick<ReplayReport, "marked_routes"> {
  const rows = markedRouteRows(forwarder);
  return rows.length === 0 ? {} : { marked_routes: rows };
}

function tunnelsReport({ tunnels }: Forwarder): Pick<ReplayReport, "tunnels"> {
  const rows = tunnels.counters();
  return rows.length === 0 ? {} : { tunnels: rows };
}

function repliesReport({ engine }: Forwarder): Pick<ReplayReport, "replies"> {
  if (!engine.replies.areSent) return {};
  const { made, limited } = engine.replies.counts;
  return { replies: { sent: made, limited } };
}

function copiesReport({ engine }: Forwarder): Pick<ReplayReport, "icmp_copies"> {
  return engine.copies.rate === 0 ? {} : { icmp_copies: engine.copies.counts };
}

/** The report of what a forwarder did with a capture. */
export function replayReport(
  forwarder: Forwarder,
  info: CaptureInfo,
  times: ReplayTimes,
): ReplayReport {
  const counters = forwarder.counters;
  const { tally } = forwarder.engine;
  const nsPerPacket = ratio(times.forwardingSeconds * 1e9, counters.received);
  return {
    capture: {
      file: info.file,
      format: info.format,
      packets: info.packets,
      bytes: info.bytes,
      truncated: info.truncated,
      truncated_packets: info.truncatedPackets,
    },
    received: counters.received,
    forwarded: counters.forwarded,
    punted: counters.punted,
    dropped: counters.dropped,
    received_bytes: counters.receivedBytes,
    forwarded_bytes: counters.forwardedBytes,
    drops: counters.drops,
    families: counters.families,
    key_id: forwarder.keyId,
    flows: tally.flows,
    ...(tally.isEstimated ? { flows_estimated: true as const } : {}),
    ...fragmentsReport(forwarder),
    ...pinsReport(forwarder),
    ...sourcesReport(forwarder),
    ...markedReport(forwarder),
    ...tunnelsReport(forwarder),
    ...repliesReport(forwarder),
    ...copiesReport(forwarder),
    next_hops: nextHopRows(forwarder),
    seconds: times.seconds,
    read_seconds: times.readSeconds,
    forwarding_seconds: times.forwardingSeconds,
    forwarding_ns_per_packet: nsPerPacket,
    packets_per_second: ratio(1e9, nsPerPacket),
  };
}
