/** A live port that takes and gives frames in batches of messages: recvmmsg and sendmmsg. */

import type { Batch } from "../engine/batch.ts";
import type { Engine } from "../engine/engine.ts";
import { MessageRings } from "../engine/message-rings.ts";
import {
  bindPacketSocket,
  dropInKernel,
  filterTags,
  openPacketSocket,
  setPacketOption,
  takeKernelDrops,
  widenReceiving,
} from "./af-packet.ts";
import { readDevice } from "./device.ts";
import type { Libc } from "./libc.ts";
import type { Device, LivePort, LivePortOptions, PortCounters } from "./live-port.ts";
import { MessageSender } from "./message-sender.ts";
import { messageFrames } from "./ring-size.ts";

/** The length of a cut frame is told, and no call waits. */
const RECEIVE_FLAGS = 0x40 | 0x20;

/** Made by `open`. */
export class MessagePort implements LivePort {
  readonly mode = "packet_mmsg";
  readonly number: number;
  readonly device: Device;
  readonly descriptor: number;
  readonly #engine: Engine;
  readonly #libc: Libc;
  readonly #rings: MessageRings;
  readonly #sender: MessageSender;
  readonly #drop: number | undefined;
  #kernelDropped = 0;
  #isOpen = true;

  private constructor(engine: Engine, libc: Libc, options: LivePortOptions) {
    const { device, number, frames, isShared = false, tags } = options;
    this.#engine = engine;
    this.#libc = libc;
    this.number = number;
    this.device = readDevice(libc, device);
    this.descriptor = openPacketSocket(libc, device);
    try {
      const base = libc.address(engine.ringPorts.view(0, 1));
      const sizes = messageFrames(this.device.mtu, frames);
      this.#rings = new MessageRings(engine, { number, base, ...sizes });
    } catch (error) {
      libc.close(this.descriptor);
      throw error;
    }
    const messages = this.#rings.sending;
    this.#sender = new MessageSender(engine, libc, { number, socket: this.descriptor, messages });
    if (tags !== undefined) engine.ringPorts.tag(number, tags);
    try {
      if (tags !== undefined) filterTags(libc, this.descriptor, tags);
      widenReceiving(libc, this.descriptor);
      setPacketOption(libc, this.descriptor, "ignoreOutgoing", 1);
      setPacketOption(libc, this.descriptor, "auxiliary", 1);
      setPacketOption(libc, this.descriptor, "qdiscBypass", 1);
      this.#drop = isShared ? undefined : dropInKernel(libc, this.device);
      bindPacketSocket(libc, this.descriptor, this.device, true);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Throws ENVIRONMENT where a right or the interface is missing. */
  static open(engine: Engine, libc: Libc, options: LivePortOptions): MessagePort {
    return new MessagePort(engine, libc, options);
  }

  get isExclusive(): boolean {
    return this.#drop !== undefined;
  }

  receive(): number {
    this.#sender.retry();
    const { messages, count } = this.#rings.free;
    const filled = this.#libc.recvmmsg(this.descriptor, messages, count, RECEIVE_FLAGS, null);
    return this.#rings.take(Math.max(filled, 0));
  }

  transmit(batch: Batch): number {
    const sent = this.#engine.exports.ringTransmit(this.number, 0, batch.count) >>> 0;
    if (sent > 0) this.#sender.send();
    return sent;
  }

  send(frame: Uint8Array): boolean {
    const { ringPorts, plan } = this.#engine;
    const isSent = ringPorts.send(this.number, frame, plan.leaving);
    if (isSent) this.#sender.send();
    return isSent;
  }

  release(): void {
    this.#engine.exports.ringRelease(this.number);
  }

  get counters(): PortCounters {
    if (this.#isOpen) this.#kernelDropped += takeKernelDrops(this.#libc, this.descriptor);
    const counters = this.#engine.ringPorts.counters(this.number);
    return { ...counters, kernelDropped: this.#kernelDropped };
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#drop !== undefined) this.#libc.close(this.#drop);
    this.#libc.close(this.descriptor);
    this.#rings[Symbol.dispose]();
  }
}
