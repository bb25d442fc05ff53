/** `anyfib simulate`: a failover rehearsed on captures: what moves, what breaks, who gets what. */

import { createForwarder, openCapture } from "../index.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { Agenda } from "../replay/agenda.ts";
import { parseEvent, type SimulationEvent } from "../replay/event.ts";
import { replay } from "../replay/replay.ts";
import { replayReport } from "../replay/report.ts";
import { simulateReport } from "../replay/simulate-report.ts";
import { Simulation } from "../replay/simulation.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { readKey } from "./arguments.ts";
import { simulateText } from "./simulate-text.ts";
import { readTables, type TableFlags } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

interface SimulateFlags extends TableFlags {
  readonly r: readonly string[];
  readonly c?: number;
  readonly key?: string;
  readonly event?: readonly string[];
  readonly json?: true;
  readonly 4?: true;
  readonly 6?: true;
}

function readEvents(flags: SimulateFlags): readonly SimulationEvent[] {
  const events = (flags.event ?? []).map(parseEvent);
  if (events.length > 0) return events;
  throw new AnyfibError({
    code: "USAGE",
    what: "nothing would happen",
    where: "anyfib simulate",
    hint: "give --event WHEN:up|down|drain|weight=W:NEXTHOP|SITE, such as --event 2.5:down:lon",
  });
}

/** Targets are looked for before a packet is read: a long capture is not to end in a typing error. */
function checkTargets(forwarder: Forwarder, events: readonly SimulationEvent[]): void {
  for (const { target } of events) forwarder.find(target);
}

/** Exit status 3 where a capture is damaged: what was read before it is reported. */
export async function simulateVerb(terminal: Terminal, flags: SimulateFlags): Promise<number> {
  const events = readEvents(flags);
  const table = await readTables("simulate", flags, terminal, flags.r);
  const forwarder = await createForwarder({ tables: [table], key: await readKey(flags.key) });
  checkTargets(forwarder, events);
  const { signal } = terminal;
  const count = flags.c === undefined ? {} : { count: flags.c };
  const [file = "-"] = flags.r;
  await using capture = await openCapture(file, forwarder, { signal, ...count });
  const simulation = new Simulation(forwarder);
  const progress = terminal.progress("packets");
  const watcher = { observe: () => progress.update(capture.info.packets) };
  const family = flags[4] ? 4 : flags[6] ? 6 : undefined;
  const timeline = new Agenda(simulation, events);
  const observers = [simulation, watcher];
  const { times, failure } = await replay(forwarder, capture, { family, observers, timeline });
  progress.stop();
  const report = simulateReport(
    forwarder,
    simulation,
    replayReport(forwarder, capture.info, times),
  );
  const text = flags.json ? `${JSON.stringify(report, null, 2)}\n` : simulateText(terminal, report);
  await terminal.print(text);
  if (failure !== undefined && !signal.aborted) throw failure;
  return EXIT.ok;
}
