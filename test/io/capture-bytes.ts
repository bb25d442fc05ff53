/** Captures made by hand, byte by byte, in either byte order. */

/** How a file's numbers stand. */
export type ByteOrder = "little" | "big";

/** Both of them, for tests that take each. */
export const BYTE_ORDERS: readonly ByteOrder[] = ["little", "big"];

/** One after another. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function number(order: ByteOrder, bytes: 2 | 4 | 8, value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  if (order === "little") view.setBigUint64(0, BigInt.asUintN(64, value), true);
  else view.setBigUint64(0, BigInt.asUintN(64, value << BigInt(64 - 8 * bytes)));
  return new Uint8Array(view.buffer, 0, bytes);
}

/** Numbers of 16 bits. */
export function u16(order: ByteOrder, ...values: readonly number[]): Uint8Array {
  return concat(...values.map((value) => number(order, 2, BigInt(value))));
}

/** Numbers of 32 bits. */
export function u32(order: ByteOrder, ...values: readonly number[]): Uint8Array {
  return concat(...values.map((value) => number(order, 4, BigInt(value))));
}

/** A number of 64 bits, signed or not. */
export function u64(order: ByteOrder, value: bigint): Uint8Array {
  return number(order, 8, value);
}

/** `length` bytes that count up from `first`: packets that can be told apart. */
export function packetBytes(length: number, first = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);
}

function padded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
}

/** What stands at the start of a pcap file. */
export interface PcapHeader {
  readonly order?: ByteOrder;
  /** Magic number; microseconds unless said. */
  readonly magic?: number;
  /** Major and minor version. */
  readonly version?: readonly [number, number];
  readonly linkType?: number;
}

/** A file header of pcap. */
export function pcapHeader(header: PcapHeader = {}): Uint8Array {
  const { order = "little", magic = 0xa1b2c3d4, version = [2, 4], linkType = 1 } = header;
  return concat(u32(order, magic), u16(order, ...version), u32(order, 0, 0, 65535, linkType));
}

/** A packet of pcap. */
export interface PcapPacket {
  readonly seconds?: number;
  readonly fraction?: number;
  readonly data: Uint8Array;
  readonly original?: number;
}

/** A record of pcap. */
export function pcapRecord(order: ByteOrder, packet: PcapPacket): Uint8Array {
  const { seconds = 0, fraction = 0, data, original = data.length } = packet;
  return concat(u32(order, seconds, fraction, data.length, original), data);
}

/** A block of pcapng with any body, padded to a multiple of 4. */
export function block(order: ByteOrder, type: number, ...body: readonly Uint8Array[]): Uint8Array {
  const content = padded(concat(...body));
  const length = content.length + 12;
  return concat(u32(order, type, length), content, u32(order, length));
}

/** An option: code, length, value and padding. */
export function option(order: ByteOrder, code: number, value: Uint8Array): Uint8Array {
  return concat(u16(order, code, value.length), padded(value));
}

/** A section header of version 1.0 and unknown length. */
export function section(order: ByteOrder, ...options: readonly Uint8Array[]): Uint8Array {
  const body = [u32(order, 0x1a2b3c4d), u16(order, 1, 0), u64(order, -1n), ...options];
  return block(order, 0x0a0d0d0a, ...body);
}

/** What an interface description says. */
export interface InterfaceFields {
  readonly linkType?: number;
  readonly snapBytes?: number;
  /** if_tsresol. */
  readonly resolution?: number;
  /** if_tsoffset, seconds. */
  readonly offsetSeconds?: bigint;
  readonly options?: readonly Uint8Array[];
}

/** An interface description. */
export function interfaceBlock(order: ByteOrder, fields: InterfaceFields = {}): Uint8Array {
  const { linkType = 1, snapBytes = 0, resolution, offsetSeconds, options = [] } = fields;
  const all = [...options];
  if (resolution !== undefined) all.push(option(order, 9, Uint8Array.of(resolution)));
  if (offsetSeconds !== undefined) all.push(option(order, 14, u64(order, offsetSeconds)));
  if (all.length > 0) all.push(u32(order, 0));
  return block(order, 1, u16(order, linkType, 0), u32(order, snapBytes), ...all);
}

/** A packet of pcapng. */
export interface PcapngPacket {
  readonly data: Uint8Array;
  readonly original?: number;
  readonly ticks?: bigint;
  readonly interface?: number;
  readonly options?: readonly Uint8Array[];
}

function timed(order: ByteOrder, packet: PcapngPacket): Uint8Array {
  const { data, original = data.length, ticks = 0n, options = [] } = packet;
  const words = [Number(ticks >> 32n), Number(ticks & 0xffffffffn), data.length, original];
  return concat(u32(order, ...words), padded(data), ...options);
}

/** An enhanced packet block. */
export function enhanced(order: ByteOrder, packet: PcapngPacket): Uint8Array {
  return block(order, 6, u32(order, packet.interface ?? 0), timed(order, packet));
}

/** An old packet block, with 7 drops. */
export function oldPacket(order: ByteOrder, packet: PcapngPacket): Uint8Array {
  return block(order, 2, u16(order, packet.interface ?? 0, 7), timed(order, packet));
}

/** A simple packet block. */
export function simple(order: ByteOrder, data: Uint8Array, original = data.length): Uint8Array {
  return block(order, 3, u32(order, original), data);
}
