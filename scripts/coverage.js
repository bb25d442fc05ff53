/** Runs the unit tests with counters in both planes; writes and sums up coverage/lcov.info. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { formatLcov, parseLcov } from "./lcov.js";
import { ROOT } from "./project.js";

/** @typedef {import("./lcov.js").FileCoverage} FileCoverage */

const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
const run = spawnSync(process.execPath, [vitest, "run", "--mode", "coverage", "--coverage"], {
  cwd: ROOT,
  stdio: "inherit",
});

const assembly = formatLcov(assemblyCoverage());
const host = readFileSync(path.join(ROOT, "coverage/src/lcov.info"), "utf8");
writeFileSync(path.join(ROOT, "coverage/lcov.info"), assembly + host);
printSummary(parseLcov(assembly + host));
process.exitCode = run.status ?? 1;

/**
 * The points of the instrumented files with the sum of what all test files counted.
 * @returns {Iterable<FileCoverage>}
 */
function assemblyCoverage() {
  const folder = path.join(ROOT, "coverage/assembly");
  /** @type {import("./instrument.js").Point[]} */
  const points = JSON.parse(readFileSync(path.join(folder, "points.json"), "utf8"));
  const sums = points.map(() => 0);
  for (const name of readdirSync(path.join(folder, "counts"))) {
    /** @type {(number | null)[]} */
    const counts = JSON.parse(readFileSync(path.join(folder, "counts", name), "utf8"));
    counts.forEach((count, point) => {
      sums[point] = (sums[point] ?? 0) + (count ?? 0);
    });
  }
  return groupByFile(points, sums);
}

/**
 * @param {readonly import("./instrument.js").Point[]} points
 * @param {readonly number[]} counts
 * @returns {Iterable<FileCoverage>}
 */
function groupByFile(points, counts) {
  /** @type {Map<string, FileCoverage>} */
  const files = new Map();
  for (const [index, { file, line, name }] of points.entries()) {
    const count = counts[index] ?? 0;
    const coverage = files.get(file) ?? { file, lines: new Map(), functions: new Map() };
    files.set(file, coverage);
    if (name === undefined)
      coverage.lines.set(line, Math.max(count, coverage.lines.get(line) ?? 0));
    else coverage.functions.set(name, { line, count });
  }
  return files.values();
}

/**
 * A row for each plane and each of its rooms.
 * @param {readonly FileCoverage[]} files
 */
function printSummary(files) {
  const places = new Set(
    files.flatMap(({ file }) => [file.split("/", 1).join("/"), path.posix.dirname(file)]),
  );
  console.log(`\n${"coverage".padEnd(24)}${"lines".padStart(20)}${"functions".padStart(20)}`);
  for (const place of [...places].sort()) {
    const inside = files.filter(({ file }) => file.startsWith(`${place}/`));
    const lines = inside.flatMap((one) => [...one.lines.values()]);
    const functions = inside.flatMap((one) =>
      [...one.functions.values()].map(({ count }) => count),
    );
    console.log(place.padEnd(24) + share(lines) + share(functions));
  }
  console.log("written to coverage/lcov.info");
}

/**
 * @param {readonly number[]} counts
 * @returns {string} `hit/all  percent %`
 */
function share(counts) {
  const hit = counts.filter((count) => count > 0).length;
  const percent = counts.length === 0 ? 100 : (100 * hit) / counts.length;
  return `${`${hit}/${counts.length}`.padStart(12)}${percent.toFixed(1).padStart(6)} %`;
}
