/** A rival in Node: `js-process.js NAME --family 4|6 --table FILE --stream FILE`. */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { blockList } from "./block-list.ts";
import { decodeTable } from "./exchange.ts";
import { longestPrefixMatch } from "./longest-prefix-match.ts";
import { mmdbLib } from "./mmdb-lib.ts";
import { plainJs } from "./plain-js.ts";
import { digestOf, type Rival, type RivalBuilder, type RivalInput, takeTurn } from "./rival.ts";

const BUILDERS: ReadonlyMap<string, RivalBuilder> = new Map([
  ["plain-js", plainJs],
  ["longest-prefix-match", longestPrefixMatch],
  ["mmdb-lib", mmdbLib],
  ["block-list", blockList],
]);

function say(value: string): void {
  process.stdout.write(`${value}\n`);
}

/** Reads the arguments and the files that they name. */
function readInput(): { readonly name: string; readonly input: RivalInput } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      family: { type: "string", default: "4" },
      table: { type: "string", default: "" },
      stream: { type: "string", default: "" },
    },
  });
  const family = values.family === "6" ? 6 : 4;
  const routes = decodeTable(family, readFileSync(values.table));
  const stream = Uint8Array.from(readFileSync(values.stream));
  return { name: positionals[0] ?? "", input: { family, routes, stream } };
}

/** Prints what the rival is, then obeys stdin, a line each: `turn SECONDS`, `digest`, `quit`. */
async function serve(rival: Rival): Promise<void> {
  say(
    JSON.stringify({
      name: rival.name,
      library: rival.library,
      compiler: `V8 ${process.versions.v8}`,
      addresses: rival.addresses,
      answer: rival.answer,
      stream_count: rival.count,
      memory_bytes: rival.memoryBytes,
      entry_bytes: rival.entryBytes,
      output_bytes: rival.answers.BYTES_PER_ELEMENT,
      huge_pages: false,
    }),
  );
  let next = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const [verb, seconds = "0"] = line.split(" ");
    if (verb === "quit") return;
    if (verb === "digest") {
      say(digestOf(rival));
      continue;
    }
    const turn = takeTurn(rival, Number(seconds), next);
    next = turn.next;
    say(JSON.stringify(turn.samples));
  }
}

const { name, input } = readInput();
const build = BUILDERS.get(name);
if (build === undefined) throw new Error(`no rival "${name}"; known: ${[...BUILDERS.keys()]}`);
const rival = build(input);
if ("skip" in rival) say(JSON.stringify(rival));
else await serve(rival);
