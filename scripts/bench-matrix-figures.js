/** Writes the figures of bench/results/matrix.json into docs/BENCHMARKS.md, between their marks. */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./project.js";

/** @typedef {import("../bench/rows.ts").Row} Row */
/** @typedef {import("../bench/harness.ts").Results} Results */

const SOURCE = "bench/results/matrix.json";
const MARKS = /(<!-- matrix: .+ -->\n)[\s\S]*?(<!-- end of matrix -->)/;
const FAMILY_NAMES = { ipv4: "IPv4", ipv6: "IPv6", both: "both families" };

const page = path.join(ROOT, "docs/BENCHMARKS.md");
const text = readFileSync(page, "utf8");
if (!MARKS.test(text)) throw new Error("docs/BENCHMARKS.md has no marks around its matrix");
/** @type {Results} */
const results = JSON.parse(readFileSync(path.join(ROOT, SOURCE), "utf8"));
writeFileSync(
  page,
  text.replace(MARKS, (_, start, end) => `${start}${figuresOf(results)}${end}`),
);

/**
 * @param {Results} results
 * @returns {string} Markdown
 */
function figuresOf({ rows, machine, commit }) {
  const updates = rows.filter((row) => row.mean_ns !== undefined);
  const others = rows.filter((row) => row.mean_ns === undefined);
  const tables = [...grouped(others, tableTitle)].map(([title, own]) => rateTable(title, own));
  const { cpu, node } = machine;
  const where = `${cpu}, Node ${node}, commit ${commit?.slice(0, 12) ?? "unknown"}.`;
  return ["", ...tables, updateTable(updates), where, ""].join("\n");
}

/**
 * @param {Row} row
 * @returns {string}
 */
function tableTitle({ family, table }) {
  return `${FAMILY_NAMES[family]}, ${table}`;
}

/**
 * @param {Row} row
 * @returns {string}
 */
function lineTitle({ name, groups, groups_placement, workers, caches }) {
  const details = [
    groups === undefined ? "" : `${groups} groups (${groups_placement})`,
    workers === undefined ? "" : `${workers} worker${workers > 1 ? "s" : ""}`,
    caches ?? "",
  ];
  return [name, ...details].filter((detail) => detail !== "").join(", ");
}

/**
 * Million operations a second, a column a pattern.
 * @param {string} title
 * @param {readonly Row[]} rows
 */
function rateTable(title, rows) {
  const patterns = [...new Set(rows.map(({ pattern }) => pattern))];
  const lines = [...grouped(rows, lineTitle)].map(([name, own]) => {
    const cells = patterns.map((pattern) => rateCell(own.find((row) => row.pattern === pattern)));
    const megabytes = ((own[0]?.memory_bytes ?? 0) / 1e6).toFixed(1);
    return `| ${[name, ...cells, megabytes].join(" | ")} |`;
  });
  return [
    `**${title}**, million a second`,
    "",
    `| | ${patterns.join(" | ")} | MB |`,
    `| --- |${" ---: |".repeat(patterns.length + 1)}`,
    ...lines,
    "",
  ].join("\n");
}

/** @param {Row | undefined} row */
function rateCell(row) {
  if (row === undefined) return "";
  const { million_per_second: rate, noisy } = row;
  return `${rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3)}${noisy === null ? "" : " noisy"}`;
}

/** @param {readonly Row[]} rows */
function updateTable(rows) {
  const lines = rows.map((row) => {
    const { name, family, table, pattern, mean_ns = 0, p99_ns = 0, stall_max_ns } = row;
    const what = [name, FAMILY_NAMES[family], table, pattern].join(", ");
    const stall = stall_max_ns === undefined ? "" : (stall_max_ns / 1000).toFixed(0);
    return `| ${what} | ${mean_ns.toFixed(0)} | ${p99_ns.toFixed(0)} | ${stall} |`;
  });
  return [
    "| | ns, mean | ns, p99 | packets wait, µs at most |",
    "| --- | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n");
}

/**
 * @param {readonly Row[]} rows
 * @param {(row: Row) => string} key
 * @returns {ReadonlyMap<string, readonly Row[]>}
 */
function grouped(rows, key) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return groups;
}
