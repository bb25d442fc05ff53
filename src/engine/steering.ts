/** What the steer stage does: its options, its counters, and the frames that it holds. */

import {
  FRAGMENTS_BYTES,
  FRAGMENTS_EXPIRED,
  FRAGMENTS_HELD,
  FRAGMENTS_OVERFLOW,
  FRAGMENTS_RELEASED,
  FRAGMENTS_TRACKED,
  FRAGMENTS_WAITING,
  HEADER,
  HEADER_STEER,
  STEER_GRE,
  STEER_GTP,
  STEER_IPIP,
  STEER_MPLS,
  STEER_QUIC,
  STEER_TRACK,
  STEER_VXLAN,
} from "../../assembly/layout.ts";
import type { Batch } from "./batch.ts";
import type { EngineExports } from "./exports.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** How fragments are hashed: by addresses and protocol, or all as their first one is. */
export type FragmentMode = "stateless" | "track";

const TUNNEL_BITS = {
  ipip: STEER_IPIP,
  gre: STEER_GRE,
  vxlan: STEER_VXLAN,
  gtpu: STEER_GTP,
  mpls: STEER_MPLS,
} as const;

/** A kind of tunnel: "ipip" is IPv4 or IPv6 in either, "gtpu" is GTP-U, "mpls" is MPLS in IP. */
export type Tunnel = keyof typeof TUNNEL_BITS;

/** Whose flow a packet goes with, beyond ICMP errors, which always go with what they quote. */
export interface SteeringOptions {
  /** "stateless" unless said. */
  readonly fragments?: FragmentMode;
  /** Tunnels that go by the flow inside them; none unless said. */
  readonly inner?: readonly Tunnel[];
  /** Whether QUIC goes by its connection id, where that names a server: see ServerIds. */
  readonly quic?: boolean;
}

/** Fragments, of all workers. held = released + expired + waiting, always. */
export interface FragmentCounters {
  /** Later fragments that took the hash of their first one. */
  readonly tracked: number;
  /** Fragments that came before their first one and were made to wait. */
  readonly held: number;
  /** Of those, the ones that left behind their first one. */
  readonly released: number;
  /** Of those, the ones that left without it, by addresses and protocol. */
  readonly expired: number;
  readonly waiting: number;
  /** Fragments that found no room, in the table or to wait. */
  readonly overflow: number;
}

/** The steer stage of an engine. */
export class Steering {
  readonly #view: DataView;
  readonly #plan: MemoryPlan;
  readonly #exports: EngineExports;
  readonly #batch: Batch;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, exports: EngineExports, batch: Batch) {
    this.#view = new DataView(memory.buffer);
    this.#plan = plan;
    this.#exports = exports;
    this.#batch = batch;
  }

  /** Sets all options, from the next batch on; to be called when nothing is held. */
  set({ fragments = "stateless", inner = [], quic = false }: SteeringOptions): void {
    const tracking = fragments === "track" ? STEER_TRACK : 0;
    const connections = quic ? STEER_QUIC : 0;
    const bits = inner.reduce((sum, tunnel) => sum | TUNNEL_BITS[tunnel], tracking | connections);
    this.#view.setUint32(HEADER + HEADER_STEER, bits, true);
  }

  /** Whether fragments are tracked. */
  get isTracking(): boolean {
    return (this.#view.getUint32(HEADER + HEADER_STEER, true) & STEER_TRACK) !== 0;
  }

  /**
   * Fills the batch with frames that were held and may leave now, with `everything` also with those
   * that still wait; returns how many. Process that batch before another is filled.
   */
  release(everything = false, worker = 0): number {
    if (!this.isTracking) return 0;
    this.#batch.clear();
    this.#batch.count = this.#exports.fragmentsRelease(worker, everything ? 1 : 0) >>> 0;
    return this.#batch.count;
  }

  /** Totals since the start, or since `reset`. */
  get fragments(): FragmentCounters {
    return {
      tracked: this.#sum(FRAGMENTS_TRACKED),
      held: this.#sum(FRAGMENTS_HELD),
      released: this.#sum(FRAGMENTS_RELEASED),
      expired: this.#sum(FRAGMENTS_EXPIRED),
      waiting: this.#sum(FRAGMENTS_WAITING, 4),
      overflow: this.#sum(FRAGMENTS_OVERFLOW),
    };
  }

  /** Forgets all datagrams and held frames, and sets the counters to 0. */
  reset(): void {
    const { fragments, limits } = this.#plan;
    const bytes = limits.workers * FRAGMENTS_BYTES;
    new Uint8Array(this.#view.buffer, fragments, bytes).fill(0);
  }

  #sum(offset: number, bytes = 8): number {
    const { fragments, limits } = this.#plan;
    let sum = 0;
    for (let worker = 0; worker < limits.workers; worker++) {
      const at = fragments + worker * FRAGMENTS_BYTES + offset;
      sum +=
        bytes === 8 ? Number(this.#view.getBigUint64(at, true)) : this.#view.getUint32(at, true);
    }
    return sum;
  }
}
