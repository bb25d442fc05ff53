/** `anyfib` without a verb: the bundled capture, one failover, three commands to try. */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { createForwarder, openCapture } from "../index.ts";
import { EXIT } from "../net/errors.ts";
import { loadTable } from "../node/tables.ts";
import { parseEvent } from "../replay/event.ts";
import { type BatchObserver, replay } from "../replay/replay.ts";
import { type ReplayReport, replayReport } from "../replay/report.ts";
import { Simulation } from "../replay/simulation.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { nextHopTable, summaryText } from "./report-text.ts";
import type { Terminal } from "./terminal.ts";

/** The site that the demo takes down: one of several equals. */
const FAILING_SITE = "lon";
const CAPTURE = "capture.pcapng";
const TABLES = ["table.txt", "sites.yaml"] as const;
/** Replays before the figure is taken, and those that it is taken from. */
const WARM_UP_ROUNDS = 100;
const ROUNDS = 50;

function samplePath(name: string): string {
  return fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
}

/** A sample as a user in this folder would name it. */
function shownPath(name: string): string {
  return path.relative(process.cwd(), samplePath(name)) || name;
}

async function replaySample(
  forwarder: Forwarder,
  observers: readonly BatchObserver[] = [],
): Promise<ReplayReport> {
  forwarder.resetCounters();
  await using capture = await openCapture(samplePath(CAPTURE), forwarder);
  const { times, failure } = await replay(forwarder, capture, { observers });
  if (failure !== undefined) throw failure;
  return replayReport(forwarder, capture.info, times);
}

/** Runs the demo. */
export async function demo(terminal: Terminal): Promise<number> {
  const table = new RouteTable();
  for (const name of TABLES) await loadTable(samplePath(name), { table });
  const forwarder = await createForwarder({ tables: [table] });
  const simulation = new Simulation(forwarder);
  await terminal.print(summaryText(terminal, await replaySample(forwarder, [simulation])));

  const outcome = simulation.happen(parseEvent(`0:down:${FAILING_SITE}`), 0);
  const report = await replaySample(forwarder);
  const needless = terminal.style("green", `${outcome.flowsMovedNeedlessly} needlessly`);
  await terminal.print(
    `\n${terminal.style("bold", `${FAILING_SITE} goes down`)} (${outcome.microseconds} µs): ` +
      `${outcome.flowsMoved} of ${outcome.flowsSeen} flows move, ${needless}\n` +
      nextHopTable(terminal, report.next_hops),
  );
  const ns = await forwardingNs(forwarder);
  await terminal.print(
    `\nforwarding ${ns.toFixed(1)} ns a packet (median of ${ROUNDS} rounds, warmed up)\n` +
      nextCommands(),
  );
  return EXIT.ok;
}

/** Nanoseconds a packet once the module is compiled for speed: a first round shows nothing. */
async function forwardingNs(forwarder: Forwarder): Promise<number> {
  const figures: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const { forwarding_ns_per_packet } = await replaySample(forwarder);
    if (round >= WARM_UP_ROUNDS) figures.push(forwarding_ns_per_packet);
  }
  return figures.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
}

function nextCommands(): string {
  const [table = "", sites = ""] = TABLES.map(shownPath);
  return [
    "\nTry next:\n",
    `  npx anyfib lookup --table ${sites} 203.0.113.53 2001:db8:a::53\n`,
    `  npx anyfib replay -r ${shownPath(CAPTURE)} --table ${table} --table ${sites} --json\n`,
    "  npx anyfib gen capture --packets 1M -w big.pcap\n",
  ].join("");
}
