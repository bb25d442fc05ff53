/** The terminal: data to stdout, all else to stderr, colours and progress only where wanted. */

import { once } from "node:events";
import { styleText } from "node:util";
import { withoutControls } from "../net/printable.ts";

/** When to colour. */
export type ColorMode = "auto" | "always" | "never";

/** How the command line was asked to speak. */
export interface TerminalOptions {
  readonly quiet: boolean;
  readonly color: ColorMode;
  readonly signal: AbortSignal;
}

/** Styles that texts for people have. */
export type Style = "bold" | "dim" | "green" | "red" | "yellow";

/** Something that takes long, told to whoever waits. */
export interface Progress {
  /** So many are done. */
  update(done: number): void;
  stop(): void;
}

const REFRESH_PER_SECOND = 5;
const SILENT: Progress = { update: () => undefined, stop: () => undefined };

function wantsColor(mode: ColorMode): boolean {
  if (mode !== "auto") return mode === "always";
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0";
  return process.stdout.isTTY === true;
}

/** What every verb speaks through. */
export class Terminal {
  /** Ends the work early; what was done until then is still reported. */
  readonly signal: AbortSignal;
  readonly #quiet: boolean;
  readonly #hasColor: boolean;

  constructor(options: TerminalOptions) {
    this.signal = options.signal;
    this.#quiet = options.quiet;
    this.#hasColor = wantsColor(options.color);
  }

  /** Writes data to stdout, no faster than its reader takes it. */
  async print(text: string): Promise<void> {
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
  }

  /** Writes a line for people to stderr, unless they want quiet. */
  note(text: string): void {
    if (!this.#quiet) process.stderr.write(`${withoutControls(text)}\n`);
  }

  /** Styles a text for stdout. */
  style(style: Style, text: string): string {
    // Asked to validate, Node would look at the stream again, and overrule the flag.
    return this.#hasColor ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Shows how far a long work has come, where somebody is watching. `unit` is what is counted. */
  progress(unit: string): Progress {
    if (this.#quiet || process.stderr.isTTY !== true) return SILENT;
    const bar = new LateBar(unit);
    bar.load().catch(() => undefined);
    return bar;
  }
}

/** A bar that is there once its package is loaded, which takes longer than many a verb. */
class LateBar implements Progress {
  readonly #unit: string;
  #bar: Progress | undefined;
  #isStopped = false;

  constructor(unit: string) {
    this.#unit = unit;
  }

  async load(): Promise<void> {
    const { SingleBar } = await import("cli-progress");
    if (this.#isStopped) return;
    const bar = new SingleBar({
      format: `{value} ${this.#unit}  {duration_formatted}`,
      fps: REFRESH_PER_SECOND,
      clearOnComplete: true,
      stream: process.stderr,
    });
    bar.start(0, 0);
    this.#bar = bar;
  }

  update(done: number): void {
    this.#bar?.update(done);
  }

  stop(): void {
    this.#isStopped = true;
    this.#bar?.stop();
  }
}
