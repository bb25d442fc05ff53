/** What `anyfib simulate` does on demand: other algorithms beside ours, and the page. */

import type { ByteSink } from "../io/port.ts";
import { AnyfibError } from "../net/errors.ts";
import { openSink } from "../node/open.ts";
import { Comparison, isModelName, MODEL_NAMES, type ModelName } from "../replay/comparison.ts";
import { MovedFlows } from "../replay/moved-flows.ts";
import type { BatchObserver } from "../replay/replay.ts";
import { ShareHistory } from "../replay/share-history.ts";
import type { SimulateReport } from "../replay/simulate-report.ts";
import type { EventOutcome, SimulationFollower } from "../replay/simulation.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { checkDistinct } from "./outputs.ts";
import { simulatePage } from "./simulate-page.ts";

/** Flags that ask for more, and those that the page names. */
export interface ExtraFlags {
  /** Names of models, parted by commas. */
  readonly compare?: string;
  readonly html?: string;
  readonly r: readonly string[];
  readonly c?: number;
  readonly table?: readonly string[];
  readonly nextHop?: readonly string[];
  readonly key?: string;
  readonly event?: readonly string[];
  readonly 4?: true;
  readonly 6?: true;
}

function modelNames(list: string | undefined): readonly ModelName[] {
  const names = list === undefined ? [] : list.split(",");
  return [...new Set(names)].map((name) => {
    if (isModelName(name)) return name;
    throw new AnyfibError({
      code: "USAGE",
      what: "no model has that name",
      where: `--compare ${list}`,
      hint: `give some of ${MODEL_NAMES.join()}`,
    });
  });
}

function quotedWord(word: string): string {
  return /^[\w./:=#,@%+-]+$/.test(word) && !word.startsWith("#")
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that makes the same report. A key is a secret, so it is not named. */
function commandLine(flags: ExtraFlags): string {
  const repeated = (flag: string, values: readonly string[] = []): string[] =>
    values.flatMap((value) => [flag, quotedWord(value)]);
  return [
    "anyfib simulate",
    ...repeated("-r", flags.r),
    ...repeated("--table", flags.table),
    ...repeated("--next-hop", flags.nextHop),
    ...repeated("--event", flags.event),
    ...(flags.c === undefined ? [] : [`-c ${flags.c}`]),
    ...(flags[4] ? ["-4"] : []),
    ...(flags[6] ? ["-6"] : []),
    ...repeated("--compare", flags.compare === undefined ? [] : [flags.compare]),
  ].join(" ");
}

/** Observers and followers that the flags ask for, and what comes of them. */
export class SimulateExtras implements AsyncDisposable {
  readonly #forwarder: Forwarder;
  readonly #flags: ExtraFlags;
  readonly #sink: ByteSink | undefined;
  readonly #comparison: Comparison | undefined;
  readonly #history = new ShareHistory();
  readonly #moved: MovedFlows;

  private constructor(forwarder: Forwarder, flags: ExtraFlags, sink: ByteSink | undefined) {
    const names = modelNames(flags.compare);
    this.#forwarder = forwarder;
    this.#flags = flags;
    this.#sink = sink;
    this.#comparison = names.length === 0 ? undefined : new Comparison(forwarder, names);
    this.#moved = new MovedFlows(forwarder);
  }

  /** Opens the page's file, which must be none of the `inputs`. Throws USAGE or FILE. */
  static async open(
    forwarder: Forwarder,
    flags: ExtraFlags,
    inputs: readonly string[],
  ): Promise<SimulateExtras> {
    const { html } = flags;
    modelNames(flags.compare);
    if (html === undefined) return new SimulateExtras(forwarder, flags, undefined);
    if (html === "-") {
      throw new AnyfibError({
        code: "USAGE",
        what: "the report goes to stdout already",
        where: "--html -",
        hint: "give the page a file",
      });
    }
    await checkDistinct({ w: html }, inputs);
    return new SimulateExtras(forwarder, flags, await openSink(html));
  }

  /** To see batches, after the simulation. */
  get observers(): readonly BatchObserver[] {
    const page = this.#sink === undefined ? [] : [this.#history];
    return this.#comparison === undefined ? page : [this.#comparison, ...page];
  }

  /** To learn of events and moves. */
  get followers(): readonly SimulationFollower[] {
    const page = this.#sink === undefined ? [] : [this.#moved];
    return this.#comparison === undefined ? page : [this.#comparison, ...page];
  }

  /** The report with the comparison in it. */
  complete(report: SimulateReport, outcomes: readonly EventOutcome[]): SimulateReport {
    if (this.#comparison === undefined) return report;
    return { ...report, comparison: this.#comparison.rows(outcomes) };
  }

  /** Writes the page, where one was asked for. */
  async writePage(report: SimulateReport): Promise<void> {
    if (this.#sink === undefined) return;
    const nextHops = this.#forwarder.nextHops();
    const targets = report.events.filter(({ event }) => event !== "key");
    const page = simulatePage({
      report,
      history: this.#history.read(),
      moved: this.#moved,
      labels: new Map(nextHops.map(({ adjacency, site, name }) => [adjacency, site ?? name])),
      targets: new Set(targets.map(({ target }) => this.#forwarder.find(target).adjacency)),
      command: commandLine(this.#flags),
      keyId: this.#forwarder.keyId,
    });
    await this.#sink.write(new TextEncoder().encode(page));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink?.[Symbol.asyncDispose]();
  }
}
