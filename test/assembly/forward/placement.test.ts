/** Frames at the very end of memory: what reads beyond a frame there traps. */

import { describe, expect, it } from "vitest";
import { FRAME_HEADROOM, PAGE_BYTES } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import {
  authentication,
  counting,
  extension,
  fragment,
  ipv4Packet,
  ipv6Packet,
  jumbo,
  PROTOCOL,
} from "../../oracle/ip-packets.ts";
import {
  CARRIERS,
  ETHER_TYPE,
  ethernet,
  type Frame,
  mpls,
  PPP,
  pppoe,
} from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { fateOf } from "../packet-rig.ts";
import { createTestRouter } from "../test-router.ts";

const PACKETS = [
  ipv4Packet({ options: counting(12) }),
  ipv6Packet({
    extensions: [extension(PROTOCOL.hopByHop), fragment(0, false), authentication(2)],
  }),
  ipv6Packet({ payloadLength: 0, extensions: [jumbo(24)] }),
];
const FRAMES: readonly Frame[] = [
  ...CARRIERS.flatMap(({ wrap }) => PACKETS.map((packet) => wrap(packet))),
  mpls(ipv4Packet(), 3),
  pppoe(PPP.ipv6, ipv6Packet()),
  ethernet(ETHER_TYPE.mplsMulticast, new Uint8Array(4)),
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("does with every part of a frame what it does elsewhere", async () => {
    const frameBytes = 2 * PAGE_BYTES - FRAME_HEADROOM;
    const engine = await createTestRouter(target, { limits: { frameBytes } });
    expect(engine.plan.frames + frameBytes).toBe(engine.plan.memoryBytes);
    const differing = FRAMES.flatMap((frame) =>
      Array.from({ length: frame.bytes.length + 1 }, (_, length) => {
        const part = { ...frame, bytes: frame.bytes.slice(0, length), originalLength: 2000 };
        return fateAtTheEnd(engine, part) === fateOf(engine, part) ? [] : [{ frame, length }];
      }),
    );
    expect(differing.flat()).toEqual([]);
  });
});

/** What becomes of a frame whose last byte is the last of memory. */
function fateAtTheEnd(engine: Engine, frame: Frame): string {
  const { batch } = engine;
  const before = engine.counters.read();
  const start = engine.plan.memoryBytes - frame.bytes.length;
  batch.clear();
  batch.bytes.set(frame.bytes, start);
  batch.offsets[0] = start;
  batch.lengths[0] = frame.bytes.length;
  batch.originalLengths[0] = frame.originalLength ?? frame.bytes.length;
  batch.linkTypes[0] = frame.linkType;
  batch.count = 1;
  engine.process();
  batch.clear();
  const after = engine.counters.read();
  if (after.forwarded > before.forwarded) return "forward";
  const names = Object.keys(after.drops);
  return names.find((name) => after.drops[name] !== before.drops[name]) ?? "punt";
}
