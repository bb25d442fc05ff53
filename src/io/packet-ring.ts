/**
 * A live port that reads packets where the kernel writes them: the receiving ring of a packet
 * socket, second version, lies in linear memory. What leaves is sent from linear memory by messages
 * (docs/decisions/0022-sending-by-messages.md).
 */

import type { Batch } from "../engine/batch.ts";
import type { Engine } from "../engine/engine.ts";
import type { RingPlace } from "../engine/ring-ports.ts";
import { SendingMessages } from "../engine/sending-messages.ts";
import {
  bindPacketSocket,
  dropInKernel,
  filterTags,
  openPacketSocket,
  packetError,
  setPacketOption,
  takeKernelDrops,
} from "./af-packet.ts";
import { readDevice } from "./device.ts";
import type { Libc } from "./libc.ts";
import type { Device, LivePort, LivePortOptions, PortCounters } from "./live-port.ts";
import { MessageSender } from "./message-sender.ts";
import { BLOCK_BYTES, frameBytesFor, RESERVED_BYTES, RING_FRAMES, ringBytes } from "./ring-size.ts";

const VERSION_2 = 1;

const PROT_READ_WRITE = 3;
const MAP_SHARED_FIXED_POPULATE = 0x8011;
const MAP_PRIVATE_FIXED_ANONYMOUS = 0x32;

/** The receiving ring, and how to take it down. */
interface MappedRing extends RingPlace {
  readonly socket: number;
  readonly bytes: number;
}

/** Made by `open`. */
export class PacketRingPort implements LivePort {
  readonly mode = "packet_ring";
  readonly number: number;
  readonly device: Device;
  readonly #engine: Engine;
  readonly #libc: Libc;
  readonly #receiving: MappedRing;
  readonly #socket: number;
  readonly #sending: SendingMessages;
  readonly #sender: MessageSender;
  readonly #drop: number | undefined;
  #kernelDropped = 0;
  #isOpen = true;

  private constructor(engine: Engine, libc: Libc, options: LivePortOptions) {
    this.#engine = engine;
    this.#libc = libc;
    this.number = options.number;
    this.device = readDevice(libc, options.device);
    const { frames = RING_FRAMES, isShared = false, tags } = options;
    this.#receiving = this.#map(frames);
    try {
      this.#socket = openPacketSocket(libc, this.device.name);
    } catch (error) {
      this.#unmap();
      throw error;
    }
    try {
      this.#sending = this.#messages(frames);
    } catch (error) {
      libc.close(this.#socket);
      this.#unmap();
      throw error;
    }
    const { number } = this;
    const { ring } = this.#sending;
    engine.ringPorts.open(number, this.#receiving, ring);
    engine.ringPorts.serve(number, 0, ring.messages);
    const leaving = { number, socket: this.#socket, messages: this.#sending };
    this.#sender = new MessageSender(engine, libc, leaving);
    if (tags !== undefined) engine.ringPorts.tag(number, tags);
    try {
      setPacketOption(libc, this.#socket, "qdiscBypass", 1);
      if (tags !== undefined) filterTags(libc, this.#receiving.socket, tags);
      this.#drop = isShared ? undefined : dropInKernel(libc, this.device);
      bindPacketSocket(libc, this.#socket, this.device, false);
      bindPacketSocket(libc, this.#receiving.socket, this.device, true);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Throws ENVIRONMENT where a right, the interface or the kernel's support is missing. */
  static open(engine: Engine, libc: Libc, options: LivePortOptions): PacketRingPort {
    return new PacketRingPort(engine, libc, options);
  }

  get descriptor(): number {
    return this.#receiving.socket;
  }

  /** Whether the kernel leaves the port's packets alone. */
  get isExclusive(): boolean {
    return this.#drop !== undefined;
  }

  receive(): number {
    this.#sender.retry();
    const { batch, exports } = this.#engine;
    batch.clear();
    batch.count = exports.ringReceive(this.number) >>> 0;
    return batch.count;
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

  /** Gives the memory back to itself before the sockets go: nothing may look at a gap. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#drop !== undefined) this.#libc.close(this.#drop);
    this.#engine.ringPorts.close(this.number);
    this.#unmap();
    this.#libc.close(this.#socket);
    this.#sending[Symbol.dispose]();
  }

  #messages(frames: number): SendingMessages {
    const engine = this.#engine;
    const frameBytes = frameBytesFor(this.device.mtu);
    return new SendingMessages(engine, {
      number: this.number,
      base: this.#libc.address(engine.ringPorts.view(0, 1)),
      frames: ringBytes(frameBytes, frames) / frameBytes,
      frameBytes,
    });
  }

  /** Plain memory in place of a mapping, whether there is one or it failed: never a gap. */
  #restore(start: number, bytes: number): void {
    const target = this.#libc.address(this.#engine.ringPorts.view(start, bytes));
    this.#libc.mmap(target, bytes, PROT_READ_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0);
  }

  #map(frames: number): MappedRing {
    const libc = this.#libc;
    const { ringPorts } = this.#engine;
    const frameBytes = frameBytesFor(this.device.mtu);
    const bytes = ringBytes(frameBytes, frames);
    const socket = openPacketSocket(libc, this.device.name);
    let start: number | undefined;
    try {
      setPacketOption(libc, socket, "version", VERSION_2);
      setPacketOption(libc, socket, "ignoreOutgoing", 1);
      setPacketOption(libc, socket, "reserve", RESERVED_BYTES);
      const block = Math.max(BLOCK_BYTES, frameBytes);
      setPacketOption(libc, socket, "rxRing", block, bytes / block, frameBytes, bytes / frameBytes);
      start = ringPorts.allocate(bytes);
      const target = libc.address(ringPorts.view(start, bytes));
      const flags = MAP_SHARED_FIXED_POPULATE;
      if (libc.mmap(target, bytes, PROT_READ_WRITE, flags, socket, 0) !== target) {
        throw packetError(libc, "mmap of the ring", this.device.name);
      }
      return { socket, start, bytes, frames: bytes / frameBytes, frameBytes };
    } catch (error) {
      if (start !== undefined) {
        this.#restore(start, bytes);
        ringPorts.free(start);
      }
      libc.close(socket);
      throw error;
    }
  }

  #unmap(): void {
    const { socket, start, bytes } = this.#receiving;
    const { ringPorts } = this.#engine;
    this.#restore(start, bytes);
    this.#libc.close(socket);
    ringPorts.free(start);
  }
}
