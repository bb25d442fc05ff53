/** A ring that system calls fill or empty (assembly/ring/message-ring.ts): its room, and runs. */

import {
  MESSAGE_BYTES,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_BYTES,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_TX_PACKET,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_BYTES,
  MESSAGE_VECTOR_LENGTH,
  MESSAGE_VECTORS,
} from "../../assembly/layout.ts";
import type { Engine } from "./engine.ts";
import type { RingPlace } from "./ring-ports.ts";

/** What a ring is made with. */
export interface MessageRingOptions {
  /** Where the kernel finds linear memory. */
  readonly base: bigint;
  readonly frames: number;
  readonly frameBytes: number;
  /** Where packets begin in a frame: MESSAGE_RX_PACKET or MESSAGE_TX_PACKET. */
  readonly packetAt: number;
}

/** Frames that stand one after another: what one call may fill, or send. */
export interface FrameRun {
  readonly count: number;
  /** Where the kernel finds the message of the first. */
  readonly messages: bigint;
  /** Address of the first one's message in linear memory, and of its packet. */
  readonly message: number;
  readonly packet: number;
  readonly frameBytes: number;
}

/** Bytes that a frame takes besides its own. */
export const MESSAGES_BYTES = MESSAGE_BYTES + MESSAGE_VECTOR_BYTES + MESSAGE_CONTROL_BYTES;

/** Room for frames behind their messages, which say where each packet is. */
export class MessageRing implements RingPlace, Disposable {
  readonly start: number;
  readonly frames: number;
  readonly frameBytes: number;
  /** Address of the first message. */
  readonly messages: number;
  readonly #engine: Engine;
  readonly #view: DataView;
  readonly #base: bigint;
  readonly #packetAt: number;

  /** Throws CAPACITY where limit ringBytes leaves no room. */
  constructor(engine: Engine, { base, frames, frameBytes, packetAt }: MessageRingOptions) {
    this.#engine = engine;
    this.#view = new DataView(engine.memory.buffer);
    this.#base = base;
    this.#packetAt = packetAt;
    this.frames = frames;
    this.frameBytes = frameBytes;
    const head = frames * MESSAGES_BYTES;
    const bytes = head + frames * frameBytes;
    this.messages = engine.ringPorts.allocate(bytes);
    this.start = this.messages + head;
    engine.ringPorts.view(this.messages, bytes).fill(0);
    for (let index = 0; index < frames; index++) this.#describe(index);
  }

  /** Frames from `first` on. */
  run(first: number, count: number): FrameRun {
    const message = this.messages + first * MESSAGE_BYTES;
    const packet = this.start + first * this.frameBytes + this.#packetAt;
    const { frameBytes } = this;
    return { count, messages: this.#base + BigInt(message), message, packet, frameBytes };
  }

  [Symbol.dispose](): void {
    this.#engine.ringPorts.free(this.messages);
  }

  #describe(index: number): void {
    const vectors = this.messages + this.frames * MESSAGE_BYTES;
    const controls = vectors + this.frames * MESSAGE_VECTOR_BYTES;
    const vector = vectors + index * MESSAGE_VECTOR_BYTES;
    const { message, packet } = this.run(index, 1);
    this.#writeAddress(message + MESSAGE_VECTOR, vector);
    this.#write(message + MESSAGE_VECTORS, 1);
    this.#writeAddress(vector, packet);
    this.#write(vector + MESSAGE_VECTOR_LENGTH, this.frameBytes - this.#packetAt);
    // Only what comes in is told about.
    if (this.#packetAt === MESSAGE_TX_PACKET) return;
    this.#writeAddress(message + MESSAGE_CONTROL, controls + index * MESSAGE_CONTROL_BYTES);
    this.#write(message + MESSAGE_CONTROL_LENGTH, MESSAGE_CONTROL_BYTES);
  }

  #write(address: number, value: number): void {
    this.#view.setBigUint64(address, BigInt(value), true);
  }

  #writeAddress(address: number, target: number): void {
    this.#view.setBigUint64(address, this.#base + BigInt(target), true);
  }
}
