/** The capture walkers as the host drives them: where they stand, why they stop, their counts. */

import {
  CAPTURE_CURSOR,
  CAPTURE_END,
  CAPTURE_INTERFACE_COUNT,
  CAPTURE_INTERFACES,
  CAPTURE_INTERFACES_MAX,
  CAPTURE_PACKET_BYTES,
  CAPTURE_PACKETS,
  CAPTURE_SHORT_PACKETS,
  CAPTURE_SKIP,
  CAPTURE_SKIPPED_LENGTH,
  CAPTURE_STOP,
  CAPTURE_STOP_BATCH,
  CAPTURE_STOP_BLOCK_LENGTH,
  CAPTURE_STOP_BLOCK_LONG,
  CAPTURE_STOP_INTERFACE,
  CAPTURE_STOP_MORE,
  CAPTURE_STOP_PACKET_LENGTH,
  CAPTURE_STOP_SECTION,
  CAPTURE_STOP_TRAILER,
  CAPTURE_STOP_UNKNOWN_INTERFACE,
  CAPTURE_SWAPPED,
  CAPTURE_VALUE,
  INTERFACE_BYTES,
  INTERFACE_FACTOR,
  INTERFACE_LINK_TYPE,
  INTERFACE_OFFSET,
  INTERFACE_SNAP_BYTES,
  INTERFACE_TICKS,
  INTERFACE_TICKS_MAX,
  TICKS_BINARY,
  TICKS_DIVIDED,
  TICKS_MULTIPLIED,
} from "../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";

export {
  CAPTURE_BLOCK_BYTES_MAX,
  CAPTURE_CHUNK_BYTES,
  CAPTURE_INTERFACES_MAX,
  CAPTURE_REGION_BYTES,
  LINK_ETHERNET,
  PACKET_BYTES_MAX,
} from "../../assembly/layout.ts";

const STOPS = {
  /** The batch is full. */
  batch: CAPTURE_STOP_BATCH,
  /** The next record is not wholly there: `value` bytes are needed. */
  more: CAPTURE_STOP_MORE,
  /** A section header is for the host. */
  section: CAPTURE_STOP_SECTION,
  /** An interface description of `value` bytes is for the host. */
  interface: CAPTURE_STOP_INTERFACE,
  /** A packet of `value` captured bytes cannot be. */
  packetLength: CAPTURE_STOP_PACKET_LENGTH,
  /** A block of `value` bytes cannot be. */
  blockLength: CAPTURE_STOP_BLOCK_LENGTH,
  /** A block of `value` bytes is longer than CAPTURE_BLOCK_BYTES_MAX. */
  blockLong: CAPTURE_STOP_BLOCK_LONG,
  /** A block ends with another length, `value`. */
  trailer: CAPTURE_STOP_TRAILER,
  /** A packet names interface `value`, which the section has not described. */
  unknownInterface: CAPTURE_STOP_UNKNOWN_INTERFACE,
} as const;

/** Why a walker stopped. */
export type StopKind = keyof typeof STOPS;

/** Why a walker stopped, and the value that goes with it. */
export interface CaptureStop {
  readonly kind: StopKind;
  readonly value: number;
}

// cast: Object.entries widens the keys of a constant object to string.
const KIND_OF_CODE = new Map(Object.entries(STOPS).map(([kind, code]) => [code, kind as StopKind]));

/** How a timestamp's ticks become nanoseconds; `multiplied` by 0 makes all of them 0. */
export type TickScale =
  | { readonly kind: "multiplied" | "divided"; readonly factor: bigint }
  /** Ticks of 2^-exponent seconds. */
  | { readonly kind: "binary"; readonly exponent: number };

/** What a capture says about the packets of one interface. */
export interface CaptureInterface {
  readonly linkType: number;
  /** Bytes that were captured of a packet at most, 0 for all. */
  readonly snapBytes: number;
  readonly ticks: TickScale;
  /** Nanoseconds to add to every timestamp, within an i64. */
  readonly offsetNs: bigint;
}

/** What the walkers counted since `begin`. */
export interface CaptureTotals {
  readonly packets: number;
  /** Captured bytes. */
  readonly bytes: number;
  /** Packets captured short of their original length. */
  readonly shortPackets: number;
}

const U64_MAX = 2n ** 64n - 1n;
/** The second that a u64 of nanoseconds ends in. */
const LAST_SECOND = U64_MAX / 1_000_000_000n;

/** Largest count of ticks that stays a u64 as nanoseconds. */
function ticksMax(ticks: TickScale): bigint {
  if (ticks.kind === "binary") {
    const most = (LAST_SECOND << BigInt(ticks.exponent)) - 1n;
    return most < U64_MAX ? most : U64_MAX;
  }
  if (ticks.kind === "divided" || ticks.factor === 0n) return U64_MAX;
  return U64_MAX / ticks.factor;
}

const TICKS_CODES = {
  multiplied: TICKS_MULTIPLIED,
  divided: TICKS_DIVIDED,
  binary: TICKS_BINARY,
} as const;

/** A view on the one capture state of an engine: one capture is read at a time. */
export class CaptureState {
  readonly #view: DataView;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#view = new DataView(memory.buffer, plan.capture);
  }

  /** Starts a capture: no interface, nothing counted. */
  begin(swapped: boolean): void {
    for (const offset of [CAPTURE_PACKETS, CAPTURE_PACKET_BYTES, CAPTURE_SHORT_PACKETS]) {
      this.#view.setBigUint64(offset, 0n, true);
    }
    this.#set(CAPTURE_SKIP, 0);
    this.#set(CAPTURE_SKIPPED_LENGTH, 0);
    this.beginSection(swapped);
  }

  /** Starts a section: its byte order, and no interface yet. */
  beginSection(swapped: boolean): void {
    this.#set(CAPTURE_SWAPPED, swapped ? 1 : 0);
    this.#set(CAPTURE_INTERFACE_COUNT, 0);
  }

  /** Tells the walker where the bytes that were read stand in memory. */
  place(cursor: number, end: number): void {
    this.#set(CAPTURE_CURSOR, cursor);
    this.#set(CAPTURE_END, end);
  }

  /** Address of the next record. */
  get cursor(): number {
    return this.#get(CAPTURE_CURSOR);
  }

  /** Why the last walk ended. */
  get stop(): CaptureStop {
    const kind = KIND_OF_CODE.get(this.#get(CAPTURE_STOP)) ?? "batch";
    return { kind, value: this.#get(CAPTURE_VALUE) };
  }

  /** Bytes that were passed over of a block that nobody reads; 0 where there is none. */
  get skippedBytes(): number {
    const length = this.#get(CAPTURE_SKIPPED_LENGTH);
    return length === 0 ? 0 : length - 4 - this.#get(CAPTURE_SKIP);
  }

  /** Adds an interface to the section; false where it has CAPTURE_INTERFACES_MAX already. */
  addInterface(added: CaptureInterface): boolean {
    const id = this.#get(CAPTURE_INTERFACE_COUNT);
    if (id === CAPTURE_INTERFACES_MAX) return false;
    const record = CAPTURE_INTERFACES + id * INTERFACE_BYTES;
    const { ticks } = added;
    const factor = ticks.kind === "binary" ? BigInt(ticks.exponent) : ticks.factor;
    this.#set(record + INTERFACE_LINK_TYPE, added.linkType);
    this.#set(record + INTERFACE_SNAP_BYTES, added.snapBytes);
    this.#set(record + INTERFACE_TICKS, TICKS_CODES[ticks.kind]);
    this.#view.setBigUint64(record + INTERFACE_FACTOR, factor, true);
    this.#view.setBigUint64(record + INTERFACE_TICKS_MAX, ticksMax(ticks), true);
    this.#view.setBigInt64(record + INTERFACE_OFFSET, added.offsetNs, true);
    this.#set(CAPTURE_INTERFACE_COUNT, id + 1);
    return true;
  }

  /** Totals since `begin`. */
  get totals(): CaptureTotals {
    const read = (offset: number): number => Number(this.#view.getBigUint64(offset, true));
    return {
      packets: read(CAPTURE_PACKETS),
      bytes: read(CAPTURE_PACKET_BYTES),
      shortPackets: read(CAPTURE_SHORT_PACKETS),
    };
  }

  #get(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  #set(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }
}
