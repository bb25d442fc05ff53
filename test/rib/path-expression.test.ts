/** AS-path expressions against paths, against regular expressions over letters, and broken ones. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AsPath } from "../../src/rib/attributes.ts";
import { PathExpression } from "../../src/rib/path-expression.ts";

function expression(text: string): PathExpression {
  const parsed = PathExpression.parse(text);
  if (parsed instanceof PathExpression) return parsed;
  throw new Error(`${text}: ${parsed.what} at ${parsed.at}`);
}

const path = (...asns: readonly number[]): AsPath => [{ kind: "sequence", asns }];

describe("PathExpression", () => {
  it.each<[string, AsPath, boolean]>([
    ["64500", path(64_499, 64_500, 64_501), true],
    ["^64500", path(64_499, 64_500), false],
    ["64500$", path(64_499, 64_500), true],
    ["_64500_", path(64_500), true],
    ["^64500 .* 64510$", path(64_500, 1, 2, 64_510), true],
    ["^64500 .* 64510$", path(64_500, 64_510), true],
    ["^64500 . 64510$", path(64_500, 64_510), false],
    ["^.{3}$", path(1, 2, 3), true],
    ["^.{3}$", path(1, 2), false],
    ["^.{4,}$", path(1, 2, 3), false],
    ["^.{0,2}$", path(1, 2), true],
    ["^(1|2 3)+$", path(1, 2, 3, 1), true],
    ["^(1|2 3)+$", path(1, 2), false],
    ["[5 64512-65534]", path(64_511, 65_000), true],
    ["[5 64512-65534]", path(64_511, 65_535), false],
    ["1 1", path(1, 2, 1), false],
    ["^$", [], true],
    ["^$", path(1), false],
    ["", path(1), true],
    ["4294967295", path(4_294_967_295), true],
    [
      "^1 3$",
      [
        { kind: "sequence", asns: [1] },
        { kind: "set", asns: [2, 3] },
      ],
      true,
    ],
    [
      "^1 2 3$",
      [
        { kind: "sequence", asns: [1] },
        { kind: "set", asns: [2, 3] },
      ],
      false,
    ],
    ["^65001 1", [{ kind: "confed_sequence", asns: [65_001] }, ...path(1)], true],
  ])("%s", (text, ases, isMatch) => {
    expect(expression(text).matches(ases)).toBe(isMatch);
  });

  it("is what a regular expression over letters is", () => {
    const letter = fc.constantFrom("1", "2", "3", ".", "[1 2]", "^", "$");
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { depthSize: "small" },
        letter,
        fc.tuple(tie("text"), tie("text")).map(([a, b]) => `${a} ${b}`),
        fc.tuple(tie("text"), tie("text")).map(([a, b]) => `(${a}|${b})`),
        fc
          .tuple(tie("text"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{2,}"))
          .map(([a, count]) => `(${a})${count}`),
      ),
    }));
    fc.assert(
      fc.property(
        text,
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }),
        (form, asns) => {
          const letters = new RegExp(form.replaceAll(" ", ""));
          expect(expression(form).matches(path(...asns))).toBe(letters.test(asns.join("")));
        },
      ),
      { seed: 7, numRuns: 2000 },
    );
  });

  it.each([
    ["(1", "this ( is not closed", 0],
    ["1)", "this ) closes nothing", 1],
    ["*1", "nothing stands before this *", 0],
    ["1**", "two counts for one thing", 2],
    ["1{3,2}", "these counts end before they begin", 1],
    ["1{256}", "a count is 0 to 255", 2],
    ["1{2", "counts are written {2}, {1,3} or {2,}", 3],
    ["4294967296", "an AS number is 0 to 4294967295", 0],
    ["9-1", "this range ends before it begins", 0],
    ["[", "this [ is not closed", 0],
    ["[]", "this list is empty", 0],
    ["[^1]", "a list has AS numbers and ranges of them", 1],
    ["AS1", '"A" means nothing in an expression', 0],
    [`${"(".repeat(33)}`, "more than 32 parentheses deep", 33],
    ["((.{255}){255}){255}", "too many repeats within each other", 0],
    [" ".repeat(4097), "longer than 4096 characters", 4096],
  ])("refuses %s", (text, what, at) => {
    expect(PathExpression.parse(text)).toEqual({ what, at });
  });

  it.each([
    ["1 ^", false],
    ["$ 1", false],
    ["(1 ^|$ 2)", false],
    ["$^", true],
    ["(1 ^)* 2", true],
    ["(1 ^){1,2} 2", false],
    ["^1$", true],
  ])("knows whether %s can match", (text, canMatch) => {
    expect(expression(text).canMatch).toBe(canMatch);
  });

  it("repeats nothing once", () => {
    const nothing = `${"(".repeat(20)}${"){255}".repeat(20)}`;
    expect(expression(nothing).matches([])).toBe(true);
  });

  it("takes no longer for what would make others go back", () => {
    const hard = expression(`^${"(.*)*".repeat(20)} 5$`);
    expect(hard.matches(path(...Array.from({ length: 4000 }, () => 1)))).toBe(false);
  });
});
