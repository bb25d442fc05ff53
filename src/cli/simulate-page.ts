/** A simulation as one page that needs nothing else: what people attach to a change request. */

import { escaped } from "../net/html.ts";
import { withoutControls } from "../net/printable.ts";
import type { ModelRow } from "../replay/comparison.ts";
import type { FlowMove } from "../replay/moved-flows.ts";
import type { ShareIntervals } from "../replay/share-history.ts";
import type { EventRow, IngressRow, ShareRow, SimulateReport } from "../replay/simulate-report.ts";
import { grouped, percent } from "./report-text.ts";
import { sharePlot } from "./simulate-plot.ts";

/** What the page is made of. */
export interface SimulatePage {
  readonly report: SimulateReport;
  readonly history: ShareIntervals;
  readonly moved: { readonly moves: readonly FlowMove[]; readonly count: number };
  /** Names of adjacencies. */
  readonly labels: ReadonlyMap<number, string>;
  /** Adjacencies that events are about. */
  readonly targets: ReadonlySet<number>;
  readonly command: string;
  readonly keyId: string;
}

/** Next hops shown of an event; more are counted in one line. */
const ROWS_MAX = 24;
/** Next hops shown of a capture. */
const INGRESS_MAX = 4;

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --line: #d5dae0;
  --back: #ffffff; --card: #f5f7f9; --good: #1a6b34; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --dim: #a0aab5; --line: #3a414a; --back: #15181c; --card: #1e2228;
    --good: #6fcf8c; --bad: #ff8a80; }
}
@media print {
  :root { --ink: #000; --dim: #444; --line: #bbb; --back: #fff; --card: #fff; --good: #1a6b34;
    --bad: #b3261e; }
  body { margin: 0; max-width: none; font-size: 11px; }
  section, figure, tr { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--ink);
  background: var(--back); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p, figcaption, dt, caption { color: var(--dim); }
caption { text-align: left; }
.cards { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr));
  margin: 1.2rem 0; padding: 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: .4rem;
  padding: .6rem .9rem; color: var(--dim); }
.cards strong { display: block; font-size: 1.5rem; color: var(--ink);
  font-variant-numeric: tabular-nums; }
.cards .good, .good { color: var(--good); }
.cards .bad, .bad { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; }
th { color: var(--dim); font-weight: 500; }
.number { text-align: right; }
td.number { white-space: nowrap; }
figure { margin: 0; overflow-x: auto; }
figure > svg { width: 100%; min-width: 40rem; height: auto; display: block; }
svg line { stroke: var(--ink); stroke-opacity: .18; }
svg line.event { stroke-opacity: 1; stroke-width: 1.5; stroke-dasharray: 4 3; }
svg text { fill: var(--dim); font: 12px system-ui, sans-serif; }
svg g text { fill: var(--ink); font-weight: 600; }
.band { shape-rendering: crispEdges; }
.b0 { fill: #0072b2; } .b1 { fill: #e69f00; } .b2 { fill: #009e73; } .b3 { fill: #cc79a7; }
.b4 { fill: #56b4e9; } .b5 { fill: #d55e00; } .b6 { fill: #f0e442; } .b7 { fill: #8c6bb1; }
.b8 { fill: #8d949c; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; list-style: none; }
.legend svg { width: .8rem; height: .8rem; margin-right: .4rem; }
code { background: var(--card); border: 1px solid var(--line); border-radius: .3rem;
  display: block; overflow-wrap: anywhere; padding: .5rem .7rem; font-size: .9em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
`;

/** Text of files and packets: escaped, and without what would change how a page reads. */
function safe(text: string): string {
  return escaped(withoutControls(text));
}

/** A column of a table. */
interface Column<Row> {
  readonly head: string;
  readonly isNumber?: true;
  /** As HTML. */
  readonly cell: (row: Row, index: number) => string;
}

function word<Row>(head: string, cell: (row: Row, index: number) => string): Column<Row> {
  return { head, cell: (row, index) => safe(cell(row, index)) };
}

function count<Row>(head: string, cell: (row: Row) => number): Column<Row> {
  return { head, isNumber: true, cell: (row) => grouped(cell(row)) };
}

function part<Row>(head: string, cell: (row: Row) => number): Column<Row> {
  return { head, isNumber: true, cell: (row) => percent(cell(row)) };
}

/** A count that ought to be 0. */
function judged<Row>(head: string, cell: (row: Row) => number): Column<Row> {
  const html = (value: number): string =>
    `<span class="${value === 0 ? "good" : "bad"}">${grouped(value)}</span>`;
  return { head, isNumber: true, cell: (row) => html(cell(row)) };
}

function tableHtml<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const side = ({ isNumber }: Column<Row>): string => (isNumber ? ' class="number"' : "");
  const heads = columns.map((column) => `<th scope="col"${side(column)}>${column.head}</th>`);
  const lines = rows.map((row, index) => {
    const cells = columns.map((column) => `<td${side(column)}>${column.cell(row, index)}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="wide"><table><caption>${safe(caption)}</caption>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody></table></div>`;
}

function eventName({ event, target, at_seconds, after_end }: EventRow): string {
  const late = after_end ? ", after the capture's end" : "";
  return `${event} ${target} at ${at_seconds} s${late}`;
}

const EVENT_COLUMNS: readonly Column<EventRow>[] = [
  word("no.", (_row, index) => String(index + 1)),
  word("event", eventName),
  count("flows seen", (row) => row.flows_seen),
  count("moved", (row) => row.flows_moved),
  count("to another tier", (row) => row.flows_tier_changed),
  judged("needlessly", (row) => row.flows_moved_needlessly),
  count("kept by pins", (row) => row.flows_kept_by_pins),
  judged("TCP broken", (row) => row.tcp_established_broken),
];

const INGRESS_COLUMNS: readonly Column<IngressRow>[] = [
  word("capture", ({ name }) => name),
  count("packets", ({ packets }) => packets),
  word("most of them to", ({ next_hops }) =>
    next_hops
      .slice(0, INGRESS_MAX)
      .map(({ site, next_hop, share }) => `${site ?? next_hop} ${percent(share)}`)
      .join(", "),
  ),
];

const SHARE_COLUMNS: readonly Column<ShareRow>[] = [
  word("next hop", ({ site, next_hop }) => (site === undefined ? next_hop : `${site} ${next_hop}`)),
  part("before", (row) => row.share_before),
  part("after", (row) => row.share_after),
  part("due before", (row) => row.target_share_before),
  part("due after", (row) => row.target_share_after),
];

const MODEL_COLUMNS: readonly Column<ModelRow>[] = [
  word("algorithm", ({ algorithm }) =>
    algorithm === "anyfib" ? algorithm : `${algorithm} (model)`,
  ),
  count("moved", (row) => row.flows_moved),
  judged("needlessly", (row) => row.flows_moved_needlessly),
  judged("TCP broken", (row) => row.tcp_established_broken),
  { head: "most over target", isNumber: true, cell: (row) => row.most_over_target.toFixed(3) },
];

const MOVE_COLUMNS: readonly Column<FlowMove>[] = [
  word("from", ({ source }) => source),
  word("to", ({ destination }) => destination),
  word("protocol", ({ protocol }) => String(protocol)),
  word("next hop before", ({ before }) => before),
  word("after", ({ now }) => now),
];

function cards({ events, received, forwarded }: SimulateReport): string {
  const sum = (pick: (row: EventRow) => number): number =>
    events.reduce((total, row) => total + pick(row), 0);
  const card = (value: number, what: string, kind = ""): string =>
    `<li><strong${kind && ` class="${kind}"`}>${grouped(value)}</strong>${what}</li>`;
  const needless = sum((row) => row.flows_moved_needlessly);
  const broken = sum((row) => row.tcp_established_broken);
  return `<ul class="cards">
${card(received, "packets received")}
${card(forwarded, "packets forwarded")}
${card(
  sum((row) => row.flows_moved),
  "flow moves",
)}
${card(needless, "flow moves without need", needless === 0 ? "good" : "bad")}
${card(broken, "TCP connections broken", broken === 0 ? "good" : "bad")}
</ul>`;
}

function eventSection(row: EventRow, index: number): string {
  const largest = (share: ShareRow): number => Math.max(share.share_before, share.share_after);
  const busiest = row.shares.toSorted((a, b) => largest(b) - largest(a));
  const more = row.shares.length - ROWS_MAX;
  const rest = more > 0 ? `<p>… and ${grouped(more)} more next hops</p>` : "";
  const caption = "Parts of the flows seen so far, right before and right after";
  return `<section><h3>${index + 1}. ${safe(eventName(row))}</h3>
${tableHtml(caption, SHARE_COLUMNS, busiest.slice(0, ROWS_MAX))}${rest}</section>`;
}

function ingressSection(rows: readonly IngressRow[] | undefined): string {
  if (rows === undefined) return "";
  return `<section><h2>Where each capture went</h2>
${tableHtml("Forwarded packets", INGRESS_COLUMNS, rows)}</section>`;
}

function comparisonSection(rows: readonly ModelRow[] | undefined): string {
  if (rows === undefined) return "";
  const caption =
    "Sums over all events, on the same flow hashes. “Most over target” is the worst next hop's " +
    "flows, right after the worst event, over what its weight is due: 1 is even.";
  return `<section><h2>Beside models of other algorithms</h2>
${tableHtml(caption, MODEL_COLUMNS, rows)}</section>`;
}

function movedSection({ moves, count: total }: SimulatePage["moved"]): string {
  if (total === 0) return "<section><h2>Flows that moved</h2><p>No packet shows one.</p></section>";
  const caption =
    `${grouped(total)} times a packet went elsewhere than the one before it of its flow; ` +
    `${moves.length === total ? "all" : `the first ${grouped(moves.length)}`} of them:`;
  return `<section><h2>Flows that moved</h2>
${tableHtml(caption, MOVE_COLUMNS, moves)}</section>`;
}

function making({ report, command, keyId }: SimulatePage): string {
  const { capture, drops, received, forwarded, punted, dropped } = report;
  const reasons = Object.entries(drops).map(([reason, packets]) => `${reason} ${packets}`);
  const rows: readonly (readonly [string, string])[] = [
    ["capture", `${capture.file}: ${capture.format}, ${grouped(capture.packets)} packets`],
    ["flows", `${report.flows_estimated ? "about " : ""}${grouped(report.flows)}`],
    ["packets", `${received} = ${forwarded} forwarded + ${punted} punted + ${dropped} dropped`],
    ["dropped for", reasons.join(", ") || "–"],
    ["key", `${keyId} (names the key, does not reveal it)`],
    ["tables", `${report.tables_digest} (equal where two forwarders choose alike)`],
  ];
  const list = rows.map(([term, what]) => `<dt>${term}</dt><dd>${safe(what)}</dd>`);
  return `<section><h2>How this was made</h2>
<code>${safe(command)}</code>
<dl>${list.join("\n")}</dl></section>`;
}

/** The page. Texts of files and packets are escaped; nothing is loaded from elsewhere. */
export function simulatePage(page: SimulatePage): string {
  const { report, history, labels, targets, moved } = page;
  const events = report.events.map((row) => ({
    atSeconds: row.at_seconds,
    label: eventName(row),
  }));
  const caption =
    "Part of the forwarded packets that each next hop got. Dashed lines are the events, by number.";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Failover rehearsed: ${safe(report.capture.file)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Failover rehearsed</h1>
<p>${safe(report.events.map(eventName).join("; "))}</p>
${cards(report)}
<section><h2>Who got the packets</h2>
<figure>
${sharePlot({ history, labels, events, targets })}
<figcaption>${caption}</figcaption>
</figure></section>
<section><h2>What each event did</h2>
${tableHtml("Of the flows seen before it", EVENT_COLUMNS, report.events)}</section>
${ingressSection(report.ingress)}
${comparisonSection(report.comparison)}
${report.events.map(eventSection).join("\n")}
${movedSection(moved)}
${making(page)}
</main>
</body>
</html>
`;
}
