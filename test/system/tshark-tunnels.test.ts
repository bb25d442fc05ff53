/** Packets that leave through tunnels, or in fragments, as tshark decodes them. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Forwarder } from "../../src/router/forwarder.ts";
import { counting, ipv4Packet, ipv6Packet, ports } from "../oracle/ip-packets.ts";
import { moduleBytes } from "../setup/modules.ts";
import { frameOf } from "./oracle-router.ts";
import { missingTools, run } from "./tools.ts";

const MTU = 1280;
const INTERFACES = [
  {
    name: "out",
    mac: "02:00:00:00:0b:01",
    mtu: MTU,
    addresses: ["192.0.2.1/24", "2001:db8::1/64"],
  },
];
/** Bytes in front of the packet inside: Ethernet, the outer IP header, and what is between. */
const ETHERNET_BYTES = 14;
const BETWEEN_BYTES = { ipip: 0, gre: 4, gue: 12 } as const;
const FAR = { 4: "192.0.2.9", 6: "2001:db8::9" } as const;
const GUE_PORT = 6080;
const CHECKED = ["ip", "udp"].flatMap((name) => ["-o", `${name}.check_checksum:TRUE`]);

/** The frames that leave for a packet. */
async function leaving(
  packet: Uint8Array,
  nextHop: string,
  encapsulation?: keyof typeof BETWEEN_BYTES,
): Promise<readonly Uint8Array[]> {
  const tunnel = encapsulation === undefined ? {} : { encapsulation };
  const nextHops = [{ nextHop, via: "out", mac: "02:00:00:00:0b:02", ...tunnel }];
  const forwarder = await Forwarder.create({
    module: moduleBytes("release"),
    interfaces: INTERFACES,
    routes: [{ prefix: (packet[0] ?? 0) >>> 4 === 6 ? "::/0" : "0.0.0.0/0", nextHops }],
  });
  const { batch, leaving: frames } = forwarder.engine;
  batch.push(frameOf(packet));
  forwarder.engine.process();
  return Array.from(frames.frames(0), ({ bytes }) => Uint8Array.from(bytes));
}

/** A capture of frames, as hexdumps that text2pcap would read are: pcap, little-endian. */
function pcapOf(frames: readonly Uint8Array[]): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const head = [0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, 1].map(word);
  const records = frames.map((frame, index) =>
    Buffer.concat([word(index), word(0), word(frame.length), word(frame.length), frame]),
  );
  return Buffer.concat([...head, ...records]);
}

const why = missingTools("tshark");

describe.skipIf(why !== undefined)(`tshark reads (${why ?? "what leaves"})`, () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "anyfib-tunnels-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Fields of each frame; of a field that comes several times, all of it. */
  const fields = (
    frames: readonly Uint8Array[],
    names: readonly string[],
    ...options: readonly string[]
  ): readonly (readonly string[])[] => {
    const file = path.join(folder, "out.pcap");
    writeFileSync(file, pcapOf(frames));
    const wanted = names.flatMap((name) => ["-e", name]);
    const format = ["-T", "fields", "-E", "separator=|"];
    const args = ["-n", "-r", file, ...CHECKED, ...options, ...format, ...wanted];
    const lines = String(run("tshark", args)).split("\n").slice(0, -1);
    return lines.map((line) => line.split("|"));
  };

  const PACKETS = [
    ["IPv4", ipv4Packet({ payload: ports(7, 53, counting(90)) })],
    ["IPv6", ipv6Packet({ payload: ports(7, 53, counting(90)) })],
  ] as const;
  const TUNNELS = (["ipip", "gre", "gue"] as const).flatMap((kind) =>
    ([4, 6] as const).flatMap((outer) =>
      PACKETS.map(([name, packet]) => ({ kind, outer, name, packet })),
    ),
  );

  test.each(TUNNELS)("$name in $kind over IPv$outer", async ({ kind, outer, name, packet }) => {
    const frames = await leaving(packet, FAR[outer], kind);
    expect(frames).toHaveLength(1);
    const [frame = new Uint8Array(0)] = frames;
    const header = outer === 4 ? 20 : 40;
    const between = BETWEEN_BYTES[kind];
    const [row = []] = fields(frames, [
      "frame.protocols",
      "ip.checksum.status",
      "udp.checksum.status",
      "udp.dstport",
      "udp.length",
      "ip.len",
      "ipv6.plen",
      "_ws.malformed",
    ]);
    const [protocols = "", ipStatus = "", udpStatus = "", port = "", , total = "", plen = ""] = row;
    expect(row.at(-1)).toBe("");
    // 0 is wrong; a checksum that is not there is the packet's own, inside.
    expect(`${ipStatus},${udpStatus}`).not.toMatch(/0/);
    const outerLength = outer === 4 ? total.split(",")[0] : plen.split(",")[0];
    expect(Number(outerLength)).toBe(packet.length + between + (outer === 4 ? header : 0));
    const outerName = outer === 4 ? "ip" : "ipv6";
    const innerName = name === "IPv4" ? "ip" : "ipv6";
    if (kind === "gue") expect(port.split(",")[0]).toBe(String(GUE_PORT));
    else {
      const gre = kind === "gre" ? "gre:" : "";
      expect(protocols).toContain(`:${outerName}:${gre}${innerName}:udp`);
    }
    const plain = (await leaving(packet, FAR[name === "IPv4" ? 4 : 6]))[0]?.subarray(
      ETHERNET_BYTES,
    );
    expect(frame.subarray(ETHERNET_BYTES + header + between)).toEqual(plain);
  });

  test("a jumbo in fragments that fit the link, and makes it whole again", async () => {
    const data = Uint8Array.from({ length: 8900 }, (_, index) => (index * 31) >>> 3);
    const packet = ipv4Packet({ payload: ports(7, 9, data) });
    const frames = await leaving(packet, FAR[4]);
    expect(frames).toHaveLength(Math.ceil((packet.length - 20) / (MTU - 20 - 4)));
    expect(frames.every(({ length }) => length <= ETHERNET_BYTES + MTU)).toBe(true);
    const names = ["ip.checksum.status", "ip.reassembled.length", "udp.length", "udp.payload"];
    const rows = fields(frames, names, "-o", "ip.defragment:TRUE");
    expect(rows.map(([status]) => status)).toEqual(frames.map(() => "1"));
    const [, length, udpLength, payload] = rows.at(-1) ?? [];
    expect(Number(length)).toBe(packet.length - 20);
    expect(Number(udpLength)).toBe(packet.length - 20);
    expect(payload).toBe(Buffer.from(data).toString("hex"));
  });
});
