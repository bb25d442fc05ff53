/**
 * What the loop does besides forwarding, with the packets of a batch that are not forwarded:
 * neighbours are heard and answered, the kernel gets what is for the router's own addresses, and
 * hosts of links that packets are for are asked for.
 */

import type { Engine } from "../engine/engine.ts";
import {
  DROP_BROADCAST,
  DROP_ETHERTYPE,
  DROP_GROUP_MAC,
  DROP_IPV6_SOURCE,
  DROP_MULTICAST,
  VERDICT_DROP,
  VERDICT_PUNT,
} from "../engine/layout.ts";
import type { Address } from "../net/address.ts";
import { address6FromWords } from "../net/address.ts";
import type { Mac } from "../net/mac.ts";
import { kernelMac } from "./loop-messages.ts";
import { arpReply, parseArp } from "./neighbors/arp.ts";
import { advertisement, parseNd } from "./neighbors/nd.ts";
import type { NeighborAction, NeighborTable } from "./neighbors/table.ts";
import type { WaitingPacket, WaitingPackets } from "./neighbors/waiting.ts";

/** Reasons for which frames are dropped that neighbours may have sent. */
const HEARD: ReadonlySet<number> = new Set([
  DROP_ETHERTYPE,
  DROP_MULTICAST,
  DROP_BROADCAST,
  DROP_GROUP_MAC,
  DROP_IPV6_SOURCE,
]);

const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

/** What a batch's leftovers are handed to. */
export interface TurnParts {
  readonly engine: Engine;
  readonly neighbors: NeighborTable;
  readonly waiting: WaitingPackets;
  /** Number of the TAP, 0 for none. */
  readonly tap: number;
  /** The router's MAC on the TAP. */
  readonly tapMac: Mac;
  /** Told of packets of the batch that are dropped. */
  readonly drop: (packet: number, input: number) => void;
  readonly send: (link: number, frame: Uint8Array) => void;
  readonly act: (actions: readonly NeighborAction[]) => void;
  readonly count: (what: "neighborFrames" | "toKernel" | "fromKernel") => void;
}

/** The destination of an untagged IP frame. */
export function destinationOf(frame: Uint8Array): Address | undefined {
  if (frame.length < ETHERNET_BYTES + 20) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const ethertype = view.getUint16(12);
  if (ethertype === ETHERTYPE_IPV4) return { family: 4, value: view.getUint32(30) };
  if (ethertype !== ETHERTYPE_IPV6 || frame.length < ETHERNET_BYTES + 40) return undefined;
  return address6FromWords(Uint32Array.from([38, 42, 46, 50], (at) => view.getUint32(at)));
}

/** The kernel asks on the TAP who has any address at all: we have. */
export function proxyAnswer(frame: Uint8Array, mac: Mac): Uint8Array | undefined {
  const message = parseArp(frame) ?? parseNd(frame);
  if (message?.kind !== "request" || message.sender === undefined) return undefined;
  const { target, sender, senderMac } = message;
  if (senderMac === undefined) return undefined;
  const own = { mac, address: target };
  const asker = { mac: senderMac, address: sender };
  return target.family === 4 ? arpReply(own, asker) : advertisement(own, asker);
}

/** Takes what a batch of the link `input` did not forward. */
export function takeLeftovers(parts: TurnParts, input: number, now: number): void {
  const { batch } = parts.engine;
  for (let packet = 0; packet < batch.count; packet++) {
    const verdict = batch.verdicts[packet];
    const isPunt = verdict === VERDICT_PUNT;
    const mayBeHeard = verdict === VERDICT_DROP && HEARD.has(batch.reasons[packet] ?? 0);
    if (!isPunt && !mayBeHeard) {
      if (verdict === VERDICT_DROP) parts.drop(packet, input);
      continue;
    }
    const start = batch.offsets[packet] ?? 0;
    // A copy: what is sent changes it, and its memory goes back to the ring.
    const frame = batch.bytes.slice(start, start + (batch.lengths[packet] ?? 0));
    if (input === parts.tap) takeFromKernel(parts, frame, isPunt, now);
    else if (!takeFrame(parts, { input, frame, isPunt, now })) parts.drop(packet, input);
  }
}

interface Leftover {
  readonly input: number;
  readonly frame: Uint8Array;
  readonly isPunt: boolean;
  readonly now: number;
}

/** A frame from a link, before or instead of forwarding: whether neighbours or we take it. */
export function takeFrame(parts: TurnParts, { input, frame, isPunt, now }: Leftover): boolean {
  const actions = parts.neighbors.hear(input, frame, now);
  if (actions !== undefined) {
    parts.count("neighborFrames");
    parts.act(actions);
    return true;
  }
  if (isPunt) takePunted(parts, { input, frame, since: now });
  return isPunt;
}

function takePunted(parts: TurnParts, packet: WaitingPacket): void {
  const { neighbors, tap, tapMac } = parts;
  const { frame } = packet;
  const destination = destinationOf(frame);
  if (destination === undefined) return;
  if (neighbors.isOwn(destination)) {
    if (tap === 0) return;
    // The kernel's end of the TAP has the MAC that differs from ours in its last bit.
    frame.set(kernelMac(tapMac));
    parts.send(tap, frame);
    parts.count("toKernel");
    return;
  }
  const link = neighbors.linkOf(destination);
  if (link !== undefined) awaitHost(parts, link, destination, packet);
}

/** Lets a packet wait for its host, which is asked for. */
function awaitHost(parts: TurnParts, link: number, host: Address, packet: WaitingPacket): void {
  parts.waiting.hold(link, host, packet);
  parts.act(parts.neighbors.resolve(link, host, packet.since));
}

function takeFromKernel(parts: TurnParts, frame: Uint8Array, isPunt: boolean, now: number): void {
  const answer = proxyAnswer(frame, parts.tapMac);
  parts.count("fromKernel");
  if (answer !== undefined) parts.send(parts.tap, answer);
  else if (isPunt) sendOn(parts, frame, now);
}

/** What the kernel sends to a host of a link that has no route yet: by what neighbours said. */
function sendOn(parts: TurnParts, frame: Uint8Array, now: number): void {
  const { neighbors } = parts;
  const destination = destinationOf(frame);
  const link = destination === undefined ? undefined : neighbors.linkOf(destination);
  if (destination === undefined || link === undefined) return;
  const way = neighbors.wayTo(link, destination);
  if (way === undefined) {
    awaitHost(parts, link, destination, { input: parts.tap, frame, since: now });
    return;
  }
  frame.set([...way.destination, ...way.source]);
  parts.send(link, frame);
}
