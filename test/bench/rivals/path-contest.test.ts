/** The packet path in C forwards as the module does, a loop over libpcap rewrites as it does. */

import path from "node:path";
import { expect, test, vi } from "vitest";
import { captureContests } from "../../../bench/rivals/capture-contest.ts";
import type { ContestRow } from "../../../bench/rivals/contest.ts";
import { type RivalsOptions, rivalsOptions } from "../../../bench/rivals/options.ts";
import { pathContests } from "../../../bench/rivals/path-contest.ts";
import type { RivalPlaces } from "../../../bench/rivals/rivals.ts";
import { moduleBytes } from "../../setup/modules.ts";

// The module lies beside the compiled host, and here the host is not compiled.
vi.mock("../../../src/node/module.ts", () => ({
  readModule: async (target: "release" | "shared" = "release") => moduleBytes(target),
}));

const ROOT = path.resolve(import.meta.dirname, "../../..");

type Contests = (
  options: RivalsOptions,
  places: RivalPlaces,
) => AsyncGenerator<readonly ContestRow[]>;

const CONTESTS: readonly {
  readonly name: string;
  readonly flags: readonly string[];
  readonly contests: Contests;
  readonly rival: string;
  readonly checked: number;
}[] = [
  { name: "path", flags: [], contests: pathContests, rival: "anyfib in C", checked: 4096 },
  {
    name: "rings",
    flags: ["--ring"],
    contests: pathContests,
    rival: "anyfib in C",
    checked: 4096,
  },
  {
    name: "capture",
    flags: [],
    contests: captureContests,
    rival: "libpcap loop in C",
    checked: 131_072,
  },
];

test.for(CONTESTS)("$name", async ({ flags, contests, rival, checked }, context) => {
  const options = rivalsOptions(["--routes", "400", ...flags]);
  if (options === "help") throw new Error("nobody asked for help");
  const families: string[] = [];
  for await (const rows of contests({ ...options, rounds: 1 }, { root: ROOT, scripts: ROOT })) {
    const [ours, theirs] = rows;
    expect(ours).toMatchObject({ name: "anyfib", status: "timed" });
    if (theirs?.status === "skipped") return context.skip(theirs.reason);
    expect(theirs).toMatchObject({ name: rival, status: "timed", checked });
    families.push(ours?.family ?? "");
  }
  expect(families).toEqual(["ipv4", "ipv6"]);
});
