/** Where packets to addresses go, for tools: by the tables, without a packet. */

import type { Engine } from "../engine/engine.ts";
import type { FlowTuple } from "../engine/flow-record.ts";
import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, maskAddress } from "../net/prefix.ts";
import type { RouteTarget } from "../rib/route.ts";
import type { Groups } from "./groups.ts";
import type { ServingMember } from "./member-set.ts";
import type { KnownNextHop, NextHops } from "./next-hops.ts";
import { kindOfGroup } from "./route-kinds.ts";

/** What a group is: the set of next hops behind a prefix, or a kind of route without any. */
export interface GroupInfo {
  readonly id: number;
  readonly kind: RouteTarget["kind"] | "none";
  /** Members that serve, the nearest first: of two tiers where the next one takes a part. */
  readonly nextHops: readonly ServingMember[];
}

/** Where packets to an address go. */
export interface LookupResult {
  readonly address: Address;
  /** The prefix that matched, null without a route. */
  readonly prefix: string | null;
  readonly group: GroupInfo;
  /** The choice for the flow that was asked for, or the only next hop; otherwise null. */
  readonly nextHop: KnownNextHop | null;
  /** Where the flow that was asked for stands in the group's table; null where none is needed. */
  readonly slot: FlowSlot | null;
}

/** A flow but for its destination, which is what is looked up. */
export type FlowInput = Omit<FlowTuple, "destination">;

/** A slot, and how many the table has. */
export interface FlowSlot {
  readonly index: number;
  readonly slots: number;
}

function flowTo(destination: Address, flow: FlowInput): FlowTuple {
  if (flow.source.family === destination.family) return { ...flow, destination };
  throw new AnyfibError({
    code: "USAGE",
    what: `no flow leads from ${formatAddress(flow.source)} to ${formatAddress(destination)}`,
    hint: "give a source of the same family",
  });
}

/** What lookups read. */
interface LookupParts {
  readonly engine: Engine;
  readonly groups: Groups;
  readonly nextHops: NextHops;
}

/** Looks addresses up in the tables of a forwarder. */
export class Lookups {
  readonly #engine: Engine;
  readonly #groups: Groups;
  readonly #nextHops: NextHops;

  constructor({ engine, groups, nextHops }: LookupParts) {
    this.#engine = engine;
    this.#groups = groups;
    this.#nextHops = nextHops;
  }

  /** What a group id stands for. */
  group(id: number): GroupInfo {
    const kind = this.#groups.set(id)?.mark?.kind ?? kindOfGroup(id);
    return { id, kind: id === 0 ? "none" : kind, nextHops: this.#groups.serving(id) };
  }

  /** Where packets to an address go; with a flow, where that flow goes. For tools. */
  lookup(address: string | Address, flow?: FlowInput): LookupResult {
    const parsed = typeof address === "string" ? parseAddress(address) : address;
    const [result] = parsed === undefined ? [] : this.lookupAll([parsed], flow);
    if (result !== undefined) return result;
    throw new AnyfibError({
      code: "USAGE",
      what: `${JSON.stringify(address)} is no address`,
      hint: "give an IPv4 or IPv6 address",
      detail: { address },
    });
  }

  /** As lookup, for many addresses at once: results share their groups. */
  lookupAll(addresses: readonly Address[], flow?: FlowInput): readonly LookupResult[] {
    const ids = this.#groupIds(addresses);
    const groups = new Map<number, GroupInfo>();
    return addresses.map((address, index) => {
      const id = ids[index] ?? 0;
      const group = groups.get(id) ?? this.group(id);
      groups.set(id, group);
      const length = this.#matchLength(address);
      return {
        address,
        prefix: length === undefined ? null : formatPrefix(maskAddress(address, length)),
        group,
        ...this.#choose(group, flow && flowTo(address, flow)),
      };
    });
  }

  /** Group ids in the order of the addresses: one bulk look-up for each family. */
  #groupIds(addresses: readonly Address[]): Uint32Array {
    const words: number[] = [];
    const halves: bigint[] = [];
    for (const address of addresses) {
      if (address.family === 4) words.push(address.value);
      else halves.push(address.high, address.low);
    }
    const bytes = new Uint8Array(halves.length * 8);
    const view = new DataView(bytes.buffer);
    for (const [index, half] of halves.entries()) view.setBigUint64(index * 8, half);
    const ids4 = this.#engine.tables.lookup4(Uint32Array.from(words)).values();
    const ids6 = this.#engine.tables.lookup6(bytes).values();
    return Uint32Array.from(addresses, ({ family }) => {
      const next = family === 4 ? ids4.next() : ids6.next();
      return next.value ?? 0;
    });
  }

  #matchLength(address: Address): number | undefined {
    const { tables } = this.#engine;
    if (address.family === 4) return tables.matchLength4(address.value);
    return tables.matchLength6(address.high, address.low);
  }

  /** By the tables alone: what pins make of a packet is not asked. */
  #choose(group: GroupInfo, flow: FlowTuple | undefined): Pick<LookupResult, "nextHop" | "slot"> {
    const [only] = group.nextHops;
    const slots = this.#engine.groups.slots(group.id)?.length;
    if (slots === undefined) return { nextHop: only?.nextHop ?? null, slot: null };
    if (flow === undefined) return { nextHop: null, slot: null };
    const nextHop = this.#nextHops.at(this.#engine.choose(group.id, flow)) ?? null;
    const [hash = 0n] = this.#engine.flows.hashes([flow]);
    return { nextHop, slot: { index: Number(hash & BigInt(slots - 1)), slots } };
  }
}
