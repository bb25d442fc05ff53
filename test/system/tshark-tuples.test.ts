/** Verdict rows beside tshark: the large captures, a quarter of the others, and what is known. */

import { describe, expect, test } from "vitest";
import { NO_DATA } from "../data.ts";
import { realCaptures } from "../manifest.ts";
import { missingTools } from "./tools.ts";
import { compareTuples, DOCUMENTED } from "./tshark-tuples.ts";

const PACKETS_AT_LEAST = 50_000;
/** Captures of so many packets are all read; test/long reads all. */
const LARGE = 200;
const SHARE = 4;

const captures = realCaptures();
const why = captures === undefined ? NO_DATA : missingTools("tshark");

describe.skipIf(why !== undefined)(`tshark (${why ?? "a quarter of the captures"})`, () => {
  test("reads the same 5-tuples, six documented packets apart", async () => {
    const some = (captures ?? []).filter(
      ({ name, truth }, index) =>
        index % SHARE === 0 ||
        truth.packets >= LARGE ||
        DOCUMENTED.some((one) => one.startsWith(`${name} `)),
    );
    const { compared, differences } = await compareTuples(some);
    expect(compared).toBeGreaterThanOrEqual(PACKETS_AT_LEAST);
    expect(differences).toEqual(DOCUMENTED);
  });
});
