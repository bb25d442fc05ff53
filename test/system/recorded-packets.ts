/** IP packets of real captures that a router and the kernel must treat alike. */

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { openCaptureSource } from "../../src/io/capture.ts";
import { openBytes } from "../../src/node/open.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { readFlowPlace } from "../assembly/flow-place.ts";
import { dataPath } from "../data.ts";
import { moduleBytes } from "../setup/modules.ts";

/** Packets of each capture: the first ones, as captures are of very different lengths. */
const PER_CAPTURE = 150;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;
const ALTERED = new Set([RECORD_ROUTE, TIMESTAMP, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE]);

/** The packets; none where the captures are not here. */
export async function recordedPackets(): Promise<readonly Uint8Array[]> {
  const folder = dataPath("pcap");
  if (folder === undefined) return [];
  const packets: Uint8Array[] = [];
  for (const name of readdirSync(folder).sort()) {
    const file = path.join(folder, name);
    if (statSync(file).isFile()) packets.push(...(await packetsOf(file)));
  }
  return packets;
}

async function packetsOf(file: string): Promise<readonly Uint8Array[]> {
  const forwarder = await Forwarder.create({ module: moduleBytes("release") });
  const { engine } = forwarder;
  const packets: Uint8Array[] = [];
  try {
    await using capture = await openCaptureSource(await openBytes(file), engine);
    while (packets.length < PER_CAPTURE && (await capture.next()) > 0) {
      engine.process();
      const all = Array.from({ length: engine.batch.count }, (_, packet) => packet);
      const found = all.flatMap((packet) => readFlowPlace(engine.batch, packet) ?? []);
      packets.push(...found.filter(isComparable));
    }
  } catch {
    // Damaged captures end early: what came before is as good as any.
  }
  return packets.slice(0, PER_CAPTURE);
}

/**
 * Whether both must do the same: no options that the kernel fills in, no space that it may refuse,
 * no link-local address, whose station the kernel would have to look for.
 */
function isComparable(packet: Uint8Array): boolean {
  const version = (packet[0] ?? 0) >>> 4;
  if (version === 6) return packet[8] !== 0xfe && packet[24] !== 0xfe;
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  const options = packet.subarray(20, Math.max(headerBytes, 20));
  const reserved = [packet[12] ?? 0, packet[16] ?? 0].some((top) => top === 0 || top >= 240);
  return !reserved && !options.some((byte) => ALTERED.has(byte));
}
