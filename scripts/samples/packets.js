/** Packets of the sample capture, layer by layer: right lengths, right checksums. */

/** @typedef {readonly number[] | Uint8Array} Bytes */

/**
 * What an IP header says besides its payload. `fragment` is where a fragment stands in its
 * datagram, in bytes, and whether more follow; `label` is an IPv6 flow label.
 * @typedef {{
 *   source: string, destination: string, ttl?: number, id?: number, label?: number,
 *   fragment?: { offset: number, more: boolean },
 * }} Header
 */

/** @typedef {{ sourcePort: number, destinationPort: number }} Ports */

export const ICMP4 = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMP6 = 58;

export const ETHERTYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  pppoe: 0x8864,
  qinq: 0x88a8,
  lldp: 0x88cc,
};

export const FLAG = { fin: 0x01, syn: 0x02, push: 0x08, ack: 0x10 };

const ROUTER_MAC = [2, 0, 0, 0, 0, 1];
const NEIGHBOUR_MAC = [2, 0, 0, 0, 0, 2];
const DO_NOT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_HEADER = 44;

/** @param {number} value */
export function u16(value) {
  return [(value >>> 8) & 255, value & 255];
}

/** @param {number} value */
export function u32(value) {
  return [...u16(value >>> 16), ...u16(value)];
}

/**
 * The bytes of an address, which has no embedded IPv4 tail.
 * @param {string} address
 */
export function addressBytes(address) {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [before = "", after] = address.split("::");
  const groups = (/** @type {string} */ text) => (text === "" ? [] : text.split(":"));
  const head = groups(before);
  const tail = after === undefined ? [] : groups(after);
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].flatMap((group) => u16(Number.parseInt(group, 16)));
}

/**
 * The Internet checksum (RFC 1071).
 * @param {Bytes} bytes
 */
function checksum(bytes) {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * Bytes with their checksum, over the pseudo-header too where there is one.
 * @param {Bytes} bytes
 * @param {number} at where the checksum goes, now 0
 * @param {Bytes} [pseudo]
 */
function summed(bytes, at, pseudo = []) {
  const sum = checksum([...pseudo, ...bytes]);
  return [...bytes.slice(0, at), ...u16(sum), ...bytes.slice(at + 2)];
}

/**
 * @param {Header} header
 * @param {number} protocol
 * @param {Bytes} upper
 */
function pseudoHeader({ source, destination }, protocol, upper) {
  const addresses = [...addressBytes(source), ...addressBytes(destination)];
  return [...addresses, ...u32(upper.length), ...u32(protocol)];
}

/**
 * @param {Header} header
 * @param {number} protocol
 * @param {Bytes} payload
 */
function ipv4({ source, destination, ttl = 64, id = 0, fragment }, protocol, payload) {
  const flags = fragment
    ? (fragment.more ? MORE_FRAGMENTS : 0) + fragment.offset / 8
    : DO_NOT_FRAGMENT;
  const header = [
    ...[0x45, 0, ...u16(20 + payload.length), ...u16(id), ...u16(flags), ttl, protocol, 0, 0],
    ...addressBytes(source),
    ...addressBytes(destination),
  ];
  return [...summed(header, 10), ...payload];
}

/**
 * @param {Header} header
 * @param {number} protocol
 * @param {Bytes} payload
 */
function ipv6({ source, destination, ttl = 64, id = 0, label = 0, fragment }, protocol, payload) {
  const extension = fragment
    ? [protocol, 0, ...u16(fragment.offset + (fragment.more ? 1 : 0)), ...u32(id)]
    : [];
  return [
    ...u32(0x60000000 + label),
    ...u16(extension.length + payload.length),
    ...[fragment ? FRAGMENT_HEADER : protocol, ttl],
    ...addressBytes(source),
    ...addressBytes(destination),
    ...extension,
    ...payload,
  ];
}

/**
 * An IP packet of the family that its addresses are of.
 * @param {Header} header
 * @param {number} protocol
 * @param {Bytes} payload
 */
export function ip(header, protocol, payload) {
  return header.source.includes(":")
    ? ipv6(header, protocol, payload)
    : ipv4(header, protocol, payload);
}

/**
 * A UDP packet.
 * @param {Header} header
 * @param {Ports} ports
 * @param {Bytes} payload
 */
export function udp(header, { sourcePort, destinationPort }, payload) {
  const ports = [...u16(sourcePort), ...u16(destinationPort)];
  const bytes = [...ports, ...u16(8 + payload.length), 0, 0, ...payload];
  // 0 would mean that there is none (RFC 768).
  const sum = checksum([...pseudoHeader(header, UDP, bytes), ...bytes]) || 0xffff;
  return ip(header, UDP, [...bytes.slice(0, 6), ...u16(sum), ...payload]);
}

/**
 * A TCP packet.
 * @param {Header} header
 * @param {Ports & { sequence: number, acknowledged: number, flags: number }} segment
 * @param {Bytes} [payload]
 */
export function tcp(header, segment, payload = []) {
  const { sourcePort, destinationPort, sequence, acknowledged, flags } = segment;
  const bytes = [
    ...[...u16(sourcePort), ...u16(destinationPort), ...u32(sequence), ...u32(acknowledged)],
    ...[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
    ...payload,
  ];
  return ip(header, TCP, summed(bytes, 16, pseudoHeader(header, TCP, bytes)));
}

/**
 * An ICMP or ICMPv6 message, by the family of its addresses; `rest` are the four bytes behind the
 * checksum.
 * @param {Header} header
 * @param {{ type: number, code: number, rest: Bytes }} message
 * @param {Bytes} payload
 */
export function icmp(header, { type, code, rest }, payload) {
  const bytes = [type, code, 0, 0, ...rest, ...payload];
  if (!header.source.includes(":")) return ip(header, ICMP4, summed(bytes, 2));
  return ip(header, ICMP6, summed(bytes, 2, pseudoHeader(header, ICMP6, bytes)));
}

/**
 * The fragments of a UDP datagram.
 * @param {Header} header
 * @param {Ports} ports
 * @param {Bytes} payload
 * @param {number} size bytes of the datagram in each fragment but the last, a multiple of 8
 */
export function udpFragments(header, ports, payload, size) {
  const isIpv6 = header.source.includes(":");
  const datagram = udp(header, ports, payload).slice(isIpv6 ? 40 : 20);
  const count = Math.ceil(datagram.length / size);
  return Array.from({ length: count }, (_, index) => {
    const offset = index * size;
    const fragment = { offset, more: index < count - 1 };
    return ip({ ...header, fragment }, UDP, datagram.slice(offset, offset + size));
  });
}

/**
 * An Ethernet frame to the router around anything.
 * @param {number} etherType
 * @param {Bytes} payload
 * @param {Bytes} [destination] MAC, unless it is the router's
 */
export function ethernet(etherType, payload, destination = ROUTER_MAC) {
  return Uint8Array.from([...destination, ...NEIGHBOUR_MAC, ...u16(etherType), ...payload]);
}

/**
 * An Ethernet frame to the router around an IP packet, behind VLAN tags where there are any.
 * @param {Bytes} packet
 * @param {readonly number[]} [vlans] outermost first
 */
export function frame(packet, vlans = []) {
  const etherType = (packet[0] ?? 0) >> 4 === 6 ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4;
  const kinds = [...vlans.map((_, i) => tagType(i, vlans.length)), etherType];
  const tags = vlans.flatMap((vlan, i) => [...u16(vlan), ...u16(kinds[i + 1] ?? 0)]);
  return ethernet(kinds[0] ?? 0, [...tags, ...packet]);
}

/**
 * The outer of two tags is a service tag (IEEE 802.1ad).
 * @param {number} index
 * @param {number} count
 */
function tagType(index, count) {
  return count === 2 && index === 0 ? ETHERTYPE.qinq : ETHERTYPE.vlan;
}
