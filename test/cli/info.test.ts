/** `anyfib info`: captures and tables, whole and damaged. */

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { captureBytes, query4 } from "../replay/replay-rig.ts";
import { CAPTURE, SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const run = (...args: readonly string[]) => runHere(["info", ...args]);

describe("a capture", () => {
  it("is described by format, size, families and time", async () => {
    const input = file("capture.pcap", CAPTURE);
    const { status, stdout } = await run("--json", input);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      file: input,
      format: "pcap",
      link_types: [1],
      packets: 703,
      bytes: CAPTURE.length - 24 - 703 * 16,
      truncated: false,
      truncated_packets: 0,
      families: { ipv4: 602, ipv6: 101, other: 0 },
      first: "2023-11-14T22:13:20.000000001Z",
      last: "2023-11-14T22:13:20.000000703Z",
      duration_seconds: 7.02e-7,
    });
    const text = (await run(input)).stdout;
    expect(text).toContain("\nfamilies           ipv4 602, ipv6 101, other 0\n");
    expect(text).toContain("\nlink types         1\n");
  });

  it("may come compressed, through standard input", async () => {
    const { stdout } = await runHere(["info", "--json", "-"], { stdin: gzipSync(CAPTURE) });
    expect(JSON.parse(stdout)).toMatchObject({ file: "-", format: "pcap", packets: 703 });
  });

  it("may be empty", async () => {
    const { status, stdout } = await run(file("none.pcap", captureBytes([])));
    expect(status).toBe(0);
    expect(stdout).toContain("\nfirst              none\n");
  });

  it("that is cut is described up to there, with status 3", async () => {
    const cut = captureBytes([query4(1), query4(2)]).subarray(0, -5);
    const { status, stdout, stderr } = await run("--json", file("cut.pcap", cut));
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ packets: 1 });
    expect(stderr).toContain("cut.pcap@90: the file ends within a packet's record");
  });
});

describe("a table", () => {
  it("is described by routes, sets and next hops", async () => {
    const table = file("sites.yaml", SITES_YAML);
    const { stdout } = await run("--json", table);
    expect(JSON.parse(stdout)).toEqual({
      file: table,
      format: "table",
      routes: 3,
      prefixes: { ipv4: 2, ipv6: 1 },
      sets: 3,
      next_hops: 4,
      longest: { ipv4: 32, ipv6: 48 },
    });
    const text = (await run(file("one.txt", "10.0.0.0/8 10.0.0.1\n"))).stdout;
    expect(text).toContain("\nlongest            ipv4 8, ipv6 none\n");
  });

  it("of prefixes alone takes --next-hop, and is an error that names it without", async () => {
    const alone = file("alone.txt", "10.0.0.0/8\r\n2001:db8::/32\r\n");
    const hops = ["--next-hop", "10.0.0.1", "--next-hop", "fd00::1"];
    expect(JSON.parse((await run("--json", ...hops, alone)).stdout)).toMatchObject({ routes: 2 });
    const { status, stderr } = await run(alone);
    expect([status, stderr]).toEqual([2, expect.stringContaining("alone.txt:1:1: ")]);
    expect(stderr).toContain("--next-hop");
  });

  it("with host bits is read with a warning", async () => {
    const { status, stdout, stderr } = await run(
      "--json",
      file("host.txt", "10.1.2.3/8 10.0.0.1\n"),
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ routes: 1 });
    expect(stderr).toMatch(
      /^warning: \S*host\.txt:1: host bits are set: read as 10\.0\.0\.0\/8\n$/,
    );
    const { stderr: quiet } = await runHere(["-q", "info", file("host.txt")]);
    expect(quiet).toBe("");
  });
});
