/** Written packets, read back: as they leave, to the outlet of their next hop, when they came. */

import { beforeEach, describe, expect, it } from "vitest";
import { PcapWriter } from "../../src/io/pcap-writer.ts";
import { PcapngWriter } from "../../src/io/pcapng-writer.ts";
import { PacketWriter } from "../../src/replay/packet-writer.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { memorySink } from "../io/memory-sink.ts";
import { byteSource, captureEngine, type ReadPacket, readCapture } from "../io/read-capture.ts";
import { smallForwarder } from "../router/router-rig.ts";
import { ARP, query4, query6, replayPackets, SERVICE_ROUTES } from "./replay-rig.ts";

const START_NS = 1_700_000_000_000_000_000n;

let forwarder: Forwarder;
beforeEach(async () => {
  forwarder = await smallForwarder({ routes: SERVICE_ROUTES });
});

async function readBack(bytes: Uint8Array): Promise<readonly ReadPacket[]> {
  const { packets, error } = await readCapture(await captureEngine(), byteSource(bytes));
  expect(error).toBeUndefined();
  return packets;
}

/** Six bytes as they are printed. */
function mac(data: Uint8Array, at: number): string {
  return Buffer.from(data.subarray(at, at + 6)).toString("hex");
}

const PACKETS = [
  query4(1, "203.0.113.200", 9),
  ARP,
  query6(2),
  { ...query4(3, "203.0.113.200"), original: 1400 },
  query4(4, "192.0.2.1"),
  query4(5),
];

describe("a capture of all that leaves", () => {
  it("holds the packets as they leave, with the timestamps that they had", async () => {
    const sink = memorySink();
    const writer = new PcapWriter(sink);
    const outlet = { writer, interface: 0 };
    const packetWriter = new PacketWriter(forwarder, () => outlet, false);
    await replayPackets(forwarder, PACKETS, { observers: [packetWriter] });
    await writer.finish();
    const packets = await readBack(sink.bytes);
    const numbers = packets.map(({ timestampNs }) => Number(timestampNs - START_NS));
    expect(numbers).toEqual([1, 3, 4, 6]);
    expect(packets.map(({ linkType }) => linkType)).toEqual([1, 1, 1, 1]);
    for (const { data } of packets) expect(mac(data, 6)).toBe("020000000001");
    const [first, second, third] = packets;
    expect(mac(first?.data ?? Uint8Array.of(), 0)).toBe("02000a00000d");
    expect(mac(second?.data ?? Uint8Array.of(), 0)).toBe("020100000001");
    expect([first?.data[22], second?.data[21]]).toEqual([8, 63]);
    expect(third?.original).toBe(third?.data.length);
    const sent = PACKETS[0]?.data ?? Uint8Array.of();
    expect(first?.data.subarray(26)).toEqual(sent.subarray(26));
  });

  it("goes on over many batches", async () => {
    const sink = memorySink();
    const writer = new PcapWriter(sink);
    const packetWriter = new PacketWriter(forwarder, () => ({ writer, interface: 0 }), false);
    const many = Array.from({ length: 9000 }, (_, port) => query4(port));
    await replayPackets(forwarder, many, { observers: [packetWriter] });
    await writer.finish();
    expect(await readBack(sink.bytes)).toHaveLength(9000);
    expect(sink.writes).toBeGreaterThan(1);
  });
});

describe("outlets", () => {
  it("are asked for once a next hop, when its first packet leaves", async () => {
    const sinks = new Map<string, ReturnType<typeof memorySink>>();
    const writers: PcapWriter[] = [];
    const packetWriter = new PacketWriter(
      forwarder,
      async ({ name }) => {
        expect(sinks.has(name)).toBe(false);
        const sink = memorySink();
        sinks.set(name, sink);
        const writer = new PcapWriter(sink);
        writers.push(writer);
        return { writer, interface: 0 };
      },
      false,
    );
    const many = Array.from({ length: 200 }, (_, port) => query4(port));
    const options = { observers: [packetWriter] };
    const { report } = await replayPackets(forwarder, [...many, query6(1)], options);
    for (const writer of writers) await writer.finish();
    expect([...sinks.keys()].sort()).toEqual(["10.0.0.11", "10.0.0.12", "fe80::1%eth0"]);
    for (const { next_hop, packets } of report.next_hops) {
      const bytes = sinks.get(next_hop)?.bytes;
      expect(bytes === undefined ? 0 : (await readBack(bytes)).length).toBe(packets);
    }
  });
});

it("comments on each packet of a pcapng with verdict, prefix, slot and reason", async () => {
  const sink = memorySink("out.pcapng");
  const writer = new PcapngWriter(sink);
  const outletOf = ({ name }: { readonly name: string }) => ({
    writer,
    interface: writer.addInterface(name),
  });
  const packetWriter = new PacketWriter(forwarder, outletOf, true);
  await replayPackets(forwarder, PACKETS, { observers: [packetWriter] });
  await writer.finish();
  const text = new TextDecoder("latin1").decode(sink.bytes);
  expect(text.match(/verdict=[ -~]*/g)).toEqual([
    "verdict=forward prefix=203.0.113.200/32 slot=none reason=none",
    "verdict=forward prefix=2001:db8:a::/48 slot=none reason=none",
    "verdict=forward prefix=203.0.113.200/32 slot=none reason=none",
    expect.stringMatching(/^verdict=forward prefix=203\.0\.113\.0\/24 slot=\d+ reason=none$/),
  ]);
  expect(text).toContain("fe80::1%eth0");
  expect(await readBack(sink.bytes)).toHaveLength(4);
});
