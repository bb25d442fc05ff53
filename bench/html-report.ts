/** A measurement as one page that needs nothing else: style and plots stand in it. */

import { escaped } from "../src/net/html.ts";
import { distributionPlot } from "./distribution-plot.ts";
import type { Measurement } from "./harness.ts";
import { type MeasuredRow, type Row, rowName } from "./rows.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #5c6570; --line: #d5dae0;
  --bar: #3f74c9; --mark: #b3261e; --back: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --dim: #9aa4af; --line: #363c44; --bar: #6ea0f0; --mark: #ff8a80;
    --back: #15181c; }
}
body { margin: 2rem auto; max-width: 96rem; padding: 0 1rem; color: var(--ink);
  background: var(--back); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; }
p, figcaption { color: var(--dim); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .87rem; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { color: var(--dim); font-weight: 500; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.noisy td:last-child { color: var(--mark); min-width: 12rem; }
.plots { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); }
figure { margin: 0; break-inside: avoid; }
svg { width: 100%; height: auto; display: block; }
svg rect { fill: var(--bar); }
svg line { stroke: var(--line); }
svg line.mark { stroke: var(--mark); }
svg text { fill: var(--dim); font: 14px system-ui, sans-serif; }
@page { size: landscape; margin: 1cm; }
@media print {
  :root { --ink: #000000; --dim: #444444; --line: #bbbbbb; --bar: #3f74c9; --mark: #b3261e;
    --back: #ffffff; }
  body { margin: 0; max-width: none; padding: 0; font-size: 9pt; }
  .wide { overflow: visible; }
  th, td { padding: .15rem .3rem; }
  tr { break-inside: avoid; }
  svg rect { print-color-adjust: exact; }
}
`;

/** A column of the table. */
interface Column {
  readonly head: string;
  readonly isNumber: boolean;
  readonly cell: (row: Row) => string;
}

function text(head: string, cell: (row: Row) => string): Column {
  return { head, isNumber: false, cell };
}

function number(head: string, cell: (row: Row) => number | undefined, digits = 2): Column {
  return { head, isNumber: true, cell: (row) => cell(row)?.toFixed(digits) ?? "" };
}

const COLUMNS: readonly Column[] = [
  text("what", ({ name }) => name),
  text("family", ({ family }) => family),
  text("table", ({ table }) => table),
  text("pattern", ({ pattern }) => pattern),
  text("groups", ({ groups, groups_placement }) =>
    groups === undefined ? "" : `${groups} (${groups_placement ?? "table"})`,
  ),
  number("workers", ({ workers }) => workers, 0),
  number("updates a second", (row) => row.updates_per_second, 0),
  text("caches", ({ caches = "" }) => caches),
  number("million a second", (row) => row.million_per_second),
  number("p10, ns", (row) => row.p10_ns),
  number("median, ns", (row) => row.median_ns),
  number("p99, ns", (row) => row.p99_ns, 0),
  number("most, ns", (row) => row.max_ns, 0),
  number("spread", (row) => row.spread),
  number("ratio to reference", (row) => row.ratio_to_reference),
  number("MB", (row) => row.memory_bytes / 1e6),
  number("bytes a prefix", (row) => row.bytes_per_prefix, 1),
  number("samples", (row) => row.samples, 0),
  text("noise", ({ noisy }) => noisy ?? ""),
];

function cellHtml({ isNumber, cell }: Column, row: Row): string {
  return `<td${isNumber ? ' class="number"' : ""}>${escaped(cell(row))}</td>`;
}

function tableHtml(rows: readonly Row[]): string {
  const columns = COLUMNS.filter(({ cell }) => rows.some((row) => cell(row) !== ""));
  const heads = columns.map(({ head, isNumber }) => {
    return `<th scope="col"${isNumber ? ' class="number"' : ""}>${escaped(head)}</th>`;
  });
  const lines = rows.map((row) => {
    const cells = columns.map((column) => cellHtml(column, row));
    return `<tr${row.noisy === null ? "" : ' class="noisy"'}>${cells.join("")}</tr>`;
  });
  const head = `<thead><tr>${heads.join("")}</tr></thead>`;
  return `<div class="wide"><table>${head}\n<tbody>\n${lines.join("\n")}\n</tbody></table></div>`;
}

function figureHtml({ row, samples }: MeasuredRow): string {
  const caption = rowName(row);
  const plot = distributionPlot(samples, caption);
  return `<figure>${plot}<figcaption>${escaped(caption)}</figcaption></figure>`;
}

/** The page. Texts of files and machines are escaped; nothing is loaded from elsewhere. */
export function reportHtml({ rows, machine, commit }: Measurement): string {
  const { cpu, node, v8, page_bytes } = machine;
  const pages = page_bytes === null ? "" : `, pages of ${page_bytes} bytes`;
  const where = `${cpu}${pages}, Node ${node}, V8 ${v8}, commit ${commit ?? "unknown"}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>anyfib bench</title>
<style>${STYLE}</style>
</head>
<body>
<h1>anyfib bench</h1>
<p>${escaped(where)}</p>
${tableHtml(rows.map(({ row }) => row))}
<h2>Samples</h2>
<p>How many samples took how long, up to three times the 10th percentile. The marks are the 10th
percentile and the median.</p>
<div class="plots">
${rows.map(figureHtml).join("\n")}
</div>
</body>
</html>
`;
}
