/** The report of `anyfib rib catchment` as text for people, and its choices as CSV. */

import Table from "cli-table3";
import { withoutControls } from "../net/printable.ts";
import type { CatchmentReport, ChoiceRow, SiteRow } from "./catchment-report.ts";
import { grouped, percent } from "./report-text.ts";
import type { Terminal } from "./terminal.ts";

/** How routes that carry no site's mark are named. */
const NO_SITE = "no site";

function nameOf(site: string | null): string {
  return site === null ? NO_SITE : withoutControls(site);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({
    head: [...head],
    colAligns: head.map((name) => (/share|choices|ASes|path$/.test(name) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) made.push([...row]);
  return `${made.toString()}\n`;
}

function siteTable(rows: readonly SiteRow[]): string {
  return table(
    ["site", "choices", "share", "vantage ASes", "ASes on paths", "mean path"],
    rows.map((row) => [
      nameOf(row.site),
      grouped(row.choices),
      percent(row.share),
      grouped(row.vantage_ases),
      grouped(row.path_ases),
      row.mean_path_length.toFixed(2),
    ]),
  );
}

function choiceLine({ prefix, vantage_as: as, peer, site, as_path: path }: ChoiceRow): string {
  return `${prefix} AS${as} (${peer}) -> ${nameOf(site)}, path ${path}\n`;
}

/** Each choice, then what the sites have, what moved, what is suspect, and the estimates. */
export function catchmentText(terminal: Terminal, report: CatchmentReport): string {
  const { choices, sites, moved, suspects, estimates } = report;
  const bold = (text: string): string => terminal.style("bold", text);
  const parts = [choices.map(choiceLine).join(""), siteTable(sites)];
  if (moved !== undefined) {
    parts.push(bold(`${grouped(moved.length)} choices moved\n`));
    for (const { prefix, vantage_as: as, peer, from, to } of moved) {
      parts.push(`${prefix} AS${as} (${peer}): ${nameOf(from)} -> ${nameOf(to)}\n`);
    }
  }
  for (const { kind, prefix, watched, origin_as: origin, peers, as_path: path } of suspects) {
    const what = kind === "more_specific" ? `is a part of ${watched}` : "has a foreign origin";
    const by = origin === null ? "by a set of ASes" : `by AS${origin}`;
    const seen = `seen by ${grouped(peers)} peers, path ${path}`;
    parts.push(terminal.style("red", `suspect: ${prefix} ${what}, ${by}; ${seen}\n`));
  }
  for (const row of estimates) {
    const prepended = row.times === undefined ? "" : ` ${row.times} times`;
    const change = `${row.change} ${nameOf(row.site)}${prepended}`;
    const unknown = `${grouped(row.choices_unknown)} unknown`;
    parts.push(
      bold(`\nestimate: ${change}: ${grouped(row.choices_moved)} choices move, ${unknown}\n`),
    );
    parts.push(siteTable(row.sites));
  }
  return parts.join("");
}

/** The choices as rows for other tools. */
export function catchmentCsv({ choices }: CatchmentReport): string {
  const head = "prefix,vantage_as,peer,site,origin_as,path_length,as_path\n";
  const rows = choices.map((row) =>
    [
      row.prefix,
      row.vantage_as,
      row.peer,
      quotedCell(row.site ?? ""),
      row.origin_as ?? "",
      row.path_length,
      quotedCell(row.as_path),
    ].join(","),
  );
  return head + rows.map((row) => `${row}\n`).join("");
}

/** A cell as CSV has it (RFC 4180); a site's name may have anything in it. */
function quotedCell(text: string): string {
  const clean = withoutControls(text);
  return /[",]/.test(clean) ? `"${clean.replaceAll('"', '""')}"` : clean;
}
