/** Our flow hashes and choices in C answer as the module does, and are timed beside it. */

import path from "node:path";
import { expect, test, vi } from "vitest";
import { flowContests } from "../../../bench/rivals/flow-contest.ts";
import { contestText } from "../../../bench/rivals/report.ts";
import { moduleBytes } from "../../setup/modules.ts";

// The module lies beside the compiled host, and here the host is not compiled.
vi.mock("../../../src/node/module.ts", () => ({
  readModule: async (target: "release" | "shared" = "release") => moduleBytes(target),
}));

const ROOT = path.resolve(import.meta.dirname, "../../..");

test.for([4, 6] as const)("IPv%i", async (family, context) => {
  const patterns: string[] = [];
  for await (const rows of flowContests({ family, rounds: 1 }, { root: ROOT, scripts: ROOT })) {
    const [ours, twin] = rows;
    expect(ours).toMatchObject({ name: "anyfib", family: `ipv${family}`, status: "timed" });
    if (twin?.status === "skipped") return context.skip(twin.reason);
    expect(twin).toMatchObject({ name: "anyfib in C", status: "timed", checked: 32_768 });
    expect(contestText(rows)).toContain("a group of 64 next hops, 65536 slots");
    patterns.push(ours?.pattern ?? "");
  }
  expect(patterns).toEqual(["siphash-1-3", "multilinear"]);
});
