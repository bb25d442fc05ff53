/** Frames of a port that wait for calls which send them (assembly/ring/message-ring.ts). */

import { MESSAGE_TX_PACKET } from "../../assembly/layout.ts";
import type { Engine } from "./engine.ts";
import { type FrameRun, MessageRing } from "./message-ring.ts";

/** What they are made with. */
export interface SendingMessagesOptions {
  /** Number of the port. */
  readonly number: number;
  /** Where the kernel finds linear memory. */
  readonly base: bigint;
  readonly frames: number;
  readonly frameBytes: number;
}

/** Of a frame that the kernel would not send: packet-ring.ts counts it as refused. */
const STATUS_WRONG = 4;
/** Where a frame's header has its length. */
const FRAME_LENGTH = 4;

/** The sending ring of one port. */
export class SendingMessages implements Disposable {
  readonly ring: MessageRing;
  readonly #engine: Engine;
  readonly #number: number;
  readonly #view: DataView;

  /** Throws CAPACITY where limit ringBytes leaves no room. */
  constructor(engine: Engine, { number, ...options }: SendingMessagesOptions) {
    this.#engine = engine;
    this.#number = number;
    this.#view = new DataView(engine.memory.buffer);
    this.ring = new MessageRing(engine, { ...options, packetAt: MESSAGE_TX_PACKET });
  }

  /** Frames that wait to be sent. */
  waiting(): FrameRun {
    const count = this.#engine.exports.messagesGather(this.#number) >>> 0;
    return this.ring.run(this.#engine.ringPorts.txSent(this.#number), count);
  }

  /** How long the frame of a run is that waits to be sent. */
  length({ packet, frameBytes }: FrameRun, index: number): number {
    const frame = packet - MESSAGE_TX_PACKET + index * frameBytes;
    return this.#view.getUint32(frame + FRAME_LENGTH, true);
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
    this.ring[Symbol.dispose]();
  }
}
