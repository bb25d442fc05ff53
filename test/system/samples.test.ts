/** Generated and sample captures, as tshark reads them. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../scripts/project.js";
import { PcapWriter } from "../../src/io/pcap-writer.ts";
import { openSink } from "../../src/node/open.ts";
import { generateCapture } from "../../src/replay/generate-capture.ts";
import { missingTools, run } from "./tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "anyfib-samples-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const CHECKED = ["ip", "tcp", "udp"].flatMap((one) => ["-o", `${one}.check_checksum:TRUE`]);
/** Checksums of packets that ICMPv6 errors quote are wrong to tshark: it sums a part of them. */
const WRONG =
  "_ws.malformed || _ws.expert.severity == error && !icmpv6 || " +
  "(ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0) && !icmpv6";

/** Comments, or infos where there is none, of the packets that tshark finds wrong. */
function wrongPackets(file: string): readonly string[] {
  const fields = ["-T", "fields", "-e", "frame.comment", "-e", "_ws.col.Info"];
  const lines = String(run("tshark", ["-n", "-r", file, ...CHECKED, "-Y", WRONG, ...fields]));
  return lines.split("\n").filter((line) => line !== "");
}

test("tshark finds nothing wrong with the sample capture but what is meant so", (context) => {
  const reason = missingTools("tshark");
  if (reason !== undefined) return context.skip(reason);
  const wrong = wrongPackets(path.join(ROOT, "samples/capture.pcapng"));
  const reasons = wrong.map((line) => line.split(":", 1)[0]);
  expect(reasons.sort()).toEqual(["ipv4_checksum", "truncated"]);
});

test.for(["imix", 60, 333] as const)("tshark reads frames of %s", async (size, context) => {
  const reason = missingTools("tshark");
  if (reason !== undefined) return context.skip(reason);
  const file = path.join(folder, `${size}.pcap`);
  const writer = new PcapWriter(await openSink(file));
  for (const { frame, ...record } of generateCapture({ packets: 20_000, size })) {
    await writer.write(frame, record);
  }
  await writer.finish();
  expect(wrongPackets(file)).toEqual([]);
  const protocols = String(run("tshark", ["-n", "-r", file, "-T", "fields", "-e", "ip.proto"]));
  expect(protocols.split("\n")).toHaveLength(20_001);
});
