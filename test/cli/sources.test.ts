/** Source prefixes of a configuration, as `replay`, `explain` and `check` tell of them. */

import { describe, expect, it } from "vitest";
import { CAPTURE, SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const INPUT = file("capture.pcap", CAPTURE);
const TABLE = file(
  "sources.yaml",
  `${SITES_YAML}sources:
  - {prefix: 192.0.2.0/24, action: limit, packets_per_second: 1, burst: 100}
  - {prefix: "2001:db8:1::/48", action: drop}
  - {prefix: "::/0", action: count}
`,
);

describe("replay", () => {
  it("reports each prefix, and drops that add up", async () => {
    const { stdout } = await runHere(["replay", "--table", TABLE, "-r", INPUT, "--json"]);
    const report = JSON.parse(stdout);
    // 602 packets of IPv4 within a microsecond; the expired one of IPv6 does not come to its TTL.
    expect(report.drops).toEqual({ rate_limit: 502, source_blackhole: 101 });
    expect([report.received, report.forwarded, report.dropped]).toEqual([703, 100, 603]);
    expect(report.sources).toMatchObject([
      { prefix: "192.0.2.0/24", action: "limit", packets: 602, dropped: 502 },
      { prefix: "2001:db8:1::/48", action: "drop", packets: 101, dropped: 101 },
      { prefix: "::/0", action: "count", packets: 0, bytes: 0, dropped: 0, dropped_bytes: 0 },
    ]);
  });

  it("says it in words", async () => {
    const { stdout } = await runHere(["replay", "--table", TABLE, "-r", INPUT]);
    expect(stdout).toContain("  from 192.0.2.0/24 (limit) 602, dropped 502\n");
    expect(stdout).toContain("  from ::/0 (count) 0, dropped 0\n");
  });
});

it("explain names the prefix that a packet falls under", async () => {
  const flow = ["--dst", "2001:db8:a::1", "--flow", "[2001:db8:1::5]:7,udp,53"];
  const { stdout } = await runHere(["explain", "--table", TABLE, "--json", ...flow]);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      source: { prefix: "2001:db8:1::/48", action: "drop" },
      verdict: "drop",
      reason: "source_blackhole",
    },
  ]);
  const text = await runHere(["explain", "--table", TABLE, ...flow]);
  expect(text.stdout).toMatch(/^source +2001:db8:1::\/48 drop$/m);
});

it("check finds a prefix that stands twice", async () => {
  const twice = file(
    "twice.yaml",
    "sources: [{prefix: ::/0, action: drop}, {prefix: ::/0, action: count}]\n",
  );
  const { status, stderr } = await runHere(["check", twice]);
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining("twice.yaml:1:41: the source ::/0"),
  ]);
});
