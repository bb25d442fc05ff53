/** Packets as they leave, as tshark sees them: TTL one lower, no new checksum error. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCaptureSource } from "../../src/io/capture.ts";
import { PcapngWriter } from "../../src/io/pcapng-writer.ts";
import { openBytes, openSink } from "../../src/node/open.ts";
import { PacketWriter } from "../../src/replay/packet-writer.ts";
import { replay } from "../../src/replay/replay.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { moduleBytes } from "../setup/modules.ts";
import { missingTools, run } from "./tools.ts";

/** Ethernet, several families and protocols, fragments; loopback and cooked captures. */
const FILES = [
  "many-protocols.pcap.gz",
  "knot-live.raw.pcapng.gz",
  "ip-frag.pcap.gz",
  "dns-malformed.pcap",
  "zeek-linux_dlt_sll2.pcap",
  "zeek-q-in-q.pcap",
] as const;

const SITE = "lon";
const CHECKED = ["ip", "tcp", "udp"].flatMap((name) => ["-o", `${name}.check_checksum:TRUE`]);
const FIELDS = [
  "ip.ttl",
  "ipv6.hlim",
  "ip.checksum.status",
  "tcp.checksum.status",
  "udp.checksum.status",
  "frame.time_epoch",
  "eth.dst",
  "frame.interface_name",
  "frame.comment",
] as const;

/** The first occurrence of each field, a row a packet. */
function fieldRows(file: string): readonly (readonly string[])[] {
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const format = ["-T", "fields", "-E", "occurrence=f", "-E", "separator=|"];
  const text = String(run("tshark", ["-n", "-r", file, ...CHECKED, ...format, ...fields]));
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("|"));
}

const why = dataPath("pcap") === undefined ? NO_DATA : missingTools("tshark");

describe.skipIf(why !== undefined)(`leaving packets (${why ?? "seen by tshark"})`, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "anyfib-leaving-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(FILES)("of %s", async (name) => {
    const input = dataPath("pcap", name) ?? name;
    const output = path.join(folder, "out.pcapng");
    const forwarder = await Forwarder.create({
      module: moduleBytes("release"),
      routes: ["0.0.0.0/0", "::/0"].map((prefix) => ({
        prefix,
        nextHops: [{ nextHop: "2001:db8::c633:6401", site: SITE }],
      })),
    });
    const forwardedAt: number[] = [];
    {
      await using writer = new PcapngWriter(await openSink(output));
      const outlet = { writer, interface: writer.addInterface(SITE) };
      const packets = new PacketWriter(forwarder, () => outlet, true);
      await using capture = await openCaptureSource(await openBytes(input), forwarder.engine);
      const noter = {
        observe: (batch: typeof forwarder.engine.batch, first: number): void => {
          for (let i = 0; i < batch.count; i++) {
            if ((batch.nextHops[i] ?? 0) !== 0) forwardedAt.push(first + i - 1);
          }
        },
      };
      const { failure } = await replay(forwarder, capture, { observers: [packets, noter] });
      expect(failure).toBeUndefined();
    }
    const before = fieldRows(input);
    const after = fieldRows(output);
    expect(after).toHaveLength(forwardedAt.length);
    expect(after.length).toBeGreaterThan(0);
    for (const [index, row] of after.entries()) {
      const [ttl, hopLimit, ip, tcp, udp, time, mac, site, comment] = row;
      const [ttl0, hopLimit0, ip0, tcp0, udp0, time0] = before[forwardedAt[index] ?? -1] ?? [];
      const lower = (value: string | undefined): string => (value ? String(Number(value) - 1) : "");
      expect([ttl, hopLimit]).toEqual([lower(ttl0), lower(hopLimit0)]);
      expect([ip, tcp, udp]).toEqual([ip0, tcp0, udp0]);
      expect(time).toBe(time0);
      expect([mac, site]).toEqual(["02:01:c6:33:64:01", SITE]);
      expect(comment).toMatch(/^verdict=forward prefix=\S+\/0 slot=none reason=none$/);
    }
  });
});
