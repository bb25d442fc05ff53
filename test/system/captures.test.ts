/** Captures that we write, as Wireshark's tools read them; and files that compressors write. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBytes, openSink } from "../../src/node/open.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { packetBytes } from "../io/capture-bytes.ts";
import { captureWriter } from "../io/capture-writer.ts";
import { missingTools, run } from "./tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "anyfib-system-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A UDP packet from 192.0.2.1 to 198.51.100.1 in an Ethernet frame. */
const FRAME = Uint8Array.from(
  Buffer.from(
    "020000000002020000000001080045000020000040004011" +
      "4ec9c0000201c6336401303900350" +
      "00c0000616e7966",
    "hex",
  ),
);

async function writeThree(file: string): Promise<void> {
  await using writer = captureWriter(await openSink(file));
  const timestampNs = 1_700_000_000_123_456_789n;
  writer.addInterface("lon");
  writer.addInterface("ams");
  await writer.write(FRAME, { timestampNs, comment: "forward; prefix 198.51.100.0/24; slot 7" });
  await writer.write(FRAME, { timestampNs, originalLength: 1500, interface: 1 });
  await writer.write(packetBytes(262_144), { timestampNs: 0n, interface: 1 });
}

describe.each(["out.pcap", "out.pcapng"])("%s", (name) => {
  test("is read by capinfos", async (context) => {
    const reason = missingTools("capinfos");
    if (reason !== undefined) return context.skip(reason);
    const file = path.join(folder, name);
    await writeThree(file);
    const lines = String(run("capinfos", ["-M", "-c", "-E", "-t", "-d", file]));
    expect(lines).toMatch(/Number of packets: +3\n/);
    expect(lines).toMatch(/File encapsulation: +ether\n/);
    expect(lines).toMatch(new RegExp(`Data size: +${FRAME.length + 1500 + 262_144} bytes\n`));
  });

  test("is read by tshark, with interfaces and comments where it has them", async (context) => {
    const reason = missingTools("tshark");
    if (reason !== undefined) return context.skip(reason);
    const file = path.join(folder, name);
    await writeThree(file);
    const fields = ["frame.time_epoch", "frame.len", "frame.cap_len", "udp.dstport"];
    if (name.endsWith("ng")) fields.push("frame.interface_name", "frame.comment");
    const args = fields.flatMap((field) => ["-e", field]);
    const rows = String(run("tshark", ["-n", "-r", file, "-T", "fields", ...args])).split("\n");
    const [first = "", second = ""] = rows;
    const time = "1700000000.123456789";
    const start = `${time}\t${FRAME.length}\t${FRAME.length}\t53`;
    expect(first).toBe(
      name.endsWith("ng") ? `${start}\tlon\tforward; prefix 198.51.100.0/24; slot 7` : start,
    );
    expect(second.startsWith(`${time}\t1500\t${FRAME.length}\t53`)).toBe(true);
    expect(rows).toHaveLength(4);
  });
});

describe.each([
  { tool: "gzip", levels: ["-1", "-9"] },
  { tool: "bzip2", levels: ["-1", "-9"] },
  { tool: "zstd", levels: ["-1", "-19", "--ultra -20"] },
])("$tool", ({ tool, levels }) => {
  test.for(levels)("%s of a real capture is decoded", async (level, context) => {
    const reason = missingTools(tool);
    const sample = dataPath("pcap", "glb-1k_pkts.pcap");
    if (sample === undefined) return context.skip(NO_DATA);
    if (reason !== undefined) return context.skip(reason);
    const plain = readFileSync(sample);
    const large = Buffer.concat(Array.from({ length: 30 }, () => plain));
    const file = path.join(folder, "sample");
    await using sink = await openSink(file);
    await sink.write(run(tool, [...level.split(" "), "-c"], large));
    await using source = await openBytes(file);
    const read = new Uint8Array(large.length + 1);
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = await source.read(read.subarray(length));
    expect(Buffer.compare(read.subarray(0, length), large)).toBe(0);
  });
});
