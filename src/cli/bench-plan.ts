/** The flags of `anyfib bench` as what is to be measured. */

import { DEFAULT_PATTERNS } from "../../bench/fib.ts";
import { PATTERNS, type Pattern } from "../../bench/patterns.ts";
import { ROUNDS_TO_JUDGE } from "../../bench/statistics.ts";
import { DEFAULT_GROUPS, type GroupsChoice, type TableChoice } from "../../bench/tables.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import type { Terminal } from "./terminal.ts";

/** What the command line said. */
export interface BenchFlags {
  readonly table?: readonly string[];
  readonly routes?: number;
  readonly pattern?: readonly string[];
  readonly groups?: number;
  readonly groupsPlacement?: GroupsChoice["placement"];
  readonly updates?: string;
  readonly workers?: number;
  readonly cold?: true;
  readonly rounds?: number;
  readonly json?: true;
  readonly exportJson?: string;
  readonly html?: string;
  readonly compare?: string;
  readonly failOver?: number;
  readonly 4?: true;
  readonly 6?: true;
}

/** What can be measured. */
const QUESTIONS = ["fib", "update", "path", "capture", "flow"] as const;

type Question = (typeof QUESTIONS)[number];

/** Questions about tables. */
const OF_TABLES = ["fib", "update", "path", "capture"] as const;

/** Flags that some questions alone take. */
const OWN_FLAGS: readonly (readonly [keyof BenchFlags, string, readonly Question[]])[] = [
  ["table", "--table", OF_TABLES],
  ["routes", "--routes", OF_TABLES],
  ["groups", "--groups", OF_TABLES],
  ["groupsPlacement", "--groups-placement", OF_TABLES],
  ["pattern", "--pattern", ["fib"]],
  ["workers", "--workers", ["fib"]],
  ["cold", "--cold", ["fib"]],
  ["updates", "--updates", ["update"]],
];

/** What is to be measured. */
export interface Plan extends TableChoice {
  readonly questions: readonly Question[];
  readonly patterns: readonly Pattern[];
  readonly capture: string | undefined;
}

/** USAGE: what cannot be meant, where, and what to give instead. */
export function usage(what: string, where: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, where, hint });
}

/** What the arguments ask for. Throws USAGE for what does not go together. */
export function planOf(terminal: Terminal, flags: BenchFlags, args: readonly string[]): Plan {
  const patterns = patternsOf(flags);
  const [first] = args;
  const isQuestion = first !== undefined && isAsked(first);
  const rest = isQuestion ? args.slice(1) : args;
  const capture = patterns.includes("capture") || first === "capture" ? rest[0] : undefined;
  const [unknown] = capture === undefined ? rest : rest.slice(1);
  if (unknown !== undefined) {
    const what = `${quoted(unknown)} is nothing that is measured`;
    throw usage(what, "anyfib bench", `give one of ${QUESTIONS.join(", ")}, all`);
  }
  const questions = QUESTIONS.filter((one) => !isQuestion || first === "all" || first === one);
  checkFlags(flags, questions);
  const { table, routes, groups, groupsPlacement } = flags;
  const isChosen = groups !== undefined || groupsPlacement !== undefined;
  const { count, placement } = DEFAULT_GROUPS;
  return {
    questions,
    patterns,
    capture,
    family: flags[4] ? 4 : flags[6] ? 6 : undefined,
    ...(table && { files: table }),
    ...(routes !== undefined && { routes }),
    groups: isChosen
      ? { count: groups ?? count, placement: groupsPlacement ?? placement }
      : undefined,
    onWarning: (warning) => terminal.note(`warning: ${warning}`),
  };
}

function isAsked(text: string): boolean {
  const questions: readonly string[] = QUESTIONS;
  return text === "all" || questions.includes(text);
}

/** Patterns by their names, several in one flag too. */
function patternsOf({ pattern }: BenchFlags): readonly Pattern[] {
  const names = pattern?.flatMap((text) => text.split(","));
  if (names === undefined) return DEFAULT_PATTERNS;
  return names.map((name) => {
    // What the literature calls it.
    const found = PATTERNS.find((one) => one === (name === "uniform" ? "random" : name));
    if (found !== undefined) return found;
    const hint = `give ${PATTERNS.join(", ")} and the file of a capture`;
    throw usage(`${quoted(name)} is no pattern`, "--pattern", hint);
  });
}

function checkFlags(flags: BenchFlags, questions: readonly Question[]): void {
  for (const [name, flag, takers] of OWN_FLAGS) {
    if (flags[name] === undefined || takers.some((one) => questions.includes(one))) continue;
    const names = takers.join(", ");
    throw usage(`${flag} is for ${names}`, "anyfib bench", `leave it out, or ask for ${takers[0]}`);
  }
  const { table = [], routes, rounds = ROUNDS_TO_JUDGE, compare, failOver } = flags;
  if (table.length > 0 && routes !== undefined) {
    throw usage("a table that is given has its own routes", "--routes", "leave out one of both");
  }
  if (table.filter((file) => file === "-").length > 1) {
    throw usage("stdin is named twice", "--table", "give - once, and files for the rest");
  }
  if (compare !== undefined && rounds < ROUNDS_TO_JUDGE) {
    const what = `${rounds} rounds are too few to judge`;
    throw usage(what, "--rounds", `give ${ROUNDS_TO_JUDGE} or more`);
  }
  if (failOver !== undefined && compare === undefined) {
    throw usage("nothing to compare with", "--fail-over", "give --compare FILE too");
  }
}
