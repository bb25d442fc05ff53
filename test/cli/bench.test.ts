/** `anyfib bench`: its rows, its files, its verdicts; short runs, whose times say nothing. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { MAIN, type Outcome, runBinary, runHere, testFolder } from "./run.ts";

const file = testFolder();
const bench = (...args: readonly string[]) => runHere(["bench", ...args]);

/** A measurement that takes a tenth of a second. */
const SHORT = ["fib", "-4", "--routes", "200", "--pattern", "prefix", "--rounds", "1"] as const;

const SAMPLE = "samples/capture.pcapng";

describe("a short measurement", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await bench(...SHORT, "--json", "--html", file("page.html"));
  });

  it("has a row as documented", () => {
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    const { rows, machine, commit } = JSON.parse(outcome.stdout);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row).toMatchObject({
      name: "fib-lookup",
      family: "ipv4",
      table: "synthetic 200",
      pattern: "prefix",
      groups: 16,
      groups_placement: "clustered",
      prefixes: 200,
      noisy: null,
    });
    expect(row.million_per_second).toBeCloseTo(1000 / row.median_ns);
    expect(row.ns_per_operation).toBe(row.median_ns);
    expect(row.p10_ns).toBeLessThanOrEqual(row.median_ns);
    expect(row.bytes_per_prefix).toBe(row.memory_bytes / 200);
    expect(row.samples).toBeGreaterThan(0);
    expect(row.ratio_to_reference).toBeGreaterThan(0);
    expect(machine).toMatchObject({ node: process.versions.node, v8: process.versions.v8 });
    expect(commit).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
  });

  it("writes a page", () => {
    expect(readFileSync(file("page.html"), "utf8")).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });
});

describe("the text", () => {
  it("has a table with a line of blocks, and the file has the results", async () => {
    const { status, stdout } = await bench(...SHORT, "--export-json", file("results.json"));
    expect(status).toBe(0);
    expect(stdout).toMatch(/│ fib-lookup +│ ipv4 +│ prefix +│.*[▁▂▃▄▅▆▇█]+ +│/);
    expect(stdout).toContain("synthetic 200: 200 prefixes of ipv4, 16 groups (clustered)");
    expect(JSON.parse(readFileSync(file("results.json"), "utf8")).rows).toHaveLength(1);
  });
});

describe("a table", () => {
  it("keeps its own groups, unless others are asked for", async () => {
    const table = file("table.txt", "10.0.0.0/8 10.9.0.1\n10.1.0.0/16 10.9.0.2,10.9.0.3\n");
    const args = ["fib", "--table", table, "--pattern", "prefix", "--rounds", "1", "--json"];
    const own = JSON.parse((await bench(...args)).stdout);
    expect(own.rows).toMatchObject([{ table: "table.txt", groups: 2, groups_placement: "table" }]);
    const other = JSON.parse((await bench(...args, "--groups", "1")).stdout);
    expect(other.rows).toMatchObject([{ groups: 1, groups_placement: "clustered" }]);
  });

  it("of one family has no rows of the other", async () => {
    const table = file("four.txt", "10.0.0.0/8\n");
    const { status, stderr } = await bench("fib", "--table", table, "-6");
    expect(status).toBe(2);
    expect(stderr).toMatch(/four.txt: the table has no IPv6 route; give a table that has\n$/);
  });
});

describe("the pattern capture", () => {
  it.each([
    ["fib", "--pattern", "capture", SAMPLE],
    ["--pattern", "capture", "fib", SAMPLE],
  ])("takes a file: %s %s %s %s", async (...args) => {
    const { status, stdout } = await bench(
      ...args,
      "-4",
      "--routes",
      "99",
      "--rounds",
      "1",
      "--json",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout).rows).toMatchObject([{ pattern: "capture" }]);
  });
});

describe("a comparison", () => {
  /** Rounds that are judged, at least: by whether this machine is quiet now. */
  const JUDGED = [...SHORT.slice(0, -1), "4"];

  /** Results of the measurement, with the ratio that they are given. */
  async function base(ratio: number, more: object = {}): Promise<string> {
    const { rows, machine } = JSON.parse((await bench(...SHORT, "--json")).stdout);
    const row = { ...rows[0], ratio_to_reference: ratio, ...more };
    return file(`base-${ratio}.json`, JSON.stringify({ rows: [row], machine }));
  }

  it("with slower results finds nothing, unless the machine is too noisy", async () => {
    const { status, stderr } = await bench(...JUDGED, "--compare", await base(1e6));
    if (status === 4) expect(stderr).toMatch(/noisy: no verdict on 1 of 1 rows/);
    else expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("with quicker results says by how much", async () => {
    const { status, stderr } = await bench(...JUDGED, "--compare", await base(1e-6));
    if (status === 4) expect(stderr).toMatch(/noisy: no verdict on 1 of 1 rows/);
    else {
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^fib-lookup, ipv4, synthetic 200, prefix, .+: \d+\.\d % slower: ratio /,
      );
    }
  });

  it.each([
    ["of too few rounds", [...SHORT], "1 rounds are too few to judge"],
    ["without a file", [...SHORT, "--fail-over", "3%"], "nothing to compare with"],
  ])("%s is refused", async (_, args, what) => {
    const compare = what.startsWith("nothing") ? [] : ["--compare", await base(1)];
    const { status, stderr } = await bench(...args, ...compare);
    expect(status).toBe(2);
    expect(stderr).toContain(what);
  });
});

describe("what cannot be meant", () => {
  it.each([
    [
      "flows",
      /"flows" is nothing that is measured; give one of fib, update, path, capture, flow, all/,
    ],
    ["fib fib", /"fib" is nothing that is measured/],
    ["--pattern flat", /"flat" is no pattern; give random, covered, /],
    ["fib --pattern capture", /the pattern capture needs a file; give --pattern capture FILE/],
    ["path --pattern zipf", /--pattern is for fib; leave it out, or ask for fib/],
    ["fib --updates x", /--updates is for update/],
    ["update --cold", /--cold is for fib/],
    ["fib --table - --table -", /stdin is named twice/],
    ["fib --table x --routes 5", /a table that is given has its own routes/],
    ["fib -4 --routes 5k --groups 70k --groups-placement random", /groups; give at most 65528/],
  ])("%s", async (args, message) => {
    const { status, stdout, stderr } = await bench(...args.split(" "));
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
  });

  it("--fail-over 5 and --cold with --workers", async () => {
    expect((await bench("--fail-over", "5")).status).toBe(2);
    expect((await bench("fib", "--cold", "--workers", "2")).status).toBe(2);
  });
});

describe("the compiled binary", () => {
  it("measures in threads of their own, beside one, and beside updates", () => {
    const { status, stdout, stderr } = runBinary(["bench", ...SHORT, "--workers", "2", "--json"]);
    expect({ status, stderr, main: MAIN }).toMatchObject({ status: 0, stderr: "" });
    const { rows } = JSON.parse(stdout);
    const beside = { workers: 1, updates_per_second: 10_000 };
    expect(rows).toMatchObject([{ workers: 1 }, { workers: 2 }, beside]);
  });
});
