/** `anyfib gen`: the same seed gives the same file, which the other verbs read. */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  attributes,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const generate = (...args: readonly string[]) => runHere(["gen", ...args]);

describe("gen table", () => {
  const FLAGS = ["table", "--routes", "2k", "--routes6", "500", "--groups", "20"] as const;

  it("is the same for the same seed, in a file or on stdout", async () => {
    const out = file("table.txt");
    expect(await generate(...FLAGS, "--seed", "7", "-w", out)).toMatchObject({
      status: 0,
      stdout: "",
    });
    const { stdout } = await generate(...FLAGS, "--seed", "7", "-w", "-");
    expect(stdout).toBe(readFileSync(out, "utf8"));
    expect(stdout).not.toBe((await generate(...FLAGS, "--seed", "8", "-w", "-")).stdout);
  });

  it("has as many routes and sets as asked for", async () => {
    const { stdout } = await generate(...FLAGS, "-w", "-");
    const { stdout: found } = await runHere(["info", "--json", "-"], { stdin: stdout });
    expect(JSON.parse(found)).toMatchObject({ routes: 2500, prefixes: { ipv4: 2000, ipv6: 500 } });
  });
});

describe("gen table --attributes", () => {
  /** The lowest peer's entries have runs of two prefixes and one; the other's have none. */
  const rib = (prefix: string, origin: number, next: number): Parts =>
    ribRecord(prefix, [entry(1, attributes(origin + next)), entry(0, attributes(next, origin))]);
  const DUMP = [
    peerIndexTable([peer(4, 4), peer(6, 4)]),
    rib("10.0.0.0/24", 64_501, 1),
    rib("10.0.1.0/24", 64_501, 2),
    rib("10.0.2.0/24", 64_502, 3),
    ribRecord("10.0.3.0/24", []),
  ];
  const PREFIXES = Array.from({ length: 6 }, (_, i) => `198.51.${100 + i}.0/24\r\n`).join("");
  const dump = file("rib.mrt.gz", gzipSync(bytesOf(DUMP)));
  const table = file("prefixes.txt", `${PREFIXES}2001:db8::/32\r\n2001:db8::/48\r\n`);
  const FLAGS = ["table", "--table", table, "--groups", "60k", "-w", "-"] as const;

  /** Next hops of the IPv4 lines, numbered as they come. */
  const pattern = (stdout: string): string => {
    const hops = [...stdout.matchAll(/^[\d./]+ (\S+)$/gm)].map(([, hop]) => hop);
    const known = [...new Set(hops)];
    return hops.map((hop) => known.indexOf(hop)).join("");
  };

  it.each([
    [[], "001001"],
    [["--placement", "origin"], "001001"],
    [["--placement", "attributes"], "012012"],
  ])("%j gives the prefixes of a table the runs of a dump", async (flags, expected) => {
    const { stdout } = await generate(...FLAGS, "--attributes", dump, ...flags);
    expect(stdout).toMatch(/^# 6 IPv4 and 2 IPv6 routes, 60000 next hops, seed 1\n/);
    expect(pattern(stdout)).toBe(expected);
    expect(stdout.match(/^2001:db8::\/(32|48) fd00:ffff::/gm)).toHaveLength(2);
  });

  it("gives generated prefixes the runs of a dump, and reads it from stdin", async () => {
    const flags = ["table", "--routes", "9", "--routes6", "3", "--groups", "60k", "-w", "-"];
    const { stdout } = await runHere(["gen", ...flags, "--attributes", "-"], {
      stdin: bytesOf(DUMP),
    });
    expect(pattern(stdout)).toBe("001001001");
    expect(stdout.match(/ fd00:ffff::/g)).toHaveLength(3);
  });

  it("places at random, or in runs that are drawn, without a dump", async () => {
    for (const flags of [[], ["--placement", "random"]]) {
      const { status, stdout } = await generate(...FLAGS, ...flags);
      expect([status, stdout.split("\n").length]).toEqual([0, 10]);
    }
  });

  it.each([
    [["--placement", "attributes"], 2, "--placement attributes needs --attributes"],
    [["--placement", "random", "--attributes", dump], 2, "needs another --placement"],
    [["--placement", "clustered"], 2, "Allowed choices are origin, attributes, random"],
    [["--routes", "5"], 2, "cannot be used with option"],
    [["--attributes", "missing.mrt"], 4, "missing.mrt"],
    [["--attributes", table], 3, "prefixes.txt@0: "],
    [["--attributes", file("empty.mrt", "")], 3, "empty.mrt@0: the file is empty"],
    [["--attributes", file("cut.mrt", bytesOf(DUMP).subarray(0, -1))], 3, "within a record"],
  ])("%j ends with %d", async (flags, status, message) => {
    const outcome = await generate(...FLAGS, ...flags);
    expect(outcome).toMatchObject({ status, stdout: "" });
    expect(outcome.stderr).toContain(message);
  });

  it("does not read stdin twice", async () => {
    const flags = ["table", "--table", "-", "--attributes", "-", "-w", "-"];
    expect(await generate(...flags)).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("gen capture", () => {
  it.each(["pcap", "pcapng"])("as %s is the same for the same seed", async (ending) => {
    const [one, two] = [file(`one.${ending}`), file(`two.${ending}`)];
    for (const out of [one, two]) {
      const outcome = await generate("capture", "--packets", "3k", "--flows", "100", "-w", out);
      expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
    }
    expect(Buffer.compare(readFileSync(one), readFileSync(two))).toBe(0);
    const { stdout } = await runHere(["info", "--json", one]);
    expect(JSON.parse(stdout)).toMatchObject({ format: ending, packets: 3000, truncated: false });
  });

  it("piped into replay over a generated table loses no packet", async () => {
    const table = file("routes.txt");
    await generate("table", "--routes", "1k", "--routes6", "1k", "-w", table);
    const capture = await generate("capture", "--packets", "5k", "--flows", "400", "-w", "-");
    const { stdout } = await runHere(["replay", "-r", "-", "--table", table, "--json"], {
      stdin: capture.bytes,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      received: 5000,
      forwarded: 5000,
      flows: 400,
      drops: {},
    });
  });

  it("keeps to a family and a size", async () => {
    const { bytes } = await generate(
      "capture",
      "--packets",
      "100",
      "--size",
      "333",
      "-6",
      "-w",
      "-",
    );
    const { stdout } = await runHere(["info", "--json", "-"], { stdin: bytes });
    const families = { ipv4: 0, ipv6: 100, other: 0 };
    expect(JSON.parse(stdout)).toMatchObject({ packets: 100, bytes: 33_300, families });
  });

  it("stops where it is interrupted", async () => {
    const args = ["gen", "capture", "--packets", "100k", "--size", "60", "-w", file("part.pcap")];
    await runHere(args, { signal: AbortSignal.abort() });
    const { stdout } = await runHere(["info", "--json", file("part.pcap")]);
    expect(JSON.parse(stdout).packets).toBe(4096);
  });
});

it.each([
  [["table"], "-w"],
  [["capture"], "-w"],
  [["capture", "--size", "0", "-w", "-"], "Give at least 1"],
  [["capture", "--size", "20", "-w", "-"], "size"],
  [["capture", "--flows", "none", "-w", "-"], "Give a whole number"],
  [["table", "--groups", "0", "-w", "-"], "Give at least 1"],
  [["capture", "-4", "-6", "-w", "-"], "-6"],
])("gen %j is refused", async (args) => {
  expect(await generate(...args)).toMatchObject({ status: 2, stdout: "" });
});
