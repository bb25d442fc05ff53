/** A replay beside a loop in C over libpcap, both through one capture in the page cache. */

import type { Batch } from "../../src/engine/batch.ts";
import { CAPTURE_PACKETS, CaptureSetup, captureContender } from "../capture.ts";
import type { RowLabels } from "../rows.ts";
import { fileTable, syntheticTable } from "../tables.ts";
import { admit, type ContestRow, type Entrant, failure, timedRows } from "./contest.ts";
import type { RivalsOptions } from "./options.ts";
import { RivalProcess } from "./rival-process.ts";
import { type RivalChoice, type RivalPlaces, startRival } from "./rivals.ts";

const LOOP: RivalChoice = {
  name: "libpcap loop in C",
  language: "C",
  program: "pcap-loop",
  reads: "table",
  flags: [],
};
/** Where the link header ends in a frame that leaves. */
const NETWORK = 14;

/** A contest for each family; its first row is ours. */
export async function* captureContests(
  { family: only, files, routes, rounds }: RivalsOptions,
  places: RivalPlaces,
): AsyncGenerator<readonly ContestRow[]> {
  for (const family of only === undefined ? ([4, 6] as const) : [only]) {
    const table = files.length > 0 ? await fileTable(files) : await syntheticTable(family, routes);
    await using setup = await CaptureSetup.open({ table, family });
    const labels = (name: string): RowLabels => {
      return { name, family: `ipv${family}`, table: table.name, pattern: "generated capture" };
    };
    const answers = await answersOf(setup);
    const contender = { ...captureContender(setup, family), close: async () => {} };
    const own: Entrant = { contender, answer: "group", checked: answers.length };
    const files4 = { family, table: setup.file, stream: setup.file };
    const rival = await startRival(LOOP, files4, places).catch(failure);
    try {
      const admitted = "status" in rival ? rival : await admit(rival, answers).catch(failure);
      if ("contender" in admitted) yield await timedRows({ labels }, [own, admitted], rounds);
      else {
        const alone = await timedRows({ labels }, [own], rounds);
        yield [...alone, { ...labels(LOOP.name), ...admitted }];
      }
    } finally {
      if (rival instanceof RivalProcess) await rival.close();
    }
  }
}

/** Of each packet as it leaves: checksum, TTL or hop limit, protocol. */
async function answersOf(setup: CaptureSetup): Promise<Uint32Array> {
  const answers = new Uint32Array(CAPTURE_PACKETS);
  const { batch } = setup.forwarder.engine;
  let done = 0;
  await setup.pass(() => {
    for (let packet = 0; packet < batch.count; packet++) {
      answers[done++] = answerOf(batch, packet);
    }
  });
  return answers;
}

function answerOf(batch: Batch, packet: number): number {
  const header = batch.leavingFrame(packet).subarray(NETWORK);
  const byte = (at: number): number => header[at] ?? 0;
  if (byte(0) >>> 4 === 6) return (byte(7) << 8) | byte(6);
  return ((byte(10) << 24) | (byte(11) << 16) | (byte(8) << 8) | byte(9)) >>> 0;
}
