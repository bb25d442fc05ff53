/** How evenly flows spread that differ in little, within a tier and behind another one. */

import { describe, expect, it } from "vitest";
import type { FlowTuple } from "../../../src/engine/flow-record.ts";
import { DEFAULT_HASH, type HashAlgorithm } from "../../../src/engine/hash.ts";
import { deriveKeys, zeroMaster } from "../../../src/router/keys.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { seededRandom } from "../../oracle/random.ts";
import { anyFlow, flow4 } from "./flows.ts";

const ALGORITHMS = ["siphash-1-3", "multilinear"] as const;
const DESTINATION = 0xc6336407;

async function hashesOf(
  flows: readonly FlowTuple[],
  algorithm: HashAlgorithm,
  tier = "",
): Promise<BigUint64Array> {
  const keys = await deriveKeys(zeroMaster(), tier);
  const engine = await createTestEngine("release", { keys, hash: { ...DEFAULT_HASH, algorithm } });
  return engine.flows.hashes(flows);
}

/** Flows that each of `count` next hops gets of a table with a slot for each. */
function loads(hashes: Iterable<bigint>, count: number): Float64Array {
  const got = new Float64Array(count);
  for (const hash of hashes) {
    const slot = Number(hash & BigInt(count - 1));
    got[slot] = (got[slot] ?? 0) + 1;
  }
  return got;
}

/** Standard deviations that the chi-square statistic is from what random numbers give. */
function chiSquareScore(got: Float64Array): number {
  const total = got.reduce((sum, flows) => sum + flows, 0);
  const mean = total / got.length;
  const square = got.reduce((sum, flows) => sum + (flows - mean) ** 2 / mean, 0);
  const freedom = got.length - 1;
  return (square - freedom) / Math.sqrt(2 * freedom);
}

const COUNT = 16_384;
/** Tuples that differ in few bits. */
const SETS: Readonly<Record<string, (index: number) => FlowTuple>> = {
  "a /24 by 64 ports": (i) =>
    flow4(0xc6120000 + (i & 255), DESTINATION, { source: 1024 + (i >> 8), destination: 443 }),
  "sequential sources": (i) => flow4(0xc6120000 + i, DESTINATION, { source: 53, destination: 53 }),
  "one source behind NAT": (i) => flow4(0xc6120001, DESTINATION, { source: i, destination: 443 }),
  "sources in strides of 256": (i) =>
    flow4(0x0a000000 + i * 256, DESTINATION, { source: 5060, destination: 5060 }),
  "ports in strides of 4": (i) =>
    flow4(0xc6120000 + (i >> 14), DESTINATION, { source: (i * 4) & 65535, destination: 443 }),
  "hosts of one /64": (i) => flow6(0n, BigInt(i), 443),
  "one host in each of many /64": (i) => flow6(BigInt(i), 1n, 443),
  "one IPv6 source's ports": (i) => flow6(0n, 1n, i),
};

/** An IPv6 flow from a network below 2001:db8::/32 and a host in it. */
function flow6(network: bigint, host: bigint, source: number): FlowTuple {
  const prefix = 0x2001_0db8_0000_0000n;
  return {
    source: { family: 6, high: prefix + network, low: host },
    destination: { family: 6, high: prefix + 0xffff_ffffn, low: 7n },
    ports: { source, destination: 443 },
    protocol: 17,
  };
}

describe.each(ALGORITHMS)("%s", (algorithm) => {
  it.each(Object.keys(SETS))("spreads %s as random numbers would", async (name) => {
    const flows = Array.from({ length: COUNT }, (_, index) => SETS[name]?.(index)).filter(
      (flow) => flow !== undefined,
    );
    const hashes = await hashesOf(flows, algorithm);
    for (const count of [64, 1024])
      expect(Math.abs(chiSquareScore(loads(hashes, count)))).toBeLessThan(5);
    // Bits that tell flows apart, rather than choose slots.
    expect(
      Math.abs(
        chiSquareScore(
          loads(
            hashes.map((hash) => hash >> 40n),
            1024,
          ),
        ),
      ),
    ).toBeLessThan(5);
  });

  it("changes half of the bits with any bit of the tuple", async () => {
    const random = seededRandom(5);
    const flows = Array.from({ length: 150 }, () => anyFlow(random, 4)).map((flow) => ({
      ...flow,
      ports: { source: random.below(65536), destination: random.below(65536) },
    }));
    const base = await hashesOf(flows, algorithm);
    const flipped = FLIPS.flatMap((flip) => flows.map(flip));
    const all = await hashesOf(flipped, algorithm);
    for (const index of FLIPS.keys()) {
      const changed = all.subarray(index * base.length);
      const bits = Array.from(base, (hash, at) => bitCount(hash ^ (changed[at] ?? 0n)));
      const mean = bits.reduce((sum, count) => sum + count, 0) / bits.length / 64;
      // The mean of 9,600 fair bits is within 0.026 of a half in all but one of 10^6 draws.
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.026);
    }
  });

  it("is another one behind a tier with other keys", async () => {
    const random = seededRandom(6);
    const flows = Array.from({ length: 37_000 * 8 }, () => anyFlow(random, 4));
    const first = await hashesOf(flows, algorithm, "edge");
    const through = flows.filter((_, index) => ((first[index] ?? 0n) & 7n) === 3n);
    const second = loads(await hashesOf(through, algorithm, "inner"), 64);
    expect(Math.max(...second) / (through.length / 64)).toBeLessThan(1.15);
    // With the same keys all of them would fall on an eighth of the next hops.
    const same = loads(await hashesOf(through, algorithm, "edge"), 64);
    expect(same.filter((got) => got > 0).length).toBe(8);
  }, 20_000);
});

function bitCount(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length;
}

function flipAddress(flow: FlowTuple, end: "source" | "destination", bit: number): FlowTuple {
  const address = flow[end];
  if (address.family !== 4) throw new Error("the flows of this test are IPv4");
  return { ...flow, [end]: { family: 4, value: (address.value ^ (1 << bit)) >>> 0 } };
}

function flipPort(flow: FlowTuple, end: "source" | "destination", bit: number): FlowTuple {
  const { ports = { source: 0, destination: 0 } } = flow;
  return { ...flow, ports: { ...ports, [end]: ports[end] ^ (1 << bit) } };
}

const BITS = [0, 1, 7, 8, 15] as const;
const FLIPS: readonly ((flow: FlowTuple) => FlowTuple)[] = [
  ...[...BITS, 16, 24, 31].flatMap((bit) => [
    (flow: FlowTuple) => flipAddress(flow, "source", bit),
    (flow: FlowTuple) => flipAddress(flow, "destination", bit),
  ]),
  ...BITS.flatMap((bit) => [
    (flow: FlowTuple) => flipPort(flow, "source", bit),
    (flow: FlowTuple) => flipPort(flow, "destination", bit),
  ]),
  ...[0, 3, 7].map((bit) => (flow: FlowTuple) => ({
    ...flow,
    protocol: flow.protocol ^ (1 << bit),
  })),
];
