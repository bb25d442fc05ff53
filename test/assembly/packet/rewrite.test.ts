/** A packet as it leaves: one hop older, in the adjacency's Ethernet header, else unchanged. */

import { beforeAll, describe, expect, it } from "vitest";
import { BATCH_MAX, FRAME_HEADROOM } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { internetChecksum, kernelAgedChecksum } from "../../oracle/checksum.ts";
import {
  counting,
  extension,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
  u16,
} from "../../oracle/ip-packets.ts";
import { CARRIERS, LINK_TYPE, raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { sendFrame } from "../packet-rig.ts";
import { adjacencyMacs, createTestRouter } from "../test-router.ts";

const PADDING = new Uint8Array(9).fill(0xee);
const PACKETS = [
  {
    name: "IPv4 with options",
    packet: ipv4Packet({ options: counting(8), payload: ports(5, 6, counting(33)) }),
    changed: [8, 10, 11],
  },
  {
    name: "IPv6 with an extension",
    packet: ipv6Packet({ extensions: [extension(PROTOCOL.routing, 2)], hopLimit: 2 }),
    changed: [7],
  },
];
const ROOMS = CARRIERS.flatMap((carrier) => PACKETS.map((packet) => ({ ...packet, carrier })));

/** Two bytes that hold TTL and protocol: every byte's ends, and the usual. */
const TTL_WORDS = [0x0200, 0x02ff, 0x4006, 0x8011, 0xff00, 0xffff];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(ROOMS)("of $name in $carrier.name", ({ carrier, packet }) => {
    const frame = carrier.wrap(joinBytes(packet, PADDING));
    const { leaving } = sendFrame(engine, frame);
    const { destination, source } = adjacencyMacs(1);
    const isIpv4 = (packet[0] ?? 0) >>> 4 === 4;
    const etherType = u16(isIpv4 ? 0x0800 : 0x86dd);
    expect([...leaving.subarray(0, 14)]).toEqual([...destination, ...source, ...etherType]);
    expect(leaving.subarray(14)).toEqual(aged(packet));
  });

  it.each(ROOMS)(
    "writes nowhere else, of $name in $carrier.name",
    ({ carrier, packet, changed }) => {
      const { batch } = engine;
      batch.clear();
      batch.frames.fill(0xa5, 0, 4096);
      const frame = carrier.wrap(joinBytes(packet, PADDING));
      for (let copies = 0; copies < 3; copies++) batch.push(frame.bytes, frame);
      const before = Uint8Array.from(batch.frames.subarray(0, 4096));
      engine.process();
      const after = batch.frames.subarray(0, 4096);
      const stride = frame.bytes.length + FRAME_HEADROOM;
      const allowed = [0, 1, 2].flatMap((copy) => {
        const network = copy * stride + carrier.headerBytes;
        const ethernet = Array.from({ length: 14 }, (_, index) => network - 14 + index);
        return [...ethernet, ...changed.map((at) => network + at)];
      });
      const written = [...after.keys()].filter((at) => after[at] !== before[at]);
      expect(written.filter((at) => !allowed.includes(at))).toEqual([]);
      batch.clear();
    },
  );

  it("does not touch a packet that it drops or punts", () => {
    for (const destination of ["10.1.2.3", "192.0.2.200", "192.0.2.70", "198.18.0.1"]) {
      const { batch } = engine;
      const packet = ipv4Packet({ destination });
      batch.clear();
      batch.push(packet, { linkType: LINK_TYPE.raw });
      engine.process();
      expect(batch.frames.subarray(0, packet.length)).toEqual(packet);
      expect(batch.outLengths[0]).toBe(0);
      expect(batch.leavingFrame(0).length).toBe(0);
      batch.clear();
    }
  });

  it("patches every checksum as a sum over the whole header, and as the kernel does", () => {
    for (const ttlWord of TTL_WORDS) {
      expect(wrongChecksums(engine, ttlWord)).toEqual([]);
    }
  });
});

/** The packet one hop older, its checksum summed anew. */
function aged(packet: Uint8Array): Uint8Array {
  const older = Uint8Array.from(packet);
  if ((packet[0] ?? 0) >>> 4 === 6) {
    older[7] = (older[7] ?? 0) - 1;
    return older;
  }
  older[8] = (older[8] ?? 0) - 1;
  older.set([0, 0], 10);
  older.set(u16(internetChecksum(older.subarray(0, ((packet[0] ?? 0) & 15) * 4))), 10);
  return older;
}

/**
 * Sends a packet with each of the 65,536 checksums, which its identification makes right, and
 * returns those that left with another checksum than they should.
 */
function wrongChecksums(engine: Engine, ttlWord: number): readonly number[] {
  const { batch } = engine;
  const template = raw(ipv4Packet({ ttl: ttlWord >>> 8, protocol: ttlWord & 255 })).bytes;
  const wrong: number[] = [];
  for (let start = 0; start < 65536; start += BATCH_MAX) {
    batch.clear();
    for (let checksum = start; checksum < start + BATCH_MAX; checksum++) {
      batch.push(withChecksum(template, checksum), { linkType: LINK_TYPE.raw });
    }
    engine.process();
    for (let packet = 0; packet < BATCH_MAX; packet++) {
      const leaving = batch.leavingFrame(packet).subarray(14);
      const patched = ((leaving[10] ?? 0) << 8) | (leaving[11] ?? 0);
      leaving.set([0, 0], 10);
      const isRight =
        patched === internetChecksum(leaving.subarray(0, 20)) &&
        patched === kernelAgedChecksum(start + packet);
      if (!isRight) wrong.push(start + packet);
    }
  }
  batch.clear();
  return wrong;
}

/** Gives a header a checksum, and the identification with which it is right. */
function withChecksum(header: Uint8Array, checksum: number): Uint8Array {
  header.set([0, 0], 4);
  header.set(u16(checksum), 10);
  header.set(u16(internetChecksum(header.subarray(0, 20))), 4);
  return header;
}
