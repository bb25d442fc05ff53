/** Writes assembly/layout.ts as the tables of docs/memory-map.md. */

const HEAD = `# Memory map

Every number that the data plane and the host share, as \`assembly/layout.ts\` gives it. This page
is generated from there by \`npm run docs\`. Offsets and sizes are bytes. An offset without a
region's start in front is from the start of its record. A name without a meaning shares the one
above it.
`;

/**
 * The page for a layout.
 * @param {readonly import("./layout-source.js").Section[]} sections
 * @returns {string}
 */
export function memoryMap(sections) {
  const tables = sections.map(({ title, constants }) => {
    const rows = constants.map(({ name, value, doc }) => `| ${name} | ${value} | ${cell(doc)} |`);
    return [
      "",
      `## ${title}`,
      "",
      "| name | value | meaning |",
      "| --- | ---: | --- |",
      ...rows,
      "",
    ];
  });
  return HEAD + tables.flat().join("\n").replaceAll("\n\n\n", "\n\n");
}

/**
 * @param {string} words
 * @returns {string}
 */
function cell(words) {
  return words.replaceAll("|", "\\|");
}
