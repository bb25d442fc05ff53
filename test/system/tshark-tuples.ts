/** Addresses, protocol and ports of verdict rows, beside what tshark reads from real captures. */

import { expect } from "vitest";
import type { Batch } from "../../src/engine/batch.ts";
import { openCaptureSource } from "../../src/io/capture.ts";
import { openBytes } from "../../src/node/open.ts";
import { replay } from "../../src/replay/replay.ts";
import { type VerdictRow, verdictRow } from "../../src/replay/verdicts.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { type RealCapture, SERVED_LINK_TYPES } from "../manifest.ts";
import { moduleBytes } from "../setup/modules.ts";
import { run } from "./tools.ts";

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;

/** The packets that we and tshark read differently, as docs/formats.md says. */
export const DOCUMENTED: readonly string[] = [
  // Transport headers too short to be whole: the ports are there all the same.
  "pcap/merged-suricata.pcap.gz #8284 ports",
  "pcap/merged-suricata.pcap.gz #19726 ports",
  // Total length 0, which tshark takes for segmentation offload.
  "pcap/tcpdump/bigtcp-ipv4-vxlan-ipv4.pcap #1 ports",
  // Lengths that cannot be: one of the two still shows the addresses.
  "pcap/tcpdump/ipv4_invalid_total_length_2.pcap #1 addresses",
  "pcap/tcpdump/ipv6_invalid_length.pcap #1 addresses",
  "pcap/zeek-ipv4-truncated-broken-header.pcap #1 addresses",
];

const FIELDS = [
  "frame.protocols",
  "ip.src",
  "ip.dst",
  "ip.proto",
  "ipv6.src",
  "ipv6.dst",
  "tcp.srcport",
  "tcp.dstport",
  "udp.srcport",
  "udp.dstport",
] as const;

type TsharkRow = Readonly<Record<(typeof FIELDS)[number], string>>;

/** The outermost headers of every packet, without reassembly. */
function tsharkRows(path: string): readonly TsharkRow[] {
  const raw = ["ip.defragment:FALSE", "ipv6.defragment:FALSE"].flatMap((o) => ["-o", o]);
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const format = ["-T", "fields", "-E", "occurrence=f", "-E", "separator=|"];
  const text = String(run("tshark", ["-n", "-r", path, ...raw, ...format, ...fields]));
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => {
    const cells = line.split("|");
    // cast: one cell for each field that was asked for.
    return Object.fromEntries(FIELDS.map((field, i) => [field, cells[i] ?? ""])) as TsharkRow;
  });
}

/** What we and tshark read differently in a packet; undefined where they agree. */
function difference(row: VerdictRow, theirs: TsharkRow): string | undefined {
  const layers = theirs["frame.protocols"].split(":");
  const [ipv4, ipv6] = [layers.indexOf("ip"), layers.indexOf("ipv6")];
  const isIpv6 = ipv6 >= 0 && (ipv4 < 0 || ipv6 < ipv4);
  const source = theirs[isIpv6 ? "ipv6.src" : "ip.src"];
  const destination = theirs[isIpv6 ? "ipv6.dst" : "ip.dst"];
  if ((row.src ?? "") !== source || (row.dst ?? "") !== destination) return "addresses";
  if (row.src === null) return undefined;
  if (!isIpv6 && String(row.proto) !== theirs["ip.proto"]) return "protocol";
  const transport = layers.slice((isIpv6 ? ipv6 : ipv4) + 1).find((l) => !l.startsWith("ipv6."));
  const isTcp = transport === "tcp";
  if (!isTcp && transport !== "udp") {
    const isOurs = row.proto === PROTOCOL_TCP || row.proto === PROTOCOL_UDP;
    return isOurs && row.sport !== null ? "ports" : undefined;
  }
  if (row.proto !== (isTcp ? PROTOCOL_TCP : PROTOCOL_UDP)) return "protocol";
  const [sport, dport] = isTcp
    ? [theirs["tcp.srcport"], theirs["tcp.dstport"]]
    : [theirs["udp.srcport"], theirs["udp.dstport"]];
  const isSame = `${row.sport ?? ""}` === sport && `${row.dport ?? ""}` === dport;
  return isSame ? undefined : "ports";
}

async function verdictRows(forwarder: Forwarder, path: string): Promise<readonly VerdictRow[]> {
  const rows: VerdictRow[] = [];
  const collector = {
    observe(batch: Batch): void {
      forwarder.engine.prefixLengths();
      for (let packet = 0; packet < batch.count; packet++) {
        rows.push(verdictRow(forwarder, batch, packet));
      }
    },
  };
  await using capture = await openCaptureSource(await openBytes(path), forwarder.engine);
  await replay(forwarder, capture, { observers: [collector] });
  return capture.info.linkTypes.every((type) => SERVED_LINK_TYPES.has(type)) ? rows : [];
}

/** How many packets of captures were compared, and those that are read differently. */
export async function compareTuples(
  captures: readonly RealCapture[],
): Promise<{ readonly compared: number; readonly differences: readonly string[] }> {
  const forwarder = await Forwarder.create({ module: moduleBytes("release") });
  const differences: string[] = [];
  let compared = 0;
  for (const { name, path } of captures.filter(({ truth }) => truth.damage === undefined)) {
    const rows = await verdictRows(forwarder, path);
    if (rows.length === 0) continue;
    const theirs = tsharkRows(path);
    expect(theirs, name).toHaveLength(rows.length);
    for (const [index, row] of rows.entries()) {
      const their = theirs[index];
      const what = their === undefined ? "missing" : difference(row, their);
      if (what !== undefined) differences.push(`${name} #${row.n} ${what}`);
    }
    compared += rows.length;
  }
  return { compared, differences };
}
