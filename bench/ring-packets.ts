/**
 * Packets that come in by one ring and leave by another, as on a live port, without sockets: the
 * kernel's part, filling one ring and emptying the other, is played between samples.
 *
 *   receiving ring, port 2   | status, lengths, place of the packet ... | packet ... |
 *   sending ring, port 1     | status, length | packet ... |
 *
 * Frames as packet(7) has them: see assembly/ring/packet-ring.ts.
 */

import type { Engine } from "../src/engine/engine.ts";
import type { RingPlace } from "../src/engine/ring-ports.ts";
import type { Packets } from "./packets.ts";

/** Next hops leave by it: see path-setup.ts. */
const PORT_OUT = 1;
const PORT_IN = 2;
const FRAME_BYTES = 2048;
/** Where the kernel puts a packet behind a header, an address and the room that we ask for. */
const PACKET = 162;

const STATUS_WORD = 0;
const LENGTH_WORD = 1;
const CAPTURED_WORD = 2;
const PACKET_WORD = 3;
const STATUS_FREE = 0;
const STATUS_USER = 1;

/** Bytes that the rings of so many packets take. */
export function ringPacketsBytes(packets: number): number {
  return 4 * packets * FRAME_BYTES;
}

/** An engine whose ports' rings we fill and empty ourselves. */
export class RingPackets {
  readonly #engine: Engine;
  readonly #packets: Packets;
  readonly #receiving: RingPlace;
  readonly #sending: RingPlace;

  constructor(engine: Engine, packets: Packets) {
    this.#engine = engine;
    this.#packets = packets;
    const frames = packets.lengths.length;
    const ring = (): RingPlace => {
      const start = engine.ringPorts.allocate(frames * FRAME_BYTES);
      return { start, frames, frameBytes: FRAME_BYTES };
    };
    const [unheard, unsaid] = [ring(), ring()];
    this.#receiving = ring();
    this.#sending = ring();
    engine.ringPorts.open(PORT_IN, this.#receiving, unsaid);
    engine.ringPorts.open(PORT_OUT, unheard, this.#sending);
  }

  /** Where packets stand in the receiving ring. */
  get addresses(): Uint32Array {
    const { start } = this.#receiving;
    return this.#packets.lengths.map((_, index) => start + index * FRAME_BYTES + PACKET);
  }

  /** The kernel's part: all packets are there anew, and what was sent is gone. */
  refill(): void {
    const { bytes } = this.#engine;
    const words = new Uint32Array(bytes.buffer);
    const { addresses, lengths } = this.#packets;
    for (const [index, length] of lengths.entries()) {
      const frame = this.#receiving.start + index * FRAME_BYTES;
      const from = addresses[index] ?? 0;
      bytes.copyWithin(frame + PACKET, from, from + length);
      words[frame / 4 + LENGTH_WORD] = length;
      words[frame / 4 + CAPTURED_WORD] = length;
      words[frame / 4 + PACKET_WORD] = PACKET;
      words[frame / 4 + STATUS_WORD] = STATUS_USER;
      words[(this.#sending.start + index * FRAME_BYTES) / 4 + STATUS_WORD] = STATUS_FREE;
    }
  }

  /** Forwards all packets, batch by batch, as the loop of a live router does. */
  forward(afterBatch?: () => void): void {
    const { batch, exports } = this.#engine;
    for (let left = this.#packets.lengths.length; left > 0; left -= batch.count) {
      batch.count = exports.ringReceive(PORT_IN) >>> 0;
      if (batch.count === 0) throw new RangeError("the ring is empty");
      this.#engine.process();
      for (const port of [PORT_OUT, PORT_IN]) exports.ringTransmit(port, 0, batch.count);
      exports.ringRelease(PORT_IN);
      afterBatch?.();
    }
  }
}
