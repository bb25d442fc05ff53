/** Rings that system calls fill and empty (assembly/ring/message-ring.ts): their room, and runs. */

import {
  BATCH_MAX,
  MESSAGE_BYTES,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_BYTES,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_LENGTH,
  MESSAGE_RX_PACKET,
  MESSAGE_TX_PACKET,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_BYTES,
  MESSAGE_VECTOR_LENGTH,
  MESSAGE_VECTORS,
} from "../../assembly/layout.ts";
import type { Engine } from "./engine.ts";
import type { RingPlace } from "./ring-ports.ts";

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

interface MessageRing extends RingPlace {
  readonly messages: number;
  readonly packetAt: number;
}

const MESSAGES_BYTES = MESSAGE_BYTES + MESSAGE_VECTOR_BYTES + MESSAGE_CONTROL_BYTES;
/** Of a frame that the kernel would not send: packet-ring.ts counts it as refused. */
const STATUS_WRONG = 4;
/** Where a frame's header has its length. */
const FRAME_LENGTH = 4;
const SECOND_MS = 1000;
const MILLISECOND_NS = 1_000_000;

/** The rings of one port. */
export class MessageRings implements Disposable {
  /** Largest frame that is taken in whole. */
  readonly frameRoom: number;
  readonly #engine: Engine;
  readonly #number: number;
  readonly #base: bigint;
  readonly #view: DataView;
  readonly #receiving: MessageRing;
  readonly #sending: MessageRing;

  /** Throws CAPACITY where limit ringBytes leaves no room. */
  constructor(engine: Engine, options: MessageRingsOptions) {
    const { number, base, frameBytes, receiving, sending } = options;
    this.#engine = engine;
    this.#number = number;
    this.#base = base;
    this.#view = new DataView(engine.memory.buffer);
    this.#receiving = this.#allocate(frameBytes, receiving, MESSAGE_RX_PACKET);
    try {
      this.#sending = this.#allocate(frameBytes, sending, MESSAGE_TX_PACKET);
    } catch (error) {
      engine.ringPorts.free(this.#receiving.messages);
      throw error;
    }
    this.frameRoom = frameBytes - MESSAGE_RX_PACKET;
    engine.ringPorts.open(number, this.#receiving, this.#sending);
    engine.ringPorts.serve(number, this.#receiving.messages, this.#sending.messages);
  }

  /** Frames that are to be filled next. */
  get free(): FrameRun {
    const first = this.#engine.ringPorts.rxFilled(this.#number);
    const { frames } = this.#receiving;
    return this.#run(this.#receiving, first, Math.min(frames - first, BATCH_MAX));
  }

  /** Says how long the frame of a run is, where the call that filled it does not. */
  fill({ message }: FrameRun, index: number, length: number): void {
    this.#view.setUint32(message + index * MESSAGE_BYTES + MESSAGE_LENGTH, length, true);
  }

  /** How long the frame of a run is that waits to be sent. */
  length({ packet, frameBytes }: FrameRun, index: number): number {
    const frame = packet - MESSAGE_TX_PACKET + index * frameBytes;
    return this.#view.getUint32(frame + FRAME_LENGTH, true);
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

  /** Frames that wait to be sent. */
  waiting(): FrameRun {
    const count = this.#engine.exports.messagesGather(this.#number) >>> 0;
    return this.#run(this.#sending, this.#engine.ringPorts.txSent(this.#number), count);
  }

  /** Takes note that so many of them were sent. */
  sent(count: number): void {
    this.#engine.exports.messagesSent(this.#number, count, 0);
  }

  /** Takes note that the kernel would not have the first of them. */
  refused(): void {
    this.#engine.exports.messagesSent(this.#number, 1, STATUS_WRONG);
  }

  [Symbol.dispose](): void {
    const { ringPorts } = this.#engine;
    ringPorts.close(this.#number);
    for (const { messages } of [this.#receiving, this.#sending]) ringPorts.free(messages);
  }

  #run(ring: MessageRing, first: number, count: number): FrameRun {
    const { messages, start, frameBytes, packetAt } = ring;
    const message = messages + first * MESSAGE_BYTES;
    const packet = start + first * frameBytes + packetAt;
    return { count, messages: this.#base + BigInt(message), message, packet, frameBytes };
  }

  /** Room for frames behind their messages, which say where each packet is. */
  #allocate(frameBytes: number, frames: number, packetAt: number): MessageRing {
    const head = frames * MESSAGES_BYTES;
    const { ringPorts } = this.#engine;
    const bytes = head + frames * frameBytes;
    const messages = ringPorts.allocate(bytes);
    ringPorts.view(messages, bytes).fill(0);
    const ring = { messages, start: messages + head, frames, frameBytes, packetAt };
    for (let index = 0; index < frames; index++) this.#describe(ring, index);
    return ring;
  }

  #describe(ring: MessageRing, index: number): void {
    const { messages, start, frames, frameBytes, packetAt } = ring;
    const vectors = messages + frames * MESSAGE_BYTES;
    const controls = vectors + frames * MESSAGE_VECTOR_BYTES;
    const vector = vectors + index * MESSAGE_VECTOR_BYTES;
    const message = messages + index * MESSAGE_BYTES;
    const packet = start + index * frameBytes + packetAt;
    this.#writeAddress(message + MESSAGE_VECTOR, vector);
    this.#write(message + MESSAGE_VECTORS, 1);
    this.#writeAddress(vector, packet);
    this.#write(vector + MESSAGE_VECTOR_LENGTH, frameBytes - packetAt);
    // Only what comes in is told about.
    if (packetAt === MESSAGE_TX_PACKET) return;
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
