/** Recent answers of IPv6 lookups: never those of another address, nor of before an update. */

import { beforeEach, describe, expect, it } from "vitest";
import {
  ANSWERS,
  ANSWERS_BITS,
  ANSWERS_BYTES,
  ANSWERS_HOLD,
  ANSWERS_PAUSE_MAX,
  HEADER,
  HEADER_TABLE6,
  LISTS_ROUND,
  TABLE_GENERATION,
} from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { shuffled } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES, type FibFamily } from "./family.ts";
import { PackedProbes } from "./packed-probes.ts";

const SPACE = 0x20010db8n << 96n;
/** Times that a round is asked for: it misses, its answers pause, it hits, and hits. */
const TIMES = 4;
/** Networks of 48 bits in the space: twice as many as there are answers. */
const NETWORKS = 2 ** (ANSWERS_BITS + 1);
/** Generations whose stamps differ. */
const ERA = 2 ** 14;
/** The word of the lower half of the table's generation. */
const GENERATION = (HEADER + HEADER_TABLE6 + TABLE_GENERATION) / 4;

describe.each(MODULE_TARGETS)("%s build", (target) => {
  const family = familyOf(128);
  let engine: Engine;
  beforeEach(async () => {
    engine = await createTestEngine(target);
  });

  it("answers for each network of 48 bits, of which two share a place", () => {
    install(0);
    for (const networks of rounds()) askTimes(networks, 0);
    expect(kept()).toBeGreaterThan(NETWORKS / 4);
    // They are those of the last round with their place: each is asked for again.
    for (const networks of rounds().slice(0, 64)) askTimes(networks, 0);
  });

  it("answers as the table does after each update", () => {
    install(0);
    const [networks = []] = rounds();
    for (let shift = 0; shift < 20; shift++) {
      install(shift);
      askTimes(networks, shift);
    }
  });

  it("does not take an answer for one of its stamp, so many updates later", () => {
    install(0);
    const [networks = []] = rounds();
    askTimes(networks, 0);
    for (const eras of [1, 5]) {
      engine.words[GENERATION] = (engine.words[GENERATION] ?? 0) + eras * ERA - 1;
      install(eras);
      askTimes(networks, eras);
    }
  });

  it("keeps no answer that bits behind the 48th decide, nor one before there is a route", () => {
    const hosts = Array.from({ length: LISTS_ROUND }, (_, host) => SPACE + (BigInt(host) << 60n));
    const probes = new PackedProbes(engine, family, hosts);
    expect([...new Set(probes.ask())]).toEqual([0]);
    // Then all bits of the stamp are set, as are those of a node's address beside it.
    engine.words[GENERATION] = ERA - 2;
    const routes = hosts.map((address, index) => ({ address, length: 68, group: 1 + index }));
    family.update(engine, routes);
    for (let time = 0; time < TIMES * 2; time++) {
      expect([...probes.ask()]).toEqual(routes.map(({ group }) => group));
    }
    family.update(engine, [{ address: 0n, length: 0, group: 999 }]);
    family.update(
      engine,
      routes.map((route) => ({ ...route, group: 0 })),
    );
    for (let time = 0; time < TIMES; time++) {
      expect([...new Set(probes.ask())]).toEqual([999]);
    }
  });

  it("goes on without them where they are of no use, for ever longer", () => {
    install(0);
    const holds = new Set<number>();
    for (const networks of rounds().slice(0, 64)) {
      expect(ask(networks)).toEqual(groupsOf(networks, 0));
      holds.add(engine.words[(engine.plan.lists + ANSWERS_HOLD) / 4] ?? 0);
    }
    expect(holds).toContain(31);
    expect(Math.max(...holds)).toBeLessThan(ANSWERS_PAUSE_MAX);
  });

  /** Gives each /40 of the space a group. */
  function install(shift: number): void {
    const routes = Array.from({ length: 256 }, (_, index) => ({
      address: SPACE + (BigInt(index) << 88n),
      length: 40,
      group: groupOf(index << 8, shift),
    }));
    expect(family.update(engine, routes).applied).toBe(routes.length);
  }

  function ask(networks: readonly number[]): readonly number[] {
    const addresses = networks.map((network) => SPACE + (BigInt(network) << 80n) + 1n);
    return [...new PackedProbes(engine, family, addresses).ask()];
  }

  function askTimes(networks: readonly number[], shift: number): void {
    for (let time = 0; time < TIMES; time++) {
      expect(ask(networks)).toEqual(groupsOf(networks, shift));
    }
  }

  /** Answers that are kept. */
  function kept(): number {
    const start = engine.plan.lists + ANSWERS;
    const answers = new BigUint64Array(engine.memory.buffer, start, ANSWERS_BYTES / 8);
    return answers.reduce((sum, answer) => sum + (answer === 0n ? 0 : 1), 0);
  }
});

/** The group of a network's /40. */
function groupOf(network: number, shift: number): number {
  return 1 + (((network >>> 8) + shift) % 256);
}

function groupsOf(networks: readonly number[], shift: number): readonly number[] {
  return networks.map((network) => groupOf(network, shift));
}

/** All networks in a random order, a round at a time. */
function rounds(): number[][] {
  const all = shuffled([...Array(NETWORKS).keys()], 7);
  return Array.from({ length: NETWORKS / LISTS_ROUND }, (_, round) =>
    all.slice(round * LISTS_ROUND, (round + 1) * LISTS_ROUND),
  );
}

function familyOf(width: FibFamily["width"]): FibFamily {
  const family = FIB_FAMILIES.find((one) => one.width === width);
  if (family === undefined) throw new RangeError(`no family of ${width} bits`);
  return family;
}
