/** Several captures as one source: their packets in the order of their times. */

import type { Batch } from "../engine/batch.ts";
import type { Capture, CaptureInfo } from "../io/capture.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { PacketSource } from "./replay.ts";

/** A capture over a forwarder of its own, whose batch it fills. */
export interface MergedInput {
  readonly capture: Capture;
  readonly batch: Batch;
}

/** An input, and where its batch is read on. */
interface Reader extends MergedInput {
  packet: number;
  isEnded: boolean;
}

function sum(infos: readonly CaptureInfo[], count: (info: CaptureInfo) => number): number {
  return infos.reduce((total, info) => total + count(info), 0);
}

/**
 * Merges captures by timestamp; of equal ones the packet of the capture named first comes first.
 * A capture that fails ends there; the others go on, and the failure is thrown at their end.
 */
export class MergedCaptures implements PacketSource {
  readonly #forwarder: Forwarder;
  readonly #readers: readonly Reader[];
  #left: number;
  /** Input of each frame of the batch, by where the frame lies. */
  readonly #inputs = new Map<number, number>();
  #failure: { readonly error: unknown } | undefined;

  /** Ends after `count` packets, where that is given. */
  constructor(
    forwarder: Forwarder,
    inputs: readonly MergedInput[],
    count = Number.POSITIVE_INFINITY,
  ) {
    this.#forwarder = forwarder;
    this.#left = count;
    this.#readers = inputs.map((input) => ({ ...input, packet: 0, isEnded: false }));
  }

  /** Of all captures together, as far as they were read. */
  get info(): CaptureInfo {
    const infos = this.#readers.map(({ capture }) => capture.info);
    return {
      file: infos.map(({ file }) => file).join(", "),
      format: infos.some(({ format }) => format === "pcapng") ? "pcapng" : "pcap",
      packets: sum(infos, ({ packets }) => packets),
      bytes: sum(infos, ({ bytes }) => bytes),
      truncated: infos.some(({ truncated }) => truncated),
      truncatedPackets: sum(infos, ({ truncatedPackets }) => truncatedPackets),
      linkTypes: [...new Set(infos.flatMap(({ linkTypes }) => linkTypes))],
    };
  }

  /** Which input a packet of the batch is of, by its offset, before the next batch. */
  inputAt(offset: number): number | undefined {
    return this.#inputs.get(offset);
  }

  async next(): Promise<number> {
    const to = this.#forwarder.batch();
    this.#inputs.clear();
    while (this.#left > 0) {
      const reader = await this.#earliest();
      if (reader === undefined || !pushPacket(to, reader)) break;
      this.#inputs.set(to.offsets[to.count - 1] ?? 0, this.#readers.indexOf(reader));
      reader.packet += 1;
      this.#left -= 1;
    }
    if (to.count === 0 && this.#failure !== undefined) throw this.#failure.error;
    return to.count;
  }

  /** The reader whose next packet is the earliest; undefined when all have ended. */
  async #earliest(): Promise<Reader | undefined> {
    let earliest: Reader | undefined;
    for (const reader of this.#readers) {
      if (!(await this.#hasPacket(reader))) continue;
      if (earliest === undefined || timeOf(reader) < timeOf(earliest)) earliest = reader;
    }
    return earliest;
  }

  async #hasPacket(reader: Reader): Promise<boolean> {
    if (reader.isEnded) return false;
    if (reader.packet < reader.batch.count) return true;
    try {
      reader.isEnded = (await reader.capture.next()) === 0;
    } catch (error) {
      this.#failure ??= { error };
      reader.isEnded = true;
    }
    reader.packet = 0;
    return !reader.isEnded;
  }
}

function timeOf({ batch, packet }: Reader): bigint {
  return batch.timestamps[packet] ?? 0n;
}

/** Copies a reader's packet; false where there is no room. */
function pushPacket(to: Batch, { batch, packet }: Reader): boolean {
  const start = batch.offsets[packet] ?? 0;
  const length = batch.lengths[packet] ?? 0;
  return to.push(batch.bytes.subarray(start, start + length), {
    timestampNs: batch.timestamps[packet] ?? 0n,
    originalLength: batch.originalLengths[packet] ?? length,
    linkType: batch.linkTypes[packet] ?? 0,
  });
}
