/** `anyfib simulate`: a failover rehearsed on captures: what moves, what breaks, who gets what. */

import { createForwarder, openCapture } from "../index.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { readKeyFile } from "../node/keys.ts";
import { Agenda } from "../replay/agenda.ts";
import { parseEvent, type SimulationEvent } from "../replay/event.ts";
import { IngressShares } from "../replay/ingress-shares.ts";
import { KeyRehearsal } from "../replay/key-rehearsal.ts";
import { MergedCaptures, type MergedInput } from "../replay/merged-captures.ts";
import { type PacketSource, replay } from "../replay/replay.ts";
import { replayReport } from "../replay/report.ts";
import { type CaptureRow, captureRow, simulateReport } from "../replay/simulate-report.ts";
import { Simulation } from "../replay/simulation.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { readFilter } from "./arguments.ts";
import { type ExtraFlags, SimulateExtras } from "./simulate-extras.ts";
import { simulateText } from "./simulate-text.ts";
import { readTables, type TableFlags } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

/** A forwarder that only reads a capture. */
const READER_LIMITS = { routes4: 0, routes6: 0, groups: 9, nextHops: 1, slotBytes: 0 };

interface SimulateFlags extends TableFlags, ExtraFlags {
  readonly r: readonly string[];
  readonly c?: number;
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

/** Targets are looked for before a packet is read: no long capture ends in a typing error. */
function checkTargets(forwarder: Forwarder, events: readonly SimulationEvent[]): void {
  for (const { action, target } of events) if (action.kind !== "key") forwarder.find(target);
}

/** Reads the key to come, which is refused here where a running router would refuse it. */
async function prepareKey(
  forwarder: Forwarder,
  events: readonly SimulationEvent[],
  { tier, compare }: { readonly tier: string | undefined; readonly compare: string | undefined },
): Promise<KeyRehearsal | undefined> {
  const [file, second] = events.flatMap(({ action, target }) =>
    action.kind === "key" ? [target] : [],
  );
  if (file === undefined) return undefined;
  // What was given in place of a file's name may be a key.
  const where = "--event WHEN:key:FILE";
  if (second !== undefined || compare !== undefined) {
    throw new AnyfibError({
      code: "USAGE",
      what:
        second === undefined
          ? "the models of --compare know nothing of keys"
          : "the key changes twice, and connections of two keys are kept, not of three",
      where,
      hint: "simulate that by itself",
    });
  }
  return KeyRehearsal.of(forwarder, await readKeyFile(file, where), tier);
}

/** What packets come from, and where each capture was taken. */
interface Inputs extends AsyncDisposable {
  readonly source: PacketSource;
  /** The source, where it is several captures. */
  readonly merged?: MergedCaptures;
  readonly captures: () => readonly CaptureRow[];
}

/** `[SITE=]FILE`: the site, where it is named, and the file. */
function splitInput(input: string): { readonly site?: string; readonly file: string } {
  const [, site, file] = input.match(/^([A-Za-z0-9][A-Za-z0-9._-]{0,62})=(.+)$/s) ?? [];
  return site === undefined || file === undefined ? { file: input } : { site, file };
}

/** One capture fills the forwarder's own batch; several are read beside it and merged. */
async function openInputs(
  terminal: Terminal,
  flags: SimulateFlags,
  forwarder: Forwarder,
): Promise<Inputs> {
  const named = flags.r.map(splitInput);
  const { signal } = terminal;
  const isOne = named.length === 1;
  const count = flags.c === undefined ? {} : { count: flags.c };
  const inputs: (MergedInput & { readonly site?: string })[] = [];
  const close = async (): Promise<void> => {
    for (const { capture } of inputs) await capture[Symbol.asyncDispose]();
  };
  try {
    for (const { file, ...site } of named) {
      const reader = isOne ? forwarder : await createForwarder({ limits: READER_LIMITS });
      const options = { signal, ...(isOne ? count : {}) };
      const capture = await openCapture(file, reader, options);
      inputs.push({ capture, batch: reader.engine.batch, ...site });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [only] = inputs;
  const merged = new MergedCaptures(forwarder, inputs, flags.c);
  return {
    ...(isOne && only !== undefined ? { source: only.capture } : { source: merged, merged }),
    captures: () => inputs.map(({ capture: { info }, site }) => captureRow(info, site)),
    [Symbol.asyncDispose]: close,
  };
}

/** Exit status 3 where a capture is damaged: what was read before it is reported. */
export async function simulateVerb(
  terminal: Terminal,
  flags: SimulateFlags,
  expression: readonly string[],
): Promise<number> {
  const filter = readFilter(expression);
  const events = readEvents(flags);
  const files = flags.r.map((input) => splitInput(input).file);
  const tables = await readTables("simulate", flags, terminal, files);
  const forwarder = await createForwarder(tables);
  checkTargets(forwarder, events);
  const rehearsal = await prepareKey(forwarder, events, {
    tier: tables.hash?.tier,
    compare: flags.compare,
  });
  // A capture of a loopback interface holds no other packets, and is as good a rehearsal.
  forwarder.engine.forwardLoopback(true);
  await using inputs = await openInputs(terminal, flags, forwarder);
  const { source, merged, captures } = inputs;
  await using extras = await SimulateExtras.open(forwarder, flags, [
    ...files,
    ...(flags.table ?? []),
  ]);
  const simulation = new Simulation(forwarder, extras.followers, rehearsal);
  const progress = terminal.progress("packets");
  const watcher = { observe: () => progress.update(source.info.packets) };
  const family = flags[4] ? 4 : flags[6] ? 6 : undefined;
  const agenda = new Agenda(simulation, events);
  const ingress = merged && new IngressShares(merged, files.length, agenda);
  const observers = [simulation, ...extras.observers, ...(ingress ? [ingress] : []), watcher];
  const { times, failure } = await replay(forwarder, source, {
    family,
    filter,
    observers,
    timeline: ingress ?? agenda,
  });
  progress.stop();
  const plain = simulateReport(
    forwarder,
    simulation,
    replayReport(forwarder, source.info, times),
    captures(),
    ingress?.counts,
  );
  const report = extras.complete(plain, simulation.outcomes);
  const text = flags.json ? `${JSON.stringify(report, null, 2)}\n` : simulateText(terminal, report);
  await terminal.print(text);
  await extras.writePage(report);
  if (failure !== undefined && !terminal.signal.aborted) throw failure;
  return EXIT.ok;
}
