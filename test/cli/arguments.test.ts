/** Arguments: counts with suffixes, and flags that repeat. */

import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { collect, parseCount, parsePositiveCount } from "../../src/cli/arguments.ts";

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
