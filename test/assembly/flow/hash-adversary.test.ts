/** What somebody who watches next hops can do with it: nothing against SipHash, all elsewhere. */

import { describe, expect, it } from "vitest";
import type { FlowTuple } from "../../../src/engine/flow-record.ts";
import { createTestEngine, testKeys } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";
import { crc32c, flowWords, multiplyShift } from "../../oracle/weak-hashes.ts";
import { membersOf } from "./group-driver.ts";
import {
  type Attack,
  affine,
  dictionary,
  NAMED,
  NEXT_HOPS,
  neighbours,
  type Oracle,
  pace,
  SEEN,
  TARGET,
} from "./hash-adversary.ts";

const GROUP = 8;
const ATTACKS: Readonly<Record<string, Attack>> = { neighbours, dictionary, affine, pace };

/** A hash under a secret, and under another that the adversary chose. */
interface HashUnderAttack {
  readonly oracle: Oracle;
  readonly publicHash: Oracle;
}

/** As many values of a hash that he computes himself are told apart: each is seen 16 times. */
const KEY_VALUES = 256;

async function sipHash(): Promise<HashUnderAttack> {
  const engineOf = async (key: Uint8Array) => {
    const engine = await createTestEngine("release", { keys: testKeys(key) });
    engine.groups.change(GROUP, membersOf(Array(NEXT_HOPS).fill(1)));
    return engine;
  };
  const secret = await engineOf(seededRandom(1).bytes(16));
  const other = await engineOf(new Uint8Array(16));
  return {
    oracle: (flows) => secret.flows.choices(GROUP, flows).map((adjacency) => adjacency - 1),
    publicHash: (flows) =>
      Float64Array.from(other.flows.hashes(flows), (hash) => Number(hash & BigInt(KEY_VALUES - 1))),
  };
}

function crc(): HashUnderAttack {
  const [secret, other] = [crc32c(seededRandom(2).below(2 ** 32)), crc32c(0)];
  return {
    oracle: (flows) => flows.map((flow) => secret(flow) % NEXT_HOPS),
    publicHash: (flows) => flows.map((flow) => other(flow) % KEY_VALUES),
  };
}

function products(): HashUnderAttack {
  const secretOf = (seed: number) => {
    const random = seededRandom(seed);
    return multiplyShift(Array.from({ length: 5 }, () => random.below(2 ** 32) | 1));
  };
  const [secret, other] = [secretOf(3), secretOf(4)];
  return {
    oracle: (flows) => flows.map((flow) => Math.floor((secret(flow) / 2 ** 32) * NEXT_HOPS)),
    publicHash: (flows) => flows.map((flow) => Math.floor((other(flow) / 2 ** 32) * KEY_VALUES)),
  };
}

/** How many times its share of the named flows the target gets; they are others than those seen. */
function gain({ oracle, publicHash }: HashUnderAttack, attack: Attack): number {
  const seen = new Set<string>();
  const keyOf = (flow: FlowTuple): string => flowWords(flow).join();
  const watched: Oracle = (flows) => {
    for (const flow of flows) seen.add(keyOf(flow));
    expect(seen.size).toBeLessThanOrEqual(SEEN);
    return oracle(flows);
  };
  const flows = attack(watched, publicHash);
  expect(flows.length).toBe(NAMED);
  const others = new Map(flows.map((flow) => [keyOf(flow), flow]));
  for (const key of seen) others.delete(key);
  expect(others.size).toBeGreaterThan(NAMED * 0.99);
  const hops = Array.from(oracle([...others.values()]));
  return (hops.filter((hop) => hop === TARGET).length / others.size) * NEXT_HOPS;
}

describe("4,096 flows seen, 100,000 others named for one of 8 next hops", () => {
  it.each(Object.keys(ATTACKS))("%s: SipHash gives at most 1.2 times its share", async (name) => {
    const attack = ATTACKS[name] ?? neighbours;
    expect(gain(await sipHash(), attack)).toBeLessThan(1.2);
  });

  it("CRC-32C with a secret start gives 4 times its share and more", () => {
    for (const attack of [dictionary, affine]) expect(gain(crc(), attack)).toBeGreaterThan(4);
  });

  it("multiply-shift gives 4 times its share and more", () => {
    expect(gain(products(), pace)).toBeGreaterThan(4);
  });
});
