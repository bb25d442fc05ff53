/** The rivals that run in Node answer as the oracle does. */

import { describe, expect, test } from "vitest";
import { blockList } from "../../../bench/rivals/block-list.ts";
import { decodeTable, encodeTable } from "../../../bench/rivals/exchange.ts";
import { longestPrefixMatch } from "../../../bench/rivals/longest-prefix-match.ts";
import { mmdbLib } from "../../../bench/rivals/mmdb-lib.ts";
import { plainJs } from "../../../bench/rivals/plain-js.ts";
import { digestOf, type RivalBuilder, takeTurn } from "../../../bench/rivals/rival.ts";
import { oracleDigest, smallTable } from "./small-table.ts";

const BUILDERS: readonly (readonly [string, RivalBuilder])[] = [
  ["plain JavaScript", plainJs],
  ["longest-prefix-match", longestPrefixMatch],
  ["mmdb-lib", mmdbLib],
  ["BlockList", blockList],
];

describe.each(BUILDERS)("%s", (_, build) => {
  test.for([
    { family: 4, hasDefault: false },
    { family: 4, hasDefault: true },
    { family: 6, hasDefault: false },
    { family: 6, hasDefault: true },
  ] as const)("IPv$family, default route: $hasDefault", ({ family, hasDefault }, context) => {
    for (let seed = 1; seed <= 5; seed++) {
      const table = smallTable(family, seed, hasDefault);
      const rival = build(table);
      if ("skip" in rival) return context.skip(rival.skip);
      expect(digestOf(rival)).toBe(oracleDigest(table, rival));
    }
  });
});

test("plain JavaScript answers groups and blocks beyond 15 bits", () => {
  const table = smallTable(4, 1, true);
  const far = { ...table.routes, groups: table.routes.groups.map((group) => 65_535 - group) };
  const rival = plainJs({ ...table, routes: far });
  const groups = table.groups.map((group) => (group === 0 ? 0 : 65_535 - group));
  expect(digestOf(rival)).toBe(oracleDigest({ ...table, groups }, rival));
  expect(rival.entryBytes).toBe(4);
});

test("a turn walks the stream, from its start again at its end", () => {
  const table = smallTable(4, 1, false);
  const asked: number[] = [];
  const rival = { ...plainJs(table), sampleLookups: 1000 };
  const recording = {
    ...rival,
    lookup: (first: number, count: number): void => {
      asked.push(first);
      rival.lookup(first, count);
    },
  };
  const turn = takeTurn(recording, 0.001, 0);
  expect(turn.samples.length).toBe(asked.length);
  expect(turn.samples.every((ns) => ns > 0)).toBe(true);
  expect(new Set(asked)).toEqual(new Set([0]));
  expect(takeTurn(recording, 0, turn.next).samples.length).toBe(1);
});

test.each([4, 6] as const)("a table file of IPv%i reads back", (family) => {
  const { routes } = smallTable(family, 1, true);
  const file = encodeTable(family, routes);
  expect(file.length).toBe(routes.count * (family === 4 ? 12 : 24));
  expect(decodeTable(family, file)).toEqual(routes);
  expect(() => decodeTable(family, file.subarray(1))).toThrow("no IPv");
});
