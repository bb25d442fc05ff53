/** Hash and choice of flows beside the same in C, over one dump of our memory. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { BATCH_MAX, GROUP_BYTES } from "../../assembly/layout.ts";
import type { HashAlgorithm } from "../../src/engine/hash.ts";
import {
  choiceContender,
  FLOW_GROUP,
  FLOW_TABLE,
  type FlowSetup,
  flowAnswers,
  setUpFlows,
} from "../flow.ts";
import type { RowLabels } from "../rows.ts";
import { admit, type ContestRow, type Entrant, failure, timedRows } from "./contest.ts";
import type { RivalsOptions } from "./options.ts";
import { RivalProcess } from "./rival-process.ts";
import { type RivalChoice, type RivalFiles, type RivalPlaces, startRival } from "./rivals.ts";

/** Functions that the program in C has. */
const ALGORITHMS: readonly HashAlgorithm[] = ["siphash-1-3", "multilinear"];
/** A sample takes as many flows: the batch again and again. */
const STREAM_FLOWS = 32_768;

const TWIN: RivalChoice = {
  name: "anyfib in C",
  language: "C",
  program: "flow-twin",
  reads: "memory",
  flags: [],
};

/** A contest for each family and function; its first row is ours. */
export async function* flowContests(
  { family: only, rounds }: Pick<RivalsOptions, "family" | "rounds">,
  places: RivalPlaces,
): AsyncGenerator<readonly ContestRow[]> {
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    for (const algorithm of ALGORITHMS) yield runContest(family, algorithm, rounds, places);
  }
}

async function runContest(
  family: 4 | 6,
  algorithm: HashAlgorithm,
  rounds: number,
  places: RivalPlaces,
): Promise<readonly ContestRow[]> {
  const setup = await setUpFlows(family, algorithm);
  const labels = (name: string): RowLabels => {
    return { name, family: `ipv${family}`, table: FLOW_TABLE, pattern: algorithm };
  };
  const answers = repeated(flowAnswers(setup));
  const own: Entrant = {
    contender: choiceContender(setup),
    answer: "group",
    checked: answers.length,
  };
  const folder = await mkdtemp(path.join(tmpdir(), "anyfib-flows-"));
  const rival = await startRival(TWIN, await writeFiles(setup, folder), places).catch(failure);
  try {
    const admitted = "status" in rival ? rival : await admit(rival, answers).catch(failure);
    if (!("contender" in admitted)) {
      return [
        ...(await timedRows({ labels }, [own], rounds)),
        { ...labels(TWIN.name), ...admitted },
      ];
    }
    return await timedRows({ labels }, [own, admitted], rounds);
  } finally {
    if (rival instanceof RivalProcess) await rival.close();
    await rm(folder, { recursive: true });
  }
}

/** The batch's numbers, as often as they fit into the stream. */
function repeated(batch: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: STREAM_FLOWS }, (_, i) => batch[i % batch.length] ?? 0);
}

async function writeFiles(
  { engine, family, list }: FlowSetup,
  folder: string,
): Promise<RivalFiles> {
  const place = (name: string): string => path.join(folder, name);
  const records = repeated(engine.words.subarray(list / 4, list / 4 + BATCH_MAX));
  await writeFile(place("stream"), records);
  await writeFile(place("memory"), engine.bytes);
  const root = engine.words[(engine.plan.groups + FLOW_GROUP * GROUP_BYTES) / 4] ?? 0;
  const tableBytes = 2 * (engine.groups.slots(FLOW_GROUP)?.length ?? 0);
  const memory = { file: place("memory"), root, tableBytes };
  return { family, table: "", stream: place("stream"), memory };
}
