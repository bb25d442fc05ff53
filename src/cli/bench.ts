/** `anyfib bench`: how fast lookups, updates, forwarding and flows are; whether they got slower. */

import { captureEntries } from "../../bench/capture.ts";
import { type Base, type Comparison, compareResults, parseBase } from "../../bench/compare.ts";
import { fibEntries } from "../../bench/fib.ts";
import { flowEntries } from "../../bench/flow.ts";
import { type Entry, type Measurement, measure, resultsOf } from "../../bench/harness.ts";
import { reportHtml } from "../../bench/html-report.ts";
import { pathEntries } from "../../bench/path.ts";
import { rowName } from "../../bench/rows.ts";
import { reportText } from "../../bench/text-report.ts";
import { updateEntries } from "../../bench/update.ts";
import type { ByteSink } from "../io/port.ts";
import { AnyfibError, EXIT } from "../net/errors.ts";
import { chunksOf } from "../node/chunks.ts";
import { openBytes, openSink } from "../node/open.ts";
import { type BenchFlags, type Plan, planOf, usage } from "./bench-plan.ts";
import type { Terminal } from "./terminal.ts";

/** Slower by more is a regression, unless said. */
const FAIL_OVER = 0.05;

/** Exit status 1 for a regression, 4 where the machine is too noisy to judge. */
export async function bench(
  terminal: Terminal,
  flags: BenchFlags,
  args: readonly string[],
): Promise<number> {
  const plan = planOf(terminal, flags, args);
  const base = await readBase(flags);
  await using outputs = await Outputs.open(flags);
  const progress = terminal.progress("rows");
  let rows = 0;
  const measurement = await measure(entriesOf(plan, flags), {
    signal: terminal.signal,
    onRow: () => progress.update(++rows),
    ...(flags.rounds !== undefined && { rounds: flags.rounds }),
  }).finally(() => progress.stop());
  const json = `${JSON.stringify(resultsOf(measurement), null, 2)}\n`;
  await terminal.print(flags.json ? json : reportText(measurement));
  await outputs.write(json, measurement);
  refuseNoise(measurement);
  if (base === undefined) return EXIT.ok;
  const comparison = compareResults(resultsOf(measurement), base, flags.failOver ?? FAIL_OVER);
  return verdict(terminal, comparison, flags.compare ?? "");
}

async function* entriesOf(plan: Plan, flags: BenchFlags): AsyncGenerator<Entry> {
  const { questions } = plan;
  const { workers, cold, updates } = flags;
  if (questions.includes("fib")) yield* fibEntries({ ...plan, isCold: cold, workers });
  if (questions.includes("update")) yield* updateEntries({ ...plan, updates });
  if (questions.includes("path")) yield* pathEntries(plan);
  if (questions.includes("capture")) yield* captureEntries({ ...plan, file: plan.capture });
  if (questions.includes("flow")) yield* flowEntries(plan);
}

async function readBase({ compare }: BenchFlags): Promise<Base | undefined> {
  if (compare === undefined) return undefined;
  await using source = await openBytes(compare);
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksOf(source)) text += decoder.decode(chunk, { stream: true });
  return parseBase(text, source.name);
}

/** The files that are written, opened before anything is measured. */
class Outputs implements AsyncDisposable {
  readonly #json: ByteSink | undefined;
  readonly #html: ByteSink | undefined;

  private constructor(json: ByteSink | undefined, html: ByteSink | undefined) {
    this.#json = json;
    this.#html = html;
  }

  static async open({ exportJson, html }: BenchFlags): Promise<Outputs> {
    const json = exportJson === undefined ? undefined : await openSink(exportJson);
    return new Outputs(json, html === undefined ? undefined : await openSink(html));
  }

  async write(json: string, measurement: Measurement): Promise<void> {
    const encoder = new TextEncoder();
    await this.#json?.write(encoder.encode(json));
    await this.#html?.write(encoder.encode(reportHtml(measurement)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#json?.[Symbol.asyncDispose]();
    await this.#html?.[Symbol.asyncDispose]();
  }
}

/** Throws ENVIRONMENT where some row says nothing. */
function refuseNoise({ rows }: Measurement): void {
  const noisy = rows.filter(({ row }) => row.noisy !== null);
  const [first] = noisy;
  if (first === undefined) return;
  throw new AnyfibError({
    code: "ENVIRONMENT",
    what: `noisy: no verdict on ${noisy.length} of ${rows.length} rows`,
    where: `${rowName(first.row)}: ${first.row.noisy}`,
    hint: "measure on a quiet machine, or with more --rounds",
  });
}

/** Says what got slower. Throws USAGE where there was nothing to compare. */
function verdict(terminal: Terminal, comparison: Comparison, file: string): number {
  const { compared, unknown, regressions, isSameMachine } = comparison;
  if (compared === 0) {
    throw usage("has no row of this measurement", file, "compare with one of the same flags");
  }
  if (!isSameMachine) terminal.note(`${file} comes from another processor or Node`);
  if (unknown > 0) terminal.note(`${unknown} rows are not in ${file}`);
  for (const { row, baseRatio, slower } of regressions) {
    const ratios = `${row.ratio_to_reference.toFixed(3)}, was ${baseRatio.toFixed(3)}`;
    terminal.note(`${rowName(row)}: ${(100 * slower).toFixed(1)} % slower: ratio ${ratios}`);
  }
  return regressions.length > 0 ? EXIT.negative : EXIT.ok;
}
