/** ICMP errors that the packet path makes about packets of a batch. */

import {
  HEADER,
  HEADER_REPLY_BURST,
  HEADER_REPLY_RATE,
  REPLIES_BYTES,
  REPLIES_COUNT,
  REPLIES_LIMITED,
  REPLIES_MADE,
  REPLIES_RECORDS,
  REPLIES_TOKENS,
  REPLY_ADDRESS,
  REPLY_ERROR,
  REPLY_INTERFACE,
  REPLY_LENGTH,
  REPLY_PACKET,
  REPLY_RECORD_BYTES,
} from "../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** How many errors may be sent. */
export interface ReplyLimit {
  /** Errors a second; 0 for none at all, Infinity for no limit. */
  readonly rate: number;
  /** Errors at once: as many as a second's unless said. */
  readonly burst?: number;
}

/** A reply. */
export interface Reply {
  /** An Ethernet frame: a view, overwritten by the next batch. */
  readonly frame: Uint8Array;
  /** Number of the interface that it leaves by; 0 where none is known. */
  readonly interfaceIndex: number;
  /** The packet of the batch that it is about. */
  readonly packet: number;
  /** Of ICMP, or of ICMPv6. */
  readonly type: number;
  readonly code: number;
}

const UNLIMITED = 0xffffffff;

/** The replies of all workers. */
export class Replies {
  readonly #view: DataView;
  readonly #plan: MemoryPlan;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#view = new DataView(memory.buffer);
    this.#plan = plan;
  }

  /** Sets the limit, from the next batch on. */
  set({ rate, burst = rate }: ReplyLimit): void {
    const { replies, limits } = this.#plan;
    const tokens = Math.min(burst, UNLIMITED);
    this.#view.setUint32(HEADER + HEADER_REPLY_RATE, Math.min(rate, UNLIMITED), true);
    this.#view.setUint32(HEADER + HEADER_REPLY_BURST, tokens, true);
    for (let worker = 0; worker < limits.workers; worker++) {
      this.#view.setUint32(replies + worker * REPLIES_BYTES + REPLIES_TOKENS, tokens, true);
    }
  }

  /** Whether any are made. */
  get areSent(): boolean {
    return this.#view.getUint32(HEADER + HEADER_REPLY_RATE, true) !== 0;
  }

  /** Those about the last batch of a worker. */
  *list(worker = 0): Generator<Reply> {
    const start = this.#plan.replies + worker * REPLIES_BYTES;
    const count = this.#view.getUint32(start + REPLIES_COUNT, true);
    for (let index = 0; index < count; index++) {
      const record = start + REPLIES_RECORDS + index * REPLY_RECORD_BYTES;
      const address = this.#view.getUint32(record + REPLY_ADDRESS, true);
      const length = this.#view.getUint32(record + REPLY_LENGTH, true);
      yield {
        frame: new Uint8Array(this.#view.buffer, address, length),
        interfaceIndex: this.#view.getUint32(record + REPLY_INTERFACE, true),
        packet: this.#view.getUint16(record + REPLY_PACKET, true),
        type: this.#view.getUint8(record + REPLY_ERROR + 1),
        code: this.#view.getUint8(record + REPLY_ERROR),
      };
    }
  }

  /** Replies that were made, and those that the limit suppressed, since the start. */
  get counts(): { readonly made: number; readonly limited: number } {
    return { made: this.#sum(REPLIES_MADE), limited: this.#sum(REPLIES_LIMITED) };
  }

  #sum(offset: number): number {
    const { replies, limits } = this.#plan;
    let sum = 0n;
    for (let worker = 0; worker < limits.workers; worker++) {
      sum += this.#view.getBigUint64(replies + worker * REPLIES_BYTES + offset, true);
    }
    return Number(sum);
  }
}
