/** `anyfib` without a verb: the bundled capture, one failover, three commands to try. */

import { fileURLToPath } from "node:url";
import { createForwarder, openCapture } from "../index.ts";
import { EXIT } from "../net/errors.ts";
import { loadTable } from "../node/tables.ts";
import { FlowTrail } from "../replay/failover.ts";
import { replay } from "../replay/replay.ts";
import { type ReplayReport, replayReport } from "../replay/report.ts";
import { RouteTable } from "../rib/route-table.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { nextHopTable, reportText } from "./report-text.ts";
import type { Terminal } from "./terminal.ts";

/** The site that the demo takes down: one of several equals. */
const FAILING_SITE = "lon";

function samplePath(name: string): string {
  return fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
}

async function replaySample(
  forwarder: Forwarder,
): Promise<{ readonly report: ReplayReport; readonly trail: FlowTrail }> {
  const trail = new FlowTrail();
  await using capture = await openCapture(samplePath("capture.pcapng"), forwarder);
  const { times, failure } = await replay(forwarder, capture, { observers: [trail] });
  if (failure !== undefined) throw failure;
  return { report: replayReport(forwarder, capture.info, times), trail };
}

/** Runs the demo. */
export async function demo(terminal: Terminal): Promise<number> {
  const table = new RouteTable();
  for (const name of ["table.txt", "sites.yaml"]) await loadTable(samplePath(name), { table });
  const forwarder = await createForwarder({ tables: [table] });
  const before = await replaySample(forwarder);
  await terminal.print(reportText(terminal, before.report));

  const target = forwarder.transaction().down(FAILING_SITE);
  const { microseconds } = target.commit();
  forwarder.resetCounters();
  const after = await replaySample(forwarder);
  const adjacency = forwarder.nextHops().find(({ site }) => site === FAILING_SITE)?.adjacency ?? 0;
  const moves = before.trail.movesTo(after.trail, adjacency);
  const needless = terminal.style("green", `${moves.flowsMovedNeedlessly} needlessly`);
  await terminal.print(
    `\n${terminal.style("bold", `${FAILING_SITE} goes down`)} (${microseconds} µs): ` +
      `${moves.flowsMoved} of ${moves.flowsSeen} flows move, ${needless}\n` +
      nextHopTable(terminal, after.report.next_hops),
  );
  await terminal.print(nextCommands());
  return EXIT.ok;
}

function nextCommands(): string {
  return [
    "\nTry next:\n",
    "  npx anyfib lookup --table samples/sites.yaml 203.0.113.53 2001:db8:a::53\n",
    "  npx anyfib replay -r samples/capture.pcapng --table samples/table.txt --next-hop 10.0.0.1",
    " --json\n",
    "  npx anyfib gen capture --packets 1M -w big.pcap\n",
  ].join("");
}
