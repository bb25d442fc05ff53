/** The files that `anyfib replay` writes: packets, verdict rows, a capture for each next hop. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ReplayReport } from "../../src/replay/report.ts";
import { byteSource, captureEngine, type ReadPacket, readCapture } from "../io/read-capture.ts";
import { captureBytes, query4 } from "../replay/replay-rig.ts";
import { CAPTURE, PACKETS, SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file("sites.yaml", SITES_YAML);
const INPUT = file("capture.pcap", CAPTURE);

const run = (...args: readonly string[]) =>
  runHere(["replay", "-r", INPUT, "--table", TABLE, "--json", ...args]);

async function packetsOf(bytes: Uint8Array): Promise<readonly ReadPacket[]> {
  const { packets, error } = await readCapture(await captureEngine(), byteSource(bytes));
  expect(error).toBeUndefined();
  return packets;
}

describe("-w", () => {
  it("writes what was forwarded, in order, with the timestamps that it had", async () => {
    const out = file("out.pcap");
    expect(await run("-w", out)).toMatchObject({ status: 0, stderr: "" });
    const packets = await packetsOf(readFileSync(out));
    expect(packets).toHaveLength(700);
    const start = 1_700_000_000_000_000_000n;
    expect(packets.map(({ timestampNs }) => Number(timestampNs - start))).toEqual(
      Array.from({ length: 700 }, (_, index) => index + 1),
    );
    for (const [index, { data }] of packets.entries()) {
      expect(data.subarray(26)).toEqual(PACKETS[index]?.data.subarray(26));
      expect(data[index < 600 ? 22 : 21]).toBe(63);
    }
    const macs = new Set(
      packets.map(({ data }) => Buffer.from(data.subarray(0, 6)).toString("hex")),
    );
    expect([...macs].sort()).toEqual(["02000a00000b", "02005e000012", "020100000001"]);
  });

  it("- writes to stdout, and the report to stderr", async () => {
    const { status, bytes, stderr } = await run("-w", "-");
    expect(status).toBe(0);
    expect(await packetsOf(bytes)).toHaveLength(700);
    expect(JSON.parse(stderr)).toMatchObject({ forwarded: 700 });
  });

  it("….pcapng has an interface a site, and a comment a packet", async () => {
    const out = file("out.pcapng");
    await run("-w", out);
    const text = readFileSync(out).toString("latin1");
    expect(await packetsOf(readFileSync(out))).toHaveLength(700);
    expect(text.match(/verdict=forward prefix=\S+ slot=\S+ reason=none/g)).toHaveLength(700);
    for (const site of ["lon", "ams", "six"]) expect(text).toContain(site);
    expect(text).not.toContain("nyc");
  });
});

describe("--verdicts", () => {
  it("writes a row for every packet, as NDJSON or CSV", async () => {
    const [ndjson, csv] = [file("rows.ndjson"), file("rows.csv")];
    await run("--verdicts", ndjson);
    await run("--verdicts", csv);
    const rows = readFileSync(ndjson, "utf8")
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row));
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 703 }, (_, index) => index + 1));
    const cells = readFileSync(csv, "utf8")
      .trimEnd()
      .split("\n")
      .map((row) => row.split(","));
    expect(cells).toHaveLength(704);
    expect(cells[0]).toEqual(Object.keys(rows[0]));
    for (const [index, row] of rows.entries()) {
      const { ts_ns: _, ...values } = row;
      const [n, , ...rest] = cells[index + 1] ?? [];
      expect([n, ...rest]).toEqual(Object.values(values).map((value) => `${value ?? ""}`));
    }
  });

  it("- writes to stdout, and the report to stderr", async () => {
    const { stdout, stderr } = await run("--verdicts", "-");
    expect(stdout.trimEnd().split("\n")).toHaveLength(703);
    expect(JSON.parse(stderr)).toMatchObject({ received: 703 });
  });

  it("is a file of its own, however it is named", async () => {
    const again = INPUT.replace(/([^/]+)$/, "./$1");
    for (const outputs of [
      ["-w", again],
      ["--verdicts", INPUT],
      ["-w", "o", "--verdicts", "./o"],
    ]) {
      const { status, stderr } = await run(...outputs);
      expect([status, stderr]).toEqual([2, expect.stringContaining("give each output a file")]);
    }
    expect(readFileSync(INPUT)).toEqual(Buffer.from(CAPTURE));
  });

  it("does not share stdout with -w", async () => {
    const { status, bytes, stderr } = await run("--verdicts", "-", "-w", "-");
    expect([status, bytes.length]).toEqual([2, 0]);
    expect(stderr).toContain("name stdout");
  });
});

describe("--split-by", () => {
  const split = (key: string, folder: string, ...more: readonly string[]) =>
    run("--split-by", key, "--split-dir", folder, ...more);

  it.each([
    ["site", ["ams.pcap", "lon.pcap", "six.pcap"]],
    ["next-hop", ["10.0.0.11.pcap", "10.0.0.12.pcap", "fe80__1_eth0.pcap"]],
  ])("%s writes a capture for each that got a packet", async (key, names) => {
    const folder = file(`by-${key}/deeper`);
    const { stdout } = await split(key, folder);
    // cast: what the verb prints.
    const { next_hops } = JSON.parse(stdout) as ReplayReport;
    expect(readdirSync(folder).sort()).toEqual(names);
    const counts = [];
    for (const name of names) {
      counts.push((await packetsOf(readFileSync(`${folder}/${name}`))).length);
    }
    const expected = next_hops.map(({ packets }) => packets).filter((packets) => packets > 0);
    expect(counts.sort()).toEqual(expected.sort());
  });

  it("site uses the next hop where a table names no site", async () => {
    const plain = file("plain.txt", "203.0.113.0/24 10.0.0.77\n");
    const folder = file("plain");
    await runHere([
      "replay",
      "-r",
      INPUT,
      "--table",
      plain,
      "--split-by",
      "site",
      "--split-dir",
      folder,
    ]);
    expect(readdirSync(folder)).toEqual(["10.0.0.77.pcap"]);
  });

  it("needs a folder, and a key that is known", async () => {
    expect(await run("--split-by", "site")).toMatchObject({ status: 2 });
    expect(await run("--split-dir", file("x"))).toMatchObject({ status: 2 });
    expect(await split("colour", file("x"))).toMatchObject({ status: 2 });
    const taken = file("a-file", "");
    expect(await split("site", taken)).toMatchObject({ status: 4 });
  });

  it("keeps next hops apart whose names differ in what no file name may have", async () => {
    const zones = ["a:b", "a_b", "A_B", "..\\c"];
    const nextHops = zones.map((zone) => `fe80::1%${zone}`).join();
    const table = file("zones.txt", `203.0.113.0/24 ${nextHops}\n`);
    const folder = file("zones");
    const flags = ["--split-by", "next-hop", "--split-dir", folder];
    await runHere(["replay", "-r", INPUT, "--table", table, ...flags]);
    const names = readdirSync(folder).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^fe80__1_[a-z0-9_.-]+\.pcap$/);
  });

  it("opens no more captures than a system has files for", async () => {
    const nextHops = Array.from({ length: 600 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    const table = file("wide.txt", `203.0.113.0/24 ${nextHops.join()}\n`);
    const flows = Array.from({ length: 8000 }, (_, port) => query4(port));
    const folder = file("wide");
    const flags = ["--split-by", "next-hop", "--split-dir", folder];
    const input = file("flows.pcap", captureBytes(flows));
    const { status, stderr } = await runHere(["replay", "-r", input, "--table", table, ...flags]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("more than 512 captures")]);
    expect(readdirSync(folder)).toHaveLength(512);
  });
});

it("files that cannot be written are named, before a packet is read", async () => {
  for (const flags of [["-w"], ["--verdicts"]]) {
    const { status, stdout, stderr } = await run(...flags, file("no/such/folder/out"));
    expect([status, stdout]).toEqual([4, ""]);
    expect(stderr).toContain("no such file or folder");
  }
});
