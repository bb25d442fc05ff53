/** Packets that are almost right: real shapes with some bytes, lengths or the checksum changed. */

import { internetChecksum } from "../../oracle/checksum.ts";
import {
  authentication,
  type Bytes,
  counting,
  extension,
  fragment,
  icmpError,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  jumbo,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { CARRIERS, type Carrier, type Frame } from "../../oracle/link-frames.ts";
import type { Random } from "../../oracle/random.ts";
import { CASES, INNER4 } from "../packet/tunnels.ts";
import { DESTINATIONS } from "../test-router.ts";

/** A frame with what a model must know of it. */
export interface MutatedFrame {
  readonly frame: Frame;
  readonly family: 4 | 6;
  /** Bytes before the IP header. */
  readonly headerBytes: number;
}

/** Packets that ICMP errors quote. */
const QUOTES = {
  4: [
    ipv4Packet({ protocol: PROTOCOL.tcp, moreFragments: true }).subarray(0, 28),
    ipv4Packet({ fragmentOffset: 3 }),
  ],
  6: [
    ipv6Packet({ extensions: [fragment(0, true)] }),
    ipv6Packet({ protocol: PROTOCOL.tcp, extensions: [fragment(5, false)] }),
  ],
} as const;

/** Packets of every shape and to every kind of route. */
const PACKETS: readonly Bytes[] = [
  ...Object.values(DESTINATIONS[4]).flatMap((destination) => [
    ipv4Packet({ destination }),
    ipv4Packet({ destination, protocol: PROTOCOL.tcp, ttl: 2, options: counting(8) }),
    ipv4Packet({ destination, moreFragments: true }),
    ipv4Packet({ destination, fragmentOffset: 185, payload: counting(32) }),
    ipv4Packet({ destination, protocol: PROTOCOL.icmp, ttl: 1 }),
    ...CASES.map(({ protocol, wrap }) =>
      ipv4Packet({ destination, protocol, payload: wrap(INNER4) }),
    ),
    ...QUOTES[4].map((quote) =>
      ipv4Packet({ destination, protocol: PROTOCOL.icmp, payload: icmpError(3, 4, quote) }),
    ),
  ]),
  ...Object.values(DESTINATIONS[6]).flatMap((destination) => [
    ipv6Packet({ destination }),
    ipv6Packet({ destination, protocol: PROTOCOL.tcp, hopLimit: 2 }),
    ipv6Packet({ destination, extensions: [extension(PROTOCOL.hopByHop), fragment(0, true)] }),
    ipv6Packet({ destination, extensions: [extension(PROTOCOL.routing, 2), authentication()] }),
    ipv6Packet({ destination, extensions: [fragment(9, false)], payload: counting(24) }),
    ipv6Packet({
      destination,
      extensions: [fragment(0, true), extension(PROTOCOL.destinationOptions)],
      payload: ports(9, 10),
    }),
    ipv6Packet({ destination, payloadLength: 0, extensions: [jumbo(24)] }),
    ipv6Packet({ destination, protocol: PROTOCOL.icmp6, hopLimit: 1 }),
    ...QUOTES[6].map((quote) =>
      ipv6Packet({ destination, protocol: PROTOCOL.icmp6, payload: icmpError(2, 0, quote) }),
    ),
  ]),
];

/** The header bytes that most decisions hang on. */
const HEADER_BYTES = 96;

/** A random packet in a random carrier, changed in up to three ways behind its link header. */
export function mutatedFrame(random: Random): MutatedFrame {
  const packet = Uint8Array.from(pick(random, PACKETS));
  const carrier = pick(random, CARRIERS);
  const family = (packet[0] ?? 0) >>> 4 === 4 ? 4 : 6;
  for (let changes = random.below(4); changes > 0; changes--) changeByte(random, packet);
  // A wrong checksum would hide every later decision.
  if (family === 4 && random.below(8) !== 0) mendChecksum(packet);
  return { frame: resized(random, carrier, packet), family, headerBytes: carrier.headerBytes };
}

/** A frame that is nothing but noise, or a good one with noise in its link header too. */
export function noisyFrame(random: Random): Frame {
  const { linkType, bytes } = mutatedFrame(random).frame;
  const noisy = random.below(8) === 0 ? random.bytes(random.below(200)) : bytes;
  for (let changes = random.below(6); changes > 0; changes--) {
    noisy[random.below(Math.min(noisy.length, 48) || 1)] = random.below(256);
  }
  return { bytes: noisy, linkType, originalLength: random.below(300) };
}

/** Changes a byte of the first ones, but never the version: a carrier may name the family. */
function changeByte(random: Random, packet: Bytes): void {
  const at = random.below(Math.min(packet.length, HEADER_BYTES));
  const value = random.below(256);
  packet[at] = at === 0 ? ((packet[0] ?? 0) & 0xf0) | (value & 15) : value;
}

function mendChecksum(packet: Bytes): void {
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  packet.set([0, 0], 10);
  const checksum = internetChecksum(packet.subarray(0, headerBytes));
  packet.set([checksum >>> 8, checksum & 255], 10);
}

/** As it is, padded, cut by the sender, or cut by the capture. */
function resized(random: Random, { wrap, headerBytes }: Carrier, packet: Bytes): Frame {
  const frame = wrap(packet);
  const { bytes } = frame;
  const size = headerBytes + random.below(bytes.length - headerBytes + 1);
  const kinds: readonly (() => Frame)[] = [
    () => frame,
    () => ({ ...frame, bytes: joinBytes(bytes, random.bytes(1 + random.below(40))) }),
    () => ({ ...frame, bytes: bytes.slice(0, size) }),
    () => ({ ...frame, bytes: bytes.slice(0, size), originalLength: bytes.length }),
  ];
  return pick(random, kinds)();
}

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
