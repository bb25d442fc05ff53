/** The forwarder: what lookups say is what packets meet; counters; one batch a forwarder. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FlowTuple, readFlow } from "../../src/engine/flow-record.ts";
import { VERDICT_FORWARD } from "../../src/engine/layout.ts";
import { formatAddress, parseAddress } from "../../src/net/address.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { RouteInput } from "../../src/router/route-input.ts";
import { type Bytes, ipv4Packet, ipv6Packet, ports } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { type Random, seededRandom } from "../oracle/random.ts";
import { smallForwarder, tableOf } from "./router-rig.ts";

const SERVICE4 = ["10.0.0.1", "10.0.0.2", { nextHop: "10.0.0.3", weight: 3, site: "lon" }];
const SERVICE6 = ["fd00::1", "fe80::1%eth0", { nextHop: "fe80::1%eth1", weight: 2 }];
const ROUTES: readonly RouteInput[] = [
  { prefix: "203.0.113.0/24", nextHops: SERVICE4 },
  { prefix: "198.51.100.0/24", nextHops: ["10.0.0.2"] },
  { prefix: "198.51.100.128/25", kind: "blackhole" },
  { prefix: "198.51.100.200/32", kind: "local" },
  { prefix: "198.51.101.0/24", kind: "unreachable" },
  { prefix: "198.51.102.0/24", kind: "prohibit" },
  { prefix: "2001:db8:a::/48", nextHops: SERVICE6 },
  { prefix: "2001:db8:b::/48", nextHops: ["fd00::1"] },
];

/** A client's flow, as `lookup` takes it, and the destination. */
interface Flow extends FlowTuple {
  readonly packet: Bytes;
}

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** Flows of all kinds: with ports, fragments, ICMP. */
function randomFlow(random: Random): Flow {
  const is4 = random.below(2) === 0;
  const host = random.below(256);
  const source = is4 ? `192.0.2.${random.below(256)}` : `2001:db8:1::${random.below(9999)}`;
  const destination = is4 ? `203.0.113.${host}` : `2001:db8:a::${host}`;
  const protocol = pick(random, [6, 17, 132, is4 ? 1 : 58, 47]);
  const [sourcePort, port] = [random.below(65_536), random.below(65_536)];
  const isFragment = is4 && random.below(4) === 0;
  const payload = ports(sourcePort, port, new Uint8Array(12));
  const fields = { source, destination, protocol, payload };
  const packet = is4
    ? ipv4Packet({ ...fields, moreFragments: isFragment })
    : ipv6Packet({ ...fields });
  const [from, to] = [parseAddress(source), parseAddress(destination)];
  if (from === undefined || to === undefined) throw new Error("no addresses");
  const hasPorts = !isFragment && [6, 17, 132].includes(protocol);
  return {
    source: from,
    destination: to,
    protocol,
    packet,
    ...(hasPorts ? { ports: { source: sourcePort, destination: port } } : {}),
  };
}

/** Adjacencies that packets leave over, 0 for none. */
function sent(forwarder: Forwarder, packets: readonly Bytes[]): readonly number[] {
  const batch = forwarder.batch();
  for (const packet of packets) expect(batch.push(ethernetIp(packet).bytes)).toBe(true);
  forwarder.process(batch);
  return packets.map((_, index) => batch.nextHops[index] ?? 0);
}

describe("lookup", () => {
  let forwarder: Forwarder;
  beforeAll(async () => {
    forwarder = await smallForwarder({ routes: ROUTES, key: "000102030405060708090a0b0c0d0e0f" });
  });

  it("chooses for a flow the next hop that its packets get", () => {
    const random = seededRandom(61);
    const chosen = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const flows = Array.from({ length: 200 }, () => randomFlow(random));
      const adjacencies = sent(
        forwarder,
        flows.map(({ packet }) => packet),
      );
      for (const [index, { destination, packet: _, ...flow }] of flows.entries()) {
        const { nextHop } = forwarder.lookup(destination, flow);
        expect(nextHop?.adjacency, JSON.stringify(flow.ports)).toBe(adjacencies[index]);
        const read = readFlow(forwarder.engine.batch, index);
        expect(forwarder.lookup(destination, read).nextHop).toEqual(nextHop);
        chosen.add(`${nextHop?.name}`);
      }
    }
    expect(chosen.size).toBe(6);
  });

  it.each([
    ["203.0.113.7", "203.0.113.0/24", "via", null],
    ["198.51.100.7", "198.51.100.0/24", "via", "10.0.0.2"],
    ["198.51.100.128", "198.51.100.128/25", "blackhole", null],
    ["198.51.100.200", "198.51.100.200/32", "local", null],
    ["198.51.101.0", "198.51.101.0/24", "unreachable", null],
    ["198.51.102.255", "198.51.102.0/24", "prohibit", null],
    ["198.51.103.0", null, "none", null],
    ["2001:DB8:B::1", "2001:db8:b::/48", "via", "fd00::1"],
    ["2001:db8:a:ffff::", "2001:db8:a::/48", "via", null],
    ["2001:db8:c::", null, "none", null],
  ])("says of %s: prefix %s, %s, next hop %s", (address, prefix, kind, name) => {
    const { group, nextHop, ...rest } = forwarder.lookup(address);
    expect(rest).toEqual({ address: parseAddress(address), prefix, slot: null });
    expect([group.kind, nextHop?.name ?? null]).toEqual([kind, name]);
    expect(forwarder.group(group.id)).toEqual(group);
  });

  it("names members with weight and cost; zones are part of the name", () => {
    const members = (address: string) =>
      forwarder
        .lookup(address)
        .group.nextHops.map(({ nextHop, weight, cost }) => `${nextHop.name}*${weight}@${cost}`);
    expect(members("203.0.113.1")).toEqual(["10.0.0.1*1@0", "10.0.0.2*1@0", "10.0.0.3*3@0"]);
    expect(members("2001:db8:a::1")).toEqual([
      "fd00::1*1@0",
      "fe80::1%eth0*1@0",
      "fe80::1%eth1*2@0",
    ]);
    expect(members("198.51.100.200")).toEqual([]);
  });

  it.each(["", "203.0.113", "203.0.113.0/24", "gateway"])("refuses %j", (text) => {
    expect(() => forwarder.lookup(text)).toThrow(
      expect.objectContaining({ code: "USAGE", detail: { address: text } }),
    );
  });

  it("refuses a flow whose source is of the other family", () => {
    const source = parseAddress("2001:db8::7");
    if (source === undefined) throw new Error("no address");
    expect(() => forwarder.lookup("203.0.113.1", { source, protocol: 6 })).toThrow(
      expect.objectContaining({ code: "USAGE" }),
    );
  });
});

describe("bulk lookups", () => {
  it("of both families at once answer in order, and share groups", async () => {
    const forwarder = await smallForwarder({ routes: ROUTES });
    const texts = ["203.0.113.1", "2001:db8:a::1", "10.9.9.9", "::1", "203.0.113.2"];
    const addresses = texts.flatMap((text) => parseAddress(text) ?? []);
    const results = forwarder.lookupAll(addresses);
    expect(results.map(({ address }) => formatAddress(address))).toEqual(texts);
    expect(results.map(({ address }) => forwarder.lookup(address))).toEqual(results);
    expect(results[4]?.group).toBe(results[0]?.group);
    expect(forwarder.lookupAll([])).toEqual([]);
  });

  it("answer any number of addresses", async () => {
    const forwarder = await smallForwarder({ routes: ROUTES });
    const words = Uint32Array.from({ length: 250_000 }, (_, i) => 0xcb007100 + (i % 300));
    const { id } = forwarder.lookup("203.0.113.1").group;
    const ids = forwarder.lookupMany(words);
    expect(ids).toHaveLength(words.length);
    expect(ids.findIndex((found, i) => found !== (i % 300 < 256 ? id : 0))).toBe(-1);

    const bytes = new Uint8Array(16 * 100_000);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 16) {
      view.setUint32(at, 0x20010db8);
      view.setUint16(at + 4, 9 + ((at / 16) % 4));
    }
    const nets = ["9", "a", "b", "c"].map((net) => forwarder.lookup(`2001:db8:${net}::`).group.id);
    const ids6 = forwarder.lookupMany6(bytes);
    expect(ids6).toHaveLength(100_000);
    expect(ids6.findIndex((found, i) => found !== nets[i % 4])).toBe(-1);
    expect(forwarder.lookupMany6(new Uint8Array(0))).toHaveLength(0);
  });
});

describe("making one", () => {
  it("lets later tables and routes replace earlier ones", async () => {
    const at = (nextHop: string) => ({ prefix: "203.0.113.0/24", nextHops: [nextHop] });
    const tables = [tableOf(at("10.0.0.1"), ...ROUTES), tableOf(at("10.0.0.2"))];
    const names = [];
    for (const options of [{ tables }, { tables, routes: [at("10.0.0.3")] }]) {
      const forwarder = await smallForwarder(options);
      names.push(forwarder.lookup("203.0.113.1").nextHop?.name);
    }
    expect(names).toEqual(["10.0.0.2", "10.0.0.3"]);
  });

  it("takes the key as bytes or digits; another key chooses otherwise", async () => {
    const random = seededRandom(62);
    const packets = Array.from({ length: 200 }, () => randomFlow(random).packet);
    const choices = async (key?: Uint8Array | string) =>
      sent(
        await smallForwarder({ routes: ROUTES, ...(key === undefined ? {} : { key }) }),
        packets,
      );
    const zero = await choices();
    expect(await choices("00".repeat(16))).toEqual(zero);
    expect(await choices(` ${"FF".repeat(16)}\n`)).toEqual(
      await choices(new Uint8Array(16).fill(255)),
    );
    expect(await choices("ff".repeat(16))).not.toEqual(zero);
  });

  it.each(["", "00", "0".repeat(31), "g".repeat(32), new Uint8Array(15)])(
    "refuses the key %j",
    async (key) => {
      await expect(smallForwarder({ key })).rejects.toMatchObject({ code: "USAGE" });
    },
  );

  it("says which limit is too small for the routes", async () => {
    const making = smallForwarder({ routes: ROUTES, limits: { nextHops: 2 } });
    await expect(making).rejects.toMatchObject({ code: "CAPACITY", exitCode: 2 });
  });
});

describe("batches", () => {
  let forwarder: Forwarder;
  beforeEach(async () => {
    forwarder = await smallForwarder({ routes: ROUTES });
  });

  const toService = (source: number) =>
    ipv4Packet({ destination: "203.0.113.53", payload: ports(source, 53) });

  it("are one a forwarder, and emptied each time it is asked for", async () => {
    const batch = forwarder.batch();
    batch.push(ethernetIp(toService(1)).bytes);
    expect(batch.count).toBe(1);
    expect(forwarder.batch()).toBe(batch);
    expect(batch.count).toBe(0);
    expect(forwarder.process(batch)).toBe(batch);
    const other = await smallForwarder({ routes: ROUTES });
    expect(() => other.process(batch)).toThrow("the batch belongs to another forwarder");
    forwarder[Symbol.dispose]();
  });

  it("show frames as they leave: MACs of the next hop, TTL one lower", () => {
    const batch = forwarder.batch();
    batch.push(ethernetIp(ipv4Packet({ destination: "198.51.100.7", ttl: 9 })).bytes);
    forwarder.process(batch);
    expect(batch.verdicts[0]).toBe(VERDICT_FORWARD);
    const leaving = batch.leavingFrame(0);
    expect([...leaving.subarray(0, 14)]).toEqual([2, 0, 10, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
    expect(leaving[22]).toBe(8);
    expect(forwarder.nextHop(batch.nextHops[0] ?? 0)?.name).toBe("10.0.0.2");
  });

  it("are counted: every packet once, next hops by what their weights are due", () => {
    sent(
      forwarder,
      Array.from({ length: 100 }, (_, port) => toService(port)),
    );
    const others = ["198.51.100.7", "198.51.100.130", "198.51.100.200", "192.0.2.1"];
    sent(
      forwarder,
      others.map((destination) => ipv4Packet({ destination })),
    );
    const { received, forwarded, punted, dropped, drops } = forwarder.counters;
    expect({ received, forwarded, punted, dropped, drops }).toEqual({
      received: 104,
      forwarded: 101,
      punted: 1,
      dropped: 2,
      drops: { blackhole: 1, no_route: 1 },
    });
    const rows = forwarder.nextHopCounters();
    expect(rows.map(({ nextHop }) => nextHop.name)).toEqual(
      forwarder.nextHops().map(({ name }) => name),
    );
    expect(rows.reduce((sum, { packets }) => sum + packets, 0)).toBe(forwarded);
    expect(rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(forwarder.counters.forwardedBytes);
    expect(rows.slice(0, 3).map(({ targetPackets }) => targetPackets)).toEqual([20, 21, 60]);
  });

  it("are forgotten by a reset, but for the routes", () => {
    sent(forwarder, [toService(1)]);
    forwarder.engine.tally.add(1);
    expect(forwarder.engine.tally.flows).toBe(1);
    forwarder.resetCounters();
    expect(forwarder.counters).toMatchObject({ received: 0, forwardedBytes: 0, drops: {} });
    expect(forwarder.engine.tally.flows).toBe(0);
    expect(forwarder.nextHopCounters().every(({ packets }) => packets === 0)).toBe(true);
    sent(forwarder, [toService(1)]);
    expect(forwarder.counters.forwarded).toBe(1);
  });
});
