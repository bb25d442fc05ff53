/** Fragments with their times through an engine that tracks them. */

import type { Batch } from "../../../src/engine/batch.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { readFlow } from "../../../src/engine/flow-record.ts";
import {
  type Bytes,
  counting,
  fragment,
  ipv4Packet,
  ipv6Packet,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { ethernetIp } from "../../oracle/link-frames.ts";
import { DESTINATIONS } from "../test-router.ts";

/** A packet as it came. */
export interface Arrival {
  readonly packet: Bytes;
  readonly ms: number;
}

/** A packet as it left. */
export interface Departure {
  /** Its number among the arrivals, from 1. */
  readonly number: number;
  readonly timestampNs: bigint;
  readonly nextHop: number;
  readonly steered: string | undefined;
  readonly leaving: Bytes;
}

/** What a fragment is part of. */
export interface Datagram {
  readonly family: 4 | 6;
  readonly id: number;
  readonly port: number;
  readonly protocol?: number;
}

/** The flow of a datagram in one packet. */
export function wholePacket({ family, port, protocol = PROTOCOL.udp }: Datagram): Bytes {
  const fields = { destination: DESTINATIONS[family].table, protocol, payload: ports(port, 53) };
  return family === 4 ? ipv4Packet(fields) : ipv6Packet(fields);
}

/** A fragment: piece 0 is the first; all have more behind them. */
export function piece(datagram: Datagram, index: number): Bytes {
  const { family, id, port, protocol = PROTOCOL.udp } = datagram;
  const payload = index === 0 ? ports(port, 53) : counting(16);
  const common = { destination: DESTINATIONS[family].table, payload, protocol };
  const offset = index * 2;
  if (family === 6) return ipv6Packet({ ...common, extensions: [fragment(offset, true, id)] });
  const fields = { identification: id & 0xffff, fragmentOffset: offset, moreFragments: true };
  return ipv4Packet({ ...common, ...fields });
}

/** Sends packets in batches of `size`; with `end`, what is held then leaves too. */
export function sendTimed(
  engine: Engine,
  arrivals: readonly Arrival[],
  { size = 4, end = true, first = 1 } = {},
): readonly Departure[] {
  const departures: Departure[] = [];
  const forward = (): void => {
    engine.process();
    for (let i = 0; i < engine.batch.count; i++) departures.push(departure(engine.batch, i));
  };
  for (let at = 0; at < arrivals.length; at += size) {
    engine.batch.clear();
    for (const { packet, ms } of arrivals.slice(at, at + size)) {
      const timestampNs = BigInt(Math.round(ms * 1e6));
      const { bytes, linkType } = ethernetIp(packet);
      if (!engine.batch.push(bytes, { timestampNs, linkType })) throw new Error("no room");
    }
    engine.batch.numberFrom(first + at);
    forward();
    while (engine.steering.release() > 0) forward();
  }
  while (end && engine.steering.release(true) > 0) forward();
  return departures;
}

function departure(batch: Batch, packet: number): Departure {
  return {
    number: batch.numbers[packet] ?? 0,
    timestampNs: batch.timestamps[packet] ?? 0n,
    nextHop: batch.nextHops[packet] ?? 0,
    steered: readFlow(batch, packet)?.steered,
    leaving: Uint8Array.from(batch.leavingFrame(packet)),
  };
}
