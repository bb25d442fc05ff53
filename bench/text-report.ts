/** A measurement as text for people. */

import Table from "cli-table3";
import { withoutControls } from "../src/net/printable.ts";
import type { Measurement } from "./harness.ts";
import { type MeasuredRow, type Row, rowName } from "./rows.ts";
import { sparkline } from "./sparkline.ts";

const HEAD = [
  "",
  "family",
  "pattern",
  "groups",
  "M/s",
  "p10 ns",
  "median",
  "spread",
  "ratio",
  "MB",
  "B/prefix",
  "samples in time",
] as const;
const LEFT_COLUMNS = new Set(["", "family", "pattern", "samples in time"]);

/** Digits behind the point: so that about three stand in all. */
function rounded(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** What is measured, as people write it. */
function patternText({ pattern, workers = 1, updates_per_second, caches = "warm" }: Row): string {
  const updates = updates_per_second === undefined ? "" : `, ${updates_per_second} updates/s`;
  const cold = caches === "cold" ? ", cold" : "";
  return withoutControls(`${pattern}${workers > 1 ? `, ${workers} workers` : ""}${updates}${cold}`);
}

/** How many groups, and whether they were drawn: the common case needs no word. */
function groupsText({ groups, groups_placement }: Row): string {
  if (groups === undefined) return "";
  return groups_placement === "random" ? `${groups} random` : `${groups}`;
}

function cellsOf({ row, samples }: MeasuredRow): readonly string[] {
  return [
    withoutControls(row.name),
    row.family,
    patternText(row),
    groupsText(row),
    rounded(row.million_per_second),
    rounded(row.p10_ns),
    rounded(row.median_ns),
    row.spread.toFixed(2),
    rounded(row.ratio_to_reference),
    (row.memory_bytes / 1e6).toFixed(1),
    row.bytes_per_prefix === undefined ? "" : row.bytes_per_prefix.toFixed(1),
    `${sparkline(samples)}${row.noisy === null ? "" : " noisy"}`,
  ];
}

/** What a table is, with its groups: said once and not in each row. */
function tableText({ table, family, prefixes, groups, groups_placement }: Row): string {
  if (prefixes === undefined) return table;
  const size = `${prefixes.toLocaleString("en-US")} prefixes of ${family}`;
  if (groups === undefined) return `${table}: ${size}`;
  const placement = groups_placement === "table" ? "its own" : groups_placement;
  return `${table}: ${size}, ${groups} groups (${placement})`;
}

/** How a group's slots are shared out, where that is known. */
function evennessText({ slot_max_mean: most, needless_moves: needless }: Row): string {
  if (most === undefined || needless === undefined) return "";
  const moves = `${(100 * needless).toFixed(3)} % of slots moved needlessly`;
  return `; the fullest next hop has ${most.toFixed(4)} of its due, ${moves}`;
}

/** Of operations that were timed alone: what the slow ones took. */
function tailText(row: Row): string | undefined {
  const { mean_ns: mean, p99_ns: p99, max_ns: max, stall_max_ns: stall } = row;
  if (mean === undefined || p99 === undefined || max === undefined) return undefined;
  const times = `mean ${rounded(mean)} ns, p99 ${rounded(p99)}, most ${rounded(max)}`;
  const waits = stall === undefined ? "" : `; packets wait ${rounded(stall)} at most`;
  return `${withoutControls(rowName(row))}: ${times}${waits}${evennessText(row)}`;
}

/** The table of rows, the tails of updates, and what everything was measured on. */
export function reportText({ rows, machine, commit }: Measurement): string {
  const table = new Table({
    head: [...HEAD],
    colAligns: HEAD.map((name) => (LEFT_COLUMNS.has(name) ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...cellsOf(row)]);
  const all = rows.map(({ row }) => row);
  const tables = new Set(all.map(tableText).map(withoutControls));
  const tails = all.flatMap((row) => tailText(row) ?? []);
  const { cpu, node, v8 } = machine;
  return [
    table.toString(),
    ...tails,
    ...tables,
    `${cpu}, Node ${node}, V8 ${v8}, commit ${commit?.slice(0, 12) ?? "unknown"}`,
    "",
  ].join("\n");
}
