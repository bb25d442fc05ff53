/** One contest: our engine and its rivals over one table and one stream, in interleaved turns. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Contender } from "../contender.ts";
import type { Pattern } from "../patterns.ts";
import { race } from "../race.ts";
import { referenceContender } from "../reference.ts";
import { measuredRow, type Row, type RowLabels } from "../rows.ts";
import type { FamilyTable } from "../tables.ts";
import { encodeTable, expectedDigest } from "./exchange.ts";
import type { Ours } from "./ours.ts";
import type { Skip } from "./rival.ts";
import { RivalProcess } from "./rival-process.ts";
import { type RivalChoice, type RivalFiles, type RivalPlaces, startRival } from "./rivals.ts";

/** What is contested. */
export interface Contest {
  readonly table: FamilyTable;
  readonly pattern: Pattern;
  /** Packed addresses in network order. */
  readonly stream: Uint8Array;
}

/** Who takes part, and for how long. */
export interface ContestOptions {
  readonly choices: readonly RivalChoice[];
  readonly places: RivalPlaces;
  readonly rounds: number;
}

/** Why a rival is not timed; void: it answered something else than we did. */
export interface Absent {
  readonly status: "skipped" | "void" | "failed";
  readonly reason: string;
}

/** Times beside ours. */
interface Timed {
  readonly status: "timed";
  /** "listed" where it can say no more: another question than ours. */
  readonly answer: "group" | "listed";
  /** Addresses that its digest, which equals ours, is over. */
  readonly checked: number;
  /** How many times as fast as it we are, by medians and by 10th percentiles. */
  readonly anyfib_times_median: number;
  readonly anyfib_times_p10: number;
}

/** What came of a contender. */
export type ContestRow = (Row & Timed) | (RowLabels & Absent);

/** A contender whose answers are ours. */
export interface Entrant {
  readonly contender: Contender;
  readonly answer: "group" | "listed";
  readonly checked: number;
}

function labelsOf({ table, pattern }: Contest, name: string): RowLabels {
  return {
    name,
    family: `ipv${table.family}`,
    table: table.name,
    pattern,
    groups: table.groups,
    groups_placement: table.placement,
  };
}

/** Runs a contest over a table and a stream that our engine holds; the first row is ours. */
export async function runContest(
  contest: Contest,
  ours: Ours,
  options: ContestOptions,
): Promise<readonly ContestRow[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "anyfib-rivals-"));
  const started: RivalProcess[] = [];
  try {
    const { contender, groups } = ours;
    const files = await writeFiles(contest, ours, folder);
    const entrants: Entrant[] = [{ contender, answer: "group", checked: groups.length }];
    const others: ContestRow[] = [];
    for (const choice of options.choices) {
      const rival = await startRival(choice, files, options.places).catch(failure);
      if (rival instanceof RivalProcess) started.push(rival);
      const admitted = "status" in rival ? rival : await admit(rival, groups).catch(failure);
      if ("contender" in admitted) entrants.push(admitted);
      else others.push({ ...labelsOf(contest, choice.name), ...admitted });
    }
    const labels = (name: string): RowLabels => labelsOf(contest, name);
    const prefixes = contest.table.routes.count;
    return [...(await timedRows({ labels, prefixes }, entrants, options.rounds)), ...others];
  } finally {
    await Promise.all(started.map((rival) => rival.close()));
    await rm(folder, { recursive: true });
  }
}

async function writeFiles(
  { table: { family, routes }, stream }: Contest,
  { memory }: Ours,
  folder: string,
): Promise<RivalFiles> {
  const place = (name: string): string => path.join(folder, name);
  await writeFile(place("table"), encodeTable(family, routes));
  await writeFile(place("stream"), stream);
  const files = { family, table: place("table"), stream: place("stream") };
  if (memory === undefined) return files;
  const { bytes, root, tableBytes } = memory;
  await writeFile(place("memory"), bytes);
  return { ...files, memory: { file: place("memory"), root, tableBytes } };
}

/** One rival's failure ends no run: its reason stands in its row. */
export function failure(error: unknown): Absent {
  return { status: "failed", reason: error instanceof Error ? error.message : `${error}` };
}

/** Lets a rival take part if its answers are ours. */
export async function admit(
  rival: RivalProcess | Skip,
  groups: Uint32Array,
): Promise<Entrant | Absent> {
  if ("skip" in rival) return { status: "skipped", reason: rival.skip };
  const { answer, streamCount } = rival;
  const expected = expectedDigest(groups, { answer, count: streamCount });
  const digest = await rival.digest();
  if (digest === expected) return { contender: rival, answer, checked: streamCount };
  await rival.close();
  return { status: "void", reason: `its digest is ${digest}, ours ${expected}` };
}

/** Lets entrants take turns; the first one is ours. */
export async function timedRows(
  about: { readonly labels: (name: string) => RowLabels; readonly prefixes?: number },
  entrants: readonly Entrant[],
  rounds: number,
): Promise<readonly ContestRow[]> {
  const contenders = entrants.map(({ contender }) => contender);
  const reference = referenceContender();
  const pairs = (await race(contenders, reference, { rounds })) ?? [];
  const rows = pairs.flatMap((pair, index) => {
    const entrant = entrants[index];
    if (entrant === undefined) return [];
    const { contender, answer, checked } = entrant;
    const labels = about.labels(contender.name);
    const facts = { labels, details: contender.details, reference: reference.name, rounds };
    const { prefixes } = about;
    const { row } = measuredRow({ ...facts, ...(prefixes !== undefined && { prefixes }) }, pair);
    return [{ ...row, answer, checked }];
  });
  const [ours] = rows;
  return rows.map((row) => ({
    ...row,
    status: "timed",
    anyfib_times_median: row.median_ns / (ours?.median_ns ?? Number.NaN),
    anyfib_times_p10: row.p10_ns / (ours?.p10_ns ?? Number.NaN),
  }));
}
