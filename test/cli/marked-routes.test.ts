/** Routes of a configuration that are counted or limited, as the verbs tell of them. */

import { expect, it } from "vitest";
import { CAPTURE } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const INPUT = file("capture.pcap", CAPTURE);
const TABLE = file(
  "marked.yaml",
  `sites:
  lon: {next_hop: 10.0.0.11}
  six: {next_hop: "fe80::1%eth0"}
routes:
  - {prefix: 203.0.113.0/24, sites: [lon], action: limit, packets_per_second: 1, burst: 100}
  - {prefix: 203.0.113.202/32, kind: blackhole, action: count}
  - {prefix: "2001:db8:a::/48", sites: [six], action: count}
`,
);

it("replay reports each of them", async () => {
  const args = ["replay", "--table", TABLE, "-r", INPUT];
  const report = JSON.parse((await runHere([...args, "--json"])).stdout);
  expect(report.drops).toEqual({ route_limit: 500, blackhole: 1, no_route: 1, ttl_expired: 1 });
  expect(report.marked_routes).toMatchObject([
    { prefix: "203.0.113.0/24", action: "limit", packets: 600, dropped: 500 },
    { prefix: "203.0.113.202/32", action: "count", packets: 1, dropped: 0, dropped_bytes: 0 },
    { prefix: "2001:db8:a::/48", action: "count", packets: 101, dropped: 0 },
  ]);
  const { stdout } = await runHere(args);
  expect(stdout).toContain("  to 203.0.113.0/24 (limit) 600, dropped 500\n");
});

it("explain and lookup tell of one", async () => {
  const explain = ["explain", "--table", TABLE, "--dst", "203.0.113.202"];
  expect(JSON.parse((await runHere([...explain, "--json"])).stdout)).toMatchObject([
    { meter: { prefix: "203.0.113.202/32", action: "count" }, reason: "blackhole" },
  ]);
  expect((await runHere(explain)).stdout).toMatch(/^meter +203\.0\.113\.202\/32 count$/m);
  const { stdout } = await runHere(["lookup", "--table", TABLE, "203.0.113.202"]);
  expect(stdout).toBe("203.0.113.202 blackhole prefix 203.0.113.202/32\n");
});

it.each([
  ["{prefix: 10.0.0.0/8, kind: blackhole, burst: 5}", "has a rate and no limit"],
  ["{prefix: 10.0.0.0/8, kind: blackhole, action: limit}", "without one rate"],
  ["{prefix: 10.0.0.0/8, kind: blackhole, action: drop}", 'expected ("count" | "limit")'],
])("check of %s", async (route, what) => {
  const wrong = file("wrong.yaml", `routes:\n  - ${route}\n`);
  const { status, stderr } = await runHere(["check", wrong]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(what)]);
  expect(stderr).toContain("wrong.yaml:2:");
});
