/** The whole packet path beside the same in C, over one dump of our memory. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { tableBytes } from "../bench-engine.ts";
import { packetContender } from "../path.ts";
import { NEXT_HOPS, type PathSetup, setUpPath, USUAL_LOAD } from "../path-setup.ts";
import type { RowLabels } from "../rows.ts";
import { fileTable, type NamedTable, syntheticTable } from "../tables.ts";
import { admit, type ContestRow, type Entrant, failure, timedRows } from "./contest.ts";
import type { RivalsOptions } from "./options.ts";
import { RivalProcess } from "./rival-process.ts";
import { type RivalChoice, type RivalFiles, type RivalPlaces, startRival } from "./rivals.ts";

const TWIN: RivalChoice = {
  name: "anyfib in C",
  language: "C",
  program: "path-twin",
  reads: "memory",
  flags: [],
};
/** The Internet has so many IPv4 routes for each of IPv6. */
const ROUTES4_PER_ROUTE6 = 4;

/** A contest for each family; its first row is ours. */
export async function* pathContests(
  options: RivalsOptions,
  places: RivalPlaces,
): AsyncGenerator<readonly ContestRow[]> {
  const { family: only, files, routes, rounds } = options;
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    const count = family === 6 && only === undefined ? routes / ROUTES4_PER_ROUTE6 : routes;
    const table =
      files.length > 0 ? await fileTable(files) : await syntheticTable(family, Math.ceil(count));
    yield await runContest({ table, family }, rounds, places);
  }
}

async function runContest(
  place: { readonly table: NamedTable; readonly family: 4 | 6 },
  rounds: number,
  places: RivalPlaces,
): Promise<readonly ContestRow[]> {
  const { table, family } = place;
  const setup = await setUpPath(place, USUAL_LOAD);
  const { engine, packets } = setup;
  const pattern = `${USUAL_LOAD.name}, ${NEXT_HOPS} next hops`;
  const labels = (name: string): RowLabels => {
    return { name, family: `ipv${family}`, table: table.name, pattern };
  };
  const answers = answersOf(setup);
  const own: Entrant = {
    contender: packetContender(engine, family, packets),
    answer: "group",
    checked: answers.length,
  };
  const folder = await mkdtemp(path.join(tmpdir(), "anyfib-path-"));
  const rival = await startRival(TWIN, await writeFiles(setup, family, folder), places).catch(
    failure,
  );
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

/** The next hop of each packet. */
function answersOf({ engine, packets }: PathSetup): Uint32Array {
  const answers = new Uint32Array(packets.lengths.length);
  let done = 0;
  packets.forward(() => {
    engine.process();
    const { count, nextHops } = engine.batch;
    answers.set(nextHops.subarray(0, count), done);
    done += count;
  });
  return answers;
}

async function writeFiles(
  { engine, packets }: PathSetup,
  family: 4 | 6,
  folder: string,
): Promise<RivalFiles> {
  const place = (name: string): string => path.join(folder, name);
  const { addresses, lengths } = packets;
  const pairs = Array.from(addresses, (address, packet) => [address, lengths[packet] ?? 0]);
  packets.refresh();
  await writeFile(place("stream"), Uint32Array.from(pairs.flat()));
  await writeFile(place("memory"), engine.bytes);
  const { root } = family === 4 ? engine.plan.table4 : engine.plan.table6;
  const memory = { file: place("memory"), root, tableBytes: tableBytes(engine, family) };
  return { family, table: "", stream: place("stream"), memory };
}
