/** `anyfib replay`: the report in JSON and in text, golden reports, families, cut captures. */

import { describe, expect, it } from "vitest";
import type { ReplayReport } from "../../src/replay/report.ts";
import { captureBytes, query4 } from "../replay/replay-rig.ts";
import { CAPTURE, SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file("sites.yaml", SITES_YAML);
const INPUT = file("capture.pcap", CAPTURE);
const CUT = file("cut.pcap", CAPTURE.subarray(0, -1));

const run = (...args: readonly string[]) => runHere(["replay", "--table", TABLE, ...args]);

async function reportOf(...args: readonly string[]): Promise<ReplayReport> {
  // cast: what the verb prints.
  return JSON.parse((await run("--json", ...args)).stdout) as ReplayReport;
}

describe("--json", () => {
  it("is the report", async () => {
    const { status, stdout, stderr } = await run("-r", INPUT, "--json");
    expect([status, stderr]).toEqual([0, ""]);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual([
      "capture",
      "received",
      "forwarded",
      "punted",
      "dropped",
      "received_bytes",
      "forwarded_bytes",
      "drops",
      "families",
      "key_id",
      "flows",
      "next_hops",
      "seconds",
      "read_seconds",
      "forwarding_seconds",
      "forwarding_ns_per_packet",
      "packets_per_second",
    ]);
    expect(report).toMatchObject({
      capture: { file: INPUT, format: "pcap", packets: 703, truncated: false },
      received: 703,
      forwarded: 700,
      punted: 0,
      dropped: 3,
      drops: { blackhole: 1, no_route: 1, ttl_expired: 1 },
      families: { ipv4: 602, ipv6: 101, other: 0 },
      flows: 703,
    });
    expect(Object.keys(report.next_hops[0])).toEqual([
      "next_hop",
      "site",
      "packets",
      "bytes",
      "flows",
      "share",
      "target_share",
    ]);
    expect(report.next_hops.map(({ site }: { site: string }) => site)).toEqual([
      "lon",
      "ams",
      "nyc",
      "six",
    ]);
  });

  it("of standard input names it -", async () => {
    const { stdout } = await runHere(["replay", "-r", "-", "--table", TABLE, "--json"], {
      stdin: CAPTURE,
    });
    expect(JSON.parse(stdout)).toMatchObject({ capture: { file: "-" }, received: 703 });
  });
});

describe("text", () => {
  it("says what JSON says, next hops by packets", async () => {
    const { stdout } = await run("-r", INPUT);
    const report = await reportOf("-r", INPUT);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe(
      `${INPUT}: pcap, 703 packets, ${report.capture.bytes.toLocaleString("en-US")} bytes`,
    );
    expect(lines[1]).toBe("IPv4 602, IPv6 101, other 0; 703 flows");
    expect(lines[2]).toBe("received 703 = forwarded 700 + punted 0 + dropped 3");
    for (const reason of ["blackhole", "no_route", "ttl_expired"]) {
      expect(lines).toContain(`  ${reason} 1`);
    }
    const busiest = report.next_hops.toSorted((a, b) => b.packets - a.packets);
    const cells = lines.filter((line) => /10\.0|fe80/.test(line));
    for (const [index, { site, next_hop, packets, share }] of busiest.entries()) {
      for (const text of [`${site}`, next_hop, `${packets}`, `${(100 * share).toFixed(2)} %`]) {
        expect(cells[index]).toContain(text);
      }
    }
    expect(stdout).toMatch(/\nforwarding [\d.]+ ns a packet \([\d.]+ million a second\)/);
  });

  it("shows 24 next hops and counts the rest", async () => {
    const nextHops = Array.from({ length: 30 }, (_, index) => `10.0.2.${index}`).join();
    const wide = file("wide.txt", `203.0.113.0/24 ${nextHops}\n::/0 fd00::1\n`);
    const { stdout } = await runHere(["replay", "-r", INPUT, "--table", wide]);
    expect(stdout.match(/10\.0\.2\./g)?.length).toBeGreaterThanOrEqual(23);
    expect(stdout).toContain("… and 7 more next hops\n");
  });

  it("says how many packets were captured short", async () => {
    const short = captureBytes([query4(1), { ...query4(2), original: 1400 }]);
    const { stdout } = await run("-r", file("short.pcap", short));
    expect(stdout).toContain(": pcap, 2 packets, 100 bytes, 1 cut short\n");
  });
});

describe("parts of a capture", () => {
  it("-4 and -6 leave the other family out; -c stops early", async () => {
    expect(await reportOf("-r", INPUT, "-4")).toMatchObject({ received: 602 });
    expect(await reportOf("-r", INPUT, "-6")).toMatchObject({ received: 101, forwarded: 100 });
    expect(await reportOf("-r", INPUT, "-c", "50")).toMatchObject({ received: 50 });
    expect(await run("-r", INPUT, "-4", "-6")).toMatchObject({ status: 2 });
    expect(await run("-r", INPUT, "-c", "0")).toMatchObject({ status: 2 });
  });
});

describe("a capture that is cut", () => {
  it("is reported up to there, with status 3 and the place", async () => {
    const { status, stdout, stderr } = await run("-r", CUT, "--json");
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ received: 702, capture: { packets: 702 } });
    expect(stderr).toMatch(/cut\.pcap@\d+: the file ends within a packet's record, after \d+ of/);
  });

  it("reports nothing of a file that is no capture", async () => {
    const { status, stdout, stderr } = await run("-r", TABLE, "--json");
    expect([status, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("sites.yaml@0: 0x73697465 is no magic number");
  });
});

describe("--expect", () => {
  it("ends with 0 where the report is the golden one, whatever the time and the file", async () => {
    const golden = file("golden.json", (await run("-r", INPUT, "--json")).stdout);
    const copy = file("copy.pcap", CAPTURE);
    const { status, stderr } = await run("-r", copy, "--expect", golden, "--json");
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("ends with 1 where it differs, and says where", async () => {
    const report = await reportOf("-r", INPUT);
    const golden = file("other.json", JSON.stringify({ ...report, received: 704, flows: 1 }));
    const { status, stdout, stderr } = await run("-r", INPUT, "--expect", golden, "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ received: 703 });
    expect(stderr).toBe("received: expected 704, is 703\nflows: expected 1, is 703\n");
  });

  it("shows 20 differences and counts the rest", async () => {
    const golden = file(
      "many.json",
      JSON.stringify({
        drops: Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`reason_${index}`, 1])),
      }),
    );
    const { stderr } = await run("-r", INPUT, "--expect", golden, "--json");
    expect(stderr.trimEnd().split("\n")).toHaveLength(21);
    expect(stderr).toContain("… and 5 more differences\n");
  });

  it("needs a golden report that can be read", async () => {
    const missing = await run("-r", INPUT, "--expect", file("missing.json"));
    expect(missing).toMatchObject({ status: 4, stdout: "" });
    const broken = await run("-r", INPUT, "--expect", file("broken.json", "{"));
    expect(broken).toMatchObject({ status: 2, stdout: "" });
  });
});

it("without a table stops, and names the flag", async () => {
  const { status, stdout, stderr } = await runHere(["replay", "-r", INPUT]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("--table");
});

it("without a capture stops, and names the flag", async () => {
  expect(await run()).toMatchObject({ status: 2, stderr: expect.stringContaining("-r <file>") });
});
