/** What `vitest run` runs: the unit tests, or with `--mode` system, long or coverage. */

import { defineConfig } from "vitest/config";

/** Suites that are run on their own, and the time one of their tests may take. */
const APART = ["system", "long"];
const APART_TIMEOUT_MS = 600_000;

/** Tests of the very modules that a coverage run replaces. */
const ABOUT_THE_BUILD = ["test/engine/built-module.test.ts"];

export default defineConfig(({ mode }) => {
  const isApart = APART.includes(mode);
  const isCoverage = mode === "coverage";
  const notCounted = isCoverage ? ABOUT_THE_BUILD : [];
  return {
    test: {
      include: [isApart ? `test/${mode}/**/*.test.ts` : "test/**/*.test.ts"],
      exclude: isApart ? [] : [...APART.map((folder) => `test/${folder}/**`), ...notCounted],
      globalSetup: [`test/setup/${isCoverage ? "instrument-modules" : "build-modules"}.ts`],
      setupFiles: isCoverage ? ["test/setup/count-assembly.ts"] : [],
      reporters: ["default", "./test/setup/tally-reporter.ts"],
      testTimeout: isApart ? APART_TIMEOUT_MS : 30_000,
      coverage: {
        provider: "v8",
        include: ["src/**/*.ts"],
        reportsDirectory: "coverage/src",
        reporter: ["lcovonly"],
        reportOnFailure: true,
      },
    },
  };
});
