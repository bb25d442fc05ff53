/** Flows of the sample capture: what clients send, as a router in front of the sites sees it. */

import { FLAG, icmp, tcp, u16, u32, udp, udpFragments } from "./packets.js";

/** @typedef {import("../../src/replay/random.ts").Random} Random */
/** @typedef {readonly (readonly number[])[]} Packets IP packets in their order */
/** @typedef {{ client: string, port: number, server: string }} Ends */

/** Anycast addresses: a resolver, and a web server over TCP and QUIC. */
export const RESOLVER = { 4: "203.0.113.53", 6: "2001:db8:a::53" };
export const WEB = { 4: "198.51.100.80", 6: "2001:db8:b::80" };

const NAMES = ["www.example.com", "example.net", "mail.example.org", "api.example.com"];
const DNS_PORT = 53;
const HTTP_PORT = 80;
const QUIC_PORT = 443;
/** The discard service: what is sent there means nothing (RFC 863). */
export const DISCARD_PORT = 9;
const QUIC_VERSION = 1;
/** A client pads its first datagram to so many bytes (RFC 9000 section 14.1). */
const QUIC_INITIAL_BYTES = 1200;
const CONNECTION_ID_BYTES = 8;

/** @param {string} text */
function ascii(text) {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * @param {Random} random
 * @param {number} count
 */
function randomBytes(random, count) {
  return Array.from({ length: count }, () => random.below(256));
}

/**
 * Payload that no analyser takes for a protocol.
 * @param {number} count
 */
export function filler(count) {
  return ascii("anyfib sample ".repeat(Math.ceil(count / 14)).slice(0, count));
}

/**
 * A client's address: 192.168.0.0/16 or 2001:db8:c000::/36.
 * @param {Random} random
 * @param {4 | 6} family
 */
export function clientAddress(random, family) {
  if (family === 4) return `192.168.${random.below(256)}.${1 + random.below(254)}`;
  const site = 0xc000 + random.below(0x1000);
  const host = 1 + random.below(0xffff);
  return `2001:db8:${site.toString(16)}::${host.toString(16)}`;
}

/**
 * A client with an ephemeral port, and whom it talks to.
 * @param {Random} random
 * @param {4 | 6} family
 * @param {Readonly<Record<4 | 6, string>>} servers
 * @returns {Ends}
 */
export function ends(random, family, servers) {
  const client = clientAddress(random, family);
  return { client, port: 49_152 + random.below(16_384), server: servers[family] };
}

/**
 * A DNS query for a host's address (RFC 1035), with EDNS (RFC 6891).
 * @param {Random} random
 * @param {4 | 6} family
 */
function dnsQuery(random, family) {
  const name = NAMES[random.below(NAMES.length)] ?? "";
  const labels = name.split(".").flatMap((label) => [label.length, ...ascii(label)]);
  const type = family === 4 ? 1 : 28;
  return [
    ...[...u16(random.below(65_536)), ...u16(0x0100), ...u16(1), 0, 0, 0, 0, ...u16(1)],
    ...[...labels, 0, ...u16(type), ...u16(1)],
    ...[0, ...u16(41), ...u16(1232), ...u32(0), ...u16(0)],
  ];
}

/**
 * One query, sometimes sent again.
 * @param {Random} random
 * @param {4 | 6} family
 * @param {Ends} flow
 * @returns {Packets}
 */
export function dnsFlow(random, family, { client, port, server }) {
  const query = dnsQuery(random, family);
  const packet = udp(
    { source: client, destination: server, label: random.below(2 ** 20) },
    { sourcePort: port, destinationPort: DNS_PORT },
    query,
  );
  return random.below(8) === 0 ? [packet, packet] : [packet];
}

/**
 * A connection to a web server: handshake, requests, acknowledgements of answers, the end.
 * @param {Random} random
 * @param {Ends} flow
 * @returns {Packets}
 */
export function webFlow(random, { client, port, server }) {
  const header = { source: client, destination: server, label: random.below(2 ** 20) };
  let sequence = random.u32();
  let acknowledged = 0;
  /** @type {(flags: number, payload?: readonly number[]) => readonly number[]} */
  const segment = (flags, payload = []) => {
    const ports = { sourcePort: port, destinationPort: HTTP_PORT };
    const packet = tcp(header, { ...ports, sequence, acknowledged, flags }, payload);
    const counted = payload.length + (flags & (FLAG.syn | FLAG.fin) ? 1 : 0);
    sequence = (sequence + counted) >>> 0;
    return packet;
  };
  const packets = [segment(FLAG.syn)];
  acknowledged = random.u32();
  packets.push(segment(FLAG.ack));
  const requests = 1 + random.below(2);
  for (let request = 0; request < requests; request++) {
    const text = `GET /${random.below(1000)} HTTP/1.1\r\nHost: www.example.com\r\n\r\n`;
    packets.push(segment(FLAG.push | FLAG.ack, ascii(text)));
    for (let answers = 1 + random.below(3); answers > 0; answers--) {
      acknowledged = (acknowledged + 2 * 1448) >>> 0;
      packets.push(segment(FLAG.ack));
    }
  }
  packets.push(segment(FLAG.fin | FLAG.ack));
  acknowledged = (acknowledged + 1) >>> 0;
  packets.push(segment(FLAG.ack));
  return packets;
}

/**
 * What QUIC looks like from outside (RFC 9000 section 17): a long header that opens, then short
 * headers to the connection id that the server chose. The protected parts are random.
 * @param {Random} random
 * @param {Ends} flow
 * @returns {Packets}
 */
export function quicFlow(random, { client, port, server }) {
  const header = { source: client, destination: server, label: random.below(2 ** 20) };
  const ports = { sourcePort: port, destinationPort: QUIC_PORT };
  const id = () => randomBytes(random, CONNECTION_ID_BYTES);
  const ids = [CONNECTION_ID_BYTES, ...id(), CONNECTION_ID_BYTES, ...id()];
  const open = [0xc0 + random.below(16), ...u32(QUIC_VERSION), ...ids, 0];
  const protectedBytes = QUIC_INITIAL_BYTES - open.length - 2;
  const length = u16(0x4000 + protectedBytes);
  const initial = [...open, ...length, ...randomBytes(random, protectedBytes)];
  const packets = [udp(header, ports, initial)];
  const connection = id();
  for (let count = 3 + random.below(6); count > 0; count--) {
    const first = 0x40 + random.below(64);
    const short = [first, ...connection, ...randomBytes(random, 30 + random.below(100))];
    packets.push(udp(header, ports, short));
  }
  return packets;
}

/**
 * A few datagrams that nobody answers.
 * @param {Random} random
 * @param {Ends} flow
 * @returns {Packets}
 */
export function discardFlow(random, { client, port, server }) {
  const header = { source: client, destination: server, label: random.below(2 ** 20) };
  const ports = { sourcePort: port, destinationPort: DISCARD_PORT };
  return Array.from({ length: 1 + random.below(4) }, () =>
    udp(header, ports, filler(20 + random.below(100))),
  );
}

/**
 * A datagram in two or three fragments.
 * @param {Random} random
 * @param {Ends} flow
 * @returns {Packets}
 */
export function fragmentedFlow(random, { client, port, server }) {
  const header = { source: client, destination: server, id: 1 + random.below(65_535) };
  const ports = { sourcePort: port, destinationPort: DISCARD_PORT };
  return udpFragments(header, ports, filler(700 + random.below(600)), 512);
}

/**
 * Pings, by the family of the addresses.
 * @param {Ends} flow
 * @returns {Packets}
 */
export function echoFlow({ client, port, server }) {
  const type = server.includes(":") ? 128 : 8;
  const header = { source: client, destination: server };
  return Array.from({ length: 3 }, (_, sequence) =>
    icmp(header, { type, code: 0, rest: [...u16(port), ...u16(sequence)] }, filler(48)),
  );
}

/**
 * ICMP errors about what the server sent to a client: a packet too big for the way, and a port
 * that is closed.
 * @param {Random} random
 * @param {4 | 6} family
 * @param {Ends} flow
 * @returns {Packets}
 */
export function icmpErrors(random, family, { client, port, server }) {
  const answer = { source: server, destination: client };
  const segment = { sourcePort: HTTP_PORT, destinationPort: port, flags: FLAG.ack };
  const numbers = { sequence: random.u32(), acknowledged: random.u32() };
  const large = tcp(answer, { ...segment, ...numbers }, filler(1400));
  const small = udp(
    answer,
    { sourcePort: DNS_PORT, destinationPort: port },
    dnsQuery(random, family),
  );
  const router = { source: clientAddress(random, family), destination: server };
  if (family === 4) {
    // Type 3 with the link's MTU (RFC 1191), and with a closed port; the header and 8 bytes.
    const tooBig = { type: 3, code: 4, rest: [0, 0, ...u16(1400)] };
    const unreachable = { type: 3, code: 3, rest: [0, 0, 0, 0] };
    return [
      icmp(router, tooBig, large.slice(0, 28)),
      icmp({ ...router, source: client }, unreachable, small.slice(0, 28)),
    ];
  }
  // RFC 4443: as much as fits into 1,280 bytes.
  const tooBig = { type: 2, code: 0, rest: u32(1280) };
  const unreachable = { type: 1, code: 4, rest: u32(0) };
  return [
    icmp(router, tooBig, large.slice(0, 1232)),
    icmp({ ...router, source: client }, unreachable, small),
  ];
}
