/** Verdict rows: what became of each packet, and why. */

import type { Batch } from "../engine/batch.ts";
import { dropReasonName, type Verdict, verdictName } from "../engine/drop-reasons.ts";
import { readFlow } from "../engine/flow-record.ts";
import { NO_PREFIX, NO_SLOT } from "../engine/layout.ts";
import { formatAddress } from "../net/address.ts";
import { formatPrefix, maskAddress } from "../net/prefix.ts";
import type { Forwarder } from "../router/forwarder.ts";

/** One packet's row. Fields are null where the packet has no such thing. */
export interface VerdictRow {
  /** Packet number, from 1. */
  readonly n: number;
  readonly ts_ns: bigint;
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly src: string | null;
  readonly dst: string | null;
  /** Upper-layer protocol number. */
  readonly proto: number | null;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly prefix: string | null;
  readonly next_hop: string | null;
  readonly site: string | null;
  readonly slot: number | null;
}

/** Columns, in their order. */
export const VERDICT_FIELDS = [
  "n",
  "ts_ns",
  "verdict",
  "reason",
  "src",
  "dst",
  "proto",
  "sport",
  "dport",
  "prefix",
  "next_hop",
  "site",
  "slot",
] as const satisfies readonly (keyof VerdictRow)[];

/** The row of one packet of a processed batch whose prefix lengths were filled in. */
export function verdictRow(forwarder: Forwarder, batch: Batch, packet: number): VerdictRow {
  const verdict = verdictName(batch.verdicts[packet] ?? 0);
  const flow = readFlow(batch, packet);
  const length = batch.prefixLengths[packet] ?? NO_PREFIX;
  const slot = batch.slots[packet] ?? NO_SLOT;
  const nextHop = forwarder.nextHop(batch.nextHops[packet] ?? 0);
  const hasPrefix = flow !== undefined && length !== NO_PREFIX;
  return {
    n: batch.numbers[packet] ?? 0,
    ts_ns: batch.timestamps[packet] ?? 0n,
    verdict,
    reason: verdict === "drop" ? dropReasonName(batch.reasons[packet] ?? 0) : null,
    src: flow === undefined ? null : formatAddress(flow.source),
    dst: flow === undefined ? null : formatAddress(flow.destination),
    proto: flow?.protocol ?? null,
    sport: flow?.ports?.source ?? null,
    dport: flow?.ports?.destination ?? null,
    prefix: hasPrefix ? formatPrefix(maskAddress(flow.destination, length)) : null,
    next_hop: nextHop?.name ?? null,
    site: nextHop?.site ?? null,
    slot: slot === NO_SLOT ? null : slot,
  };
}

/** A row as one line of NDJSON; `ts_ns` is a bare integer, beyond what a double holds exactly. */
export function verdictNdjson(row: VerdictRow): string {
  const fields = VERDICT_FIELDS.map((field) => {
    const value = row[field];
    return `"${field}":${typeof value === "bigint" ? value : JSON.stringify(value)}`;
  });
  return `{${fields.join()}}\n`;
}

/** The first line of a CSV file. */
export const VERDICT_CSV_HEADER = `${VERDICT_FIELDS.join()}\n`;

function csvCell(value: VerdictRow[keyof VerdictRow]): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row as one line of CSV (RFC 4180); null is empty. */
export function verdictCsv(row: VerdictRow): string {
  return `${VERDICT_FIELDS.map((field) => csvCell(row[field])).join()}\n`;
}
