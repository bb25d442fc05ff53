/** How long does a change of a group take, how long do packets wait, what moves needlessly? */

import { Engine } from "../src/engine/engine.ts";
import type { GroupMember } from "../src/engine/group-tables.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import { readModule } from "../src/node/module.ts";
import { maglev } from "../src/replay/models/maglev.ts";
import { Random } from "../src/replay/random.ts";
import type { Contender } from "./contender.ts";
import { SUBJECT } from "./fib-contender.ts";
import type { Entry } from "./harness.ts";
import type { Row } from "./rows.ts";

/** A table of slots under some algorithm. */
interface SlotTable {
  /** Gives it its members; calls `pause` where packets could be forwarded. */
  change(members: readonly GroupMember[], pause: () => void): void;
  /** The adjacency of each slot. */
  slots(): Uint16Array;
}

/** How evenly a table shares its slots out, and what it moves for nothing. */
type Evenness = Required<Pick<Row, "slot_max_mean" | "needless_moves">>;

const NEXT_HOPS = 64;
const SLOTS = 65_536;
/** Next hops that go and come, each by itself: so few that a run has every event several times. */
const LOST = 8;
/** Cells of the model: the paper's smaller size. */
const MAGLEV_CELLS = 65_537;
const WEIGHT_MAX = 16;
/** Groups that lose a next hop together, their next hops, and slots. */
const GROUPS = 1000;
const GROUP_NEXT_HOPS = 8;
const GROUP_SLOTS = 1024;
/** All next hops of those groups; the one that is lost is in each. */
const ALL_NEXT_HOPS = 512;
const SLOT_BYTES = 64 * 2 ** 20;
const SEED = 1;

/** Rows: one next hop of a group of 64 that goes and comes, beside Maglev; then 1,000 groups. */
export function* groupChangeEntries(): Generator<Entry> {
  const members = drawnMembers();
  yield changeEntry("guided", members, () => ourTable("guided"));
  yield changeEntry("canonical", members, () => ourTable("canonical"));
  yield changeEntry("model of Maglev 65537", members, async () => maglevTable());
  yield groupsEntry();
}

/** Next hops of weights 1 to 16. */
function drawnMembers(): readonly GroupMember[] {
  const random = new Random(SEED);
  return Array.from({ length: NEXT_HOPS }, (_, index) => {
    return { adjacency: index + 1, weight: 1 + random.below(WEIGHT_MAX) };
  });
}

async function groupsEngine(nextHops: number): Promise<Engine> {
  return Engine.create({
    module: await WebAssembly.compile(await readModule()),
    limits: { routes4: 0, routes6: 0, nextHops, slotBytes: SLOT_BYTES },
  });
}

async function ourTable(mode: "guided" | "canonical"): Promise<SlotTable> {
  const { groups } = await groupsEngine(NEXT_HOPS);
  return {
    change: (members, pause) => {
      groups.change(GROUPS_RESERVED, members, { mode, slotsLeast: SLOTS, pause });
    },
    slots: () => groups.slots(GROUPS_RESERVED)?.slice() ?? new Uint16Array(),
  };
}

function maglevTable(): SlotTable {
  const model = maglev();
  return {
    change: (members) => {
      const named = members.map((one) => ({ ...one, name: `next hop ${one.adjacency}` }));
      model.update(named, 0n);
    },
    slots: () => Uint16Array.from({ length: MAGLEV_CELLS }, (_, cell) => model.choose(cell)),
  };
}

function changeEntry(
  pattern: string,
  members: readonly GroupMember[],
  open: () => Promise<SlotTable>,
): Entry {
  const stalls = new Stalls(2 * LOST);
  let evenness: Evenness = { slot_max_mean: Number.NaN, needless_moves: Number.NaN };
  return {
    labels: {
      name: "group-change",
      family: "both",
      table: `${NEXT_HOPS} next hops, weights 1 to ${WEIGHT_MAX}, ${SLOTS} slots`,
      pattern,
    },
    isEach: true,
    isUneven: true,
    open: async () => {
      const table = await open();
      evenness = evennessOf(table, members);
      const without = members
        .slice(0, LOST)
        .map((one) => members.filter((member) => member !== one));
      return changeContender(2 * SLOTS, stalls, (place, pause) => {
        table.change(place % 2 === 0 ? (without[place >> 1] ?? []) : members, pause);
      });
    },
    extras: () => ({ stall_max_ns: stalls.longest, ...evenness }),
  };
}

/** Groups that lose one next hop, all of them, and get it back. */
function groupsEntry(): Entry {
  const stalls = new Stalls(2);
  return {
    labels: {
      name: "group-change",
      family: "both",
      table: `${GROUPS} groups of ${GROUP_NEXT_HOPS} next hops, ${GROUP_SLOTS} slots each`,
      pattern: "one next hop of all",
    },
    isEach: true,
    isUneven: true,
    open: async () => {
      const { groups } = await groupsEngine(ALL_NEXT_HOPS);
      const sets = drawnSets();
      const apply = (place: number, pause: () => void): void => {
        for (const [index, members] of sets.entries()) {
          const serving = place === 0 ? members.slice(1) : members;
          groups.change(GROUPS_RESERVED + index, serving, { slotsLeast: GROUP_SLOTS, pause });
        }
      };
      apply(1, () => undefined);
      return changeContender(2 * GROUP_SLOTS * GROUPS, stalls, apply);
    },
    extras: () => ({ stall_max_ns: stalls.longest }),
  };
}

/** Members of the groups: the first one in each, and others drawn. */
function drawnSets(): readonly (readonly GroupMember[])[] {
  const random = new Random(SEED);
  return Array.from({ length: GROUPS }, () => {
    const adjacencies = new Set([1]);
    while (adjacencies.size < GROUP_NEXT_HOPS) adjacencies.add(2 + random.below(ALL_NEXT_HOPS - 1));
    return [...adjacencies].map((adjacency) => ({ adjacency, weight: 1 }));
  });
}

/** Lets next hops go and come back once, one by one, and looks at the slots. */
function evennessOf(table: SlotTable, members: readonly GroupMember[]): Evenness {
  table.change(members, () => undefined);
  let held = table.slots();
  let [most, needless] = [fullest(held, members), 0];
  for (const { adjacency } of members.slice(0, LOST)) {
    for (const serving of [members.filter((one) => one.adjacency !== adjacency), members]) {
      table.change(serving, () => undefined);
      const slots = table.slots();
      most = Math.max(most, fullest(slots, serving));
      needless += slots.filter(
        (slot, i) => slot !== held[i] && slot !== adjacency && held[i] !== adjacency,
      ).length;
      held = slots;
    }
  }
  return { slot_max_mean: most, needless_moves: needless / (2 * LOST) / held.length };
}

/** The largest part that a next hop has of the slots, by what its weight is due. */
function fullest(slots: Uint16Array, members: readonly GroupMember[]): number {
  const held = new Map<number, number>();
  for (const slot of slots) held.set(slot, (held.get(slot) ?? 0) + 1);
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const parts = members.map(({ adjacency, weight }) => (held.get(adjacency) ?? 0) / weight);
  return (Math.max(...parts) * total) / slots.length;
}

/** How long the steps of events take: each in its quickest run, in which nobody took processors. */
class Stalls {
  readonly places: number;
  /** The least of each step of each event: an event goes the same way each time. */
  readonly #least: number[][];

  constructor(places: number) {
    this.places = places;
    this.#least = Array.from({ length: places }, () => []);
  }

  /** Notes what one step of an event took. */
  add(place: number, step: number, ns: number): void {
    const steps = this.#least[place];
    if (steps !== undefined) steps[step] = Math.min(steps[step] ?? ns, ns);
  }

  get longest(): number {
    return this.#least.flat().reduce((most, ns) => Math.max(most, ns), 0);
  }
}

/** Runs the events in their order, again and again; each is a sample. */
function changeContender(
  memoryBytes: number,
  stalls: Stalls,
  apply: (place: number, pause: () => void) => void,
): Contender {
  let next = 0;
  const sample = (): number => {
    const place = next;
    next = (next + 1) % stalls.places;
    const start = performance.now();
    let resumed = start;
    let step = 0;
    const pause = (): void => {
      const now = performance.now();
      stalls.add(place, step++, (now - resumed) * 1e6);
      resumed = now;
    };
    apply(place, pause);
    pause();
    return (resumed - start) * 1e6;
  };
  const note = `WebAssembly or JavaScript, V8 ${process.versions.v8}`;
  return {
    name: SUBJECT,
    details: { memoryBytes, entryBytes: 2, outputBytes: 2, hugePages: false, note },
    turn: async (seconds) => {
      const samples: number[] = [];
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end || samples.length === 0) samples.push(sample());
      return samples;
    },
    digest: async () => "",
    close: async () => {},
  };
}
