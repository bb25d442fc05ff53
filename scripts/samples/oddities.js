/** Packets of the sample capture that are not forwarded, each with the reason in its comment. */

import { clientAddress, DISCARD_PORT, filler, RESOLVER, WEB } from "./flows.js";
import { addressBytes, ETHERTYPE, ethernet, frame, icmp, u16, u32, udp } from "./packets.js";
import { BLACKHOLE, PROHIBIT, ROUTER, UNREACHABLE } from "./sites.js";

/** @typedef {import("../../src/replay/random.ts").Random} Random */

/**
 * `comment` begins with the drop reason, or with `punt`; `originalLength` is that of a packet of
 * which the capture has less.
 * @typedef {{ comment: string, frame: Uint8Array, originalLength?: number }} Oddity
 */

const BROADCAST_MAC = [255, 255, 255, 255, 255, 255];
const NO_ROUTE = { 4: "192.0.2.200", 6: "2001:db8:ffff::1" };
const MDNS = { 4: "224.0.0.251", 6: "ff02::fb" };
const MDNS_MAC = { 4: [1, 0, 0x5e, 0, 0, 0xfb], 6: [0x33, 0x33, 0, 0, 0, 0xfb] };
const MDNS_PORT = 5353;
const TRACEROUTE_PORT = 33_434;
/** A label of 100 at the bottom of its stack, TTL 64 (RFC 3032). */
const MPLS_LABEL = u32((100 << 12) + 0x100 + 64);
const PPP_IPV4 = 0x0021;

/**
 * A datagram to the discard service.
 * @param {Random} random
 * @param {string} destination
 * @param {{ source?: string, ttl?: number, destinationPort?: number }} [unusual]
 */
function datagram(random, destination, unusual = {}) {
  const { destinationPort = DISCARD_PORT, ttl = 64 } = unusual;
  const family = destination.includes(":") ? 6 : 4;
  const { source = clientAddress(random, family) } = unusual;
  const ports = { sourcePort: 49_152 + random.below(16_384), destinationPort };
  return udp({ source, destination, ttl }, ports, filler(32));
}

/**
 * What a router does not forward though the packet is in order.
 * @param {Random} random
 * @returns {readonly Oddity[]}
 */
function unforwardable(random) {
  return /** @type {const} */ ([4, 6]).flatMap((family) => [
    ...[0, 1, 2].map((hop) => ({
      comment: "ttl_expired: a probe of traceroute, sent with a TTL or hop limit of 1",
      frame: frame(
        datagram(random, WEB[family], { ttl: 1, destinationPort: TRACEROUTE_PORT + hop }),
      ),
    })),
    ...[0, 1].map(() => ({
      comment: "no_route: no prefix covers the destination",
      frame: frame(datagram(random, NO_ROUTE[family])),
    })),
    {
      comment: "punt: an echo request to the router itself",
      frame: frame(
        icmp(
          { source: clientAddress(random, family), destination: ROUTER[family] },
          { type: family === 4 ? 8 : 128, code: 0, rest: [0, 1, 0, 1] },
          filler(32),
        ),
      ),
    },
    {
      comment: "multicast: a question that stays on its link",
      frame: mdns(random, family),
    },
  ]);
}

/**
 * A multicast DNS question for example.local (RFC 6762).
 * @param {Random} random
 * @param {4 | 6} family
 */
function mdns(random, family) {
  const name = ["example", "local"].flatMap((label) => [
    label.length,
    ...Array.from(label, (character) => character.charCodeAt(0)),
  ]);
  const question = [...name, 0, ...u16(1), ...u16(1)];
  const packet = udp(
    { source: clientAddress(random, family), destination: MDNS[family], ttl: 255 },
    { sourcePort: MDNS_PORT, destinationPort: MDNS_PORT },
    [0, 0, 0, 0, ...u16(1), 0, 0, 0, 0, 0, 0, ...question],
  );
  return ethernet(family === 4 ? ETHERTYPE.ipv4 : ETHERTYPE.ipv6, packet, MDNS_MAC[family]);
}

/**
 * Addresses that no router forwards to or from, and routes without a next hop.
 * @param {Random} random
 * @returns {readonly Oddity[]}
 */
function unwanted(random) {
  /** @type {(comment: string, packet: readonly number[]) => Oddity} */
  const odd = (comment, packet) => ({ comment, frame: frame(packet) });
  const everyone = datagram(random, "255.255.255.255");
  return [
    odd("blackhole: a route says so", datagram(random, BLACKHOLE)),
    odd("unreachable: a route says so", datagram(random, UNREACHABLE)),
    odd("prohibit: a route says so", datagram(random, PROHIBIT)),
    odd("ipv4_source: from nobody", datagram(random, RESOLVER[4], { source: "0.0.0.0" })),
    odd("ipv6_source: from nobody", datagram(random, RESOLVER[6], { source: "::" })),
    {
      comment: "broadcast: to everyone on the link",
      frame: ethernet(ETHERTYPE.ipv4, everyone, BROADCAST_MAC),
    },
  ];
}

/**
 * Frames that are not IP, or not whole.
 * @param {Random} random
 * @returns {readonly Oddity[]}
 */
function unreadable(random) {
  const whole = frame(datagram(random, RESOLVER[4]));
  const damaged = frame(datagram(random, RESOLVER[4]));
  damaged[24] = (damaged[24] ?? 0) ^ 1;
  const packet = datagram(random, WEB[4]);
  const arp = [...u16(1), ...u16(ETHERTYPE.ipv4), 6, 4, ...u16(1), 2, 0, 0, 0, 0, 2];
  const question = [...arp, ...addressBytes("192.0.2.2"), ...Array(6).fill(0)];
  return [
    {
      comment: "ethertype: ARP",
      frame: ethernet(
        ETHERTYPE.arp,
        [...question, ...addressBytes(ROUTER[4]), ...Array(18).fill(0)],
        BROADCAST_MAC,
      ),
    },
    {
      comment: "mpls: a labelled packet",
      frame: ethernet(ETHERTYPE.mpls, [...MPLS_LABEL, ...packet]),
    },
    {
      comment: "pppoe: a packet of a session",
      frame: ethernet(ETHERTYPE.pppoe, [
        ...[0x11, 0, ...u16(7), ...u16(packet.length + 2), ...u16(PPP_IPV4)],
        ...packet,
      ]),
    },
    { comment: "ipv4_checksum: a bit fell over", frame: damaged },
    { comment: "truncated: the frame ends early", frame: whole.slice(0, 60) },
    {
      comment: "captured_short: the capture has 30 bytes of it",
      frame: whole.slice(0, 30),
      originalLength: whole.length,
    },
  ];
}

/**
 * All of them.
 * @param {Random} random
 * @returns {readonly Oddity[]}
 */
export function oddities(random) {
  return [...unforwardable(random), ...unwanted(random), ...unreadable(random)];
}
