/** Runs our engine beside its rivals, prints what came of it and writes it as JSON. */

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { RouteColumns } from "../../src/engine/fib-tables.ts";
import { AnyfibError } from "../../src/net/errors.ts";
import { packageRoot, thisCommit, thisMachine } from "../machine.ts";
import { addressStream } from "../patterns.ts";
import { chosenTables, type FamilyTable } from "../tables.ts";
import { captureContests } from "./capture-contest.ts";
import { type ContestRow, runContest } from "./contest.ts";
import { flowContests } from "./flow-contest.ts";
import { HELP, type RivalsOptions, rivalsOptions } from "./options.ts";
import { ourEngine } from "./ours.ts";
import { pathContests } from "./path-contest.ts";
import { contestText } from "./report.ts";
import { type RivalPlaces, rivalsOf } from "./rivals.ts";

/** The routes that are no longer than so many bits. */
function upTo(longest: number, { count, words, lengths, groups }: RouteColumns): RouteColumns {
  const rows = Uint32Array.from({ length: count }, (_, row) => row).filter(
    (row) => (lengths[row] ?? 0) <= longest,
  );
  return {
    count: rows.length,
    words: rows.map((row) => words[row] ?? 0),
    lengths: Uint8Array.from(rows, (row) => lengths[row] ?? 0),
    groups: rows.map((row) => groups[row] ?? 0),
  };
}

/** The tables of a run: each family's with each number of groups. */
async function* tables(options: RivalsOptions): AsyncGenerator<FamilyTable> {
  const { family, files, routes, longest4 } = options;
  for (const groups of options.groups) {
    const choice = { family, files, routes, groups };
    for await (const table of chosenTables(choice)) {
      if (table.family === 6 || longest4 === 32) yield table;
      else {
        const name = `${table.name} up to /${longest4}`;
        yield { ...table, name, routes: upTo(longest4, table.routes) };
      }
    }
  }
}

/** The contests of a run, each as its rows. */
async function* contests(
  options: RivalsOptions,
  places: RivalPlaces,
): AsyncGenerator<readonly ContestRow[]> {
  const { patterns, rounds, only, hugePages } = options;
  if (options.areFlows) {
    yield* flowContests(options, places);
    return;
  }
  if (options.isCapture) {
    yield* captureContests(options, places);
    return;
  }
  if (options.isPath || options.isRing) {
    yield* pathContests(options, places);
    return;
  }
  for await (const table of tables(options)) {
    const { family, routes } = table;
    const choices = rivalsOf(family, hugePages).filter(
      ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
    );
    for (const pattern of patterns) {
      const stream = addressStream(pattern, { family, routes });
      const ours = await ourEngine(table, stream);
      yield await runContest({ table, pattern, stream }, ours, { choices, places, rounds });
    }
  }
}

async function run(options: RivalsOptions): Promise<void> {
  const { rounds, output } = options;
  const places = { root: packageRoot(), scripts: import.meta.dirname };
  const rows: ContestRow[] = [];
  for await (const outcome of contests(options, places)) {
    process.stdout.write(`${contestText(outcome)}\n`);
    rows.push(...outcome);
  }
  const file = path.resolve(places.root, output);
  await mkdir(path.dirname(file), { recursive: true });
  const results = { rows, rounds, machine: thisMachine(), commit: thisCommit() };
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${path.relative(process.cwd(), file)} has it all\n`);
}

try {
  const options = rivalsOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  if (!(error instanceof AnyfibError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
