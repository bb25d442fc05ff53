/** Rings of a port that system calls fill and empty (assembly/ring/message-ring.ts). */

import {
  BATCH_MAX,
  MESSAGE_BYTES,
  MESSAGE_LENGTH,
  MESSAGE_RX_PACKET,
} from "../../assembly/layout.ts";
import type { Engine } from "./engine.ts";
import { type FrameRun, MessageRing } from "./message-ring.ts";
import { SendingMessages } from "./sending-messages.ts";

/** What rings are made with. */
export interface MessageRingsOptions {
  /** Number of the port. */
  readonly number: number;
  /** Where the kernel finds linear memory. */
  readonly base: bigint;
  readonly frameBytes: number;
  /** Frames to take in, and to send. */
  readonly receiving: number;
  readonly sending: number;
}

const SECOND_MS = 1000;
const MILLISECOND_NS = 1_000_000;

/** The rings of one port. */
export class MessageRings implements Disposable {
  /** Largest frame that is taken in whole. */
  readonly frameRoom: number;
  readonly sending: SendingMessages;
  readonly #engine: Engine;
  readonly #number: number;
  readonly #view: DataView;
  readonly #receiving: MessageRing;

  /** Throws CAPACITY where limit ringBytes leaves no room. */
  constructor(engine: Engine, options: MessageRingsOptions) {
    const { number, base, frameBytes, receiving: frames, sending } = options;
    this.#engine = engine;
    this.#number = number;
    this.#view = new DataView(engine.memory.buffer);
    const packetAt = MESSAGE_RX_PACKET;
    this.#receiving = new MessageRing(engine, { base, frames, frameBytes, packetAt });
    try {
      this.sending = new SendingMessages(engine, { number, base, frames: sending, frameBytes });
    } catch (error) {
      this.#receiving[Symbol.dispose]();
      throw error;
    }
    this.frameRoom = frameBytes - MESSAGE_RX_PACKET;
    const { ring } = this.sending;
    engine.ringPorts.open(number, this.#receiving, ring);
    engine.ringPorts.serve(number, this.#receiving.messages, ring.messages);
  }

  /** Frames that are to be filled next. */
  get free(): FrameRun {
    const first = this.#engine.ringPorts.rxFilled(this.#number);
    const { frames } = this.#receiving;
    return this.#receiving.run(first, Math.min(frames - first, BATCH_MAX));
  }

  /** Says how long the frame of a run is, where the call that filled it does not. */
  fill({ message }: FrameRun, index: number, length: number): void {
    this.#view.setUint32(message + index * MESSAGE_BYTES + MESSAGE_LENGTH, length, true);
  }

  /** Takes frames in that were filled, and makes the batch of them; returns how many. */
  take(count: number): number {
    const { batch, exports } = this.#engine;
    if (count > 0) {
      const now = Date.now();
      const nanoseconds = (now % SECOND_MS) * MILLISECOND_NS;
      exports.messagesFill(this.#number, count, Math.floor(now / SECOND_MS), nanoseconds);
    }
    batch.clear();
    batch.count = exports.ringReceive(this.#number) >>> 0;
    return batch.count;
  }

  [Symbol.dispose](): void {
    this.#engine.ringPorts.close(this.#number);
    this.#receiving[Symbol.dispose]();
    this.sending[Symbol.dispose]();
  }
}
