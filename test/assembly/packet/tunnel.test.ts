/** Tunnels go by the flow inside them, where that is asked for, however they are cut or nested. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { testKeys } from "../../engine/test-engine.ts";
import { flowHash } from "../../oracle/flow-hash.ts";
import {
  addressBytes,
  type Bytes,
  icmpError,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
  u16,
  u32,
} from "../../oracle/ip-packets.ts";
import { ethernetIp, raw } from "../../oracle/link-frames.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { type Outcome, sendFrame, sendFrames } from "../packet-rig.ts";
import { createTestRouter, DESTINATIONS } from "../test-router.ts";
import {
  CASES,
  ENDS,
  GRE,
  gtp,
  INNER4,
  INNER6,
  inGre,
  label,
  MPLS,
  TUNNELS,
  udp,
} from "./tunnels.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => 3 + index * 13);
const FUZZED = 3000;

function innerHash(family: 4 | 6, turned = false): bigint {
  const [source, destination] = ENDS[family].map(addressBytes);
  const [sport, dport] = [4000, 80];
  if (source === undefined || destination === undefined) throw new Error("two ends");
  const there = { source, destination, ports: { source: sport, destination: dport } };
  const back = {
    source: destination,
    destination: source,
    ports: { source: dport, destination: sport },
  };
  return flowHash(KEY, { ...(turned ? back : there), protocol: PROTOCOL.tcp, isFragment: false });
}

/** An outer packet of either family to where a slot table is. */
function outer(family: 4 | 6, protocol: number, payload: Bytes): Bytes {
  const fields = { destination: DESTINATIONS[family].table, protocol, payload };
  return family === 4 ? ipv4Packet(fields) : ipv6Packet(fields);
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target, { keys: testKeys(KEY) });
  });
  beforeEach(() => engine.steering.set({ inner: TUNNELS }));

  const send = (bytes: Bytes): Outcome => sendFrame(engine, raw(bytes));

  it.each(CASES)("goes by the flow in $what, in both families", (row) => {
    for (const family of [4, 6] as const) {
      for (const innerFamily of [4, 6] as const) {
        const inner = innerFamily === 4 ? INNER4 : INNER6;
        const packet = outer(family, row.protocol, row.wrap(inner));
        const outcome = send(packet);
        expect(outcome).toMatchObject({ verdict: "forward", hash: innerHash(innerFamily) });
        expect(outcome.flow).toMatchObject({ steered: "inner", segment: "follows" });
        engine.steering.set({ inner: TUNNELS.filter((tunnel) => tunnel !== row.tunnel) });
        expect(send(packet).flow).not.toHaveProperty("steered");
        engine.steering.set({ inner: TUNNELS });
      }
    }
  });

  it("goes by the flow in IP in IP, two layers deep and no deeper", () => {
    for (const family of [4, 6] as const) {
      const once = outer(family, 4, INNER4);
      const twice = outer(family, family === 4 ? 4 : 41, outer(family, 41, INNER6));
      expect(send(once).hash).toBe(innerHash(4));
      expect(send(twice).hash).toBe(innerHash(6));
      const thrice = outer(family, family === 4 ? 4 : 41, twice);
      expect(send(thrice).hash).not.toBe(innerHash(6));
      expect(send(thrice).flow?.steered).toBe("inner");
    }
  });

  it.each(CASES)("takes $what cut anywhere", ({ protocol, wrap }) => {
    const whole = outer(4, protocol, wrap(INNER4));
    const needed = whole.length - INNER4.length + 24;
    for (let length = 20; length <= whole.length; length++) {
      const cut = whole.slice(0, length);
      const captured = { ...raw(cut), originalLength: whole.length };
      const payload = outer(4, protocol, wrap(INNER4).slice(0, length - 20));
      for (const outcome of [sendFrame(engine, captured), send(payload)]) {
        if (outcome.verdict !== "forward") continue;
        const isWhole = outcome.hash === innerHash(4);
        expect(isWhole).toBe(length >= needed);
      }
    }
  });

  it("goes by the entropy label, and by nothing behind it", () => {
    const labels = (entropy: number): Bytes =>
      joinBytes(label(100, false), label(7, false), label(entropy, true), INNER4);
    const one = send(outer(4, MPLS, labels(0x12345)));
    expect(one.flow?.steered).toBe("inner");
    expect(send(outer(4, MPLS, labels(0x12345))).hash).toBe(one.hash);
    expect(send(outer(4, MPLS, labels(0x12346))).hash).not.toBe(one.hash);
    expect(one.hash).not.toBe(innerHash(4));
    const last = joinBytes(label(7, true), INNER4);
    expect(send(outer(4, MPLS, last)).flow).not.toHaveProperty("steered");
  });

  it("keeps the rules of fragments and of ICMP errors inside", () => {
    const fragment = ipv4Packet({
      source: ENDS[4][0],
      destination: ENDS[4][1],
      moreFragments: true,
    });
    const later = ipv4Packet({ source: ENDS[4][0], destination: ENDS[4][1], fragmentOffset: 3 });
    expect(send(outer(4, 4, fragment)).hash).toBe(send(outer(4, 4, later)).hash);
    const error = ipv4Packet({ protocol: PROTOCOL.icmp, payload: icmpError(3, 4, INNER4) });
    expect(send(outer(4, 4, error)).hash).toBe(innerHash(4, true));
    const quoted = icmpError(3, 4, outer(4, 4, INNER4));
    const about = send(outer(4, PROTOCOL.icmp, quoted));
    expect(about.hash).toBe(innerHash(4, true));
    expect(about.flow?.steered).toBe("quoted");
  });

  it.each([
    { what: "GRE with routing", packet: outer(4, GRE, inGre(0x4000, 0x0800)(INNER4)) },
    { what: "GRE of PPTP", packet: outer(4, GRE, inGre(0x2001, 0x880b)(INNER4)) },
    { what: "GRE with another protocol", packet: outer(4, GRE, inGre(0, 0x0806)(INNER4)) },
    {
      what: "VXLAN without its flag",
      packet: outer(
        4,
        PROTOCOL.udp,
        udp(4789, joinBytes(u32(0), u32(0), ethernetIp(INNER4).bytes)),
      ),
    },
    {
      what: "a GTP echo",
      packet: outer(4, PROTOCOL.udp, udp(2152, joinBytes([0x32, 1], u16(4), u32(0), u32(0)))),
    },
    {
      what: "a GTP extension of no length",
      packet: outer(4, PROTOCOL.udp, gtp(0x34, [0, 0, 0, 0x85, 0, 0, 0, 0])(INNER4)),
    },
    { what: "IPIP with noise", packet: outer(4, 4, ports(1, 2)) },
  ])("goes by its own flow: $what", ({ packet }) => {
    const outcome = send(packet);
    expect(outcome.verdict).toBe("forward");
    expect(outcome.flow).not.toHaveProperty("steered");
  });

  it("survives what is not quite a tunnel", () => {
    const random = seededRandom(99);
    const frames = Array.from({ length: FUZZED }, () => {
      const row = CASES[random.below(CASES.length)];
      const inner = random.below(2) === 0 ? INNER4 : INNER6;
      const bytes = row?.wrap(inner) ?? inner;
      for (let change = random.below(5); change > 0; change--) {
        bytes[random.below(Math.min(64, bytes.length))] = random.below(256);
      }
      const cut = bytes.slice(0, random.below(4) === 0 ? random.below(bytes.length) : undefined);
      return raw(outer(random.below(2) === 0 ? 4 : 6, row?.protocol ?? 4, cut));
    });
    const outcomes = sendFrames(engine, frames);
    expect(outcomes.every(({ verdict }) => verdict === "forward")).toBe(true);
    expect(outcomes.some(({ flow }) => flow?.steered === "inner")).toBe(true);
  });
});
