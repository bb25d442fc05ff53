/** What the writers of both capture formats do; frames are Ethernet, timestamps nanoseconds. */

import { PACKET_BYTES_MAX } from "../engine/capture-state.ts";
import { AnyfibError } from "../net/errors.ts";

/** What is written of a packet besides its bytes. */
export interface PacketRecord {
  /** Nanoseconds since 1970, a u64. */
  readonly timestampNs: bigint;
  /** Bytes on the wire; as many as were captured unless said. */
  readonly originalLength?: number;
  /** As `addInterface` numbered it, the first unless said; pcap has one interface alone. */
  readonly interface?: number;
  /** What a reader is told of the packet; pcap has no place for it. */
  readonly comment?: string;
}

/**
 * Writes a capture to a byte sink, which it owns. A failing sink's error comes out of the `write`
 * that met it, or of `finish`.
 */
export interface CaptureWriter extends AsyncDisposable {
  /** Adds an interface, at any time, and returns its number. pcap has one alone: always 0. */
  addInterface(name: string): number;
  /**
   * Copies a frame of at most PACKET_BYTES_MAX. Where it returns a promise, await it before the
   * next packet: the sink asks for a pause. Throws CAPACITY for a longer frame or comment.
   */
  write(frame: Uint8Array, record: PacketRecord): Promise<void> | undefined;
  /** Writes the rest, the file's header at least, and closes the sink. Disposal does the same. */
  finish(): Promise<void>;
}

/** Throws CAPACITY where a frame is longer than a capture may hold. */
export function checkFrame(name: string, frame: Uint8Array): void {
  if (frame.length <= PACKET_BYTES_MAX) return;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `a frame of ${frame.length} bytes cannot be written`,
    where: name,
    hint: `frames have at most ${PACKET_BYTES_MAX}`,
    detail: { bytes: frame.length },
  });
}
