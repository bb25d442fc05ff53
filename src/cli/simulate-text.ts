/** A simulation's report as text for people. */

import Table from "cli-table3";
import { withoutControls } from "../net/printable.ts";
import type { ModelRow } from "../replay/comparison.ts";
import type { EventRow, ShareRow, SimulateReport } from "../replay/simulate-report.ts";
import { grouped, percent, summaryText } from "./report-text.ts";
import type { Terminal } from "./terminal.ts";

/** Next hops shown of an event; more are counted in one line. */
const ROWS_MAX = 16;

function shareTable(terminal: Terminal, rows: readonly ShareRow[]): string {
  const head = ["next hop", "before", "after", "target before", "target after"];
  const table = new Table({
    head,
    colAligns: head.map((_, index) => (index === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  const largest = (row: ShareRow): number => Math.max(row.share_before, row.share_after);
  const shown = rows.toSorted((a, b) => largest(b) - largest(a)).slice(0, ROWS_MAX);
  for (const row of shown) {
    table.push([
      withoutControls(row.site === undefined ? row.next_hop : `${row.site} (${row.next_hop})`),
      percent(row.share_before),
      percent(row.share_after),
      percent(row.target_share_before),
      percent(row.target_share_after),
    ]);
  }
  const more = rows.length - ROWS_MAX;
  const rest = more > 0 ? terminal.style("dim", `… and ${grouped(more)} more next hops\n`) : "";
  return `${table.toString()}\n${rest}`;
}

function eventText(terminal: Terminal, row: EventRow): string {
  const { flows_moved_needlessly: needless, tcp_established_broken: broken } = row;
  const judged = (count: number, what: string): string =>
    terminal.style(count === 0 ? "green" : "red", `${grouped(count)} ${what}`);
  const late = row.after_end ? ", after the capture's end" : "";
  const title = `${row.event} ${withoutControls(row.target)} at ${row.at_seconds} s${late}`;
  const tiers =
    row.flows_tier_changed > 0 ? `, ${grouped(row.flows_tier_changed)} to another tier` : "";
  const kept =
    row.flows_kept_by_pins > 0 ? `, ${grouped(row.flows_kept_by_pins)} flows kept by pins` : "";
  return [
    `\n${terminal.style("bold", title)}: ${grouped(row.flows_moved)} of `,
    `${grouped(row.flows_seen)} flows move${tiers}, ${judged(needless, "needlessly")}; `,
    `${judged(broken, "TCP connections broken")}${kept}\n`,
    shareTable(terminal, row.shares),
  ].join("");
}

function comparisonText(terminal: Terminal, rows: readonly ModelRow[]): string {
  const head = ["algorithm", "moved", "needlessly", "TCP broken", "most over target"];
  const table = new Table({
    head,
    colAligns: head.map((_, index) => (index === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push([
      row.algorithm,
      grouped(row.flows_moved),
      grouped(row.flows_moved_needlessly),
      grouped(row.tcp_established_broken),
      row.most_over_target.toFixed(3),
    ]);
  }
  const title = terminal.style("bold", "all events, beside models of other algorithms");
  return `\n${title}\n${table.toString()}\n`;
}

/** The whole report: the replay, then event by event. */
export function simulateText(terminal: Terminal, report: SimulateReport): string {
  const events = report.events.map((row) => eventText(terminal, row));
  const { comparison = [] } = report;
  const compared = comparison.length === 0 ? "" : comparisonText(terminal, comparison);
  return `${summaryText(terminal, report)}${events.join("")}${compared}`;
}
