/** Tunnels that end at the router, against a plain model: what is inside goes on by itself. */

import { beforeAll, describe, expect, it } from "vitest";
import { dropReasonName, verdictName } from "../../src/engine/drop-reasons.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import type { TunnelInput } from "../../src/router/tunnels.ts";
import { TEST_LIMITS } from "../engine/test-engine.ts";
import { openPacket } from "../oracle/decapsulation-model.ts";
import {
  type Bytes,
  extension,
  fragment,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
} from "../oracle/ip-packets.ts";
import { LINK_TYPE } from "../oracle/link-frames.ts";
import { type Random, seededRandom } from "../oracle/random.ts";
import {
  gueHeader,
  hopList,
  ipipProtocol,
  outerPacket,
  udpDatagram,
  withTraffic,
} from "../oracle/tunnel-packets.ts";
import { MODULE_TARGETS, type ModuleTarget, moduleBytes } from "../setup/modules.ts";

const SEED = 4213;
const GUE = 6080;
const OWN4 = "192.0.2.1";
const OWN6 = "2001:db8::1";
const PEERS = { 4: "10.7.0.9", 6: "fd00:7::9" } as const;

const TUNNELS = [
  { name: "any", addresses: [OWN4, OWN6], kinds: ["ipip", "gue"], port: GUE, sources: [] },
  {
    name: "peers",
    addresses: ["192.0.2.2", "2001:db8::2"],
    kinds: ["gue", "ipip"],
    port: 5555,
    sources: ["10.7.0.0/16", "fd00:7::/32", "fd00:8::8/128"],
  },
  { name: "port", addresses: [OWN4], kinds: ["gue"], port: GUE + 64, sources: [] },
] as const satisfies readonly TunnelInput[];

const ROUTES = [
  { prefix: "198.51.100.0/24", nextHops: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] },
  { prefix: "2001:db8:2::/48", nextHops: ["fd00::1", "fd00::2"] },
  { prefix: "203.0.113.0/24", kind: "blackhole" },
] as const;

/** The table of RFC 6040, 4.2, in the order of the codes: Not-ECT, ECT(1), ECT(0), CE. */
const MARKS = [
  [0, 0, 0, undefined],
  [1, 1, 1, 3],
  [2, 1, 2, 3],
  [3, 3, 3, 3],
] as const;

/** Reasons for which a packet is dropped before anything but itself was looked at. */
const UNSOUND = /^(truncated|captured_short|ipv[46]_.*|multicast|broadcast)$/;

function forwarderOf(tunnels: readonly TunnelInput[], target: ModuleTarget = "release") {
  return Forwarder.create({
    routes: ROUTES,
    tunnels,
    // The other one has the same routes, and opens nothing.
    ...(tunnels.length > 0 ? {} : { routes: [...ROUTES, ...ownRoutes()] }),
    shared: target === "shared",
    replies: { rate: Number.POSITIVE_INFINITY },
    limits: TEST_LIMITS,
    module: moduleBytes(target),
  });
}

function ownRoutes() {
  const own = TUNNELS.flatMap(({ addresses }) => [...addresses]);
  return own.map((prefix) => ({ prefix, kind: "local" as const }));
}

/** What became of a packet: its fate, where it stood, the frames that leave. */
function send({ engine }: Forwarder, bytes: Uint8Array, family: number, cut = 0) {
  const { batch } = engine;
  batch.clear();
  const linkType = family === 4 ? LINK_TYPE.ipv4 : LINK_TYPE.ipv6;
  batch.push(bytes.subarray(0, bytes.length - cut), { linkType, originalLength: bytes.length });
  engine.process();
  const verdict = verdictName(batch.verdicts[0] ?? 0);
  return {
    fate: verdict === "drop" ? dropReasonName(batch.reasons[0] ?? 0) : verdict,
    slot: batch.slots[0],
    nextHop: batch.nextHops[0],
    frames: Array.from(engine.leaving.frames(0), (frame) => Uint8Array.from(frame.bytes)),
  };
}

function pick<T>(random: Random, ...values: readonly [T, ...T[]]): T {
  return values[random.below(values.length)] ?? values[0];
}

/** A packet of either family, as it comes out of a tunnel: to any route, whole or damaged. */
function anyInner(random: Random): Bytes {
  const payload = ports(random.below(60_000), 53, new Uint8Array(random.below(60)));
  const isIpv4 = random.below(2) === 0;
  const packet = isIpv4
    ? ipv4Packet({
        source: pick(random, "192.0.2.99", "10.1.2.3", "127.0.0.1", "0.0.0.0"),
        destination: pick(random, "198.51.100.9", "203.0.113.5", "8.8.8.8", "224.0.0.1", OWN4),
        ttl: pick(random, 64, 64, 2, 1, 0),
        payload,
      })
    : ipv6Packet({
        source: pick(random, "2001:db8:77::7", "fe80::9", "::1"),
        destination: pick(random, "2001:db8:2::9", "2001:db8:9::9", "ff02::1", OWN6),
        hopLimit: pick(random, 64, 64, 2, 1, 0),
        payload,
      });
  const marked = withTraffic(packet, random.below(256));
  if (random.below(8) === 0) marked[random.below(marked.length)] = random.below(256);
  if (random.below(16) === 0) return marked.slice(0, random.below(marked.length) + 1);
  if (random.below(8) === 0) return joinBytes(marked, [1, 2, 3]);
  return marked;
}

function anyGue(random: Random, inner: Uint8Array): Bytes {
  const hops = pick(random, ["10.0.0.8", "10.0.0.9"], ["fd00::8"], []);
  switch (random.below(12)) {
    case 0:
      return gueHeader(inner, { control: true });
    case 1:
      return gueHeader(inner, { flags: 1 << random.below(16) });
    case 2:
      return gueHeader(inner, { variant: 2 + random.below(2) });
    case 3:
      return gueHeader(inner, { words: random.below(32) });
    case 4:
      return gueHeader(inner, { protocol: pick(random, 4, 41, 47, 59, 0) });
    case 5:
      return gueHeader(inner, { data: hopList(random.below(4), hops, random.below(3)) });
    case 6:
    case 7:
      return gueHeader(inner, { data: hopList(random.below(hops.length + 1), hops) });
    case 8:
    case 9:
      return Uint8Array.from(inner);
    default:
      return gueHeader(inner);
  }
}

/** A packet around another one. */
function anyLayer(random: Random, inner: Uint8Array): Bytes {
  const tunnel = pick<(typeof TUNNELS)[number]>(random, ...TUNNELS);
  const destination = pick<string>(random, tunnel.addresses[0], ...tunnel.addresses);
  const isIpv6 = destination.includes(":");
  const source = pick<string>(
    random,
    PEERS[isIpv6 ? 6 : 4],
    ...(isIpv6 ? (["fd00:8::8", "fd00:8::9", "fd00:6::"] as const) : (["10.8.0.1"] as const)),
  );
  const traffic = random.below(256);
  const extensions = pick(random, [], [], [extension(PROTOCOL.destinationOptions)]);
  const isUdp = random.below(2) === 0;
  const wrong = random.below(12) === 0 ? { length: random.below(64) } : {};
  const sum = pick(random, {}, {}, { checksum: 0 }, { checksum: 0x1234 });
  const payload = isUdp
    ? udpDatagram([source, destination], tunnel.port, anyGue(random, inner), { ...wrong, ...sum })
    : inner;
  const protocol = isUdp ? PROTOCOL.udp : ipipProtocol(inner);
  const outer = { source, destination, traffic, protocol, payload };
  if (random.below(16) > 0) return outerPacket({ ...outer, extensions });
  return outerPacket({ ...outer, extensions: [fragment(0, true)], moreFragments: true });
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let opening: Forwarder;
  let plain: Forwarder;

  beforeAll(async () => {
    opening = await forwarderOf(TUNNELS, target);
    plain = await forwarderOf([], target);
  });

  const isSound = (packet: Uint8Array, family: number): boolean =>
    !UNSOUND.test(send(plain, packet, family).fate);

  it("forwards what the model takes out, as if it had come by itself", () => {
    const random = seededRandom(SEED);
    const fates = new Map<string, number>();
    for (let n = 0; n < 1500; n++) {
      let packet = anyInner(random);
      for (let depth = random.below(6); depth > 0; depth--) packet = anyLayer(random, packet);
      const family = (packet[0] ?? 0) >>> 4;
      if (!isSound(packet, family)) continue;
      const opened = openPacket(packet, TUNNELS, isSound);
      const outcome = send(opening, packet, family);
      fates.set(outcome.fate, (fates.get(outcome.fate) ?? 0) + 1);
      if (opened.reason === undefined) {
        expect(outcome).toEqual(send(plain, opened.packet, opened.family));
      } else expect(outcome.fate).toBe(opened.reason);
    }
    const reasons = ["source", "header", "protocol", "checksum", "ecn", "depth"];
    const names = reasons.map((reason) => `tunnel_${reason}`);
    for (const name of ["forward", "punt", "ttl_expired", "ipv4_checksum", ...names]) {
      expect([name, fates.get(name) ?? 0]).toEqual([name, expect.any(Number)]);
      expect(fates.get(name) ?? 0, name).toBeGreaterThan(3);
    }
  });

  const pairs = [0, 1, 2, 3].flatMap((inside) =>
    [0, 1, 2, 3].map((outside) => ({ inside, outside })),
  );

  it.each(pairs)("marks $inside inside by $outside outside (RFC 6040)", ({ inside, outside }) => {
    for (const inner of [ipv4Packet(), ipv6Packet()]) {
      const packet = outerPacket({
        source: PEERS[6],
        destination: OWN6,
        traffic: 0xb8 | outside,
        protocol: ipipProtocol(inner),
        payload: withTraffic(inner, 0x28 | inside),
      });
      const { fate, frames } = send(opening, packet, 6);
      const mark = MARKS[inside]?.[outside];
      const alone = send(plain, withTraffic(inner, 0x28 | (mark ?? 0)), (inner[0] ?? 0) >>> 4);
      expect(mark === undefined ? fate : frames).toEqual(
        mark === undefined ? "tunnel_ecn" : alone.frames,
      );
    }
  });

  it("accounts for every packet, whatever is damaged", () => {
    const random = seededRandom(SEED + 1);
    opening.resetCounters();
    const count = 800;
    for (let n = 0; n < count; n++) {
      let packet = anyInner(random);
      for (let depth = random.below(6); depth > 0; depth--) packet = anyLayer(random, packet);
      const family = (packet[0] ?? 0) >>> 4;
      for (let hits = random.below(4); hits > 0; hits--) {
        packet[random.below(packet.length)] = random.below(256);
      }
      send(opening, packet, family, random.below(4) === 0 ? random.below(packet.length) : 0);
    }
    const { received, forwarded, punted, dropped, drops } = opening.counters;
    expect([received, forwarded + punted + dropped]).toEqual([count, count]);
    expect(Object.values(drops).reduce((sum, one) => sum + one, 0)).toBe(dropped);
  });

  it("accounts for all with everything else on: fragments, meters, hop lists", async () => {
    const forwarder = await Forwarder.create({
      routes: [
        { ...ROUTES[0], meter: { action: "count" } },
        { ...ROUTES[1], meter: { action: "limit", packetsPerSecond: 5 } },
        { prefix: "10.0.0.0/24", nextHops: ["10.0.0.254"] },
      ],
      tunnels: TUNNELS.map((tunnel) => ({ ...tunnel, secondChance: true })),
      sources: [
        { prefix: "10.7.0.0/16", action: "limit", packetsPerSecond: 600 },
        { prefix: "fd00:7::/32", action: "count" },
      ],
      steering: { fragments: "track", inner: ["ipip", "gre", "vxlan"] },
      replies: { rate: 100 },
      shared: target === "shared",
      limits: { ...TEST_LIMITS, meters: 2, routeMeters: 2 },
      module: moduleBytes(target),
    });
    const random = seededRandom(SEED + 2);
    const { engine } = forwarder;
    const count = 1500;
    for (let n = 0; n < count; n++) {
      let packet = anyInner(random);
      for (let depth = random.below(6); depth > 0; depth--) packet = anyLayer(random, packet);
      const family = (packet[0] ?? 0) >>> 4;
      for (let hits = random.below(3); hits > 0; hits--) {
        packet[random.below(packet.length)] = random.below(256);
      }
      send(forwarder, packet, family);
      while (engine.steering.release() > 0) engine.process();
    }
    while (engine.steering.release(true) > 0) engine.process();
    const { received, forwarded, punted, dropped, drops } = forwarder.counters;
    expect([received, forwarded + punted + dropped]).toEqual([count, count]);
    expect(Object.values(drops).reduce((sum, one) => sum + one, 0)).toBe(dropped);
    for (const reason of ["rate_limit", "route_limit"]) expect(drops[reason]).toBeGreaterThan(0);
    const passed = forwarder.tunnels.counters().map((one) => one.passed);
    expect(Math.max(...passed)).toBeGreaterThan(0);
  });

  it("never traps where a capture cut the packet, and calls each cut one short", () => {
    const inner = ipv4Packet({ destination: "198.51.100.9" });
    const data = hopList(0, ["10.0.0.8"]);
    const payload = udpDatagram([PEERS[4], OWN4], GUE, gueHeader(inner, { data }));
    const packet = outerPacket({ source: PEERS[4], destination: OWN4, protocol: 17, payload });
    const headers = packet.length - inner.length + 24;
    for (let kept = 20; kept < packet.length; kept++) {
      const { fate } = send(opening, packet, 4, packet.length - kept);
      expect([kept, fate]).toEqual([kept, kept < headers ? "captured_short" : "forward"]);
    }
  });
});

describe("counts", () => {
  it("tell tunnels apart, and what was dropped and left", async () => {
    const forwarder = await forwarderOf(TUNNELS);
    const inner = ipv4Packet();
    const outer = { source: PEERS[4], destination: OWN4, protocol: 4, payload: inner };
    const packets = [
      outerPacket(outer),
      outerPacket({ ...outer, traffic: 3 }),
      outerPacket({ ...outer, moreFragments: true }),
      outerPacket({ ...outer, source: "10.8.0.1", destination: "192.0.2.2" }),
    ];
    for (const packet of packets) send(forwarder, packet, 4);
    expect(forwarder.tunnels.counters()).toEqual([
      {
        tunnel: "any",
        packets: 2,
        bytes: 2 * (packets[0]?.length ?? 0),
        dropped: 1,
        left: 1,
        passed: 0,
      },
      { tunnel: "peers", packets: 1, bytes: packets[3]?.length, dropped: 1, left: 0, passed: 0 },
      { tunnel: "port", packets: 0, bytes: 0, dropped: 0, left: 0, passed: 0 },
    ]);
    forwarder.resetCounters();
    expect(forwarder.tunnels.counters()[0]).toMatchObject({ packets: 0, left: 0 });
  });

  it("count a fragment inside that was held once", async () => {
    const forwarder = await Forwarder.create({
      routes: ROUTES,
      tunnels: TUNNELS,
      sources: [{ prefix: "10.7.0.0/16", action: "count" }],
      steering: { fragments: "track" },
      limits: { ...TEST_LIMITS, meters: 1 },
      module: moduleBytes("release"),
    });
    const later = ipv4Packet({ fragmentOffset: 8, identification: 7, payload: new Uint8Array(16) });
    const outer = { source: PEERS[4], destination: OWN4, protocol: 4 };
    const { engine } = forwarder;
    engine.batch.clear();
    engine.batch.push(outerPacket({ ...outer, payload: later }), { linkType: LINK_TYPE.ipv4 });
    engine.process();
    expect([engine.batch.count, forwarder.tunnels.counters()[0]?.packets]).toEqual([0, 1]);
    expect(engine.steering.release(true)).toBe(1);
    engine.process();
    expect(forwarder.counters).toMatchObject({ received: 1, forwarded: 1 });
    expect(forwarder.tunnels.counters()[0]).toMatchObject({ packets: 1, dropped: 0 });
    expect(forwarder.sources.counters()[0]?.packets).toBe(1);
  });
});

it("drops what comes from an outer source that is dropped", async () => {
  const forwarder = await Forwarder.create({
    routes: ROUTES,
    tunnels: TUNNELS,
    sources: [
      { prefix: "10.7.0.0/16", action: "drop" },
      { prefix: "fd00:7::/32", action: "drop" },
    ],
    limits: { ...TEST_LIMITS, meters: 2 },
    module: moduleBytes("release"),
  });
  const four = { source: PEERS[4], destination: OWN4, protocol: 4, payload: ipv4Packet() };
  expect(send(forwarder, outerPacket(four), 4).fate).toBe("source_blackhole");
  const six = { ...four, source: PEERS[6], destination: OWN6 };
  expect(send(forwarder, outerPacket(six), 6).fate).toBe("source_blackhole");
  expect(send(forwarder, outerPacket({ ...four, source: "10.9.9.9" }), 4).fate).toBe("forward");
});

it("answers a sender inside a tunnel only where a route leads to it", async () => {
  const forwarder = await forwarderOf(TUNNELS);
  const expired = (source: string) =>
    outerPacket({
      source: PEERS[4],
      destination: OWN4,
      protocol: 4,
      payload: ipv4Packet({ source, ttl: 1 }),
    });
  expect(send(forwarder, expired("198.51.100.77"), 4).fate).toBe("ttl_expired");
  expect([...forwarder.engine.replies.list()]).toHaveLength(1);
  expect(send(forwarder, expired("172.16.0.1"), 4).fate).toBe("ttl_expired");
  expect([...forwarder.engine.replies.list()]).toHaveLength(0);
});

describe("configuration", () => {
  const one: TunnelInput = { name: "a", addresses: [OWN4] };

  it.each([
    ["no address of a router", [{ ...one, addresses: ["192.0.2"] }]],
    ["no address of a router", [{ ...one, addresses: ["224.0.0.1"] }]],
    ["ends nowhere", [{ ...one, addresses: [] }]],
    ["port 0", [{ ...one, port: 0 }]],
    ["no prefix", [{ ...one, sources: ["x"] }]],
    ['"a" ends at 192.0.2.1 ipip too', [one, { ...one, name: "b", kinds: ["ipip"] }]],
    ["ends at 192.0.2.1 UDP port 6080 too", [one, { ...one, name: "b", kinds: ["gue"] }]],
  ] satisfies readonly (readonly [string, readonly TunnelInput[]])[])(
    "%s",
    async (what, inputs) => {
      await expect(forwarderOf(inputs)).rejects.toThrow(what);
    },
  );

  it("keeps what was there where the new tunnels are too many", async () => {
    const forwarder = await forwarderOf([one]);
    const many = Array.from({ length: 65 }, (_, n) => `192.0.2.${n}`);
    expect(() => forwarder.tunnels.replace([{ ...one, addresses: many }])).toThrow("65 addresses");
    const packet = outerPacket({
      source: PEERS[4],
      destination: OWN4,
      protocol: 4,
      payload: ipv4Packet(),
    });
    expect(send(forwarder, packet, 4).fate).toBe("forward");
    forwarder.tunnels.replace([]);
    expect(send(forwarder, packet, 4).fate).toBe("punt");
  });
});
