/** Arguments of the command line as values, each with its one-line error. */

import { InvalidArgumentError } from "commander";
import { AnyfibError } from "../net/errors.ts";
import { Filter } from "../replay/filter/filter.ts";

const SUFFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };

/** A whole number; k, M and G are understood. */
export function parseCount(text: string): number {
  const [, digits, suffix = ""] = text.match(/^(\d+(?:\.\d+)?)([kKMG]?)$/) ?? [];
  const value = Number(digits) * (SUFFIXES[suffix] ?? Number.NaN);
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Give a whole number, such as 1000, 10k or 1M.");
}

/** As parseCount, from 1 on. */
export function parsePositiveCount(text: string): number {
  const value = parseCount(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("Give at least 1.");
}

/** A part from 0 on, given in percent: 0.05 for `5%`. */
export function parsePercent(text: string): number {
  const [, digits] = text.match(/^(\d+(?:\.\d+)?)%$/) ?? [];
  if (digits !== undefined) return Number(digits) / 100;
  throw new InvalidArgumentError("Give a percentage, such as 5%.");
}

/** A number above 0, such as 0.5 or 10. */
export function parseMultiplier(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0, such as 0.5.");
}

/** Collects a flag that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Flags that name the form of what is printed: `--json` is short for `--format json`. */
export interface FormFlags<Form extends string = string> {
  readonly json?: true | undefined;
  readonly format?: Form | undefined;
}

/** The form that flags ask for, text unless said. Throws USAGE where they ask for two. */
export function formOf<Form extends string>({
  json,
  format,
}: FormFlags<Form>): Form | "json" | "text" {
  if (json === undefined || format === undefined || format === "json") {
    return json === undefined ? (format ?? "text") : "json";
  }
  throw new AnyfibError({
    code: "USAGE",
    what: `--json and --format ${format} are two forms`,
    hint: "give one of them",
  });
}

/** The filter that a verb's arguments make, joined by spaces as tcpdump joins them. */
export function readFilter(expression: readonly string[]): Filter | undefined {
  return expression.length === 0 ? undefined : new Filter(expression.join(" "));
}
