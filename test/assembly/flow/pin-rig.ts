/** A group whose slots are handed on by the test itself, and TCP through it. */

import {
  GROUP_BYTES,
  SLOT_TABLE_CHANGED,
  SLOT_TABLE_OWNERS,
  SLOT_TABLE_SLOTS,
} from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { ipv4Packet, ipv6Packet, joinBytes, PROTOCOL, u16, u32 } from "../../oracle/ip-packets.ts";
import { ethernetIp, type Frame } from "../../oracle/link-frames.ts";
import type { ModelSegment, ModelSlot } from "../../oracle/pin-model.ts";
import { DESTINATIONS, GROUP } from "../test-router.ts";

const TCP_FLAGS = { opens: 0x02, follows: 0x10 } as const;

/** A packet of a connection from a port to the service behind GROUP.table. */
export function connectionFrame(port: number, segment: ModelSegment, family: 4 | 6 = 4): Frame {
  const protocol = segment === "none" ? PROTOCOL.udp : PROTOCOL.tcp;
  const flags = segment === "none" ? 0 : TCP_FLAGS[segment];
  const payload = joinBytes(u16(port), u16(80), u32(1), u32(1), [0x50, flags], u16(512), u32(0));
  const destination = DESTINATIONS[family].table;
  const packet = family === 4 ? ipv4Packet : ipv6Packet;
  return ethernetIp(packet({ destination, protocol, payload }));
}

/** The slots of GROUP.table, each as it is and as it is made. */
export class SlotRig {
  readonly #table: number;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #slots: number;
  readonly #owners: number;

  constructor(engine: Engine) {
    this.#words = engine.words;
    this.#halves = new Uint16Array(engine.memory.buffer);
    this.#table = engine.words[(engine.plan.groups + GROUP.table * GROUP_BYTES) / 4] ?? 0;
    this.#slots = engine.groups.slots(GROUP.table)?.length ?? 0;
    this.#owners = engine.words[(this.#table + SLOT_TABLE_OWNERS) / 4] ?? 0;
  }

  /** A slot of the table. */
  read(slot: number): ModelSlot {
    const owners = Array.from({ length: this.#owners }, (_, age) => this.#owner(slot, age));
    return {
      current: this.#halves[this.#half(slot)] ?? 0,
      changedAt: this.#words[this.#clock(slot)] ?? 0,
      first: this.#halves[this.#first(slot)] ?? 0,
      owners: owners.map((index) => this.#halves[index] ?? 0),
    };
  }

  /** Makes every slot of the table so. */
  fill({ current, changedAt, first, owners }: ModelSlot): void {
    for (let slot = 0; slot < this.#slots; slot++) {
      this.#halves[this.#half(slot)] = current;
      this.#words[this.#clock(slot)] = changedAt;
      this.#halves[this.#first(slot)] = first;
      for (let age = 0; age < this.#owners; age++) {
        this.#halves[this.#owner(slot, age)] = owners[age] ?? 0;
      }
    }
    this.#words[(this.#table + SLOT_TABLE_CHANGED) / 4] = changedAt === 0 ? 0 : this.#slots;
  }

  #half(slot: number): number {
    return (this.#table + SLOT_TABLE_SLOTS) / 2 + slot;
  }

  #clock(slot: number): number {
    return (this.#table + SLOT_TABLE_SLOTS + 2 * this.#slots) / 4 + slot;
  }

  #first(slot: number): number {
    return this.#half(slot) + 3 * this.#slots;
  }

  #owner(slot: number, age: number): number {
    return this.#half(slot) + (4 + age) * this.#slots;
  }
}
