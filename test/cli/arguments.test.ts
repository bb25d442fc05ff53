/** Arguments: counts with suffixes, and keys from digits, files and the environment. */

import { InvalidArgumentError } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collect, parseCount, parsePositiveCount, readKey } from "../../src/cli/arguments.ts";
import { testFolder } from "./run.ts";

const file = testFolder();
const HEX = "000102030405060708090a0b0c0d0e0f";
const BYTES = Uint8Array.from({ length: 16 }, (_, index) => index);

describe("parseCount", () => {
  it.each([
    ["0", 0],
    ["1000", 1000],
    ["10k", 10_000],
    ["10K", 10_000],
    ["1.5M", 1_500_000],
    ["2G", 2_000_000_000],
    ["0.001k", 1],
  ])("reads %s", (text, count) => {
    expect(parseCount(text)).toBe(count);
  });

  it.each(["", "-1", "1.5", "0.0001k", "1e3", "1 k", "1m", "k", "0x10", "9007199254740992", "∞"])(
    "refuses %j",
    (text) => {
      expect(() => parseCount(text)).toThrow(InvalidArgumentError);
    },
  );

  it("wants at least 1 where nothing makes no sense", () => {
    expect(parsePositiveCount("1")).toBe(1);
    expect(() => parsePositiveCount("0")).toThrow("Give at least 1.");
  });
});

it("collect keeps what came before", () => {
  expect(collect("b", collect("a"))).toEqual(["a", "b"]);
});

describe("readKey", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("is all zero unless given", async () => {
    vi.stubEnv("ANYFIB_KEY", undefined);
    expect(await readKey(undefined)).toEqual(new Uint8Array(16));
    vi.stubEnv("ANYFIB_KEY", "");
    expect(await readKey(undefined)).toEqual(new Uint8Array(16));
  });

  it("comes from digits, a file of digits, a file of bytes, or the environment", async () => {
    expect(await readKey(HEX.toUpperCase())).toEqual(BYTES);
    expect(await readKey(file("digits", `${HEX}\n`))).toEqual(BYTES);
    expect(await readKey(file("bytes", BYTES))).toEqual(BYTES);
    vi.stubEnv("ANYFIB_KEY", HEX);
    expect(await readKey(undefined)).toEqual(BYTES);
    expect(await readKey("ff".repeat(16))).toEqual(new Uint8Array(16).fill(255));
  });

  it.each([
    ["digits that are too few", () => HEX.slice(1), "--key"],
    ["a file that is not there", () => file("missing"), "--key"],
    ["a file of other content", () => file("text", "secret"), `${file("text")}:1`],
    ["an empty file", () => file("empty", ""), file("empty")],
  ])("refuses %s, without showing it", async (_, key, where) => {
    const failure = await readKey(key()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "USAGE", exitCode: 2, where });
    expect(String(failure)).not.toContain(HEX.slice(1));
    expect(String(failure)).not.toContain("secret");
  });
});
