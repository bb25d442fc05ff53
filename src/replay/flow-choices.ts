/** Where every followed flow goes by the tables as they are, and what each next hop gets. */

import type { Forwarder } from "../router/forwarder.ts";
import type { FlowBook } from "./flow-book.ts";

/** What the tables say of the flows of a book. */
export interface FlowChoices {
  /** Adjacency of each cell of the book; 0 in free ones, and where no next hop is up. */
  readonly hops: Uint16Array;
  /** Flows by adjacency. */
  readonly flows: ReadonlyMap<number, number>;
  /** Flows that each adjacency is due by weight. */
  readonly due: ReadonlyMap<number, number>;
  /** Nearest tier that serves, by group. */
  readonly tiers: ReadonlyMap<number, number>;
}

/** A group's table, or its one adjacency. */
interface GroupTable {
  readonly slots: Uint16Array;
  readonly mask: number;
}

function add(counts: Map<number, number>, key: number, value: number): void {
  counts.set(key, (counts.get(key) ?? 0) + value);
}

function groupTable(forwarder: Forwarder, group: number): GroupTable {
  const [only] = forwarder.group(group).nextHops;
  const slots = forwarder.engine.groups.slots(group);
  if (slots !== undefined) return { slots, mask: slots.length - 1 };
  return { slots: Uint16Array.of(only?.nextHop.adjacency ?? 0), mask: 0 };
}

/** Asks the tables about every flow. Pins are not looked at: see what packets do. */
export function flowChoices(forwarder: Forwarder, book: FlowBook): FlowChoices {
  const { groups, hashLows } = book;
  const tables = new Map<number, GroupTable>();
  const flowsOfGroup = new Map<number, number>();
  const hops = new Uint16Array(book.cells);
  const flows = new Map<number, number>();
  for (let cell = 0; cell < hops.length; cell++) {
    const group = groups[cell] ?? 0;
    if (group === 0) continue;
    const table = tables.get(group) ?? groupTable(forwarder, group);
    tables.set(group, table);
    const hop = table.slots[(hashLows[cell] ?? 0) & table.mask] ?? 0;
    hops[cell] = hop;
    add(flows, hop, 1);
    add(flowsOfGroup, group, 1);
  }
  const due = new Map<number, number>();
  const tiers = new Map<number, number>();
  for (const [group, count] of flowsOfGroup) {
    const { nextHops } = forwarder.group(group);
    tiers.set(group, nextHops[0]?.cost ?? -1);
    for (const { nextHop, share } of nextHops) add(due, nextHop.adjacency, count * share);
  }
  return { hops, flows, due, tiers };
}
