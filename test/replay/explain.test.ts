/** Explanations: each decision of a packet's journey, and what losses would change. */

import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { coveringRoutes } from "../../src/replay/covering-routes.ts";
import { Explainer } from "../../src/replay/explain.ts";
import { frameFromFlow, frameFromHex } from "../../src/replay/explained-frame.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { addRoute, type RouteInput } from "../../src/router/route-input.ts";
import { ipv4Packet, ipv6Packet, ports } from "../oracle/ip-packets.ts";
import { seededRandom } from "../oracle/random.ts";
import { smallForwarder } from "../router/router-rig.ts";

const NEAR = ["198.18.0.1", "198.18.0.2", "198.18.0.3"].map((nextHop) => ({ nextHop, cost: 10 }));
const ROUTES: readonly RouteInput[] = [
  { prefix: "203.0.113.0/24", nextHops: [...NEAR, { nextHop: "198.18.0.9", cost: 80 }] },
  { prefix: "203.0.0.0/16", kind: "blackhole" },
  { prefix: "0.0.0.0/0", nextHops: ["198.18.0.8"] },
  { prefix: "198.51.100.0/24", kind: "prohibit" },
  { prefix: "2001:db8::/32", nextHops: ["fd00::1"] },
];
const SEED = 20_250_821;

async function explainer(routes = ROUTES): Promise<Explainer> {
  const table = new RouteTable();
  for (const route of routes) addRoute(table, route);
  const replies = { rate: Number.POSITIVE_INFINITY };
  const forwarder = await smallForwarder({ tables: [table], replies });
  return new Explainer(forwarder, table, (tables) => smallForwarder({ tables, replies }));
}

function address(text: string) {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

describe("an explanation", () => {
  it("names the prefix, those passed over, slot, next hop and frame", async () => {
    const one = await explainer();
    const flow = {
      source: address("192.0.2.7"),
      protocol: 6,
      ports: { source: 7, destination: 80 },
    };
    const explained = await one.explain(frameFromFlow(address("203.0.113.5"), flow));
    expect(explained.match?.prefix).toBe("203.0.113.0/24");
    expect(explained.passed_over.map(({ prefix, kind }) => [prefix, kind])).toEqual([
      ["203.0.0.0/16", "blackhole"],
      ["0.0.0.0/0", "via"],
    ]);
    expect(explained.parse).toMatchObject({ proto: 6, sport: 7, dport: 80, segment: "opens" });
    expect(explained.group.map((member) => member.next_hop)).toEqual(
      NEAR.map(({ nextHop }) => nextHop),
    );
    expect(explained.hash?.slots).toBe(1024);
    expect(explained.verdict).toBe("forward");
    // TTL 63, from the made-up MAC of the next hop on.
    const [frame] = explained.frames;
    expect(frame?.hex.slice(0, 8)).toBe("0200c612");
    expect(frame?.hex.slice(44, 46)).toBe("3f");
    expect(explained.reply).toBeNull();
  });

  it("moves a packet where its own next hop is lost, to the next tier last", async () => {
    const one = await explainer();
    const explained = await one.explain(frameFromFlow(address("203.0.113.5")));
    const moved = explained.if_lost.filter(({ moves }) => moves);
    expect(moved.map(({ lost }) => lost)).toEqual([explained.next_hop]);
    expect(NEAR.map(({ nextHop }) => nextHop)).toContain(moved[0]?.next_hop);
    const alone = await explainer([
      {
        prefix: "0.0.0.0/0",
        nextHops: [{ nextHop: "198.18.0.1" }, { nextHop: "198.18.0.9", cost: 5 }],
      },
    ]);
    const far = await alone.explain(frameFromFlow(address("203.0.113.5")));
    expect(far.if_lost).toMatchObject([
      { lost: "198.18.0.1", next_hop: "198.18.0.9", moves: true },
      { lost: "198.18.0.9", next_hop: "198.18.0.1", moves: false },
    ]);
  });

  it("says why a packet is dropped, and what its sender is told", async () => {
    const one = await explainer();
    const explained = await one.explain(frameFromFlow(address("198.51.100.1")));
    expect(explained).toMatchObject({ verdict: "drop", reason: "prohibit", next_hop: null });
    expect(explained.reply).toMatchObject({ type: 3, code: 13 });
    const hole = await one.explain(frameFromFlow(address("203.0.200.1")));
    expect([hole.reason, hole.reply]).toEqual(["blackhole", null]);
    expect(hole.if_lost).toEqual([]);
  });

  it("knows an error that leaves by a tunnel and with tags", async () => {
    const table = new RouteTable();
    const via = { nextHop: "198.18.0.8", via: "up", encapsulation: "gue" } as const;
    addRoute(table, { prefix: "0.0.0.0/0", nextHops: [via] });
    addRoute(table, { prefix: "198.51.100.0/24", kind: "prohibit" });
    const forwarder = await smallForwarder({
      tables: [table],
      interfaces: [{ name: "up", addresses: ["198.18.0.1/24"], vlan: [100, 7] }],
      replies: { rate: Number.POSITIVE_INFINITY },
    });
    const one = new Explainer(forwarder, table, () => Promise.resolve(forwarder));
    const { reply } = await one.explain(frameFromFlow(address("198.51.100.1")));
    expect(reply).toMatchObject({ type: 3, code: 13 });
    // Ethernet, two tags, outer IP, UDP, GUE, inner IP.
    expect(reply?.hex.slice(2 * (22 + 20 + 12 + 20)).startsWith("030d")).toBe(true);
  });

  it("takes packets in hexadecimal, with their Ethernet header or without", async () => {
    const one = await explainer();
    const packet = ipv4Packet({ destination: "203.0.113.5", payload: ports(7, 8) });
    const hex = Buffer.from(packet).toString("hex");
    const bare = await one.explain(frameFromHex(hex.replace(/../g, "$& ")));
    const framed = await one.explain(frameFromHex(`${"02".repeat(12)}0800${hex}`));
    expect(bare.parse).toMatchObject({ dst: "203.0.113.5", sport: 7, dport: 8 });
    expect(framed.parse).toEqual(bare.parse);
    expect(framed.hash).toEqual(bare.hash);
    const six = Buffer.from(ipv6Packet({ destination: "2001:db8::5" })).toString("hex");
    expect((await one.explain(frameFromHex(six))).next_hop).toBe("fd00::1");
    for (const wrong of ["", "0", "zz", "0x"]) expect(() => frameFromHex(wrong)).toThrow("--hex");
  });

  it("reads packets cut at every byte without a word too many", async () => {
    const one = await explainer();
    const packet = ipv4Packet({ destination: "198.51.100.1" });
    for (let length = 1; length < packet.length; length++) {
      const explained = await one.explain({ n: 1, bytes: packet.slice(0, length), linkType: 101 });
      expect(explained.verdict).toBe("drop");
    }
  });
});

describe("coveringRoutes", () => {
  it("finds the prefixes that a plain search finds, longest first", () => {
    const { below } = seededRandom(SEED);
    const table = new RouteTable();
    const hosts = Array.from({ length: 400 }, () => ({
      length: below(33),
      value: (10 * 2 ** 24 + below(2 ** 10)) >>> 0,
    }));
    const rows = hosts.map(({ length, value }) => {
      const mask = length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
      return { length, value: (value & mask) >>> 0, mask };
    });
    const target = table.internTarget({ kind: "blackhole" });
    for (const { length, value } of rows) table.add4(value, length, target);
    for (const { value } of hosts.slice(0, 50)) {
      const found = coveringRoutes(table, { family: 4, value }).map(({ prefix }) => prefix.length);
      const covering = rows.filter((row) => (value & row.mask) >>> 0 === row.value);
      const lengths = [...new Set(covering.map(({ length }) => length))];
      expect(found).toEqual(lengths.sort((a, b) => b - a));
    }
  });
});
