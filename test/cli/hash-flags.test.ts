/** Flags about the flow hash: keys from digits, files, the environment; fields; configurations. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { readHash, readKeys } from "../../src/cli/hash-flags.ts";
import { EXIT } from "../../src/net/errors.ts";
import { parseConfig } from "../../src/router/config.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const HEX = "000102030405060708090a0b0c0d0e0f";
const BYTES = Uint8Array.from({ length: 16 }, (_, index) => index);

describe("readKeys", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is all zero unless given", async () => {
    vi.stubEnv("ANYFIB_KEY", undefined);
    expect(await readKeys(undefined)).toEqual({ current: new Uint8Array(16) });
    vi.stubEnv("ANYFIB_KEY", "");
    expect(await readKeys(undefined)).toEqual({ current: new Uint8Array(16) });
  });

  it("comes from digits, a file of digits, a file of bytes, or the environment", async () => {
    expect(await readKeys(HEX.toUpperCase())).toEqual({ current: BYTES });
    expect(await readKeys(file("digits", `${HEX}\n`))).toEqual({ current: BYTES });
    expect(await readKeys(file("bytes", BYTES))).toEqual({ current: BYTES });
    vi.stubEnv("ANYFIB_KEY", HEX);
    expect(await readKeys(undefined)).toEqual({ current: BYTES });
    expect(await readKeys("ff".repeat(16))).toEqual({ current: new Uint8Array(16).fill(255) });
  });

  it.each([
    ["digits that are too few", () => HEX.slice(1), "--key"],
    ["a file that is not there", () => file("missing"), "--key"],
    ["a file of other content", () => file("text", "secret"), `${file("text")}:1`],
    ["an empty file", () => file("empty", ""), file("empty")],
  ])("refuses %s, without showing it", async (_, key, where) => {
    const failure = await readKeys(key()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "USAGE", exitCode: 2, where });
    expect(String(failure)).not.toContain(HEX.slice(1));
    expect(String(failure)).not.toContain("secret");
  });
});

/** The section of a configuration. */
function section(yaml: string, name = file("anyfib.yaml")) {
  const { config } = parseConfig(`hash: ${yaml}\n`, name);
  if (config.hash === undefined) throw new Error("the file of this test has a section hash");
  return { config: config.hash, file: name };
}

describe("readHash", () => {
  it("takes a configuration's options, and a key file beside it", async () => {
    file("key", HEX);
    const given = section("{fields: [src, dst], symmetric: true, tier: edge, key_file: key}");
    expect(await readHash({}, [given])).toMatchObject({
      key: BYTES,
      hash: { fields: ["src", "dst"], symmetric: true, tier: "edge", algorithm: "siphash-1-3" },
    });
  });

  it("takes flags first", async () => {
    const given = section("{fields: [src, dst], tier: edge, key_file: missing}");
    const flags = { key: HEX, hash: "multilinear", hashFields: "src, proto", tier: "b" } as const;
    expect(await readHash(flags, [given])).toMatchObject({
      key: BYTES,
      hash: { algorithm: "multilinear", fields: ["src", "proto"], tier: "b" },
    });
  });

  it.each([
    [{ hashFields: "src,port" }, '"port" is no field'],
    [{ hashFields: "dst" }, "no source"],
    [{ hashFields: "src,dst,proto", hash: "toeplitz" }, "neither protocol"],
    [{ hashSymmetric: true, hashFields: "src" }, "both ends"],
  ] as const)("refuses %j", async (flags, what) => {
    await expect(readHash(flags, [])).rejects.toThrow(what);
  });

  it("takes a configuration's steering", async () => {
    const given = section("{fragments: track, inner: [gre, gtpu]}");
    const steering = { fragments: "track", inner: ["gre", "gtpu"] };
    expect(await readHash({}, [given])).toMatchObject({ steering });
    expect(await readHash({}, [])).toMatchObject({ steering: {} });
    expect(await readHash({}, [section("{icmp_copies: 5}")])).toMatchObject({ icmpCopies: 5 });
  });

  it("refuses two sections", async () => {
    const two = [section("{}", "a.yaml"), section("{}", "b.yaml")];
    await expect(readHash({}, two)).rejects.toMatchObject({ code: "CONFIG", where: "b.yaml" });
  });
});

it("a table that is a configuration says how its flows are hashed", async () => {
  const table = file(
    "c.yaml",
    "sites: {a: {next_hop: 10.0.0.1}, b: {next_hop: 10.0.0.2}}\n" +
      "routes: [{prefix: 203.0.113.0/24, sites: [a, b]}]\nhash: {fields: [src]}\n",
  );
  const choices = new Set<string>();
  for (let port = 1; port <= 8; port++) {
    const flow = `192.0.2.7:${port},udp,53`;
    const { status, stdout } = await runHere([
      "lookup",
      "--table",
      table,
      "--flow",
      flow,
      "203.0.113.9",
    ]);
    expect(status).toBe(EXIT.ok);
    choices.add(stdout);
  }
  expect(choices.size).toBe(1);
});
