/** A replay's report as text for people. */

import Table from "cli-table3";
import { withoutControls } from "../net/printable.ts";
import type {
  MarkedRouteRow,
  NextHopRow,
  ReplayReport,
  SourceRow,
  TunnelRow,
} from "../replay/report.ts";
import type { Terminal } from "./terminal.ts";

/** Next hops shown; more are counted in one line. */
const ROWS_MAX = 24;

/** A count with its thousands apart. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

/** A part from 0 to 1, as a percentage. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

/** Next hops, the busiest first, with what they got and what their weights were due. */
export function nextHopTable(terminal: Terminal, rows: readonly NextHopRow[]): string {
  const hasSites = rows.some((row) => row.site !== undefined);
  const head = [
    ...(hasSites ? ["site"] : []),
    "next hop",
    "packets",
    "bytes",
    "flows",
    "share",
    "target",
  ];
  const left = hasSites ? 2 : 1;
  const table = new Table({
    head,
    colAligns: head.map((_, index) => (index < left ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  const busiest = rows.toSorted((a, b) => b.packets - a.packets);
  for (const row of busiest.slice(0, ROWS_MAX)) {
    table.push([
      ...(hasSites ? [withoutControls(row.site ?? "")] : []),
      withoutControls(row.next_hop),
      grouped(row.packets),
      grouped(row.bytes),
      grouped(row.flows),
      percent(row.share),
      percent(row.target_share),
    ]);
  }
  const more = rows.length - ROWS_MAX;
  const rest = more > 0 ? terminal.style("dim", `… and ${grouped(more)} more next hops\n`) : "";
  return `${table.toString()}\n${rest}`;
}

/** Sources and routes that are metered, those that lost most first. */
function meterLines(
  terminal: Terminal,
  rows: readonly (SourceRow | MarkedRouteRow)[],
  word: "from" | "to",
): string {
  const worst = rows.toSorted((a, b) => b.dropped - a.dropped || b.packets - a.packets);
  const lines = worst.slice(0, ROWS_MAX).map(({ prefix, action, packets, dropped }) => {
    const name = terminal.style("bold", `${word} ${prefix}`);
    return `  ${name} (${action}) ${grouped(packets)}, dropped ${grouped(dropped)}\n`;
  });
  const more = rows.length - ROWS_MAX;
  return lines.join("") + (more > 0 ? `  … and ${grouped(more)} more\n` : "");
}

function tunnelLines(terminal: Terminal, rows: readonly TunnelRow[]): string {
  const lines = rows.map(({ tunnel, packets, dropped, left, passed }) => {
    const name = terminal.style("bold", `tunnel ${tunnel}`);
    const rest = [
      `dropped ${grouped(dropped)}`,
      `left ${grouped(left)}`,
      ...(passed === 0 ? [] : [`passed on ${grouped(passed)}`]),
    ];
    return `  ${name} ${grouped(packets)}, ${rest.join(", ")}\n`;
  });
  return lines.join("");
}

function dropLines(terminal: Terminal, report: ReplayReport): string {
  return Object.entries(report.drops)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `  ${terminal.style("yellow", reason)} ${grouped(count)}\n`)
    .join("");
}

/** What came in, and what became of it. */
export function summaryText(terminal: Terminal, report: ReplayReport): string {
  const { capture, families } = report;
  const cut = capture.truncated ? `, ${grouped(capture.truncated_packets)} cut short` : "";
  const about = report.flows_estimated ? "about " : "";
  return [
    `${terminal.style("bold", withoutControls(capture.file))}: ${capture.format}, `,
    `${grouped(capture.packets)} packets, ${grouped(capture.bytes)} bytes${cut}\n`,
    `IPv4 ${grouped(families.ipv4)}, IPv6 ${grouped(families.ipv6)}, `,
    `other ${grouped(families.other)}; ${about}${grouped(report.flows)} flows\n`,
    `received ${grouped(report.received)} = forwarded ${grouped(report.forwarded)}`,
    ` + punted ${grouped(report.punted)} + dropped ${grouped(report.dropped)}\n`,
    dropLines(terminal, report),
    meterLines(terminal, report.sources ?? [], "from"),
    meterLines(terminal, report.marked_routes ?? [], "to"),
    tunnelLines(terminal, report.tunnels ?? []),
    nextHopTable(terminal, report.next_hops),
  ].join("");
}

function updatesText({ updates }: ReplayReport): string {
  if (updates === undefined) return "";
  const { flows_moved_needlessly: needless, tcp_established_broken: broken } = updates;
  const full = updates.not_installed > 0 ? `, ${grouped(updates.not_installed)} without room` : "";
  return [
    `${grouped(updates.applied)} updates applied, ${grouped(updates.left)} left: `,
    `${grouped(updates.routes_changed)} routes changed${full}; `,
    `${grouped(updates.flows_moved)} flows moved, ${grouped(needless)} needlessly; `,
    `${grouped(broken)} TCP connections broken\n`,
  ].join("");
}

/** The whole report. */
export function reportText(terminal: Terminal, report: ReplayReport): string {
  const rate = report.packets_per_second / 1e6;
  return [
    summaryText(terminal, report),
    updatesText(report),
    `forwarding ${report.forwarding_ns_per_packet.toFixed(1)} ns a packet`,
    ` (${rate.toFixed(1)} million a second), reading ${report.read_seconds.toFixed(3)} s`,
    ` of ${report.seconds.toFixed(3)} s\n`,
  ].join("");
}
