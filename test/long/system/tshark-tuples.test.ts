/** Verdict rows of every real capture, beside what tshark reads. */

import { describe, expect, test } from "vitest";
import { NO_DATA } from "../../data.ts";
import { realCaptures } from "../../manifest.ts";
import { missingTools } from "../../system/tools.ts";
import { compareTuples, DOCUMENTED } from "../../system/tshark-tuples.ts";

const PACKETS_AT_LEAST = 200_000;

const captures = realCaptures();
const why = captures === undefined ? NO_DATA : missingTools("tshark");

describe.skipIf(why !== undefined)(`tshark (${why ?? "all captures"})`, () => {
  test("reads the same 5-tuples, six documented packets apart", async () => {
    const { compared, differences } = await compareTuples(captures ?? []);
    expect(compared).toBeGreaterThanOrEqual(PACKETS_AT_LEAST);
    expect(differences).toEqual(DOCUMENTED);
  });
});
