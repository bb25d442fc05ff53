/** A contest in a table for people. */

import Table from "cli-table3";
import type { ContestRow } from "./contest.ts";

type Timed = Extract<ContestRow, { readonly status: "timed" }>;

const HEAD = [
  "",
  "M/s",
  "p10 ns",
  "median ns",
  "spread",
  "MB",
  "entry",
  "answer",
  "anyfib is",
  "by p10",
  "checked",
];

/** Three digits, of slow ones too. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function cells(row: Timed): readonly string[] {
  return [
    row.name,
    figure(row.million_per_second),
    figure(row.p10_ns),
    figure(row.median_ns),
    row.spread.toFixed(2),
    (row.memory_bytes / 1e6).toFixed(1),
    `${row.entry_bytes} B`,
    row.answer === "listed" ? "listed?" : `${row.output_bytes} B`,
    `${figure(row.anyfib_times_median)}x`,
    `${figure(row.anyfib_times_p10)}x`,
    `${row.checked}`,
  ];
}

/** The rows of a contest under a line that says what they are about. */
export function contestText(rows: readonly ContestRow[]): string {
  const timed = rows.filter((row) => row.status === "timed");
  const [ours] = timed;
  if (ours === undefined) return "";
  const { family, table, pattern, prefixes, groups = 0, groups_placement: placement } = ours;
  const sizes = `, ${prefixes} prefixes, ${groups} groups (${placement})`;
  const title = `${family} ${table}${prefixes === undefined ? "" : sizes}`;
  const grid = new Table({
    head: HEAD,
    colAligns: HEAD.map((_, column) => (column === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of timed) grid.push([...cells(row)]);
  const noise = timed.flatMap(({ name, noisy }) => (noisy === null ? [] : [`${name}: ${noisy}`]));
  const others = rows.flatMap((row) =>
    row.status === "timed" ? [] : [`${row.status}: ${row.name}: ${row.reason}`],
  );
  const notes = [...noise.map((why) => `noisy: ${why}`), ...others];
  return `${[`${title}, ${pattern}`, grid.toString(), ...notes].join("\n")}\n`;
}
