/** What a router does with a packet: route, TTL, next hop, and the frame as it leaves. */

import { internetChecksum } from "./checksum.ts";
import { flowHash, type WireTuple } from "./flow-hash.ts";
import {
  type ArrivedPacket,
  isLinkLocal,
  type ReadPacket,
  readIpv4,
  readIpv6,
  type UnreadPacket,
} from "./ip-model.ts";
import { joinBytes, u16 } from "./ip-packets.ts";
import { readQuote } from "./quoted-model.ts";

/** What the router knows. */
export interface RouterModel {
  readonly key: Uint8Array;
  /** Group of the longest prefix that covers a destination, 0 for none. */
  readonly groupOf: (destination: Uint8Array) => number;
  /** Adjacency of each slot of a group; one entry where the group has one next hop. */
  readonly slotsOf: (group: number) => ArrayLike<number>;
  /** Destination and source MAC of an adjacency, twelve bytes. */
  readonly macsOf: (adjacency: number) => readonly number[];
}

/** What becomes of a packet. */
export interface ModelOutcome {
  readonly verdict: "forward" | "punt" | "drop";
  readonly reason?: string;
  readonly group: number;
  readonly nextHop: number;
  readonly slot?: number;
  /** The frame as it leaves, empty unless forwarded. */
  readonly leaving: Uint8Array<ArrayBuffer>;
  readonly leavingOriginalLength: number;
  /** What was read of the packet; undefined where that was nothing. */
  readonly packet: ReadPacket | undefined;
}

/** Kinds of route that have no next hop, by group id: all other reserved ids are no route. */
const KINDS: ReadonlyMap<number, string> = new Map([
  [2, "blackhole"],
  [3, "unreachable"],
  [4, "prohibit"],
]);
const LOCAL = 1;
const RESERVED = 8;

/** Sends a packet of a family through the router. */
export function forwardModel(
  router: RouterModel,
  family: 4 | 6,
  arrived: ArrivedPacket,
): ModelOutcome {
  const arrivedPacket = family === 4 ? readIpv4(arrived) : readIpv6(arrived);
  const read = steered(family, arrived, arrivedPacket);
  const packet = "source" in read ? read : undefined;
  const nothing = { nextHop: 0, leaving: new Uint8Array(), leavingOriginalLength: 0, packet };
  const drop = (reason: string, group: number): ModelOutcome => {
    return { ...nothing, verdict: "drop", reason, group };
  };
  if (packet === undefined || read.reason !== undefined) return drop(read.reason ?? "", 0);
  const group = router.groupOf(packet.destination);
  if (group === LOCAL) return { ...nothing, verdict: "punt", group };
  if (group < RESERVED) return drop(KINDS.get(group) ?? "no_route", group);
  if (packet.ttl <= 1) return drop("ttl_expired", group);
  if (isLinkLocal(packet.source)) return drop("beyond_scope", group);
  const slots = router.slotsOf(group);
  const hash = flowHash(router.key, flowTuple(family, arrived, packet));
  const slot = Number(hash & BigInt(slots.length - 1));
  const nextHop = slots[slot] ?? 0;
  if (nextHop === 0) return drop("next_hop_down", group);
  const leaving = leavingFrame(router.macsOf(nextHop), family, arrived, packet);
  const leavingOriginalLength = 14 + packet.totalLength;
  const taken = slots.length > 1 ? { slot } : {};
  const left = { leaving, leavingOriginalLength, packet };
  return { verdict: "forward", group, nextHop, ...taken, ...left };
}

/** The packet with what an ICMP error is taken for: part of the flow that it quotes. */
function steered(
  family: 4 | 6,
  arrived: ArrivedPacket,
  read: ReadPacket | UnreadPacket,
): ReadPacket | UnreadPacket {
  if (read.reason !== undefined || !("source" in read) || read.isFragment) return read;
  const quote = readQuote(family, arrived, read);
  if (quote === undefined) return read;
  return { ...read, steered: "quoted", ...(quote.isTcp ? { segment: "follows" } : {}) };
}

/** The flow whose hash a packet goes by. */
function flowTuple(family: 4 | 6, arrived: ArrivedPacket, packet: ReadPacket): WireTuple {
  if (packet.steered === undefined) return packet;
  return readQuote(family, arrived, packet)?.tuple ?? packet;
}

/** Ethernet header, then the packet without what follows it in its frame, one hop older. */
function leavingFrame(
  macs: readonly number[],
  family: 4 | 6,
  { bytes }: ArrivedPacket,
  { totalLength, headerLength }: ReadPacket,
): Uint8Array<ArrayBuffer> {
  const packet = bytes.slice(0, totalLength);
  const ttlAt = family === 4 ? 8 : 7;
  packet[ttlAt] = (packet[ttlAt] ?? 0) - 1;
  if (family === 4) {
    packet.set([0, 0], 10);
    packet.set(u16(internetChecksum(packet.subarray(0, headerLength))), 10);
  }
  return joinBytes(macs, u16(family === 4 ? 0x0800 : 0x86dd), packet);
}
