/** The 528 real captures: packets and truncated packets as tshark counts them. */

import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { type CaptureInfo, openCaptureSource } from "../../src/io/capture.ts";
import { openBytes } from "../../src/node/open.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { captureEngine } from "./read-capture.ts";

/** A row of the manifest, as far as it is used. */
interface Row {
  readonly name: string;
  readonly truth: {
    readonly packets: number;
    readonly truncated: number;
    readonly damage?: string;
    readonly format?: string;
  };
}

/** Files of a network type that tshark refuses: what `tcpdump --count` prints for them. */
const UNKNOWN_NETWORK: ReadonlyMap<string, number> = new Map([
  ["pcap/tcpdump/brcm-tag.pcap", 23],
  ["pcap/tcpdump/dsa-high-vid.pcap", 4],
  ["pcap/tcpdump/edsa-high-vid.pcap", 4],
  ["pcap/tcpdump/edsa.pcap", 10],
  ["pcap/tcpdump/hoobr_juniper3.pcap", 1],
  ["pcap/tcpdump/juniper_monitor_invalid_cookie_length.pcap", 1],
  ["pcap/tcpdump/kday6.pcap", 1],
  ["pcap/tcpdump/vtp_asan-3.pcap", 1],
  ["pcap/tcpdump/vtp_asan.pcap", 5],
]);

let engine: Engine;
beforeAll(async () => {
  engine = await captureEngine();
});

async function readWhole(path: string): Promise<CaptureInfo> {
  await using capture = await openCaptureSource(await openBytes(path), engine);
  let packets = 0;
  for await (const batch of capture) packets += batch.count;
  expect(packets).toBe(capture.info.packets);
  return capture.info;
}

test("every capture has the packets of the manifest", { timeout: 60_000 }, async (context) => {
  const manifest = dataPath("MANIFEST.json");
  if (manifest === undefined) return context.skip(NO_DATA);
  // cast: the manifest is ours, and a row of another shape fails below.
  const rows = JSON.parse(readFileSync(manifest, "utf8")) as readonly Row[];
  const captures = rows.filter((row) => row.name.startsWith("pcap/"));
  expect(captures).toHaveLength(528);
  for (const { name, truth } of captures) {
    const info = await readWhole(dataPath(name) ?? name);
    const expected = UNKNOWN_NETWORK.get(name) ?? truth.packets;
    expect(truth.damage !== undefined, name).toBe(UNKNOWN_NETWORK.has(name));
    expect(info.packets, name).toBe(expected);
    if (truth.damage === undefined) {
      expect(info.truncatedPackets, name).toBe(truth.truncated);
      expect(info.truncated, name).toBe(truth.truncated > 0);
      expect(truth.format ?? info.format, name).toMatch(new RegExp(`^(nsec)?${info.format}$`));
    }
  }
});
