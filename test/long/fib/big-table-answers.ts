/** Engines that hold full tables, and where their answers to millions of addresses differ. */

import { expect } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import type { EngineName } from "../../../src/engine/table-plan.ts";
import { Random } from "../../../src/replay/random.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import type { ModuleTarget } from "../../setup/modules.ts";
import {
  type AddressSource,
  addressWords,
  anywhere,
  type BigTable,
  covered,
  edges,
  histogramOf,
} from "./big-table.ts";

const CHUNK = 100_000;
const REPORTED_MAX = 10;
const SEED = 2026;
/** Matched lengths are asked one by one: those of every so many addresses. */
const LENGTHS_EVERY = 100;

/** An engine that was planned for a table, and holds it. */
export async function engineWith(
  table: BigTable,
  target: ModuleTarget,
  name: EngineName,
): Promise<Engine> {
  const { family, routes } = table;
  const known = {
    histogram4: new Uint32Array(33),
    histogram6: new Uint32Array(129),
    [`histogram${family}`]: histogramOf(table),
  };
  const limits = { routes4: 0, routes6: 0 };
  const engine = await createTestEngine(target, { engine: name, limits, known });
  const columns = { ...routes, groups: routes.groups.slice() };
  const { tables } = engine;
  const applied = family === 4 ? tables.update4(columns) : tables.update6(columns);
  expect(applied).toBe(routes.count);
  return engine;
}

/**
 * The first addresses that the engines answer differently, of so many: all edges, and as many
 * inside of routes as anywhere, together at least half of them.
 */
export function wrongAnswers(
  table: BigTable,
  subject: Engine,
  reference: Engine,
  addresses: number,
): readonly string[] {
  const edgeCount = 4 * table.routes.count;
  const count = Math.ceil(Math.max(addresses - edgeCount, addresses / 2) / 2);
  const random = new Random(SEED);
  const sources: readonly (readonly [AddressSource, number])[] = [
    [edges, edgeCount],
    [covered(random), count],
    [anywhere(random), count],
  ];
  const wrong: string[] = [];
  for (const [source, total] of sources) {
    for (let first = 0; first < total; first += CHUNK) {
      const words = source(table, first, Math.min(CHUNK, total - first));
      wrong.push(...differences(table, words, subject, reference));
      if (wrong.length >= REPORTED_MAX) return wrong.slice(0, REPORTED_MAX);
    }
  }
  return wrong;
}

function differences(
  table: BigTable,
  words: Uint32Array,
  subject: Engine,
  reference: Engine,
): readonly string[] {
  const found = lookup(table, words, subject);
  const wanted = lookup(table, words, reference);
  const width = addressWords(table.family);
  const wrong: string[] = [];
  for (const [index, group] of found.entries()) {
    const address = words.subarray(index * width, (index + 1) * width);
    const isGroup = group === wanted[index];
    const isLength =
      index % LENGTHS_EVERY !== 0 ||
      matchLength(table, address, subject) === matchLength(table, address, reference);
    if (isGroup && isLength) continue;
    const text = Array.from(address, (word) => word.toString(16).padStart(8, "0")).join("");
    const answers = [subject, reference].map((engine) => matchLength(table, address, engine));
    const [own, other] = answers.map((length) => `/${length}`);
    wrong.push(`${table.name}, ${text}: ${group} ${own} found, ${wanted[index]} ${other} wanted`);
  }
  return wrong;
}

function lookup({ family }: BigTable, words: Uint32Array, { tables }: Engine): Uint32Array {
  if (family === 4) return tables.lookup4(words);
  const bytes = new DataView(new ArrayBuffer(4 * words.length));
  for (const [index, word] of words.entries()) bytes.setUint32(4 * index, word);
  return tables.lookup6(new Uint8Array(bytes.buffer));
}

function matchLength({ family }: BigTable, address: Uint32Array, { tables }: Engine) {
  const [first = 0, second = 0, third = 0, fourth = 0] = address;
  if (family === 4) return tables.matchLength4(first);
  const [high, low] = [
    [first, second],
    [third, fourth],
  ].map(([upper = 0, lower = 0]) => (BigInt(upper) << 32n) | BigInt(lower));
  return tables.matchLength6(high ?? 0n, low ?? 0n);
}
