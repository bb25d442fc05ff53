/**
 * The whole packet path beside the same in C, over one dump of our memory: by itself, or between
 * the rings of live ports, whose other ends are played.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Engine } from "../../src/engine/engine.ts";
import { tableBytes } from "../bench-engine.ts";
import type { Contender } from "../contender.ts";
import { PACKETS } from "../packets.ts";
import { packetContender, ringContender } from "../path.ts";
import { NEXT_HOPS, setUpPath, USUAL_LOAD } from "../path-setup.ts";
import { RingPackets, ringPacketsBytes } from "../ring-packets.ts";
import type { RowLabels } from "../rows.ts";
import { fileTable, type NamedTable, syntheticTable } from "../tables.ts";
import { admit, type ContestRow, type Entrant, failure, timedRows } from "./contest.ts";
import type { RivalsOptions } from "./options.ts";
import { RivalProcess } from "./rival-process.ts";
import { type RivalChoice, type RivalFiles, type RivalPlaces, startRival } from "./rivals.ts";

/** What is timed, ours and theirs. */
interface Subject {
  readonly engine: Engine;
  readonly contender: Contender;
  /** Where each packet stands as it comes in. */
  readonly addresses: Uint32Array;
  readonly lengths: Uint32Array;
  /** The next hop of each packet. */
  readonly answers: Uint32Array;
}

function twin(isRing: boolean): RivalChoice {
  const program = isRing ? "path-ring-twin" : "path-twin";
  return { name: "anyfib in C", language: "C", program, reads: "memory", flags: [] };
}
/** The Internet has so many IPv4 routes for each of IPv6. */
const ROUTES4_PER_ROUTE6 = 4;

/** A contest for each family; its first row is ours. */
export async function* pathContests(
  options: RivalsOptions,
  places: RivalPlaces,
): AsyncGenerator<readonly ContestRow[]> {
  const { family: only, files, routes } = options;
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    const count = family === 6 && only === undefined ? routes / ROUTES4_PER_ROUTE6 : routes;
    const table =
      files.length > 0 ? await fileTable(files) : await syntheticTable(family, Math.ceil(count));
    yield await runContest({ table, family }, options, places);
  }
}

async function runContest(
  place: { readonly table: NamedTable; readonly family: 4 | 6 },
  { rounds, isRing }: RivalsOptions,
  places: RivalPlaces,
): Promise<readonly ContestRow[]> {
  const { table, family } = place;
  const subject = await (isRing ? ringSubject(place) : pathSubject(place));
  const pattern = `${USUAL_LOAD.name}, ${NEXT_HOPS} next hops${isRing ? ", between rings" : ""}`;
  const labels = (name: string): RowLabels => {
    return { name, family: `ipv${family}`, table: table.name, pattern };
  };
  const { contender, answers } = subject;
  const own: Entrant = { contender, answer: "group", checked: answers.length };
  const folder = await mkdtemp(path.join(tmpdir(), "anyfib-path-"));
  const choice = twin(isRing);
  const files = await writeFiles(subject, family, folder);
  const rival = await startRival(choice, files, places).catch(failure);
  try {
    const admitted = "status" in rival ? rival : await admit(rival, answers).catch(failure);
    if (!("contender" in admitted)) {
      return [
        ...(await timedRows({ labels }, [own], rounds)),
        { ...labels(choice.name), ...admitted },
      ];
    }
    return await timedRows({ labels }, [own, admitted], rounds);
  } finally {
    if (rival instanceof RivalProcess) await rival.close();
    await rm(folder, { recursive: true });
  }
}

type Place = Parameters<typeof setUpPath>[0];

async function pathSubject(place: Place): Promise<Subject> {
  const { engine, packets } = await setUpPath(place, USUAL_LOAD);
  const { addresses, lengths } = packets;
  const answers = new NextHops(engine, lengths.length);
  packets.forward(() => {
    engine.process();
    answers.takeBatch();
  });
  packets.refresh();
  const contender = packetContender(engine, place.family, packets);
  return { engine, contender, addresses, lengths, answers: answers.all };
}

async function ringSubject(place: Place): Promise<Subject> {
  const ringBytes = ringPacketsBytes(PACKETS);
  const { engine, packets } = await setUpPath(place, USUAL_LOAD, { ringBytes });
  const rings = new RingPackets(engine, packets);
  const answers = new NextHops(engine, packets.lengths.length);
  rings.refill();
  rings.forward(() => answers.takeBatch());
  rings.refill();
  const { lengths } = packets;
  const contender = ringContender(engine, place.family, rings);
  return { engine, contender, addresses: rings.addresses, lengths, answers: answers.all };
}

/** The next hop of each packet, batch by batch. */
class NextHops {
  readonly all: Uint32Array;
  readonly #engine: Engine;
  #done = 0;

  constructor(engine: Engine, packets: number) {
    this.#engine = engine;
    this.all = new Uint32Array(packets);
  }

  takeBatch(): void {
    const { count, nextHops } = this.#engine.batch;
    this.all.set(nextHops.subarray(0, count), this.#done);
    this.#done += count;
  }
}

async function writeFiles(
  { engine, addresses, lengths }: Subject,
  family: 4 | 6,
  folder: string,
): Promise<RivalFiles> {
  const place = (name: string): string => path.join(folder, name);
  const pairs = Array.from(addresses, (address, packet) => [address, lengths[packet] ?? 0]);
  await writeFile(place("stream"), Uint32Array.from(pairs.flat()));
  await writeFile(place("memory"), engine.bytes);
  const { root } = family === 4 ? engine.plan.table4 : engine.plan.table6;
  const memory = { file: place("memory"), root, tableBytes: tableBytes(engine, family) };
  return { family, table: "", stream: place("stream"), memory };
}
