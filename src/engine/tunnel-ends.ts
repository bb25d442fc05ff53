/** Where tunnels end: the addresses whose packets the packet path opens, and what it counted. */

import {
  END_BYTES,
  END_FAMILY,
  END_GUE,
  END_HIGH,
  END_IPIP,
  END_KINDS,
  END_LOW,
  END_PORT,
  END_SOURCE_BYTES,
  END_SOURCE_FAMILY,
  END_SOURCE_HIGH,
  END_SOURCE_LOW,
  END_SOURCE_MASK_HIGH,
  END_SOURCE_MASK_LOW,
  END_TUNNEL,
  ENDS_COUNT,
  ENDS_COUNTS,
  ENDS_COUNTS_BYTES,
  ENDS_MAX,
  ENDS_PORTS,
  ENDS_RECORDS,
  ENDS_SOURCES,
  ENDS_SOURCES_MAX,
  ENDS_TUNNELS,
  ENDS_TUNNELS_MAX,
  HEADER,
  HEADER_ENDS,
  TUNNEL_BYTES,
  TUNNEL_COUNT_BYTES,
  TUNNEL_COUNT_DROPPED,
  TUNNEL_COUNT_LEFT,
  TUNNEL_COUNT_PACKETS,
  TUNNEL_COUNT_PASSED,
  TUNNEL_COUNTS_BYTES,
  TUNNEL_END,
  TUNNEL_FIRST,
  TUNNEL_PASSES,
} from "../../assembly/layout.ts";
import type { Address } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Prefix } from "../net/prefix.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** What a tunnel's packets are: IP in IP of all four kinds, or GUE by UDP. */
export type TunnelKind = "ipip" | "gue";

/** A tunnel that ends here. */
export interface TunnelEnd {
  readonly addresses: readonly Address[];
  readonly kinds: readonly TunnelKind[];
  /** Port of GUE. */
  readonly port: number;
  /** Outer sources that may send; all where there are none. */
  readonly sources: readonly Prefix[];
  /** Whether what nobody here serves goes to the next hop of its list. */
  readonly secondChance: boolean;
}

/** What came by a tunnel. */
export interface TunnelCounts {
  /** Packets to its end but those left as they are; bytes with their outer headers. */
  readonly packets: number;
  readonly bytes: number;
  /** Of these, packets that were dropped before their destination was looked up. */
  readonly dropped: number;
  /** Fragments and control messages, which nobody opens. */
  readonly left: number;
  /** Packets that went to the next hop of their list. */
  readonly passed: number;
}

/** Addresses, tunnels and sources that there is room for. */
export const TUNNEL_LIMITS = {
  addresses: ENDS_MAX,
  tunnels: ENDS_TUNNELS_MAX - 1,
  sources: ENDS_SOURCES_MAX,
} as const;

const KINDS: Readonly<Record<TunnelKind, number>> = { ipip: END_IPIP, gue: END_GUE };
const HALF_BITS = 64;

/** Both halves as a flow record has them: IPv4 in the first. */
function halvesOf(address: Address): readonly [bigint, bigint] {
  return address.family === 4 ? [BigInt(address.value), 0n] : [address.high, address.low];
}

function prefixHalves(prefix: Prefix): readonly [bigint, bigint] {
  return prefix.family === 4 ? [BigInt(prefix.address), 0n] : [prefix.high, prefix.low];
}

/** The mask of a prefix length, in halves likewise. */
function maskOf({ family, length }: Prefix): readonly [bigint, bigint] {
  if (family === 4) return [(2n ** BigInt(length) - 1n) << BigInt(32 - length), 0n];
  const ones = (bits: number): bigint => (2n ** BigInt(bits) - 1n) << BigInt(HALF_BITS - bits);
  return [ones(Math.min(length, HALF_BITS)), ones(Math.max(length - HALF_BITS, 0))];
}

/** The ends of an engine. */
export class TunnelEnds {
  readonly #view: DataView;
  readonly #start: number;
  readonly #workers: number;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#view = new DataView(memory.buffer);
    this.#start = plan.ends;
    this.#workers = plan.limits.workers;
  }

  /** Tells the packet path where they are. */
  initialise(): void {
    this.#view.setUint32(HEADER + HEADER_ENDS, this.#start, true);
  }

  /**
   * Sets all tunnels, which are numbered from 1 in the order given; counts stay. Throws CAPACITY
   * for more than there is room for.
   */
  set(tunnels: readonly TunnelEnd[]): void {
    checkRoom("tunnels", tunnels.length);
    checkRoom("addresses", tunnels.flatMap(({ addresses }) => addresses).length);
    checkRoom("sources", tunnels.flatMap(({ sources }) => sources).length);
    // First, so that packets find no half of a change.
    this.#view.setUint32(this.#start + ENDS_COUNT, 0, true);
    let ends = 0;
    let sources = 0;
    let ports = 0n;
    for (const [index, tunnel] of tunnels.entries()) {
      const record = this.#start + ENDS_TUNNELS + (index + 1) * TUNNEL_BYTES;
      this.#view.setUint32(record + TUNNEL_FIRST, sources, true);
      for (const prefix of tunnel.sources) this.#writeSource(sources++, prefix);
      this.#view.setUint32(record + TUNNEL_END, sources, true);
      this.#view.setUint32(record + TUNNEL_PASSES, Number(tunnel.secondChance), true);
      for (const address of tunnel.addresses) this.#writeEnd(ends++, index + 1, address, tunnel);
      if (tunnel.kinds.includes("gue")) ports |= 1n << BigInt(tunnel.port % HALF_BITS);
    }
    this.#view.setBigUint64(this.#start + ENDS_PORTS, ports, true);
    this.#view.setUint32(this.#start + ENDS_COUNT, ends, true);
  }

  /** What came by a tunnel, all workers together. */
  read(number: number): TunnelCounts {
    return {
      packets: this.#sum(number, TUNNEL_COUNT_PACKETS),
      bytes: this.#sum(number, TUNNEL_COUNT_BYTES),
      dropped: this.#sum(number, TUNNEL_COUNT_DROPPED),
      left: this.#sum(number, TUNNEL_COUNT_LEFT),
      passed: this.#sum(number, TUNNEL_COUNT_PASSED),
    };
  }

  /** Sets all counts to 0. */
  reset(): void {
    const bytes = this.#workers * ENDS_COUNTS_BYTES;
    new Uint8Array(this.#view.buffer, this.#start + ENDS_COUNTS, bytes).fill(0);
  }

  #sum(number: number, offset: number): number {
    let sum = 0n;
    for (let worker = 0; worker < this.#workers; worker++) {
      const counts = this.#start + ENDS_COUNTS + worker * ENDS_COUNTS_BYTES;
      sum += this.#view.getBigUint64(counts + number * TUNNEL_COUNTS_BYTES + offset, true);
    }
    return Number(sum);
  }

  #writeEnd(index: number, number: number, address: Address, { kinds, port }: TunnelEnd): void {
    const end = this.#start + ENDS_RECORDS + index * END_BYTES;
    const [high, low] = halvesOf(address);
    const bits = kinds.reduce((sum, kind) => sum | KINDS[kind], 0);
    this.#view.setBigUint64(end + END_HIGH, high, true);
    this.#view.setBigUint64(end + END_LOW, low, true);
    this.#view.setUint32(end + END_FAMILY, address.family, true);
    this.#view.setUint32(end + END_KINDS, bits, true);
    this.#view.setUint32(end + END_PORT, port, true);
    this.#view.setUint32(end + END_TUNNEL, number, true);
  }

  #writeSource(index: number, prefix: Prefix): void {
    const source = this.#start + ENDS_SOURCES + index * END_SOURCE_BYTES;
    const [high, low] = prefixHalves(prefix);
    const [maskHigh, maskLow] = maskOf(prefix);
    this.#view.setBigUint64(source + END_SOURCE_HIGH, high, true);
    this.#view.setBigUint64(source + END_SOURCE_LOW, low, true);
    this.#view.setBigUint64(source + END_SOURCE_MASK_HIGH, maskHigh, true);
    this.#view.setBigUint64(source + END_SOURCE_MASK_LOW, maskLow, true);
    this.#view.setUint32(source + END_SOURCE_FAMILY, prefix.family, true);
  }
}

function checkRoom(what: keyof typeof TUNNEL_LIMITS, count: number): void {
  if (count <= TUNNEL_LIMITS[what]) return;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `${count} ${what} of tunnels`,
    hint: `give at most ${TUNNEL_LIMITS[what]}`,
    detail: { what, count },
  });
}
