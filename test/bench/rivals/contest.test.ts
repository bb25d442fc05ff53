/** Contests: who is timed, who is void, who is skipped, who fails. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runContest } from "../../../bench/rivals/contest.ts";
import { plainJs } from "../../../bench/rivals/plain-js.ts";
import { contestText } from "../../../bench/rivals/report.ts";
import { digestOf, takeTurn } from "../../../bench/rivals/rival.ts";
import type { RivalChoice } from "../../../bench/rivals/rivals.ts";
import { oracleDigest, smallTable } from "./small-table.ts";

/** Obeys the protocol: with the digest that its flag gives, or skipping. */
const PROCESS = `
import { createInterface } from "node:readline";
const flag = process.argv[process.argv.indexOf("--says") + 1];
const first = flag === "skip" ? { skip: "not today" } : {
  name: "honest", library: "l 1", compiler: "c 2", addresses: "as they are", answer: "group",
  stream_count: 100, memory_bytes: 5000000, entry_bytes: 2, output_bytes: 8, huge_pages: true,
};
if (flag === "crash") throw new Error("out of memory");
console.log(JSON.stringify(first));
if (flag === "skip") process.exit();
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "quit") process.exit();
  console.log(line === "digest" ? flag : "[40,20,60]");
});
`;

const scripts = mkdtempSync(path.join(tmpdir(), "anyfib-contest-"));
beforeAll(() => {
  writeFileSync(path.join(scripts, "package.json"), `{"type":"module"}`);
  writeFileSync(path.join(scripts, "js-process.js"), PROCESS);
});
afterAll(() => rmSync(scripts, { recursive: true }));

const small = smallTable(4, 1, false);

function choice(name: string, says: string): RivalChoice {
  return { name, language: "JavaScript", program: "any", reads: "table", flags: ["--says", says] };
}

test("rivals are timed, void, skipped or failed", async () => {
  const rival = plainJs(small);
  const ours = {
    contender: {
      name: "anyfib",
      details: { memoryBytes: 1, entryBytes: 2, outputBytes: 4, hugePages: false, note: "" },
      turn: async (seconds: number) => takeTurn(rival, seconds, 0).samples,
      digest: async () => digestOf(rival),
      close: async () => {},
    },
    groups: small.groups,
  };
  const right = oracleDigest(small, { answer: "group", count: 100 });
  const says = { honest: right, liar: "0".repeat(16), shy: "skip", sick: "crash" };
  const choices = Object.entries(says).map(([name, flag]) => choice(name, flag));
  const table = { ...small, name: "small", groups: 100, placement: "random" } as const;
  const contest = { table, pattern: "prefix", stream: small.stream } as const;
  const options = { choices, places: { root: scripts, scripts }, rounds: 1 };
  const rows = await runContest(contest, ours, options);

  expect(rows.map(({ name, status }) => [name, status])).toEqual([
    ["anyfib", "timed"],
    ["honest", "timed"],
    ["liar", "void"],
    ["shy", "skipped"],
    ["sick", "failed"],
  ]);
  const [first, honest, liar, shy, sick] = rows;
  expect(first).toMatchObject({ anyfib_times_median: 1, checked: small.groups.length });
  const median = first?.status === "timed" ? first.median_ns : Number.NaN;
  expect(honest).toMatchObject({
    family: "ipv4",
    groups: 100,
    prefixes: small.routes.count,
    median_ns: 40,
    p10_ns: 20,
    memory_bytes: 5_000_000,
    entry_bytes: 2,
    output_bytes: 8,
    huge_pages: true,
    note: "l 1, c 2; addresses as they are",
    checked: 100,
    anyfib_times_median: 40 / median,
  });
  expect(liar).toMatchObject({ reason: expect.stringContaining(right) });
  expect(shy).toMatchObject({ reason: "not today" });
  expect(sick).toMatchObject({ reason: expect.stringContaining("out of memory") });

  const text = contestText(rows);
  expect(text).toContain(`ipv4 small, ${small.routes.count} prefixes, 100 groups (random), prefix`);
  expect(text).toMatch(/honest .* 25\.0 .* 20\.0 .* 40\.0 .* 2\.00 .* 5\.0 .* 2 B .* 8 B/);
  expect(text).toContain(`void: liar: its digest is ${"0".repeat(16)}, ours ${right}`);
  expect(text).toContain("skipped: shy: not today");
});
