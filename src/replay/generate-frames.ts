/**
 * Frames that differ in a few fields: built once for each kind and size, then patched in place.
 *
 *     Ethernet 14 | IPv4 20 or IPv6 40 | UDP 8 or TCP 20 | payload
 *
 * A checksum is the sum of all 16-bit words, in any order (RFC 1071): the sum over what never
 * changes is taken once, and each packet adds its own words to it.
 */

/** What the packets of one template differ in. */
export interface FrameFields {
  /** IPv4: the first word alone, in host order; IPv6: four words, the most significant first. */
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  sourcePort: number;
  destinationPort: number;
  /** IPv6 flow label (RFC 6437), 20 bits. */
  flowLabel: number;
  /** TCP sequence number of the first byte of payload. */
  sequence: number;
}

/** Upper-layer protocol numbers. */
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

/** To the router, which every destination MAC is taken for, from its neighbour. */
const ETHERNET_MACS = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] as const;
const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
const TCP_BYTES = 20;
const TTL = 64;
const DO_NOT_FRAGMENT = 0x4000;
const TCP_PUSH_ACK = 0x18;
const TCP_WINDOW = 0xffff;

function headerBytes(family: 4 | 6, protocol: number): number {
  const network = family === 4 ? IPV4_BYTES : IPV6_BYTES;
  return ETHERNET_BYTES + network + (protocol === PROTOCOL_TCP ? TCP_BYTES : UDP_BYTES);
}

/** The two halves of a word, added. */
function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** The checksum that a sum of 16-bit words makes; the sum is below 2^32. */
function checksumOf(sum: number): number {
  let folded = halves(sum);
  folded = halves(folded);
  return ~folded & 0xffff;
}

/** One frame of fixed kind and size, TTL 64, whose payload counts its bytes. */
export class FrameTemplate {
  /** The frame, whole; the next patch overwrites it. */
  readonly frame: Uint8Array;
  readonly payloadBytes: number;
  readonly #family: 4 | 6;
  readonly #protocol: number;
  readonly #view: DataView;
  readonly #transport: number;
  readonly #networkSum: number;
  readonly #transportSum: number;

  /** A frame of `bytes`, or of its headers where they need more. */
  constructor(family: 4 | 6, protocol: number, bytes: number) {
    const headers = headerBytes(family, protocol);
    this.frame = new Uint8Array(Math.max(bytes, headers));
    this.payloadBytes = this.frame.length - headers;
    this.#family = family;
    this.#protocol = protocol;
    this.#view = new DataView(this.frame.buffer);
    this.#transport = ETHERNET_BYTES + (family === 4 ? IPV4_BYTES : IPV6_BYTES);
    for (let i = 0; i < this.payloadBytes; i++) this.frame[headers + i] = i;
    const upperBytes = this.frame.length - this.#transport;
    this.#writeNetwork(upperBytes);
    this.#writeTransport(upperBytes);
    this.#networkSum = this.#sum(ETHERNET_BYTES, this.#transport);
    // The pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1), addresses apart.
    this.#transportSum = this.#sum(this.#transport, this.frame.length) + protocol + upperBytes;
  }

  /** Sets the fields and the checksums over them. */
  patch(fields: FrameFields): void {
    const addresses = this.#family === 4 ? this.#patchIpv4(fields) : this.#patchIpv6(fields);
    const view = this.#view;
    const at = this.#transport;
    view.setUint16(at, fields.sourcePort);
    view.setUint16(at + 2, fields.destinationPort);
    const sum = this.#transportSum + addresses + fields.sourcePort + fields.destinationPort;
    if (this.#protocol === PROTOCOL_TCP) {
      view.setUint32(at + 4, fields.sequence);
      view.setUint16(at + 16, checksumOf(sum + halves(fields.sequence)));
    } else {
      // 0 would mean that there is none (RFC 768).
      view.setUint16(at + 6, checksumOf(sum) || 0xffff);
    }
  }

  #patchIpv4({ source, destination }: FrameFields): number {
    const [from = 0] = source;
    const [to = 0] = destination;
    const sum = halves(from) + halves(to);
    this.#view.setUint16(ETHERNET_BYTES + 10, checksumOf(this.#networkSum + sum));
    this.#view.setUint32(ETHERNET_BYTES + 12, from);
    this.#view.setUint32(ETHERNET_BYTES + 16, to);
    return sum;
  }

  #patchIpv6({ source, destination, flowLabel }: FrameFields): number {
    this.#view.setUint32(ETHERNET_BYTES, 0x60000000 + flowLabel);
    let sum = 0;
    for (let word = 0; word < 4; word++) {
      const from = source[word] ?? 0;
      const to = destination[word] ?? 0;
      this.#view.setUint32(ETHERNET_BYTES + 8 + 4 * word, from);
      this.#view.setUint32(ETHERNET_BYTES + 24 + 4 * word, to);
      sum += halves(from) + halves(to);
    }
    return sum;
  }

  #writeNetwork(upperBytes: number): void {
    const view = this.#view;
    const isIpv4 = this.#family === 4;
    this.frame.set(ETHERNET_MACS);
    view.setUint16(12, isIpv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
    if (isIpv4) {
      view.setUint16(ETHERNET_BYTES, 0x4500);
      view.setUint16(ETHERNET_BYTES + 2, IPV4_BYTES + upperBytes);
      view.setUint16(ETHERNET_BYTES + 6, DO_NOT_FRAGMENT);
      view.setUint8(ETHERNET_BYTES + 8, TTL);
      view.setUint8(ETHERNET_BYTES + 9, this.#protocol);
    } else {
      view.setUint16(ETHERNET_BYTES + 4, upperBytes);
      view.setUint8(ETHERNET_BYTES + 6, this.#protocol);
      view.setUint8(ETHERNET_BYTES + 7, TTL);
    }
  }

  #writeTransport(upperBytes: number): void {
    const view = this.#view;
    const at = this.#transport;
    if (this.#protocol === PROTOCOL_TCP) {
      view.setUint32(at + 8, 1);
      view.setUint16(at + 12, (TCP_BYTES << 10) + TCP_PUSH_ACK);
      view.setUint16(at + 14, TCP_WINDOW);
    } else {
      view.setUint16(at + 4, upperBytes);
    }
  }

  /** Sum of the 16-bit words of a part of the frame; an odd byte at its end counts as high. */
  #sum(start: number, end: number): number {
    let sum = 0;
    for (let at = start; at < end; at += 2) {
      sum += ((this.frame[at] ?? 0) << 8) + (at + 1 < end ? (this.frame[at + 1] ?? 0) : 0);
    }
    return sum;
  }
}
