/** Flags that say how the best path is found. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { type DecisionOptions, MULTIPATH_MAX } from "../rib/best-path.ts";
import { parseCount, parsePositiveCount } from "./arguments.ts";

/** What the flags were. */
export interface DecisionFlags {
  readonly alwaysCompareMed?: true;
  readonly missingMed?: "best" | "worst";
  readonly preferOldest?: true;
  readonly multipath?: number;
  readonly multipathRelax?: true;
  readonly localAs?: number;
}

function parseMultipath(text: string): number {
  const count = parsePositiveCount(text);
  if (count <= MULTIPATH_MAX) return count;
  throw new InvalidArgumentError(`it is ${MULTIPATH_MAX} at most`);
}

/** Adds the flags to a verb. */
export function withDecision(command: Command): Command {
  const missing = new Option("--missing-med <how>", "what no MED counts as");
  return command
    .option("--always-compare-med", "compare the MED of different neighbor ASes")
    .addOption(missing.choices(["best", "worst"]))
    .option("--prefer-oldest", "take the oldest before router ids are compared")
    .option("--multipath <count>", "equal routes that are used (1)", parseMultipath)
    .option("--multipath-relax", "use equal routes of different neighbor ASes")
    .option("--local-as <as>", "peers of this AS are internal (iBGP)", parseCount);
}

/** The flags as the decision takes them. */
export function decisionOptions(flags: DecisionFlags): DecisionOptions {
  const { alwaysCompareMed, missingMed, preferOldest, multipath, multipathRelax } = flags;
  return {
    ...(alwaysCompareMed ? { alwaysCompareMed } : {}),
    ...(missingMed === "worst" ? { missingMedWorst: true } : {}),
    ...(preferOldest ? { preferOldest } : {}),
    ...(multipath === undefined ? {} : { multipath }),
    ...(multipathRelax ? { multipathRelax } : {}),
  };
}
