/** How long do the hash of a flow, and with it the choice of a next hop, take? */

import { BATCH_MAX, FLOW_BYTES, FLOW_FLAGS } from "../assembly/layout.ts";
import { Engine } from "../src/engine/engine.ts";
import { type FlowTuple, writeFlow } from "../src/engine/flow-record.ts";
import { DEFAULT_HASH, type EngineKeys, type HashAlgorithm } from "../src/engine/hash.ts";
import { GROUPS_RESERVED } from "../src/engine/layout.ts";
import type { Address } from "../src/net/address.ts";
import { readModule } from "../src/node/module.ts";
import { Random } from "../src/replay/random.ts";
import type { Contender } from "./contender.ts";
import { SUBJECT } from "./fib-contender.ts";
import { frozenContender, frozenGroup } from "./frozen-engine.ts";
import { groupChangeEntries } from "./group-changes.ts";
import type { Entry } from "./harness.ts";
import { AnswerDigest } from "./rivals/exchange.ts";
import { type TimedWork, timedTurn } from "./timing.ts";

/** What to measure. */
export interface FlowOptions {
  /** Flows of both families unless said. */
  readonly family?: 4 | 6 | undefined;
}

/** Flows hashed and given a next hop, of one family by one function. */
export interface FlowSetup {
  readonly engine: Engine;
  readonly family: 4 | 6;
  /** Where the list of the flows' records is, and where their adjacencies go. */
  readonly list: number;
  readonly answers: number;
}

/** Functions of the flow hash. */
export const ALGORITHMS: readonly HashAlgorithm[] = ["siphash-1-3", "multilinear", "toeplitz"];

/** The group that flows choose in. */
export const FLOW_GROUP = GROUPS_RESERVED;
/** Its next hops, and the slots of its table. */
const NEXT_HOPS = 64;
const SLOTS = 65_536;
/** As results name them. */
export const FLOW_TABLE = `a group of ${NEXT_HOPS} next hops, ${SLOTS} slots`;
/** Room for the table, its previous owners, and a copy while it changes. */
const SLOT_BYTES = 4 * 2 ** 20;
/** Flows of a batch, as the packet path has them, and batches of a call: 0.1 to 1 ms. */
const FLOWS = BATCH_MAX;
const BATCHES = 64;
const SEED = 1;
const PROTOCOL_TCP = 6;

/** Rows for each family and function, then those of groups that change. */
export async function* flowEntries({ family: only }: FlowOptions): AsyncGenerator<Entry> {
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    for (const algorithm of ALGORITHMS) {
      yield flowEntry("flow-hash", family, algorithm);
      yield flowEntry("flow-choose", family, algorithm);
    }
  }
  yield* groupChangeEntries();
}

function flowEntry(
  name: "flow-hash" | "flow-choose",
  family: 4 | 6,
  algorithm: HashAlgorithm,
): Entry {
  return {
    labels: { name, family: `ipv${family}`, table: FLOW_TABLE, pattern: algorithm },
    open: async () => {
      const setup = await setUpFlows(family, algorithm);
      if (name === "flow-choose") return choiceContender(setup);
      return flowContender(
        setup,
        repeated(() => hashFlows(setup)),
      );
    },
    openReference: () => frozenChoices(family),
  };
}

/** So many batches a call: a sample is then long enough for the clock. */
function repeated(call: () => void): TimedWork {
  const calls = (): void => {
    for (let batch = 0; batch < BATCHES; batch++) call();
  };
  return { call: calls, operations: BATCHES * FLOWS };
}

/** Keys drawn once: what they are does not matter. */
function drawnKeys(): EngineKeys {
  const random = new Random(SEED);
  const key = (bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, () => random.below(256));
  return { flow: key(16), score: key(16), multilinear: key(96), toeplitz: key(40) };
}

/** Flows of a family, all different. */
function drawnFlows(family: 4 | 6): readonly FlowTuple[] {
  const random = new Random(SEED);
  const half = (): bigint => (BigInt(random.u32()) << 32n) | BigInt(random.u32());
  const end = (): Address =>
    family === 4 ? { family, value: random.u32() } : { family, high: half(), low: half() };
  return Array.from({ length: FLOWS }, () => ({
    source: end(),
    destination: end(),
    protocol: PROTOCOL_TCP,
    ports: { source: random.below(65_536), destination: 443 },
  }));
}

/** An engine with the group and a batch of flows in its memory. */
export async function setUpFlows(family: 4 | 6, algorithm: HashAlgorithm): Promise<FlowSetup> {
  const engine = await Engine.create({
    module: await WebAssembly.compile(await readModule()),
    limits: { routes4: 0, routes6: 0, nextHops: NEXT_HOPS, slotBytes: SLOT_BYTES },
    keys: drawnKeys(),
    hash: { ...DEFAULT_HASH, algorithm },
  });
  const members = Array.from({ length: NEXT_HOPS }, (_, i) => ({ adjacency: i + 1, weight: 1 }));
  engine.groups.change(FLOW_GROUP, members, { slotsLeast: SLOTS });
  const { list } = engine.flows.list(drawnFlows(family));
  return { engine, family, list, answers: engine.plan.frames };
}

function hashFlows({ engine, family, list }: FlowSetup): void {
  if (family === 4) engine.exports.flowsHash4(list, FLOWS);
  else engine.exports.flowsHash6(list, FLOWS);
}

function chooseFlows(setup: FlowSetup): void {
  hashFlows(setup);
  setup.engine.exports.flowsChoose(FLOW_GROUP, setup.list, setup.answers, FLOWS);
}

/** The adjacencies of the flows. */
export function flowAnswers(setup: FlowSetup): Uint32Array {
  chooseFlows(setup);
  const start = setup.answers / 4;
  return setup.engine.words.slice(start, start + FLOWS);
}

/** Hash and choice of the flows, batch by batch. */
export function choiceContender(setup: FlowSetup): Contender {
  return flowContender(
    setup,
    repeated(() => chooseFlows(setup)),
  );
}

function flowContender(setup: FlowSetup, work: TimedWork): Contender {
  return {
    name: SUBJECT,
    details: {
      memoryBytes: 2 * SLOTS,
      entryBytes: 2,
      outputBytes: 4,
      hugePages: false,
      note: `WebAssembly, V8 ${process.versions.v8}; flow records as the parser writes them`,
    },
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => new AnswerDigest().add(flowAnswers(setup)).toString(),
    close: async () => {},
  };
}

/** Hash and choice of the same flows in the frozen engine: SipHash-1-3, a call for each flow. */
async function frozenChoices(family: 4 | 6): Promise<Contender> {
  const { engine, group } = await frozenGroup({ nextHops: NEXT_HOPS, slots: SLOTS });
  const { bytes, plan, exports } = engine;
  const records = drawnFlows(family).map((flow, index) => {
    const address = plan.frames + index * FLOW_BYTES;
    writeFlow(new DataView(bytes.buffer, address, FLOW_BYTES), flow);
    return { address, flags: bytes[address + FLOW_FLAGS] ?? 0 };
  });
  const choose = (): readonly number[] =>
    records.map(({ address, flags }) => {
      // It would keep the hash.
      bytes[address + FLOW_FLAGS] = flags;
      return exports.groupChoose(group, address);
    });
  const digest = () => new AnswerDigest().add(Uint32Array.from(choose())).toString();
  return frozenContender(repeated(choose), digest);
}
