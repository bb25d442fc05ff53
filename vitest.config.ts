/** What `vitest run` runs: the unit tests, or with `--mode` system, long or coverage. */

import { defineConfig } from "vitest/config";

/** Suites that are run on their own, and the time one of their tests may take. */
const APART = ["system", "long"];
const APART_TIMEOUT_MS = 600_000;

const ALL = "test/**/*.test.ts";
/** Tests that take over what the others share: stdout, or the file that the module comes from. */
const ISOLATED = [
  "test/cli/**/*.test.ts",
  "test/bench/questions.test.ts",
  "test/bench/rivals/*-contest.test.ts",
];

/** Tests of the very modules that a coverage run replaces. */
const ABOUT_THE_BUILD = ["test/engine/built-module.test.ts", "test/bench/exact.test.ts"];

export default defineConfig(({ mode }) => {
  const isApart = APART.includes(mode);
  const isCoverage = mode === "coverage";
  const notCounted = isCoverage ? ABOUT_THE_BUILD : [];
  const apart = APART.map((folder) => `test/${folder}/**`);
  // No test but these changes what others see: sharing a worker saves a third of the time.
  const projects = [
    { name: "unit", isolate: false, include: [ALL], exclude: [...apart, ...ISOLATED] },
    { name: "isolated", isolate: true, include: ISOLATED },
  ].map((test) => ({ extends: true as const, test }));
  const whole = {
    include: [isApart ? `test/${mode}/**/*.test.ts` : ALL],
    exclude: isApart ? [] : [...apart, ...notCounted],
  };
  return {
    test: {
      ...(isApart || isCoverage ? whole : { projects }),
      globalSetup: [`test/setup/${isCoverage ? "instrument-modules" : "build-modules"}.ts`],
      setupFiles: isCoverage ? ["test/setup/count-assembly.ts"] : [],
      // The kernel drops its own ICMP errors where others keep the processors busy.
      maxWorkers: mode === "system" ? 1 : 2,
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
