/** Batches: any number of packets of any kinds, each as if it were alone. */

import { beforeAll, describe, expect, it } from "vitest";
import { BATCH_MAX, MATCH_NONE } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { ipv4Packet, ipv6Packet, ports } from "../../oracle/ip-packets.ts";
import { ethernet, ethernetIp, type Frame, raw } from "../../oracle/link-frames.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { sendFrame, sendFrames } from "../packet-rig.ts";
import { createTestRouter, DESTINATIONS } from "../test-router.ts";
import { mutatedFrame } from "./mutations.ts";

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it("does with each packet of a full batch what it does with it alone", () => {
    const random = seededRandom(91);
    const frames = Array.from({ length: BATCH_MAX }, () => mutatedFrame(random).frame);
    const together = sendFrames(engine, frames);
    const alone = frames.map((frame) => sendFrame(engine, frame));
    expect(together).toEqual(alone);
  });

  it("takes batches of any size up to the largest", () => {
    for (const count of [0, 1, 2, BATCH_MAX - 1, BATCH_MAX]) {
      const before = engine.counters.read();
      const frames = Array.from({ length: count }, () => raw(ipv4Packet()));
      const outcomes = sendFrames(engine, frames);
      expect(outcomes.filter(({ verdict }) => verdict === "forward").length).toBe(count);
      expect(engine.counters.read().received - before.received).toBe(count);
    }
    engine.batch.clear();
    engine.process();
  });

  it("tells the length of the prefix that each packet matched", () => {
    const { batch } = engine;
    const frames: readonly (readonly [Frame, number])[] = [
      [raw(ipv4Packet({ destination: DESTINATIONS[4].single })), 28],
      [raw(ipv6Packet({ destination: DESTINATIONS[6].table })), 64],
      [raw(ipv4Packet({ destination: DESTINATIONS[4].none })), MATCH_NONE],
      [raw(ipv6Packet({ destination: DESTINATIONS[6].none })), MATCH_NONE],
      [ethernet(0x0806, new Uint8Array(46)), MATCH_NONE],
      // Dropped for its TTL, but its addresses were read.
      [ethernetIp(ipv4Packet({ destination: DESTINATIONS[4].single, ttl: 1 })), 28],
      [raw(ipv4Packet({ destination: DESTINATIONS[4].blackhole, payload: ports(1, 2) })), 28],
    ];
    batch.clear();
    for (const [{ bytes, linkType }] of frames) batch.push(bytes, { linkType });
    engine.process();
    engine.prefixLengths();
    const lengths = [...batch.prefixLengths.subarray(0, frames.length)];
    expect(lengths).toEqual(frames.map(([, length]) => length));
    batch.clear();
  });
});

it("asserts in the debug build that a batch is not too large", async () => {
  const engine = await createTestRouter("debug");
  engine.batch.count = BATCH_MAX + 1;
  expect(() => engine.process()).toThrow();
});
