/** The flags of `npm run bench:rivals`. */

import { expect, test } from "vitest";
import { HELP, rivalsOptions } from "../../../bench/rivals/options.ts";
import { rivalsOf } from "../../../bench/rivals/rivals.ts";

test("what runs unless said", () => {
  expect(rivalsOptions([])).toEqual({
    family: undefined,
    files: [],
    routes: 1_000_000,
    patterns: ["random", "covered", "prefix", "zipf"],
    groups: [{ count: 16, placement: "clustered" }],
    longest4: 32,
    rounds: 12,
    only: [],
    hugePages: false,
    areFlows: false,
    isPath: false,
    isRing: false,
    isCapture: false,
    output: "bench/results/rivals.json",
  });
});

test("every flag", () => {
  const flags =
    "--family 6 --table a.gz --table b --routes 8 --pattern zipf,sequential " +
    "--groups 1,255:random --longest 24 --rounds 9 --only AVX512,npm --pages 2m --output o.json";
  expect(rivalsOptions(flags.split(" "))).toEqual({
    family: 6,
    files: ["a.gz", "b"],
    routes: 8,
    patterns: ["zipf", "sequential"],
    groups: [
      { count: 1, placement: "clustered" },
      { count: 255, placement: "random" },
    ],
    longest4: 24,
    rounds: 9,
    only: ["AVX512", "npm"],
    hugePages: true,
    areFlows: false,
    isPath: false,
    isRing: false,
    isCapture: false,
    output: "o.json",
  });
});

test.each([
  ["--flows", { areFlows: true, output: "bench/results/flow-rivals.json" }],
  ["--path", { isPath: true, output: "bench/results/path-rivals.json" }],
  ["--capture", { isCapture: true, output: "bench/results/capture-rivals.json" }],
])("%s has a file of its own", (flag, wanted) => {
  expect(rivalsOptions([flag])).toMatchObject(wanted);
});

test("help names every flag", () => {
  expect(rivalsOptions(["--help"])).toBe("help");
  const options = rivalsOptions([]);
  const flags = [...HELP.matchAll(/^ {2}--(\w+)/gm)].map(([, name]) => name);
  expect(flags.length).toBe(Object.keys(options).length);
});

test.each([
  ["--family 5", /--family 5; give one of 4, 6/],
  ["--rounds 8", /--rounds 8; give a whole number from 9 on/],
  ["--groups 0", /--groups 0/],
  ["--groups 1,x", /--groups x/],
  ["--pattern capture", /--pattern capture; give one of random/],
  ["--groups 2:here", /--groups here; give one of clustered, random/],
  ["--pages 1g", /4k, 2m/],
  ["--what", /--what.*; see --help/],
  ["word", /word.*; see --help/],
])("%s is refused", (flags, message) => {
  expect(() => rivalsOptions(flags.split(" "))).toThrow(message);
});

test("huge pages double DPDK's rows, and no two rivals have one name", () => {
  for (const family of [4, 6] as const) {
    const [some, all] = [rivalsOf(family, false), rivalsOf(family, true)];
    const huge = all.filter(({ name }) => name.endsWith(", 2 MB pages"));
    expect(all.length - some.length).toBe(huge.length);
    expect(huge.length).toBe(family === 4 ? 6 : 4);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  }
});
