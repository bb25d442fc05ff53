/** `anyfib info`: what a file is and holds. */

import type { Batch } from "../engine/batch.ts";
import { createForwarder } from "../index.ts";
import { type CaptureInfo, isCapture, openCaptureSource } from "../io/capture.ts";
import { PeekedSource } from "../io/peeked-source.ts";
import type { ByteSource } from "../io/port.ts";
import { formatAddress } from "../net/address.ts";
import { EXIT } from "../net/errors.ts";
import { openBytes } from "../node/open.ts";
import { loadTableFrom } from "../node/tables.ts";
import { type BatchObserver, replay } from "../replay/replay.ts";
import type { Terminal } from "./terminal.ts";

interface InfoFlags {
  readonly nextHop?: readonly string[];
  readonly json?: true;
}

/** Bytes that tell a capture from a table. */
const MAGIC_BYTES = 4;

/** Describes one file. What was read before damage is printed before the error. */
export async function info(
  terminal: Terminal,
  flags: InfoFlags,
  [file = "-"]: readonly string[],
): Promise<number> {
  await using source = await PeekedSource.peek(await openBytes(file), MAGIC_BYTES);
  if (isCapture(source.head)) await captureInfo(terminal, flags, source);
  else await tableInfo(terminal, flags, source, file);
  return EXIT.ok;
}

/** Remembers the first and the last timestamp. */
class TimeSpan implements BatchObserver {
  first: bigint | undefined;
  last: bigint | undefined;

  observe(batch: Batch): void {
    for (let packet = 0; packet < batch.count; packet++) {
      const time = batch.timestamps[packet] ?? 0n;
      // Simple packet blocks and custom blocks have no time.
      if (time === 0n) continue;
      if (this.first === undefined || time < this.first) this.first = time;
      if (this.last === undefined || time > this.last) this.last = time;
    }
  }

  get seconds(): number {
    return Number((this.last ?? 0n) - (this.first ?? 0n)) / 1e9;
  }
}

async function captureInfo(
  terminal: Terminal,
  flags: InfoFlags,
  source: ByteSource,
): Promise<void> {
  const forwarder = await createForwarder();
  const { signal } = terminal;
  const capture = await openCaptureSource(source, forwarder.engine, { signal });
  const span = new TimeSpan();
  const { failure } = await replay(forwarder, capture, { observers: [span] });
  const found = describe(capture.info, span, forwarder.counters.families);
  await terminal.print(flags.json ? json(found) : lines(found));
  if (failure !== undefined && !signal.aborted) throw failure;
}

function describe(
  capture: CaptureInfo,
  span: TimeSpan,
  families: Readonly<Record<string, number>>,
): Readonly<Record<string, unknown>> {
  return {
    file: capture.file,
    format: capture.format,
    link_types: capture.linkTypes,
    packets: capture.packets,
    bytes: capture.bytes,
    truncated: capture.truncated,
    truncated_packets: capture.truncatedPackets,
    families,
    first: span.first === undefined ? null : isoTime(span.first),
    last: span.last === undefined ? null : isoTime(span.last),
    duration_seconds: span.seconds,
  };
}

/** A time as ISO 8601 with all nine digits. */
function isoTime(timestampNs: bigint): string {
  const seconds = new Date(Number(timestampNs / 1_000_000n)).toISOString().slice(0, -5);
  return `${seconds}.${String(timestampNs % 1_000_000_000n).padStart(9, "0")}Z`;
}

async function tableInfo(
  terminal: Terminal,
  flags: InfoFlags,
  source: ByteSource,
  file: string,
): Promise<void> {
  const { table, routes } = await loadTableFrom(source, file, {
    nextHops: flags.nextHop ?? [],
    onWarning: (warning) => terminal.note(`warning: ${warning}`),
  });
  const nextHops = new Set<string>();
  for (const target of table.targets) {
    if (target.kind !== "via") continue;
    for (const { address } of target.nextHops) nextHops.add(formatAddress(address));
  }
  const found = {
    file,
    format: "table",
    routes,
    prefixes: { ipv4: table.count4, ipv6: table.count6 },
    sets: table.targets.length,
    next_hops: nextHops.size,
    longest: { ipv4: longest(table.histogram4()), ipv6: longest(table.histogram6()) },
  };
  await terminal.print(flags.json ? json(found) : lines(found));
}

/** The greatest prefix length in use, null in an empty table. */
function longest(histogram: Uint32Array): number | null {
  const length = histogram.findLastIndex((count) => count > 0);
  return length < 0 ? null : length;
}

function json(found: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(found, null, 2)}\n`;
}

function lines(found: Readonly<Record<string, unknown>>): string {
  return Object.entries(found)
    .map(([name, value]) => `${name.replaceAll("_", " ").padEnd(18)} ${valueText(value)}\n`)
    .join("");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (typeof value !== "object" || value === null) return String(value ?? "none");
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${inner ?? "none"}`)
    .join(", ");
}
