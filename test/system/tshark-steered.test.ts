/** Packets inside tunnels and ICMP errors, as tshark reads them: our hash is that of the flow. */

import { describe, expect, it } from "vitest";
import { FLOW_BYTES, FLOW_HASH } from "../../assembly/layout.ts";
import { readFlow, type Steering } from "../../src/engine/flow-record.ts";
import { openCaptureSource } from "../../src/io/capture.ts";
import { openBytes } from "../../src/node/open.ts";
import { TUNNELS } from "../assembly/packet/tunnels.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { createTestEngine, testKeys } from "../engine/test-engine.ts";
import { flowHash } from "../oracle/flow-hash.ts";
import { addressBytes } from "../oracle/ip-packets.ts";
import { missingTools, run } from "./tools.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => 90 + index);
/** Captures, and how many packets of each are steered. */
const CAPTURES = [
  ["sv-vxlan-decoder-03.pcap", "inner", 100],
  ["pcpp-gtp-u.pcap", "inner", 102],
  ["sv-bug-5633-gre-02.pcap", "inner", 38],
  ["sv-bug-5633-gre-02.pcap", "quoted", 2],
  ["snabb-lwaftr-stick-imix.pcap", "inner", 9],
  ["sv-smtp-fragneeded.pcap", "quoted", 6],
] as const;
const FIELDS = [
  "frame.protocols",
  "ip.src",
  "ip.dst",
  "ip.proto",
  "ipv6.src",
  "ipv6.dst",
  "ipv6.nxt",
  "tcp.srcport",
  "tcp.dstport",
  "udp.srcport",
  "udp.dstport",
] as const;

type TsharkRow = Readonly<Record<(typeof FIELDS)[number], string>>;

/** The innermost headers of every packet. */
function innermost(path: string): readonly TsharkRow[] {
  const raw = ["ip.defragment:FALSE", "ipv6.defragment:FALSE"].flatMap((o) => ["-o", o]);
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const format = ["-T", "fields", "-E", "occurrence=l", "-E", "separator=|"];
  const text = String(run("tshark", ["-n", "-r", path, ...raw, ...format, ...fields]));
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const cells = line.split("|");
      // cast: one cell for each field that was asked for.
      return Object.fromEntries(FIELDS.map((field, i) => [field, cells[i] ?? ""])) as TsharkRow;
    });
}

/** The hash of the innermost flow, or of its other direction. */
function hashOf(row: TsharkRow, isTurned: boolean): bigint {
  const layers = row["frame.protocols"].split(":");
  const isIpv6 = layers.lastIndexOf("ipv6") > layers.lastIndexOf("ip");
  const behind = layers.slice(layers.lastIndexOf(isIpv6 ? "ipv6" : "ip") + 1);
  const transport = behind[0] === "tcp" ? "tcp" : "udp";
  const hasPorts = behind[0] === transport;
  const [source, destination] = [
    { address: row[isIpv6 ? "ipv6.src" : "ip.src"], port: Number(row[`${transport}.srcport`]) },
    { address: row[isIpv6 ? "ipv6.dst" : "ip.dst"], port: Number(row[`${transport}.dstport`]) },
  ];
  const [from, to] = isTurned ? [destination, source] : [source, destination];
  return flowHash(KEY, {
    source: addressBytes(from.address),
    destination: addressBytes(to.address),
    protocol: Number(row[isIpv6 ? "ipv6.nxt" : "ip.proto"]),
    isFragment: false,
    ...(hasPorts ? { ports: { source: from.port, destination: to.port } } : {}),
  });
}

interface Steered {
  readonly packet: number;
  readonly hash: bigint;
}

async function steeredIn(path: string, kind: Steering): Promise<readonly Steered[]> {
  const limits = { frameBytes: 1536 * 1024 };
  const engine = await createTestEngine("release", { keys: testKeys(KEY), limits });
  engine.steering.set({ inner: TUNNELS });
  const steered: Steered[] = [];
  let first = 0;
  await using capture = await openCaptureSource(await openBytes(path), engine);
  for await (const batch of capture) {
    engine.process();
    for (let packet = 0; packet < batch.count; packet++) {
      if (readFlow(batch, packet)?.steered !== kind) continue;
      const hash = batch.flows.getBigUint64(packet * FLOW_BYTES + FLOW_HASH, true);
      steered.push({ packet: first + packet, hash });
    }
    first += batch.count;
  }
  return steered;
}

const why = dataPath("pcap") === undefined ? NO_DATA : missingTools("tshark");

describe.skipIf(why !== undefined)(`tshark (${why ?? "tunnels and errors"})`, () => {
  it.each(CAPTURES)("reads the same flows in %s (%s)", async (name, kind, count) => {
    const path = dataPath("pcap", name) ?? name;
    const rows = innermost(path);
    const steered = await steeredIn(path, kind);
    const different = steered.filter(({ packet, hash }) => {
      const row = rows[packet];
      return row === undefined || hashOf(row, kind === "quoted") !== hash;
    });
    expect(different).toEqual([]);
    expect(steered).toHaveLength(count);
  });
});
