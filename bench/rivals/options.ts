/** What `npm run bench:rivals` is asked to run. */

import { parseArgs } from "node:util";
import { AnyfibError } from "../../src/net/errors.ts";
import { PATTERNS, type Pattern } from "../patterns.ts";
import type { GroupsChoice } from "../tables.ts";

/** A run: every family with every group count, and every pattern of each. */
export interface RivalsOptions {
  /** Both unless said. */
  readonly family: 4 | 6 | undefined;
  /** Tables, read as one; one is generated where none is named. */
  readonly files: readonly string[];
  /** Routes of a generated table: of IPv4, and a quarter for IPv6 unless it is alone. */
  readonly routes: number;
  readonly patterns: readonly Pattern[];
  readonly groups: readonly GroupsChoice[];
  /** Longest prefix to keep, of IPv4. */
  readonly longest4: number;
  readonly rounds: number;
  /** Parts of the names of the rivals that run; all where there is none. */
  readonly only: readonly string[];
  readonly hugePages: boolean;
  /** Hashes and choices of flows, in place of lookups. */
  readonly areFlows: boolean;
  /** The whole packet path, in place of lookups. */
  readonly isPath: boolean;
  /** The same between rings. */
  readonly isRing: boolean;
  /** Replays of a capture, in place of lookups. */
  readonly isCapture: boolean;
  /** Where the JSON goes. */
  readonly output: string;
}

/** Fewer give no median worth reading. */
const ROUNDS_MIN = 9;

const LOOKUPS_OUTPUT = "bench/results/rivals.json";
const FLOWS_OUTPUT = "bench/results/flow-rivals.json";
const PATH_OUTPUT = "bench/results/path-rivals.json";
const RING_OUTPUT = "bench/results/ring-rivals.json";
const CAPTURE_OUTPUT = "bench/results/capture-rivals.json";

/** What --help prints. */
export const HELP = `npm run bench:rivals -- [FLAGS]: our engine beside its rivals, interleaved

  --family 4|6             one family, instead of both
  --table FILE             prefixes in text, .gz allowed, instead of a generated table
  --routes N               routes of the generated table: of IPv4, and a quarter for IPv6 unless
                           it is alone (1000000)
  --pattern NAME,...       random, covered, prefix, zipf, sequential (the first four)
  --groups N[:HOW],...     groups behind the prefixes: clustered, as origin ASes cluster them,
                           unless it says random: 16,255:random (16)
  --longest N              leave longer IPv4 prefixes out: DPDK's 1-byte entries reach 127 of the
                           /24s that have such
  --rounds N               turns of each contender, at least 9 (12)
  --only TEXT,...          rivals whose name has one of the texts in it, such as AVX512
  --flows                  hashes of flows and choices of next hops, beside the same in C, in place
                           of lookups: --family, --rounds and --output are all that it takes besides
  --path                   packets from parsing to counting, beside the same in C, in place of
                           lookups: takes --family, --table, --routes, --rounds and --output besides
  --ring                   the same between the rings of live ports, whose other ends are played
                           between samples: takes what --path does
  --capture                replays of a generated capture, beside a loop in C over libpcap, in place
                           of lookups: takes what --path does
  --pages 2m               DPDK on huge pages too: sysctl vm.nr_hugepages=1024 first
  --output FILE            where the JSON goes (bench/results/rivals.json, flow-, path-,
                           ring- or capture-rivals.json)
`;

function usage(what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, where: "bench:rivals", hint });
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw usage(`--${name} ${text}`, `give a whole number from ${least} on`);
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usage(`--${name} ${text}`, `give one of ${known.join(", ")}`);
}

function groupsChoice(text: string): GroupsChoice {
  const [count = "", placement = "clustered"] = text.split(":");
  return {
    count: wholeNumber("groups", count, 1),
    placement: oneOf("groups", placement, ["clustered", "random"]),
  };
}

function parsed(options: readonly string[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(options);
  } catch (error) {
    throw usage(error instanceof Error ? error.message : "unknown flags", "see --help");
  }
}

function parseFlags(options: readonly string[]) {
  const flag = { type: "string" } as const;
  return parseArgs({
    args: [...options],
    options: {
      help: { type: "boolean", default: false },
      family: flag,
      table: { ...flag, multiple: true },
      routes: { ...flag, default: "1000000" },
      pattern: { ...flag, default: "random,covered,prefix,zipf" },
      groups: { ...flag, default: "16" },
      longest: { ...flag, default: "32" },
      rounds: { ...flag, default: "12" },
      only: flag,
      pages: { ...flag, default: "4k" },
      flows: { type: "boolean", default: false },
      path: { type: "boolean", default: false },
      ring: { type: "boolean", default: false },
      capture: { type: "boolean", default: false },
      output: flag,
    },
  }).values;
}

/** Reads the flags; "help" where that is asked for. Throws USAGE for what there is not. */
export function rivalsOptions(options: readonly string[]): RivalsOptions | "help" {
  const flags = parsed(options);
  if (flags.help) return "help";
  const families = { "4": 4, "6": 6 } as const;
  const streams = PATTERNS.filter((pattern) => pattern !== "capture");
  return {
    family:
      flags.family === undefined ? undefined : families[oneOf("family", flags.family, ["4", "6"])],
    files: flags.table ?? [],
    routes: wholeNumber("routes", flags.routes, 4),
    patterns: flags.pattern.split(",").map((name) => oneOf("pattern", name, streams)),
    groups: flags.groups.split(",").map((choice) => groupsChoice(choice)),
    longest4: wholeNumber("longest", flags.longest, 1),
    rounds: wholeNumber("rounds", flags.rounds, ROUNDS_MIN),
    only: flags.only?.split(",") ?? [],
    hugePages: oneOf("pages", flags.pages, ["4k", "2m"]) === "2m",
    areFlows: flags.flows,
    isPath: flags.path,
    isRing: flags.ring,
    isCapture: flags.capture,
    output: flags.output ?? outputOf(flags),
  };
}

/** What is asked for in place of lookups. */
interface Subjects {
  readonly flows: boolean;
  readonly path: boolean;
  readonly ring: boolean;
  readonly capture: boolean;
}

function outputOf({ flows, path, ring, capture }: Subjects): string {
  if (flows) return FLOWS_OUTPUT;
  if (capture) return CAPTURE_OUTPUT;
  if (ring) return RING_OUTPUT;
  return path ? PATH_OUTPUT : LOOKUPS_OUTPUT;
}
