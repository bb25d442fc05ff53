/** Coverage as lcov tells it: one record a file, with its lines and its functions. */

/**
 * How often each line ran, by its number, and each function, by name.
 * @typedef {object} FileCoverage
 * @property {string} file from the root, with forward slashes
 * @property {Map<number, number>} lines
 * @property {Map<string, { line: number, count: number }>} functions
 */

/**
 * @param {Iterable<FileCoverage>} files
 * @returns {string}
 */
export function formatLcov(files) {
  return [...files].map(formatFile).join("");
}

/**
 * Reads the lines and functions of an lcov report; branches are left out.
 * @param {string} text
 * @returns {FileCoverage[]}
 */
export function parseLcov(text) {
  return text
    .split("end_of_record")
    .map(parseRecord)
    .filter(({ file }) => file !== "");
}

/**
 * @param {FileCoverage} coverage
 * @returns {string}
 */
function formatFile({ file, lines, functions }) {
  const named = [...functions].map(([name, { line, count }]) => ({ name, line, count }));
  const record = [
    `SF:${file}`,
    ...named.map(({ name, line }) => `FN:${line},${name}`),
    ...named.map(({ name, count }) => `FNDA:${count},${name}`),
    `FNF:${named.length}`,
    `FNH:${named.filter(({ count }) => count > 0).length}`,
    ...[...lines].map(([line, count]) => `DA:${line},${count}`),
    `LF:${lines.size}`,
    `LH:${[...lines.values()].filter((count) => count > 0).length}`,
    "end_of_record",
  ];
  return `${record.join("\n")}\n`;
}

/**
 * @param {string} record
 * @returns {FileCoverage}
 */
function parseRecord(record) {
  /** @type {FileCoverage} */
  const coverage = { file: "", lines: new Map(), functions: new Map() };
  for (const [, key, value = ""] of record.matchAll(/^([A-Z]+):(.*)$/gm)) {
    const comma = value.indexOf(",");
    const number = Number(value.slice(0, comma));
    const rest = value.slice(comma + 1);
    if (key === "SF") coverage.file = value.replaceAll("\\", "/");
    if (key === "DA") coverage.lines.set(number, Number(rest));
    if (key === "FN") coverage.functions.set(rest, { line: number, count: 0 });
    if (key === "FNDA") {
      const line = coverage.functions.get(rest)?.line ?? 0;
      coverage.functions.set(rest, { line, count: number });
    }
  }
  return coverage;
}
