/** What the packet path knows of live ports, and the room for their kernel rings. */

import {
  PORT_BYTES,
  PORT_CUT,
  PORT_FINISHED,
  PORT_FULL,
  PORT_RECEIVED,
  PORT_REFUSED,
  PORT_RX,
  PORT_RX_FILLED,
  PORT_RX_FRAME_BYTES,
  PORT_RX_FRAMES,
  PORT_RX_MESSAGES,
  PORT_SENT,
  PORT_TAG_WORDS,
  PORT_TAGS,
  PORT_TOO_LONG,
  PORT_TX,
  PORT_TX_FRAME_BYTES,
  PORT_TX_FRAMES,
  PORT_TX_MESSAGES,
  PORT_TX_SENT,
  PORTS_MAX,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { VlanTag } from "./adjacency.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A ring as it lies in memory. */
export interface RingPlace {
  /** Address of the first frame. */
  readonly start: number;
  readonly frames: number;
  readonly frameBytes: number;
}

/** Counters of a port's rings: frames. */
export interface RingCounters {
  readonly received: number;
  readonly cut: number;
  readonly checksumsFinished: number;
  readonly sent: number;
  readonly full: number;
  readonly tooLong: number;
  readonly refused: number;
}

/** Room for rings is handed out in these. */
const UNIT_BYTES = 65_536;

/** The ports of an engine. */
export class RingPorts {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;
  /** Room that is in use: first byte and bytes. */
  readonly #used = new Map<number, number>();

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports) {
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
  }

  /** Room for a ring: its first byte. Throws CAPACITY where limit ringBytes leaves none. */
  allocate(bytes: number): number {
    const { rings, limits } = this.#plan;
    const size = Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES;
    let start = rings;
    for (const [used, usedBytes] of [...this.#used].sort(([a], [b]) => a - b)) {
      if (start + size <= used) break;
      start = used + usedBytes;
    }
    if (start + size <= rings + limits.ringBytes) {
      this.#used.set(start, size);
      return start;
    }
    throw new AnyfibError({
      code: "CAPACITY",
      what: `limit ringBytes is ${limits.ringBytes}`,
      hint: `a ring needs ${size} more`,
      detail: { ringBytes: limits.ringBytes, needed: size },
    });
  }

  /** Gives the room of a ring back. */
  free(start: number): void {
    this.#used.delete(start);
  }

  /** A view of part of the memory, for the kernel. */
  view(start: number, bytes: number): Uint8Array {
    return this.#bytes.subarray(start, start + bytes);
  }

  /** Makes a port known: its rings, empty, and its counters at 0. */
  open(number: number, receiving: RingPlace, sending: RingPlace): void {
    const record = this.#record(number);
    this.#bytes.fill(0, record, record + PORT_BYTES);
    this.#write(record + PORT_RX, receiving.start);
    this.#write(record + PORT_RX_FRAMES, receiving.frames);
    this.#write(record + PORT_RX_FRAME_BYTES, receiving.frameBytes);
    this.#write(record + PORT_TX, sending.start);
    this.#write(record + PORT_TX_FRAMES, sending.frames);
    this.#write(record + PORT_TX_FRAME_BYTES, sending.frameBytes);
  }

  /**
   * Says which VLAN tags the frames of a port have: they are taken off what comes in, and put on
   * what is sent.
   */
  tag(number: number, tags: readonly VlanTag[]): void {
    const record = this.#record(number);
    this.#write(record + PORT_TAGS, tags.length + 1);
    for (const [index, { tpid, tci }] of tags.entries()) {
      this.#view.setUint32(record + PORT_TAG_WORDS + index * 4, tpid * 2 ** 16 + tci);
    }
  }

  /** Says where the messages of a port's rings are, which system calls fill and empty. */
  serve(number: number, rxMessages: number, txMessages: number): void {
    const record = this.#record(number);
    this.#write(record + PORT_RX_MESSAGES, rxMessages);
    this.#write(record + PORT_TX_MESSAGES, txMessages);
  }

  /** Of such rings, the frame to be filled next. */
  rxFilled(number: number): number {
    return this.#view.getUint32(this.#record(number) + PORT_RX_FILLED, true);
  }

  /** Of such rings, the frame to be sent next. */
  txSent(number: number): number {
    return this.#view.getUint32(this.#record(number) + PORT_TX_SENT, true);
  }

  /** Forgets a port: nothing is received from it or sent to it. */
  close(number: number): void {
    this.#write(this.#record(number) + PORT_RX_FRAMES, 0);
  }

  /** Copies a frame that the host made into the sending ring; whether there was room. */
  send(number: number, frame: Uint8Array, scratch: number): boolean {
    this.#bytes.set(frame, scratch);
    return this.#exports.ringSend(number, scratch, frame.length) === 1;
  }

  /** What a port counted. */
  counters(number: number): RingCounters {
    const record = this.#record(number);
    const count = (offset: number): number =>
      Number(this.#view.getBigUint64(record + offset, true));
    return {
      received: count(PORT_RECEIVED),
      cut: count(PORT_CUT),
      checksumsFinished: count(PORT_FINISHED),
      sent: count(PORT_SENT),
      full: count(PORT_FULL),
      tooLong: count(PORT_TOO_LONG),
      refused: count(PORT_REFUSED),
    };
  }

  #record(number: number): number {
    if (number > 0 && number < PORTS_MAX) return this.#plan.ports + number * PORT_BYTES;
    throw new AnyfibError({
      code: "CAPACITY",
      what: `port number ${number}`,
      hint: `give one from 1 to ${PORTS_MAX - 1}`,
      detail: { number },
    });
  }

  #write(address: number, value: number): void {
    this.#view.setUint32(address, value, true);
  }
}
