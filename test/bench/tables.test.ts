/** Tables of the benchmark: each prefix once and in order, groups as given or as asked for. */

import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { familyTable, fileTable, syntheticTable } from "../../bench/tables.ts";
import { columnsOf } from "./columns.ts";

const ROWS = `
10.2.0.0/16 10.9.0.1
10.0.0.0/8 10.9.0.2
2001:db8:2::/48 fd00::1
10.0.0.0/8 10.9.0.3
10.1.0.0/16 10.9.0.1
2001:db8::/32 fd00::2
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "anyfib-bench-"));
});
afterAll(() => rm(folder, { recursive: true }));

function written(text: string): string {
  const file = path.join(folder, "table.txt");
  writeFileSync(file, text);
  return file;
}

describe("a table with next hops", () => {
  it("has each prefix once, in order, the last row counting", async () => {
    const table = await fileTable([written(ROWS)]);
    expect(table).toMatchObject({ name: "table.txt", isBare: false });
    const four = familyTable(table, 4);
    const { words, lengths } = columnsOf(["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"]);
    expect(four.routes).toMatchObject({ count: 3, words, lengths });
    expect([...four.routes.groups]).toEqual([10, 8, 8]);
    expect(four).toMatchObject({ groups: 2, placement: "table" });
    const six = familyTable(table, 6);
    expect(six.routes.words).toEqual(columnsOf(["2001:db8::/32", "2001:db8:2::/48"]).words);
    expect([...six.routes.groups]).toEqual([9, 8]);
  });

  it("can be given others", async () => {
    const table = await fileTable([written(ROWS)]);
    const one = familyTable(table, 4, { count: 1, placement: "clustered" });
    expect([...one.routes.groups]).toEqual([8, 8, 8]);
    expect(one).toMatchObject({ groups: 1, placement: "clustered" });
  });
});

describe("prefixes alone", () => {
  it("get 16 clustered groups", async () => {
    const lines = Array.from({ length: 4000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24\n`);
    const table = await fileTable([written(lines.join(""))]);
    expect(table.isBare).toBe(true);
    const { routes, groups, placement } = familyTable(table, 4);
    expect({ groups, placement }).toEqual({ groups: 16, placement: "clustered" });
    const changes = routes.groups.filter((group, row) => group !== routes.groups[row - 1]).length;
    expect(changes).toBeLessThan(2500);
  });
});

describe("a synthetic table", () => {
  it.each([4, 6] as const)(
    "of IPv%i has as many routes and groups as asked for",
    async (family) => {
      const table = await syntheticTable(family, 3000);
      const { name, routes, groups } = familyTable(table, family, {
        count: 255,
        placement: "random",
      });
      expect({ name, count: routes.count, groups }).toEqual({
        name: "synthetic 3000",
        count: 3000,
        groups: 255,
      });
      expect(Math.min(...routes.groups)).toBe(8);
      expect(familyTable(table, family === 4 ? 6 : 4).routes.count).toBe(0);
    },
  );

  it("has no more groups than there are ids", async () => {
    const table = await syntheticTable(4, 100_000);
    const choice = { count: 100_000, placement: "random" } as const;
    expect(() => familyTable(table, 4, choice)).toThrow("groups; give at most 65528");
  });
});
