/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one little-endian section, Ethernet interfaces with a
 * name and nanoseconds, and a comment on each packet, which Wireshark shows and filters on.
 */

import { LINK_ETHERNET, PACKET_BYTES_MAX } from "../engine/capture-state.ts";
import { AnyfibError } from "../net/errors.ts";
import { type CaptureWriter, checkFrame, type PacketRecord } from "./capture-writer.ts";
import type { ByteSink } from "./port.ts";
import { SinkBuffer } from "./sink-buffer.ts";

const BLOCK_SECTION = 0x0a0d0d0a;
const BLOCK_INTERFACE = 1;
const BLOCK_ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const OPTION_COMMENT = 1;
const OPTION_NAME = 2;
const OPTION_RESOLUTION = 9;
const NANOSECONDS = 9;
/** Most bytes of an option's value. */
const OPTION_BYTES_MAX = 65_535;
const OPTION_HEADER_BYTES = 4;
const OPTION_END_BYTES = 4;

const TRAILER_BYTES = 4;
const PACKET_DATA = 28;
/** More than what a block has besides packet data and text. */
const BLOCK_OVERHEAD_BYTES = 64;
/** Bytes in UTF-8 of one unit of a string, at most. */
const UTF8_BYTES_MAX = 3;

/** A CaptureWriter; add an interface before the first packet. */
export class PcapngWriter implements CaptureWriter {
  readonly #buffer: SinkBuffer;
  readonly #encoder = new TextEncoder();
  #interfaces = 0;

  constructor(sink: ByteSink) {
    this.#buffer = new SinkBuffer(sink);
    const { view } = this.#buffer;
    const start = this.#beginBlock(BLOCK_SECTION);
    view.setUint32(start + 8, BYTE_ORDER_MAGIC, true);
    view.setUint16(start + 12, 1, true);
    view.setUint16(start + 14, 0, true);
    // The section's length is not known.
    view.setBigInt64(start + 16, -1n, true);
    this.#endBlock(start, start + 24);
  }

  addInterface(name: string): number {
    this.#buffer.reserve(BLOCK_OVERHEAD_BYTES + UTF8_BYTES_MAX * name.length);
    const { view, bytes } = this.#buffer;
    const start = this.#beginBlock(BLOCK_INTERFACE);
    view.setUint32(start + 8, LINK_ETHERNET, true);
    view.setUint32(start + 12, PACKET_BYTES_MAX, true);
    let at = this.#putText(start + 16, OPTION_NAME, name);
    view.setUint16(at, OPTION_RESOLUTION, true);
    view.setUint16(at + 2, 1, true);
    bytes.set([NANOSECONDS, 0, 0, 0], at + OPTION_HEADER_BYTES);
    at = this.#endOptions(at + OPTION_HEADER_BYTES + 4);
    this.#endBlock(start, at);
    return this.#interfaces++;
  }

  write(frame: Uint8Array, record: PacketRecord): Promise<void> | undefined {
    const buffer = this.#buffer;
    checkFrame(buffer.name, frame);
    const text = record.comment ?? "";
    buffer.reserve(BLOCK_OVERHEAD_BYTES + frame.length + UTF8_BYTES_MAX * text.length);
    const { view, bytes } = buffer;
    const id = record.interface ?? 0;
    if (id >= this.#interfaces) throw new RangeError(`interface ${id} was not added`);
    const start = this.#beginBlock(BLOCK_ENHANCED_PACKET);
    view.setUint32(start + 8, id, true);
    view.setUint32(start + 12, Number(record.timestampNs >> 32n), true);
    view.setUint32(start + 16, Number(record.timestampNs & 0xffffffffn), true);
    view.setUint32(start + 20, frame.length, true);
    view.setUint32(start + 24, record.originalLength ?? frame.length, true);
    bytes.set(frame, start + PACKET_DATA);
    let at = this.#pad(start + PACKET_DATA + frame.length);
    if (text !== "") at = this.#endOptions(this.#putText(at, OPTION_COMMENT, text));
    this.#endBlock(start, at);
    return buffer.recordWritten();
  }

  finish(): Promise<void> {
    return this.#buffer.finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }

  #beginBlock(type: number): number {
    const { view, used } = this.#buffer;
    view.setUint32(used, type, true);
    return used;
  }

  /** Writes both lengths of a block whose content ends at `end`; only now does it count. */
  #endBlock(start: number, end: number): void {
    const { view } = this.#buffer;
    const length = end + TRAILER_BYTES - start;
    view.setUint32(start + 4, length, true);
    view.setUint32(end, length, true);
    this.#buffer.used = end + TRAILER_BYTES;
  }

  /** Writes an option of text, in UTF-8, and returns the position behind it. */
  #putText(at: number, code: number, text: string): number {
    const { view, bytes } = this.#buffer;
    const value = at + OPTION_HEADER_BYTES;
    const room = bytes.subarray(value, value + OPTION_BYTES_MAX);
    const { read, written } = this.#encoder.encodeInto(text, room);
    if (read < text.length) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `a comment or name of ${text.length} characters cannot be written`,
        where: this.#buffer.name,
        hint: `it may have ${OPTION_BYTES_MAX} bytes in UTF-8`,
        detail: { characters: text.length },
      });
    }
    view.setUint16(at, code, true);
    view.setUint16(at + 2, written, true);
    return this.#pad(value + written);
  }

  #endOptions(at: number): number {
    this.#buffer.view.setUint32(at, 0, true);
    return at + OPTION_END_BYTES;
  }

  /** Fills up to a multiple of 4 with zeros: every block starts at one. */
  #pad(at: number): number {
    const { bytes } = this.#buffer;
    let end = at;
    while (end % 4 !== 0) bytes[end++] = 0;
    return end;
  }
}
