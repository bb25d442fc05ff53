/** Ten million addresses of full tables, all edges of all prefixes among them, in every build. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, type TestContext } from "vitest";
import { type Prefix, parsePrefix } from "../../../src/net/prefix.ts";
import { dataPath, NO_DATA } from "../../data.ts";
import { MODULE_TARGETS, type ModuleTarget } from "../../setup/modules.ts";
import { type BigTable, generatedPrefixes, tableOf } from "./big-table.ts";
import { engineWith, wrongAnswers } from "./big-table-answers.ts";

const ADDRESSES = 10_000_000;
const SEED = 2025;
/** Most prefixes have a group of their own; or few groups, so that neighbours often share one. */
const CASES = [
  { groups: 65_535, targets: MODULE_TARGETS },
  { groups: 16, targets: ["release"] },
] as const;

describe.each([
  { family: 4, generated: 1_000_000 },
  { family: 6, generated: 250_000 },
] as const)("IPv$family", ({ family, generated }) => {
  it.for(CASES)("answers the table of 2025 ($groups groups)", async (one, context) => {
    const { groups, targets } = one;
    const prefixes = realPrefixes(context, family);
    await expectSameAnswers(tableOf("the table of 2025", prefixes, groups), targets);
  });

  it.each(CASES)("answers a generated table ($groups groups)", async ({ groups, targets }) => {
    const prefixes = generatedPrefixes(family, generated, SEED);
    await expectSameAnswers(tableOf(`generated, seed ${SEED}`, prefixes, groups), targets);
  });
});

/** The prefixes of the table of 2025; skips the test where it is absent. */
function realPrefixes(context: TestContext, family: 4 | 6): readonly Prefix[] {
  const file = dataPath("routes", "prefixes-2025.txt.gz");
  if (file === undefined) return context.skip(NO_DATA);
  const lines = gunzipSync(readFileSync(file)).toString("latin1").split("\r\n");
  const all = lines.map((line) => parsePrefix(line)?.prefix);
  return all.filter((prefix): prefix is Prefix => prefix?.family === family);
}

/** Asks the same of the fast engine in some builds and of the reference engine. */
async function expectSameAnswers(table: BigTable, targets: readonly ModuleTarget[]): Promise<void> {
  const reference = await engineWith(table, "release", "reference");
  for (const target of targets) {
    const subject = await engineWith(table, target, "fast");
    expect(wrongAnswers(table, subject, reference, ADDRESSES), target).toEqual([]);
  }
}
