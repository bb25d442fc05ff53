/** The last line of a test run counts everything that went wrong, as a run in a folder shows. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../../scripts/project.js";

const TESTS = {
  "mixed.test.js": `
    it("passes", () => {});
    it("fails", () => { throw new Error("no"); });
    it("is skipped", (context) => context.skip("no data here"));
    describe("a suite without its set-up", () => {
      beforeAll(() => { throw new Error("no set-up"); });
      it("never runs", () => {});
    });`,
  "broken.test.js": "this is no program",
  "unhandled.test.js": `
    it("passes, but", () => void Promise.reject(new Error("nobody waits")));`,
} as const;

it("counts tests, suites, files and unhandled errors", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "anyfib-tally-"));
  for (const [file, text] of Object.entries(TESTS)) writeFileSync(path.join(folder, file), text);
  const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs");
  const reporter = path.join(ROOT, "test/setup/tally-reporter.ts");
  const args = [vitest, "run", "--globals", "--root", folder, "--reporter", reporter];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });

  const lines = stdout.trimEnd().split("\n");
  expect(lines).toContain("skipped 1: no data here");
  expect(lines.at(-1)).toBe("2 passed, 4 failed, 2 skipped");
});
