/** The family filter: other packets leave the batch before anything counts them. */

import { describe, expect, it } from "vitest";
import { ipv4Packet, ipv6Packet } from "../../oracle/ip-packets.ts";
import {
  ETHER_TYPE,
  ethernet,
  ethernetIp,
  type Frame,
  mpls,
  PPP,
  pppoe,
  raw,
} from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { createTestRouter } from "../test-router.ts";

const FRAMES: readonly { readonly frame: Frame; readonly family: 4 | 6 | 0 }[] = [
  { frame: ethernet(ETHER_TYPE.arp, new Uint8Array(46)), family: 0 },
  { frame: ethernetIp(ipv4Packet()), family: 4 },
  { frame: ethernetIp(ipv6Packet(), [ETHER_TYPE.vlan]), family: 6 },
  { frame: raw(ipv6Packet()), family: 6 },
  { frame: mpls(ipv4Packet(), 2), family: 4 },
  { frame: raw(ipv4Packet(), 300), family: 0 },
  { frame: pppoe(PPP.ipv6, ipv6Packet()), family: 6 },
  { frame: raw([]), family: 0 },
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it.each([4, 6] as const)("keeps IPv%i with all that is known of it", async (family) => {
    const engine = await createTestRouter(target);
    const { batch } = engine;
    for (const [index, { frame }] of FRAMES.entries()) {
      const originalLength = frame.bytes.length + index;
      batch.push(frame.bytes, {
        linkType: frame.linkType,
        originalLength,
        timestampNs: 10n + BigInt(index),
      });
    }
    const kept = FRAMES.flatMap((row, index) => (row.family === family ? [index] : []));
    const input = kept.map((index) => batch.offsets[index]);
    engine.keepFamily(family);
    expect(batch.count).toBe(kept.length);
    expect([...batch.offsets.subarray(0, batch.count)]).toEqual(input);
    for (const [packet, index] of kept.entries()) {
      const { bytes = new Uint8Array(), linkType } = FRAMES[index]?.frame ?? {};
      expect({
        length: batch.lengths[packet],
        originalLength: batch.originalLengths[packet],
        linkType: batch.linkTypes[packet],
        timestamp: batch.timestamps[packet],
      }).toEqual({
        length: bytes.length,
        originalLength: bytes.length + index,
        linkType,
        timestamp: 10n + BigInt(index),
      });
    }
    engine.process();
    const families = { ipv4: family === 4 ? kept.length : 0, ipv6: family === 6 ? kept.length : 0 };
    expect(engine.counters.read()).toMatchObject({ received: kept.length, families });
  });
});
