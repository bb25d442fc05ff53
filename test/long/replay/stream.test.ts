/** Replays that are long: 2 GB through a pipe in flat memory, a million packets at full speed. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildHost } from "../../../scripts/build-steps.js";
import type { ReplayReport } from "../../../src/replay/report.ts";
import { MAIN, PLAIN_ENV, runBinary } from "../../cli/run.ts";

const STREAM_BYTES = 2_000_000_000;
const RESIDENT_BYTES_MAX = 300_000_000;
const FILE_HEADER_BYTES = 24;
const PACKETS = 1_000_000;
/** A lower bound for a machine that has other things to do; the figure itself is printed. */
const PACKETS_PER_SECOND_MIN = 4_000_000;

/** Prints what a process took, at its end. */
const REPORT_MEMORY = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS * 1024)))',
)}`;

let folder = "";
let table = "";
beforeAll(async () => {
  await buildHost();
  folder = mkdtempSync(path.join(tmpdir(), "anyfib-long-"));
  table = path.join(folder, "table.txt");
  writeFileSync(table, runBinary(["gen", "table", "-w", "-"]).bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("2 GB through standard input stay below 300 MB resident", async () => {
  const capture = runBinary(["gen", "capture", "--packets", "100k", "-w", "-"]).bytes;
  const records = capture.subarray(FILE_HEADER_BYTES);
  const repeats = Math.ceil(STREAM_BYTES / records.length);
  const flags = ["-r", "-", "--table", table, "--json"];
  const args = ["--import", REPORT_MEMORY, MAIN, "replay", ...flags];
  const reader = spawn(process.execPath, args, { env: PLAIN_ENV });
  let [report, memory] = ["", ""];
  reader.stdout.on("data", (text) => {
    report += text;
  });
  reader.stderr.on("data", (text) => {
    memory += text;
  });
  const closed = once(reader, "close");
  reader.stdin.write(capture.subarray(0, FILE_HEADER_BYTES));
  for (let sent = 0; sent < repeats; sent++) {
    if (!reader.stdin.write(records)) await once(reader.stdin, "drain");
  }
  reader.stdin.end();
  expect((await closed)[0]).toBe(0);
  // cast: what the verb prints.
  const { received, forwarded, flows } = JSON.parse(report) as ReplayReport;
  expect({ received, forwarded, flows }).toEqual({
    received: repeats * 100_000,
    forwarded: repeats * 100_000,
    flows: 1000,
  });
  console.log(`resident at most ${(Number(memory) / 1e6).toFixed(0)} MB`);
  expect(Number(memory)).toBeLessThan(RESIDENT_BYTES_MAX);
});

test("a million generated packets are all forwarded, at millions a second", () => {
  const input = path.join(folder, "million.pcap");
  runBinary(["gen", "capture", "--packets", `${PACKETS}`, "--flows", "100k", "-w", input]);
  const runs = Array.from({ length: 5 }, () => {
    const { stdout } = runBinary(["replay", "-r", input, "--table", table, "--json"]);
    // cast: what the verb prints.
    return JSON.parse(stdout) as ReplayReport;
  });
  for (const { received, forwarded, flows, next_hops } of runs) {
    expect({ received, forwarded, flows }).toEqual({
      received: PACKETS,
      forwarded: PACKETS,
      flows: 100_000,
    });
    expect(next_hops).toEqual(runs[0]?.next_hops);
  }
  const best = Math.max(...runs.map((run) => run.packets_per_second));
  const reading = Math.min(...runs.map((run) => run.read_seconds));
  console.log(`${(best / 1e6).toFixed(1)} million a second, reading ${reading.toFixed(3)} s`);
  expect(best).toBeGreaterThan(PACKETS_PER_SECOND_MIN);
});
