/** The lcov format, there and back. */

import { expect, it } from "vitest";
import { type FileCoverage, formatLcov, parseLcov } from "../../scripts/lcov.js";

const COVERAGE: FileCoverage = {
  file: "src/net/mac.ts",
  lines: new Map([
    [3, 2],
    [4, 0],
  ]),
  functions: new Map([
    ["parse", { line: 3, count: 2 }],
    ["print", { line: 9, count: 0 }],
  ]),
};

it("writes a record with its totals", () => {
  expect(formatLcov([COVERAGE]).split("\n")).toEqual([
    "SF:src/net/mac.ts",
    ...["FN:3,parse", "FN:9,print", "FNDA:2,parse", "FNDA:0,print", "FNF:2", "FNH:1"],
    ...["DA:3,2", "DA:4,0", "LF:2", "LH:1"],
    "end_of_record",
    "",
  ]);
});

it("reads back what it wrote", () => {
  expect(parseLcov(formatLcov([COVERAGE, { ...COVERAGE, file: "b.ts" }]))).toEqual([
    COVERAGE,
    { ...COVERAGE, file: "b.ts" },
  ]);
});

it("reads other writers' paths and skips branches", () => {
  const text = "TN:\nSF:src\\net\\mac.ts\nDA:1,5\nBRDA:1,0,0,1\nBRF:1\nend_of_record\n";
  expect(parseLcov(text)).toEqual([
    { file: "src/net/mac.ts", lines: new Map([[1, 5]]), functions: new Map() },
  ]);
});
