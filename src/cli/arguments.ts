/** Arguments of the command line as values, each with its one-line error. */

import { readFile } from "node:fs/promises";
import { InvalidArgumentError } from "commander";
import { decodeHex } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";

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

/** Collects a flag that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/**
 * The flow key of `--key FILE|HEX` or `$ANYFIB_KEY`: 32 hexadecimal digits, or a file that holds
 * them (or 16 raw bytes). The all-zero key unless given.
 */
export async function readKey(text: string | undefined): Promise<Uint8Array> {
  const given = text ?? process.env.ANYFIB_KEY;
  if (given === undefined || given === "") return new Uint8Array(16);
  const direct = decodeHex(given);
  if (direct?.length === 16) return direct;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(given);
  } catch (cause) {
    throw new AnyfibError({
      code: "USAGE",
      what: "the key is neither 32 hexadecimal digits nor a file that can be read",
      where: text === undefined ? "$ANYFIB_KEY" : "--key",
      hint: "give 16 bytes in hexadecimal, or the path of a file that holds them",
      cause,
    });
  }
  if (bytes.length === 16) return Uint8Array.from(bytes);
  const decoded = decodeHex(new TextDecoder().decode(bytes).trim());
  if (decoded?.length === 16) return decoded;
  throw new AnyfibError({
    code: "USAGE",
    what: "the key file holds no key",
    where: given,
    hint: "write 32 hexadecimal digits into it",
  });
}
