/**
 * Runs the suite: `suite-main.js [--accept | --all [--table FILE]… [--rounds N]]`, for
 * scripts/bench.js. Interrupted, it writes the rows that are there.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { EXIT } from "../src/net/errors.ts";
import { compareResults, parseBase } from "./compare.ts";
import { type Measurement, measure, type Results, resultsOf } from "./harness.ts";
import { reportHtml } from "./html-report.ts";
import { packageRoot } from "./machine.ts";
import { DEFAULT_ROUNDS } from "./race.ts";
import { rowName } from "./rows.ts";
import { gatedEntries, isGated, matrixEntries } from "./suite.ts";
import { reportText } from "./text-report.ts";

const BASELINE = path.join(packageRoot(), "bench/baseline.json");
/** Slower by more is a regression: 10th percentiles repeat within this. */
const FAIL_OVER = 0.05;

const { values: flags } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    accept: { type: "boolean", default: false },
    table: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    "export-json": { type: "string" },
    html: { type: "string" },
  },
});

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function writeFiles(measurement: Measurement): void {
  const { "export-json": json, html } = flags;
  if (json !== undefined) writeJson(json, resultsOf(measurement));
  if (html !== undefined) writeFileSync(html, reportHtml(measurement));
}

/** What the baseline keeps of results: labels, and what is compared. */
function baselineOf({ rows, machine, commit }: Results): object {
  const kept = rows.map(({ name, family, table, pattern, groups, groups_placement, ...row }) => {
    const { ratio_to_reference, reference } = row;
    const labels = { name, family, table, pattern, groups, groups_placement };
    return { ...labels, ratio_to_reference, reference };
  });
  return { rows: kept, machine, commit };
}

/** Holds gated rows against the baseline, or makes them the baseline. */
function judge(all: Results): number {
  const results = { ...all, rows: all.rows.filter(isGated) };
  const noisy = results.rows.filter((row) => row.noisy !== null);
  for (const row of noisy) say(`noisy: ${rowName(row)}: ${row.noisy}`);
  if (noisy.length > 0) return EXIT.environment;
  if (flags.accept) writeJson(BASELINE, baselineOf(results));
  if (!existsSync(BASELINE)) {
    say("not compared: there is no baseline; npm run bench -- --accept makes one");
    return EXIT.ok;
  }
  const base = parseBase(readFileSync(BASELINE, "utf8"), BASELINE);
  const comparison = compareResults(results, base, FAIL_OVER);
  if (!comparison.isSameMachine) {
    const { cpu, node } = base.machine;
    say(`not compared: the baseline is of ${cpu} with Node ${node}`);
    return EXIT.ok;
  }
  for (const { row, slower, baseRatio } of comparison.regressions) {
    const ratios = `${row.ratio_to_reference.toFixed(3)}, was ${baseRatio.toFixed(3)}`;
    say(`${rowName(row)}: ${(100 * slower).toFixed(1)} % slower: ratio ${ratios}`);
  }
  const { compared, regressions } = comparison;
  say(`${compared} rows compared, ${regressions.length} slower by more than ${100 * FAIL_OVER} %`);
  return regressions.length > 0 ? EXIT.negative : EXIT.ok;
}

const start = performance.now();
const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
const measurement = await measure(flags.all ? matrixEntries(flags.table) : gatedEntries(), {
  // Fewer would make a baseline that nobody judged.
  rounds: flags.all ? Number(flags.rounds ?? DEFAULT_ROUNDS) : DEFAULT_ROUNDS,
  signal: interrupt.signal,
  onRow: (row) => say(`${rowName(row)}: ${row.median_ns.toFixed(2)} ns`),
});
process.stdout.write(reportText(measurement));
writeFiles(measurement);
say(`${((performance.now() - start) / 1000).toFixed(0)} s`);
process.exitCode = flags.all ? EXIT.ok : judge(resultsOf(measurement));
