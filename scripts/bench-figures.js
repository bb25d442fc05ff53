/** Writes the figures of `npm run bench:rivals` into the pages that have marks for them. */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./project.js";

/**
 * A row of what `npm run bench:rivals` wrote.
 * @typedef {object} Row
 * @property {string} status
 * @property {string} name
 * @property {string} family
 * @property {string} table
 * @property {string} pattern
 * @property {number} groups
 * @property {string} groups_placement
 * @property {number} million_per_second
 * @property {number} memory_bytes
 * @property {number} anyfib_times_median
 * @property {number} anyfib_times_p10
 * @property {string | null} noisy
 */

/**
 * @typedef {object} Results
 * @property {readonly Row[]} rows
 * @property {number} rounds
 * @property {{ readonly cpu: string, readonly node: string, readonly v8: string,
 *   readonly page_bytes: number }} machine
 * @property {string | null} commit
 */

const HEAD = [
  "rival",
  "addresses",
  "groups",
  "its M/s",
  "MB",
  "anyfib's M/s",
  "MB",
  "anyfib is, by medians",
  "by p10",
];
/** The results, the marks of their place in a page, and the rivals shown, by their names. */
const PLACES = [
  { source: "rivals.json", mark: "rivals", page: "docs/BENCHMARKS.md", shown: /./ },
  { source: "rivals-many.json", mark: "many", page: "docs/BENCHMARKS.md", shown: /./ },
  { source: "rivals-generated.json", mark: "generated", page: "docs/BENCHMARKS.md", shown: /./ },
  {
    source: "rivals.json",
    mark: "rivals",
    page: "README.md",
    shown: /2-byte AVX512|rte_fib6 4-byte AVX512/,
    groups: 16,
  },
];

for (const { source, mark, page, shown, groups } of PLACES) {
  const text = readFileSync(path.join(ROOT, "bench/results", source), "utf8");
  /** @type {Results} */
  const results = JSON.parse(text);
  const marks = new RegExp(`(<!-- ${mark}: .+ -->\\n)[\\s\\S]*?(<!-- end of ${mark} -->)`);
  const file = path.join(ROOT, page);
  const before = readFileSync(file, "utf8");
  if (!marks.test(before)) throw new Error(`${page} has no marks around its ${mark}`);
  const rows = results.rows.filter((row) => groups === undefined || row.groups === groups);
  const figures = figuresOf({ ...results, rows }, shown);
  writeFileSync(
    file,
    before.replace(marks, (_, start, end) => `${start}${figures}${end}`),
  );
}

/**
 * A line a rival and pattern, as Markdown.
 * @param {Results} results
 * @param {RegExp} shown
 */
function figuresOf(results, shown) {
  const timed = results.rows.filter(({ status }) => status === "timed");
  const lines = timed
    .filter(({ name }) => name !== "anyfib" && shown.test(name))
    .map((row) => line(row, timed));
  const { cpu, node, page_bytes: page } = results.machine;
  const tables = [...new Set(timed.map(({ table }) => table))].join(", ");
  const commit = results.commit?.slice(0, 12) ?? "unknown";
  return [
    `| ${HEAD.join(" | ")} |`,
    `| --- | --- |${" ---: |".repeat(HEAD.length - 2)}`,
    ...lines,
    "",
    `Table: ${tables}. Medians of ${results.rounds} interleaved rounds; all answers are`,
    "anyfib's, by digest. `noisy`: the halves of the run differ by more than a tenth.",
    `${cpu}, Node ${node}, pages of ${page} bytes, commit ${commit}.`,
    "",
  ].join("\n");
}

/**
 * @param {Row} row
 * @param {readonly Row[]} timed
 */
function line(row, timed) {
  const ours = timed.find(
    ({ name, family, table, pattern, groups, groups_placement: placement }) =>
      name === "anyfib" &&
      family === row.family &&
      table === row.table &&
      pattern === row.pattern &&
      groups === row.groups &&
      placement === row.groups_placement,
  );
  if (ours === undefined) throw new Error(`no row of anyfib beside ${row.name}`);
  const noise = row.noisy === null && ours.noisy === null ? "" : ", noisy";
  const megabytes = (/** @type {Row} */ { memory_bytes: bytes }) => (bytes / 1e6).toFixed(1);
  const rate = (/** @type {Row} */ { million_per_second: rate }) =>
    rate >= 10 ? rate.toFixed(0) : rate.toFixed(2);
  return `| ${[
    row.name,
    `${row.family === "ipv4" ? "IPv4" : "IPv6"}, ${row.pattern}${noise}`,
    `${row.groups} ${row.groups_placement}`,
    rate(row),
    megabytes(row),
    rate(ours),
    megabytes(ours),
    `${row.anyfib_times_median.toFixed(2)}x`,
    `${row.anyfib_times_p10.toFixed(2)}x`,
  ].join(" | ")} |`;
}
