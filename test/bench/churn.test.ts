/** Update streams: read, drawn, coalesced; and taken back by being applied again. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  batchesOf,
  ChurnWalk,
  drawnChurn,
  recordedChurn,
  type UpdateBatch,
} from "../../bench/churn.ts";
import { readUpdates } from "../../bench/recorded-updates.ts";
import { familyTable, syntheticTable } from "../../bench/tables.ts";
import type { RouteColumns } from "../../src/engine/fib-tables.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { address6, bgp4mp, DOC6, message, reach, TEN, update } from "../sources/bgp/messages.ts";
import { attributes, bytesOf } from "../sources/mrt/dump.ts";
import { columnsOf } from "./columns.ts";

const folder = mkdtempSync(path.join(tmpdir(), "anyfib-churn-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(contents: string | Uint8Array): string {
  const file = path.join(folder, "updates.txt");
  writeFileSync(file, contents);
  return file;
}

const LINES = `
1418774413 w 10.1.0.0/16 0.0.0.0
1418774413 a 10.1.0.0/16 10.9.0.1
1418774414 a 2001:db8::/32 fd00::1
1418774414 a 10.1.2.3/24 10.9.0.2
1418774415 a 10.1.0.0/16 10.9.0.3
`;

async function table(family: 4 | 6, groups: number) {
  return familyTable(await syntheticTable(family, 500), family, {
    count: groups,
    placement: "random",
  });
}

/** Rows as texts: what tells them apart, and their group. */
function rowsOf({ count, words, lengths, groups }: RouteColumns): readonly string[] {
  const width = words.length / count;
  return Array.from({ length: count }, (_, row) => {
    const address = words.subarray(row * width, (row + 1) * width);
    return `${address.join(".")}/${lengths[row]} ${groups[row]}`;
  });
}

describe("recorded updates", () => {
  it("become columns, each next hop a group of the table", async () => {
    const updates = await readUpdates(written(LINES));
    const { columns } = recordedChurn("u", updates, await table(4, 2));
    expect(columns).toEqual({
      ...columnsOf(["10.1.0.0/16", "10.1.0.0/16", "10.1.2.0/24", "10.1.0.0/16"]),
      groups: Uint32Array.of(0, 8, 9, 8),
    });
    const six = recordedChurn("u", updates, await table(6, 2));
    expect(rowsOf(six.columns)).toEqual([`${0x20010db8}.0.0.0/32 8`]);
  });

  it.each([
    "1418774413 x 10.0.0.0/8 10.0.0.1",
    "1418774413 a 10.0.0.0/33 10.0.0.1",
    "1418774413 a 10.0.0.0/8",
    "1418774413",
  ])("say where the line %j is", async (line) => {
    await expect(readUpdates(written(`${LINES}${line}\n`))).rejects.toThrow(
      /updates.txt:7:1: .+ is no update; give an MRT file of BGP messages, or lines of /,
    );
  });

  it("come from MRT files, without damaged records", async () => {
    const six = reach(2, 1, address6(7), DOC6);
    const all = { withdrawn: TEN, attributes: [attributes(64_500), six], announced: TEN };
    const whole = bgp4mp(4, update(all));
    const damaged = bgp4mp(1, message(9, []));
    const file = written(bytesOf([whole, damaged, whole, damaged]));
    const warnings: string[] = [];
    const updates = await readUpdates(file, (warning) => warnings.push(warning));
    const ten = { family: 4, words: Uint32Array.of(0x0a000000), length: 8 };
    const doc = { family: 6, words: Uint32Array.of(0x20010db8, 0, 0, 0), length: 32 };
    const once = [
      { ...ten, nextHop: undefined },
      { ...ten, nextHop: "192.0.2.1" },
      { ...doc, nextHop: "2001:db8::7" },
    ];
    expect(updates).toEqual([...once, ...once]);
    const at = `${file}@${bytesOf(whole).length}`;
    expect(warnings).toEqual([
      `2 damaged records were passed over, first ${at}: 9 is no type of messages`,
    ]);
  });

  it("of an hour at LINX are read", async (context) => {
    const file = dataPath("routes", "linx-update.20141217.txt.gz");
    if (file === undefined) return context.skip(NO_DATA);
    const updates = await readUpdates(file);
    expect(updates).toHaveLength(23_446);
    expect(updates.filter(({ nextHop }) => nextHop === undefined)).toHaveLength(5305);
  });
});

describe.each([4, 6] as const)("drawn updates of IPv%i", (family) => {
  it("are of the table's prefixes, a third each to withdraw, bring back, replace", async () => {
    const of = await table(family, 16);
    const { columns } = drawnChurn(of);
    const known = new Set(rowsOf(of.routes).map((row) => row.split(" ")[0]));
    const drawn = rowsOf(columns);
    expect(drawn.every((row) => known.has(row.split(" ")[0]))).toBe(true);
    const withdrawals = drawn.filter((row) => row.endsWith(" 0")).length;
    expect(withdrawals / columns.count).toBeCloseTo(1 / 3, 1);
    expect(drawnChurn(of).columns).toEqual(columns);
  });
});

describe("batches", () => {
  const columns = {
    ...columnsOf(["10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16"]),
    groups: Uint32Array.of(8, 9, 10, 0, 11),
  };

  it("of one are the updates", () => {
    const batches = batchesOf(columns, 1);
    expect(batches.flatMap((batch) => rowsOf(batch.columns))).toEqual(rowsOf(columns));
    expect(batches.map(({ updates }) => updates)).toEqual([1, 1, 1, 1, 1]);
  });

  it("keep the last update of each prefix", () => {
    const [first, second, ...rest] = batchesOf(columns, 3);
    expect(rest).toEqual([]);
    expect(first?.updates).toBe(3);
    expect(rowsOf(first?.columns ?? columns).toSorted()).toEqual(
      rowsOf({
        ...columnsOf(["10.0.0.0/8", "10.1.0.0/16"]),
        groups: Uint32Array.of(10, 9),
      }).toSorted(),
    );
    expect(second?.updates).toBe(2);
    expect(second?.columns.count).toBe(2);
  });
});

function batchOf(walk: ChurnWalk): UpdateBatch {
  const batch = walk.take();
  if (batch === undefined) throw new Error("no batch");
  return batch;
}

describe("a walk through batches", () => {
  const batches = batchesOf(columnsOf(["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"]), 1);

  it("goes there and back, again and again", () => {
    const walk = new ChurnWalk(batches);
    const taken = Array.from({ length: 8 }, () => [walk.step, batches.indexOf(batchOf(walk))]);
    expect(taken).toEqual([
      [0, 0],
      [2, 1],
      [4, 2],
      [5, 2],
      [3, 1],
      [1, 0],
      [0, 0],
      [2, 1],
    ]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])("is taken back after %i steps", (steps) => {
    const walk = new ChurnWalk(batches);
    const applied = [false, false, false];
    const apply = (): void => {
      const batch = batches.indexOf(batchOf(walk));
      applied[batch] = !applied[batch];
    };
    for (let step = 0; step < steps; step++) apply();
    walk.turnBack();
    while (!walk.isAtStart) apply();
    expect(applied).toEqual([false, false, false]);
  });
});
