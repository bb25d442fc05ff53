/** Measures the packet path and writes the figure of README.md between its marks. */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildHost, buildModules } from "../scripts/build-steps.js";
import { ROOT } from "../scripts/project.js";

/**
 * A row of what `anyfib bench` prints.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} family
 * @property {string} table
 * @property {string} pattern
 * @property {number} p10_ns
 * @property {number} median_ns
 * @property {number} samples
 * @property {number} ratio_to_reference
 * @property {number} million_per_second
 * @property {string | null} noisy
 */

/**
 * @typedef {object} Results
 * @property {readonly Row[]} rows
 * @property {{ readonly cpu: string, readonly node: string }} machine
 * @property {string | null} commit
 */

const BENCHMARK = ["dist/src/cli/main.js", "bench", "path", "--json"];
const MARKS = /(<!-- figure: .+ -->\n)[\s\S]*?(<!-- end of figure -->)/;
/** What is shown: the stages are for those who work on them. */
const SHOWN = "forward-choose";
/** A run of which some rows say nothing; they are marked. */
const NOISY_STATUS = 4;
const FAMILY_NAMES = new Map([
  ["ipv4", "IPv4"],
  ["ipv6", "IPv6"],
]);

await buildModules();
await buildHost();
const readme = path.join(ROOT, "README.md");
const text = readFileSync(readme, "utf8");
if (!MARKS.test(text)) throw new Error("README.md has no marks around its figure");
const figure = figureOf(measure());
writeFileSync(
  readme,
  text.replace(MARKS, (_, start, end) => `${start}${figure}${end}`),
);

/** @returns {Results} */
function measure() {
  const { status, stdout, stderr } = spawnSync(process.execPath, BENCHMARK, {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0 && status !== NOISY_STATUS) throw new Error(stderr);
  return JSON.parse(stdout);
}

/**
 * The figure as Markdown.
 * @param {Results} results
 */
function figureOf({ rows: all, machine, commit }) {
  const rows = all.filter(({ name }) => name === SHOWN);
  const lines = rows.map((row) => {
    const { family, pattern, p10_ns, median_ns, million_per_second: rate, noisy } = row;
    const mark = noisy === null ? "" : ", noisy";
    const name = `${FAMILY_NAMES.get(family) ?? family}, ${pattern}${mark}`;
    const figures = [rate, p10_ns, median_ns].map((value) => value.toFixed(1));
    return `| ${[name, ...figures, row.ratio_to_reference.toFixed(2)].join(" | ")} |`;
  });
  const tables = new Set(rows.map(({ table }) => table));
  const samples = Math.min(...rows.map((row) => row.samples));
  return [
    "| packets | millions a second | ns a packet, p10 | median | ratio to the frozen engine |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
    `At least ${samples} samples a row; table: ${[...tables].join("; ")}.`,
    `${machine.cpu}, Node ${machine.node}, commit ${commit?.slice(0, 12) ?? "unknown"}.`,
    "",
  ].join("\n");
}
