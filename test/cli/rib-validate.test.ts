/** `anyfib rib validate`, and states of routes in the other verbs. */

import { describe, expect, it } from "vitest";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const VRPS = file(
  "vrps.csv",
  "ASN,IP Prefix,Max Length,Trust Anchor\nAS64500,192.0.2.0/23,23,a\nAS64501,192.0.2.0/24,24,a\n" +
    "AS64500,10.0.0.0/8,8,a\nAS64500,2001:db8::/32,48,a\n",
);
const DUMP = file(
  "rib.mrt",
  bytesOf([
    peerIndexTable([peer(4, 4), peer(6, 4)]),
    ribRecord("192.0.2.0/24", [entry(0, attributes(64_500)), entry(1, attributes(1, 64_501))]),
    // A path that is empty: the peer itself, AS 64500, is the origin.
    ribRecord("10.0.0.0/8", [entry(0, attributes())]),
    ribRecord("198.51.100.0/24", [entry(0, attributes(64_500)), entry(1, attributes(64_500))]),
  ]),
);
const validate = (...args: readonly string[]) => runHere(["rib", "validate", ...args]);

describe("rib validate of one route", () => {
  it.each([
    ["192.0.2.0/24", "AS64501", "valid", 0],
    ["192.0.2.0/24", "64500", "invalid", 1],
    ["198.51.100.0/24", "as64500", "not-found", 0],
    ["2001:db8:1::/48", "64500", "valid", 0],
  ])("%s %s is %s", async (prefix, as, state, status) => {
    const outcome = await validate("--rpki", VRPS, "--json", prefix, as);
    expect(outcome.status).toBe(status);
    const origin = Number(as.replace(/^as/i, ""));
    expect(JSON.parse(outcome.stdout)).toMatchObject({ prefix, origin_as: origin, state });
  });

  it("names the VRPs that cover it", async () => {
    const { stdout } = await validate("--rpki", VRPS, "192.0.2.0/24", "AS64500");
    expect(stdout).toBe(
      "192.0.2.0/24 AS64500 invalid\n" +
        "  192.0.2.0/24-24 AS64501: another AS\n" +
        "  192.0.2.0/23-23 AS64500: too long a prefix\n",
    );
    const json = await validate("--rpki", VRPS, "--json", "192.0.2.0/24", "AS64501");
    expect(JSON.parse(json.stdout).vrps).toEqual([
      { prefix: "192.0.2.0/24", max_length: 24, as: 64_501, matches: true, reason: null },
      { prefix: "192.0.2.0/23", max_length: 23, as: 64_500, matches: false, reason: "as" },
    ]);
  });

  it.each([
    [["192.0.2.0/24", "64500"], "no VRPs were named"],
    [["--rpki", VRPS, "192.0.2.0/24"], "a prefix without an AS"],
    [["--rpki", VRPS, "192.0.2.0/24", "x"], '"x" is no AS number'],
    [["--rpki", VRPS, "192.0.2.0/24", "4294967296"], "is no AS number"],
    [["--rpki", "-", "-"], "stdin is named twice"],
  ])("%j is no question", async (args, message) => {
    const { status, stderr } = await validate(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("rib validate of dumps", () => {
  it("prints each route", async () => {
    const { status, stdout, stderr } = await validate("--rpki", VRPS, DUMP);
    expect(stdout.split("\n")).toEqual([
      "192.0.2.0/24 AS64500 invalid: 192.0.2.0/24-24 AS64501, 192.0.2.0/23-23 AS64500",
      "192.0.2.0/24 AS64501 valid",
      "10.0.0.0/8 AS64500 valid",
      "198.51.100.0/24 AS64500 not-found",
      "",
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain("2 routes are valid, 1 invalid, 1 not found");
  });

  it("counts as JSON, with what is invalid", async () => {
    const { stdout } = await validate("--rpki", VRPS, "--json", DUMP);
    expect(JSON.parse(stdout)).toMatchObject({
      vrps: { ipv4: 3, ipv6: 1 },
      entries: 5,
      rpki: { valid: 2, invalid: 1, not_found: 2 },
      routes: { valid: 2, invalid: 1, not_found: 1 },
      invalid: [{ prefix: "192.0.2.0/24", origin_as: 64_500, state: "invalid" }],
    });
  });

  it("gives an object a route, with status 0 where none is invalid", async () => {
    const vrps = file("one.csv", "ASN,IP Prefix,Max Length\nAS64500,10.0.0.0/8,8\nAS1,x,1\n");
    const { status, stdout, stderr } = await validate("--rpki", vrps, "--ndjson", DUMP);
    const states = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(states).toMatchObject([
      { state: "not-found" },
      { state: "not-found" },
      { state: "valid", prefix: "10.0.0.0/8", vrps: [{ matches: true }] },
      { state: "not-found" },
    ]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: .*one\.csv:3: "x" is no prefix; passed over\n/);
  });

  it("ends with status 3 for VRPs that are cut", async () => {
    const vrps = file("cut.json", '{"roas":[');
    expect(await validate("--rpki", vrps, DUMP)).toMatchObject({ status: 3, stdout: "" });
  });
});

describe("rib validate with ASPAs", () => {
  const feed = (aspas: readonly object[]): string =>
    file("feed.json", JSON.stringify({ roas: [{ asn: 64_501, prefix: "192.0.2.0/24" }], aspas }));
  const aspas = [
    { customer_asid: 64_501, providers: [64_502] },
    { customer: "AS64502", providers: ["AS64500"] },
    { customer: "AS64510", providers: ["AS0"] },
    { customer: "AS64511", providers: ["AS0"] },
    { customer: "AS64512", providers: "?" },
  ];
  const dump = file(
    "paths.mrt",
    bytesOf([
      peerIndexTable([peer(4, 4), peer(6, 4)]),
      ribRecord("192.0.2.0/24", [
        entry(0, attributes(64_500, 64_502, 64_501)),
        entry(1, attributes(64_500, 64_502, 64_501)),
        entry(0, attributes(64_500, 64_510, 64_511, 64_501)),
        entry(1, attributes(64_500, 64_505, 64_501)),
      ]),
      ribRecord("198.51.100.0/24", [entry(0, attributes(64_500, 64_505, 64_506, 64_507))]),
    ]),
  );

  it("prints what they say of each path, and why", async () => {
    const { status, stdout, stderr } = await validate("--rpki", feed(aspas), dump);
    expect(stdout.split("\n")).toEqual([
      "192.0.2.0/24 AS64501 valid; path 64500 64502 64501 valid",
      "192.0.2.0/24 AS64501 valid; path 64500 64510 64511 64501 invalid: " +
        "AS64501 does not name AS64511, AS64510 does not name AS64511",
      "192.0.2.0/24 AS64501 valid; path 64500 64505 64501 unknown",
      "198.51.100.0/24 AS64507 not-found; path 64500 64505 64506 64507 unknown",
      "",
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^warning: .*feed\.json:1: the providers of AS64512 are no list/);
    expect(stderr).toContain("2 paths are valid, 1 invalid, 2 unknown");
  });

  it("counts them as JSON, with what is invalid", async () => {
    const { stdout } = await validate("--rpki", feed(aspas), "--json", dump);
    expect(JSON.parse(stdout)).toMatchObject({
      aspas: 4,
      rpki: { valid: 4, invalid: 0, not_found: 1 },
      paths: { valid: 2, invalid: 1, unknown: 2 },
      invalid: [
        {
          prefix: "192.0.2.0/24",
          state: "valid",
          path: {
            as_path: "64500 64510 64511 64501",
            state: "invalid",
            reason: "hop",
            hops: [{ customer: 64_501, provider: 64_511 }, { customer: 64_510 }],
          },
        },
      ],
    });
  });

  it("of routes of customers and peers, and of internal peers", async () => {
    const text = async (...flags: readonly string[]): Promise<string> =>
      (await validate("--rpki", feed(aspas), ...flags, DUMP)).stdout;
    const [first] = (await text("--path-direction", "upstream")).split("\n");
    expect(first).toContain("; path 64500 valid");
    expect(await text()).toContain("10.0.0.0/8 AS64500 not-found; path invalid: it is empty\n");
    expect(await text()).toContain("path 1 64501 invalid: it does not begin with the neighbor's");
    const own = await text("--local-as", "64500");
    expect(own).toContain("10.0.0.0/8 AS64500 not-found; path valid\n");
    expect(own).toContain("; path 1 64501 valid\n");
  });

  it("are not told of where the feed has none", async () => {
    const { stdout } = await validate("--rpki", feed([]), "--json", dump);
    expect(JSON.parse(stdout)).toMatchObject({ aspas: 0 });
    expect(stdout).not.toContain('"path');
  });
});

describe("rib stats --rpki", () => {
  it("counts the entries of each state", async () => {
    const { stdout } = await runHere(["rib", "stats", "--json", "--rpki", VRPS, DUMP]);
    expect(JSON.parse(stdout)).toMatchObject({
      entries: 5,
      rpki: { valid: 2, invalid: 1, not_found: 2 },
    });
    const { stdout: text } = await runHere(["rib", "stats", "--rpki", VRPS, DUMP]);
    expect(text).toContain("1 invalid entries\n");
  });
});

describe("states of routes in", () => {
  it("rib show and convert", async () => {
    const shown = await runHere(["rib", "show", "--rpki", VRPS, DUMP, "192.0.2.0/24"]);
    const states = shown.stdout.split("\n").map((line) => line.match(/ rpki (\S+)/)?.[1]);
    expect(states).toEqual(["invalid", "valid", undefined]);
    const json = await runHere(["rib", "convert", "--json", "--rpki", VRPS, DUMP]);
    const rows = json.stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const expected = ["invalid", "valid", "valid", "not-found", "not-found"];
    expect(rows).toMatchObject(expected.map((rpki) => ({ rpki })));
  });

  it("lookup --json, where the table knows origins", async () => {
    const args = ["--rpki", VRPS, "--table", DUMP, "--json", "192.0.2.1", "198.51.100.1"];
    const { stdout } = await runHere(["lookup", ...args]);
    expect(JSON.parse(stdout)).toMatchObject([
      { prefix: "192.0.2.0/24", origin_as: 64_500, rpki: "invalid" },
      { prefix: "198.51.100.0/24", origin_as: 64_500, rpki: "not-found" },
    ]);
  });

  it("explain", async () => {
    const args = ["--table", DUMP, "--dst", "192.0.2.1"];
    const { stdout } = await runHere(["explain", "--rpki", VRPS, "--json", ...args]);
    expect(JSON.parse(stdout)).toMatchObject([
      { origin: { as: 64_500, rpki: "invalid", vrps: [{ reason: "as" }, { reason: "length" }] } },
    ]);
    const text = await runHere(["explain", "--rpki", VRPS, ...args]);
    expect(text.stdout).toMatch(/^origin +AS64500, invalid by 192\.0\.2\.0\/24-24 AS64501, /m);
    const without = await runHere(["explain", ...args]);
    expect(without.stdout).toMatch(/^origin +AS64500$/m);
  });
});
