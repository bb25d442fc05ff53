/** `anyfib replay`: a capture through the forwarder, and the report of who got what. */

import { readFile } from "node:fs/promises";
import { createForwarder, type ReplyLimit } from "../index.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { reopenedCapture } from "../node/captures.ts";
import { Ribs } from "../node/tables.ts";
import { type Difference, reportDifferences } from "../replay/expect.ts";
import { LoopedSource } from "../replay/looped-source.ts";
import { replay } from "../replay/replay.ts";
import { type ReplayReport, replayReport } from "../replay/report.ts";
import { readFilter } from "./arguments.ts";
import { type OutputFlags, Outputs } from "./outputs.ts";
import { reportText } from "./report-text.ts";
import { openSending, type SendFlags } from "./sending.ts";
import { readTables, type TableFlags } from "./tables.ts";
import type { Terminal } from "./terminal.ts";
import { FollowedUpdates, readUpdates, roomFor, type UpdateFlags } from "./update-files.ts";

interface ReplayFlags extends TableFlags, OutputFlags, SendFlags, UpdateFlags {
  readonly r: string;
  readonly c?: number;
  readonly expect?: string;
  readonly input?: string;
  readonly json?: true;
  readonly 4?: true;
  readonly 6?: true;
}

/** Differences from a golden report that are printed; the rest is counted. */
const DIFFERENCES_SHOWN = 20;

/** Exit status 1 where the report differs from the expected one, 3 where the capture is damaged. */
export async function replayVerb(
  terminal: Terminal,
  flags: ReplayFlags,
  expression: readonly string[],
): Promise<number> {
  const filter = readFilter(expression);
  const { updates: updateFiles } = flags;
  const ribs = updateFiles === undefined ? undefined : new Ribs();
  const inputs = [flags.r, ...(updateFiles ?? [])];
  const options = await readTables("replay", flags, terminal, inputs, { ribs });
  const recording = ribs && (await readUpdates(terminal, updateFiles ?? [], ribs));
  const golden = flags.expect === undefined ? undefined : await readGolden(flags.expect);
  const room = recording === undefined ? {} : { limits: roomFor(recording, options) };
  const forwarder = await createForwarder({ ...options, ...room, ...repliesFor(flags) });
  const { blackholes } = options;
  const { clock = "capture" } = flags;
  const updates = recording && new FollowedUpdates(forwarder, { recording, clock, blackholes });
  if (flags.input !== undefined) forwarder.setInput(flags.input);
  const { signal } = terminal;
  const count = flags.c === undefined ? {} : { count: flags.c };
  const { l: loops = 1, L: limit = Number.POSITIVE_INFINITY } = flags;
  await using sending = await openSending(forwarder, flags);
  await using capture = await LoopedSource.open(
    reopenedCapture(flags.r, forwarder, { signal, ...count }),
    forwarder.engine.batch,
    { loops, limit, isOver: () => sending?.sender.isOver ?? false },
  );
  const outputs = await Outputs.open(forwarder, flags, [flags.r, ...(flags.table ?? [])]);
  const progress = terminal.progress("packets");
  const watcher = { observe: () => progress.update(capture.info.packets) };
  const family = flags[4] ? 4 : flags[6] ? 6 : undefined;
  const observers = [
    ...(sending?.observers ?? []),
    ...(updates ? [updates.flows] : []),
    ...outputs.observers,
    watcher,
  ];
  const timeline = updates === undefined ? {} : { timeline: updates.routes };
  const outcome = await replay(forwarder, capture, { family, filter, observers, ...timeline });
  progress.stop();
  const sent = sending === undefined ? {} : { sent: sending.report() };
  const changed = updates === undefined ? {} : { updates: updates.report() };
  const report = { ...replayReport(forwarder, capture.info, outcome.times), ...sent, ...changed };
  try {
    await outputs.finish();
  } finally {
    await printReport(terminal, flags, report);
  }
  if (outcome.failure !== undefined && !signal.aborted) throw outcome.failure;
  return golden === undefined ? EXIT.ok : compare(terminal, golden, report);
}

/** All that the router would send, where somebody looks at them: a capture has no neighbours. */
function repliesFor({ replies }: ReplayFlags): { readonly replies?: ReplyLimit } {
  return replies === undefined ? {} : { replies: { rate: Number.POSITIVE_INFINITY } };
}

async function printReport(
  terminal: Terminal,
  flags: ReplayFlags,
  report: ReplayReport,
): Promise<void> {
  const text = flags.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(terminal, report);
  // Where packets or rows go to stdout, the report must not stand between them.
  if ([flags.w, flags.verdicts, flags.replies].includes("-")) process.stderr.write(text);
  else await terminal.print(text);
}

async function readGolden(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const isSyntax = cause instanceof SyntaxError;
    throw new AnyfibError({
      code: isSyntax ? "USAGE" : "FILE",
      what: isSyntax ? `no JSON: ${cause.message}` : "the golden report cannot be read",
      where: file,
      hint: "write one with anyfib replay --json",
      cause,
    });
  }
}

function compare(terminal: Terminal, golden: unknown, report: ReplayReport): number {
  // The golden report went through JSON, so the other one does too.
  const differences = reportDifferences(golden, JSON.parse(JSON.stringify(report)));
  const show = ({ path, expected, actual }: Difference): void =>
    terminal.note(`${path}: expected ${JSON.stringify(expected)}, is ${JSON.stringify(actual)}`);
  differences.slice(0, DIFFERENCES_SHOWN).forEach(show);
  const more = differences.length - DIFFERENCES_SHOWN;
  if (more > 0) terminal.note(`… and ${more} more differences`);
  return differences.length > 0 ? EXIT.negative : EXIT.ok;
}
