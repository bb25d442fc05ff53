/** `anyfib rib convert`: MRT files in another form, as they are read. */

import { EXIT } from "../net/errors.ts";
import { openSink } from "../node/open.ts";
import { BgpdumpLines } from "../sources/mrt.ts";
import { emptyRib, type RibTaker, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface ConvertFlags {
  readonly format: "bgpdump";
  readonly w?: string;
}

/** Exit status 3 where a file could not be read to its end; what came before is written. */
export async function ribConvert(
  terminal: Terminal,
  flags: ConvertFlags,
  files: readonly string[],
): Promise<number> {
  await using sink = await openSink(flags.w ?? "-");
  const rib = emptyRib();
  const encoder = new TextEncoder();
  let parts: string[] = [];
  const rows = new BgpdumpLines(rib.attributeSets, rib.peers, (line) => parts.push(line));
  const taker: RibTaker = {
    ...rib,
    takeRib: (record) => rows.rib(record),
    takeUpdate: (update) => rows.update(update),
    takeState: (state) => rows.state(state),
    afterChunk: async () => {
      const text = parts.join("");
      parts = [];
      if (text !== "") await sink.write(encoder.encode(text));
    },
  };
  const { failure } = await readRibFiles(terminal, files, taker);
  await taker.afterChunk?.();
  if (failure !== undefined) throw failure;
  return EXIT.ok;
}
