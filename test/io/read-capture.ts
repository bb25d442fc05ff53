/** Reads whole captures through an engine, as plain values to compare. */

import { Engine } from "../../src/engine/engine.ts";
import { type CaptureInfo, type CaptureOptions, openCaptureSource } from "../../src/io/capture.ts";
import type { ByteSource } from "../../src/io/port.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import { type ModuleTarget, moduleBytes } from "../setup/modules.ts";

/** A packet as it was delivered. */
export interface ReadPacket {
  readonly data: Uint8Array;
  readonly original: number;
  readonly linkType: number;
  readonly timestampNs: bigint;
}

/** All that a capture gave. */
export interface ReadCapture {
  readonly packets: readonly ReadPacket[];
  readonly info: CaptureInfo | undefined;
  /** What ended it, unless it ended well. */
  readonly error: AnyfibError | undefined;
}

/** An engine that is small apart from its frame region. */
export async function captureEngine(target: ModuleTarget = "release"): Promise<Engine> {
  const limits = { groups: 16, nextHops: 4, slotBytes: 0, routes4: 0, routes6: 0 };
  return Engine.create({ module: moduleBytes(target), limits, shared: target === "shared" });
}

/** Bytes as a source, `step()` of them a read at most. */
export function byteSource(bytes: Uint8Array, step = (): number => bytes.length): ByteSource {
  let at = 0;
  return {
    name: "test.pcap",
    async read(target: Uint8Array): Promise<number> {
      const count = Math.min(target.length, bytes.length - at, step());
      target.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
    async [Symbol.asyncDispose](): Promise<void> {},
  };
}

function batchPackets(engine: Engine): ReadPacket[] {
  const { batch } = engine;
  return Array.from({ length: batch.count }, (_, packet) => {
    const start = batch.offsets[packet] ?? 0;
    return {
      data: batch.bytes.slice(start, start + (batch.lengths[packet] ?? 0)),
      original: batch.originalLengths[packet] ?? 0,
      linkType: batch.linkTypes[packet] ?? 0,
      timestampNs: batch.timestamps[packet] ?? 0n,
    };
  });
}

function checked(error: unknown): AnyfibError {
  if (error instanceof AnyfibError) return error;
  throw error;
}

/** Reads a source to its end or its damage; an error that is no AnyfibError is thrown. */
export async function readCapture(
  engine: Engine,
  source: ByteSource,
  options: CaptureOptions = {},
): Promise<ReadCapture> {
  const packets: ReadPacket[] = [];
  try {
    await using capture = await openCaptureSource(source, engine, options);
    try {
      for await (const _ of capture) packets.push(...batchPackets(engine));
    } catch (error) {
      return { packets, info: capture.info, error: checked(error) };
    }
    return { packets, info: capture.info, error: undefined };
  } catch (error) {
    return { packets, info: undefined, error: checked(error) };
  }
}
