/** Writes pcap (draft-ietf-opsawg-pcap): little-endian, nanoseconds, Ethernet. */

import { LINK_ETHERNET, PACKET_BYTES_MAX } from "../engine/capture-state.ts";
import { type CaptureWriter, checkFrame, type PacketRecord } from "./capture-writer.ts";
import type { ByteSink } from "./port.ts";
import { SinkBuffer } from "./sink-buffer.ts";

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
const SECOND_NS = 1_000_000_000n;
/** The last second that a record has room for: 2106-02-07. */
const SECONDS_MAX = 0xffffffff;

/** A CaptureWriter; a timestamp after 2106 is written as the last that the format can hold. */
export class PcapWriter implements CaptureWriter {
  readonly #buffer: SinkBuffer;

  constructor(sink: ByteSink) {
    this.#buffer = new SinkBuffer(sink);
    const { view } = this.#buffer;
    view.setUint32(0, MAGIC_NANOSECONDS, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, PACKET_BYTES_MAX, true);
    view.setUint32(20, LINK_ETHERNET, true);
    this.#buffer.used = HEADER_BYTES;
  }

  addInterface(_name: string): number {
    return 0;
  }

  write(frame: Uint8Array, record: PacketRecord): Promise<void> | undefined {
    const buffer = this.#buffer;
    checkFrame(buffer.name, frame);
    buffer.reserve(RECORD_BYTES + frame.length);
    const { view, used } = buffer;
    const seconds = Number(record.timestampNs / SECOND_NS);
    view.setUint32(used, Math.min(seconds, SECONDS_MAX), true);
    view.setUint32(used + 4, Number(record.timestampNs % SECOND_NS), true);
    view.setUint32(used + 8, frame.length, true);
    view.setUint32(used + 12, record.originalLength ?? frame.length, true);
    buffer.bytes.set(frame, used + RECORD_BYTES);
    buffer.used = used + RECORD_BYTES + frame.length;
    return buffer.recordWritten();
  }

  finish(): Promise<void> {
    return this.#buffer.finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.finish();
  }
}
