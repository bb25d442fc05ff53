/** Options of the generators, checked. */

import { AnyfibError } from "../net/errors.ts";

/** Throws USAGE unless an option is a whole number from `least` to `most`. */
export function checkCount(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `${name} is ${value}`,
    hint: `give a whole number from ${least} to ${most}`,
    detail: { option: name, value },
  });
}
