/** From the route to the verdict: kinds of route first, then the TTL, then the next hop. */

import { beforeAll, describe, expect, it } from "vitest";
import { GROUPS_RESERVED } from "../../../assembly/layout.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { type Bytes, ipv4Packet, ipv6Packet } from "../../oracle/ip-packets.ts";
import { raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { FIB_FAMILIES } from "../fib/family.ts";
import { fateOf, sendFrame } from "../packet-rig.ts";
import { createTestRouter, DESTINATIONS, GROUP } from "../test-router.ts";

/** What becomes of a packet to each kind of route, with a TTL of 2 or more, and with less. */
const FATES = [
  { kind: "single", alive: "forward", expired: "ttl_expired", group: GROUP.single },
  { kind: "table", alive: "forward", expired: "ttl_expired", group: GROUP.table },
  { kind: "empty", alive: "next_hop_down", expired: "ttl_expired", group: GROUP.empty },
  { kind: "local", alive: "punt", expired: "punt", group: 1 },
  { kind: "blackhole", alive: "blackhole", expired: "blackhole", group: 2 },
  { kind: "unreachable", alive: "unreachable", expired: "unreachable", group: 3 },
  { kind: "prohibit", alive: "prohibit", expired: "prohibit", group: 4 },
  { kind: "none", alive: "no_route", expired: "no_route", group: 0 },
] as const;

const FAMILIES: readonly {
  readonly family: 4 | 6;
  readonly packetTo: (destination: string, ttl: number) => Bytes;
}[] = [
  { family: 4, packetTo: (destination, ttl) => ipv4Packet({ destination, ttl }) },
  { family: 6, packetTo: (destination, hopLimit) => ipv6Packet({ destination, hopLimit }) },
];
const CASES = FAMILIES.flatMap((family) => FATES.map((fate) => ({ ...family, ...fate })));

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target);
  });

  it.each(CASES)("IPv$family to $kind: $alive, and $expired with its last TTL", (row) => {
    const destination = DESTINATIONS[row.family][row.kind];
    for (const ttl of [0, 1, 2, 64, 255]) {
      const outcome = sendFrame(engine, raw(row.packetTo(destination, ttl)));
      const fate = ttl <= 1 ? row.expired : row.alive;
      expect(outcome.reason ?? outcome.verdict).toBe(fate);
      expect(outcome.group).toBe(row.group);
      expect(outcome.nextHop > 0).toBe(fate === "forward");
      expect(outcome.slot !== undefined).toBe(fate === "forward" && row.kind === "table");
      expect(outcome.flow?.ttl).toBe(ttl);
    }
  });

  it("knows no route behind a reserved group without a meaning", async () => {
    const router = await createTestRouter(target);
    for (let group = 5; group < GROUPS_RESERVED; group++) {
      for (const family of FIB_FAMILIES) {
        family.update(router, [{ address: 0n, length: 0, group }]);
      }
      expect(fateOf(router, raw(ipv4Packet({ destination: "10.9.9.9" })))).toBe("no_route");
      expect(fateOf(router, raw(ipv6Packet({ destination: "2001:db9::9" })))).toBe("no_route");
    }
  });

  it("follows its group from next hop to next hop, to none, and back", async () => {
    const router = await createTestRouter(target);
    const packet = raw(ipv4Packet({ destination: DESTINATIONS[4].single }));
    const only = (adjacency: number) => [{ adjacency, weight: 1 }];
    router.groups.change(GROUP.single, only(3));
    expect(sendFrame(router, packet)).toMatchObject({ verdict: "forward", nextHop: 3 });
    router.groups.change(GROUP.single, []);
    expect(sendFrame(router, packet)).toMatchObject({ reason: "next_hop_down", nextHop: 0 });
    router.groups.change(GROUP.single, [...only(2), { adjacency: 1, weight: 65535 }]);
    expect(sendFrame(router, packet)).toMatchObject({ verdict: "forward", nextHop: 1 });
    router.groups.change(GROUP.single, only(2));
    const outcome = sendFrame(router, packet);
    expect(outcome).toMatchObject({ verdict: "forward", nextHop: 2 });
    expect(outcome.slot).toBeUndefined();
  });
});
