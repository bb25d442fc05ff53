/** Captures made of a few packets, and forwarders for them to go through. */

import { type Capture, type CaptureOptions, openCaptureSource } from "../../src/io/capture.ts";
import type { ByteSource } from "../../src/io/port.ts";
import { type ReplayOptions, type ReplayOutcome, replay } from "../../src/replay/replay.ts";
import { type ReplayReport, replayReport } from "../../src/replay/report.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { RouteInput } from "../../src/router/route-input.ts";
import { concat, pcapHeader, pcapRecord } from "../io/capture-bytes.ts";
import { byteSource } from "../io/read-capture.ts";
import { type Bytes, ipv4Packet, ipv6Packet, ports } from "../oracle/ip-packets.ts";
import { ETHER_TYPE, ethernet, ethernetIp } from "../oracle/link-frames.ts";

/** Two sites share the services by weight; one address has a next hop of its own. */
export const SERVICE_ROUTES: readonly RouteInput[] = [
  {
    prefix: "203.0.113.0/24",
    nextHops: [
      { nextHop: "10.0.0.11", site: "lon" },
      { nextHop: "10.0.0.12", site: "ams", weight: 3 },
    ],
  },
  { prefix: "203.0.113.200/32", nextHops: ["10.0.0.13"] },
  { prefix: "203.0.113.201/32", kind: "local" },
  { prefix: "203.0.113.202/32", kind: "blackhole" },
  { prefix: "2001:db8:a::/48", nextHops: ["fe80::1%eth0"] },
];

/** A packet of a capture. */
export interface Captured {
  readonly data: Bytes;
  /** Bytes on the wire, where the frame was cut. */
  readonly original?: number;
}

/** A DNS query of a client, one flow a port. */
export function query4(port: number, destination = "203.0.113.53", ttl = 64): Captured {
  const packet = ipv4Packet({ destination, ttl, payload: ports(port, 53) });
  return { data: ethernetIp(packet).bytes };
}

/** As query4. */
export function query6(port: number, destination = "2001:db8:a::53", hopLimit = 64): Captured {
  const packet = ipv6Packet({ destination, hopLimit, payload: ports(port, 53) });
  return { data: ethernetIp(packet).bytes };
}

/** A frame that is not IP. */
export const ARP: Captured = { data: ethernet(ETHER_TYPE.arp, new Uint8Array(46)).bytes };

/** A capture file: packet n was captured n nanoseconds after 2023-11-14T22:13:20Z. */
export function captureBytes(packets: readonly Captured[]): Uint8Array {
  const seconds = 1_700_000_000;
  return concat(
    pcapHeader({ magic: 0xa1b23c4d }),
    ...packets.map((packet, index) =>
      pcapRecord("little", { ...packet, seconds, fraction: index + 1 }),
    ),
  );
}

/** What came of a replay. */
export interface Replayed extends ReplayOutcome {
  readonly report: ReplayReport;
}

/** Replays a source, with the options of both. */
export async function replaySource(
  forwarder: Forwarder,
  source: ByteSource,
  options: ReplayOptions & CaptureOptions = {},
): Promise<Replayed> {
  await using capture: Capture = await openCaptureSource(source, forwarder.engine, options);
  const outcome = await replay(forwarder, capture, options);
  return { ...outcome, report: replayReport(forwarder, capture.info, outcome.times) };
}

/** Replays packets as a capture. */
export function replayPackets(
  forwarder: Forwarder,
  packets: readonly Captured[],
  options: ReplayOptions & CaptureOptions = {},
): Promise<Replayed> {
  return replaySource(forwarder, byteSource(captureBytes(packets)), options);
}
