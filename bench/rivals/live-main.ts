/**
 * Live forwarding over veth pairs beside the kernel's own and a forwarder in C of the same rings,
 * in interleaved rounds, and the pace of replays: `npm run bench:live`, as root.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { thisMachine } from "../machine.ts";
import { percentile } from "../statistics.ts";
import { buildProgram } from "./c-programs.ts";
import { type LiveContender, LiveRig, type RigPlaces } from "./live-rig.ts";
import { npmPackage } from "./npm-package.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const MAIN = path.join(ROOT, "dist/src/cli/main.js");
const OURS_AND_C: readonly LiveContender[] = ["kernel", "C", "anyfib"];
const DEFAULT_ROUNDS = 20;
const FLOOD_MS = 400;
const LATENCIES = 200;
/** What anyfib is held to: a part of what C forwards, and how far off gaps of a replay are. */
const RATIO_MIN = 0.75;
const RATIO_TO_CAP_MIN = 1.7;
const GAP_ERROR_NS_MAX = 50_000;
const PACE = 20_000;
const PACED_SECONDS = 5;
const FLOWS = [1, 1000] as const;

/** With others at work nothing is judged, as in `npm run bench`. */
const LOAD_MAX = 0.5;
const NOISY = 4;

/** With npm cap where that is installed. */
function contenders(): readonly LiveContender[] {
  const cap = npmPackage("cap");
  if (!("skip" in cap)) return [...OURS_AND_C, "cap"];
  console.error(`no row of npm cap: ${cap.skip}`);
  return OURS_AND_C;
}

/** What the rounds of one contender came to. */
interface Rounds {
  readonly contender: LiveContender;
  /** Packets a second that arrived, a round. */
  readonly rates: number[];
  /** Nanoseconds of single packets. */
  readonly latencies: number[];
}

function program(name: string): string {
  const built = buildProgram(ROOT, name);
  if ("skip" in built) throw new Error(built.skip);
  return built.file;
}

function sorted(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** The median, and the values that a quarter of the rounds are below and above. */
function spread(values: readonly number[]) {
  const all = sorted(values);
  const at = (part: number): number => percentile(all, part);
  return [at(0.25), at(0.5), at(0.75)] as const;
}

/** Each round has all contenders, one after another. */
async function runRounds(places: RigPlaces, rounds: number): Promise<readonly Rounds[]> {
  const rigs: LiveRig[] = [];
  try {
    for (const contender of contenders()) rigs.push(await LiveRig.start(contender, places));
    const all = rigs.map(({ contender }): Rounds => ({ contender, rates: [], latencies: [] }));
    for (let round = 0; round < rounds; round++) {
      for (const [index, rig] of rigs.entries()) {
        all[index]?.rates.push(rig.flood(FLOOD_MS).arrived);
        all[index]?.latencies.push(...rig.latencies(LATENCIES));
      }
      process.stderr.write(`round ${round + 1} of ${rounds}\r`);
    }
    return all;
  } finally {
    for (const rig of rigs) rig[Symbol.dispose]();
  }
}

/** What a replay says of its pace. */
interface Paced {
  readonly flows: number;
  readonly rate: number;
  readonly lateP99Ns: number | null;
  readonly gapErrorP99Ns: number | null;
}

/** Replays to an interface, at a rate or at top speed. */
function replay(folder: string, flows: number, rate: number | undefined): Paced {
  const capture = path.join(folder, `flows-${flows}.pcap`);
  const size = ["--packets", "10000", "--flows", String(flows), "--size", "60", "-4"];
  const made = spawnSync(process.execPath, [MAIN, "gen", "capture", ...size, "-w", capture]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  const table = path.join(folder, "table.txt");
  writeFileSync(table, "0.0.0.0/0 10.88.2.2\n");
  const pace = rate === undefined ? ["-t"] : ["-p", String(rate)];
  const seconds = ["-l", "1000000", "--duration", String(PACED_SECONDS)];
  const args = ["replay", "-r", capture, "--table", table, "-i", "p0", ...pace, ...seconds];
  const inside = ["netns", "exec", `anyfib-bench-pace-${process.pid}`];
  const run = spawnSync("ip", [...inside, process.execPath, MAIN, ...args, "--json"]);
  if (run.status !== 0) throw new Error(String(run.stderr));
  const { sent } = JSON.parse(String(run.stdout));
  return {
    flows,
    rate: sent.achieved_packets_per_second,
    lateP99Ns: sent.late_p99_ns,
    gapErrorP99Ns: sent.gap_error_p99_ns,
  };
}

/** The paces of a replay: at a rate, and at top speed, with one flow and with many. */
function paces(folder: string) {
  const space = `anyfib-bench-pace-${process.pid}`;
  const ip = (...args: readonly string[]) => spawnSync("ip", args);
  ip("netns", "add", space);
  try {
    ip("-n", space, "link", "add", "p0", "type", "veth", "peer", "name", "p1");
    for (const device of ["p0", "p1"]) ip("-n", space, "link", "set", device, "up");
    const paced = FLOWS.map((flows) => replay(folder, flows, PACE));
    const top = FLOWS.map((flows) => replay(folder, flows, undefined));
    return { paced, top };
  } finally {
    ip("netns", "delete", space);
  }
}

/** Processes that wanted a processor in the last minute, before this began. */
const LOAD = loadavg()[0] ?? 0;

/** Of each round. */
function ratiosTo(all: readonly Rounds[], to: LiveContender, rates: readonly number[]) {
  const theirs = all.find(({ contender }) => contender === to);
  return rates.map((rate, round) => rate / (theirs?.rates[round] ?? Number.NaN));
}

function reportOf(all: readonly Rounds[], { paced, top }: ReturnType<typeof paces>) {
  const rows = all.map(({ contender, rates, latencies }) => {
    const ratios = ratiosTo(all, "C", rates);
    const [low, median, high] = spread(rates);
    const [ratioLow, ratio, ratioHigh] = spread(ratios);
    const times = sorted(latencies);
    return {
      name: contender,
      packets_per_second: { quartile_1: low, median, quartile_3: high },
      ratio_to_c: { quartile_1: ratioLow, median: ratio, quartile_3: ratioHigh },
      latency_ns: { p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
    };
  });
  const ours = all.find(({ contender }) => contender === "anyfib")?.rates ?? [];
  const hasCap = all.some(({ contender }) => contender === "cap");
  return {
    rounds: all[0]?.rates.length ?? 0,
    rows,
    ratio_to_cap: hasCap ? spread(ratiosTo(all, "cap", ours))[1] : null,
    paced,
    top,
    load: LOAD,
    machine: thisMachine(),
  };
}

type Report = ReturnType<typeof reportOf>;

function textOf({ rows, paced, top, rounds, ratio_to_cap: toCap }: Report): string {
  const k = (rate: number): string => (rate / 1000).toFixed(0);
  const us = (ns: number | null): string => ((ns ?? 0) / 1000).toFixed(1);
  const lines = rows.map(({ name, packets_per_second: rate, ratio_to_c: ratio, latency_ns }) => {
    const ratios = [ratio.median, ratio.quartile_1, ratio.quartile_3].map((one) => one.toFixed(2));
    const cells = [
      `${k(rate.median)} (${k(rate.quartile_1)} to ${k(rate.quartile_3)})`,
      `${ratios[0]} (${ratios[1]} to ${ratios[2]})`,
      us(latency_ns.p50),
      us(latency_ns.p99),
    ];
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  const pace = ({ flows, rate, lateP99Ns: late, gapErrorP99Ns: gap }: Paced): string => {
    const p99 = late === null ? "" : `, p99 of gaps off by ${us(gap)} µs, late by ${us(late)} µs`;
    return `replay -i, ${flows} flows: ${rate.toFixed(0)} packets a second${p99}`;
  };
  return [
    `${rounds} rounds; medians and quartiles`,
    "| | 1,000 packets a second | ratio to C | latency p50, µs | p99 |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...lines,
    ...(toCap === null ? [] : [`anyfib by npm cap: ${toCap.toFixed(2)}`]),
    ...paced.map(pace),
    ...top.map(pace),
  ].join("\n");
}

/** What anyfib is held to and does not meet. */
function breaches({ rows, paced, ratio_to_cap: toCap }: Report): readonly string[] {
  const ratio = rows.find(({ name }) => name === "anyfib")?.ratio_to_c.median ?? 0;
  const off = Math.max(...paced.map(({ gapErrorP99Ns }) => gapErrorP99Ns ?? 0));
  return [
    ...(ratio < RATIO_MIN ? [`${ratio.toFixed(2)} of C, less than ${RATIO_MIN}`] : []),
    ...(toCap !== null && toCap < RATIO_TO_CAP_MIN
      ? [`${toCap.toFixed(2)} of npm cap, less than ${RATIO_TO_CAP_MIN}`]
      : []),
    ...(off > GAP_ERROR_NS_MAX
      ? [`p99 of gaps off by ${off} ns, more than ${GAP_ERROR_NS_MAX}`]
      : []),
  ];
}

const given = process.argv.slice(2);
const optionOf = (flag: string): string | undefined => given[given.indexOf(flag) + 1];
const rounds = given.includes("--rounds") ? Number(optionOf("--rounds")) : DEFAULT_ROUNDS;
const folder = mkdtempSync(path.join(tmpdir(), "anyfib-live-"));
try {
  const programs = { forwarder: program("ring-forwarder"), probe: program("ring-probe") };
  const report = reportOf(
    await runRounds({ main: MAIN, folder, ...programs }, rounds),
    paces(folder),
  );
  console.log(textOf(report));
  if (given.includes("--export-json")) {
    writeFileSync(optionOf("--export-json") ?? "", `${JSON.stringify(report, null, 2)}\n`);
  }
  const broken = breaches(report);
  for (const line of broken) console.error(line);
  const isNoisy = LOAD > LOAD_MAX;
  if (isNoisy) console.error(`others were at work, load ${LOAD.toFixed(1)}: no verdict`);
  else if (broken.length > 0) process.exitCode = 1;
  if (isNoisy) process.exitCode = NOISY;
} finally {
  rmSync(folder, { recursive: true });
}
