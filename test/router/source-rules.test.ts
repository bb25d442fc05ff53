/** Source prefixes: counted, limited and dropped packets against plain models of both. */

import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { dropReasonName, verdictName } from "../../src/engine/drop-reasons.ts";
import { parseAddress } from "../../src/net/address.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import type { SourceInput } from "../../src/router/source-rules.ts";
import { TEST_LIMITS } from "../engine/test-engine.ts";
import { BucketModel } from "../oracle/bucket-model.ts";
import { ipv4Packet, ipv6Packet } from "../oracle/ip-packets.ts";
import { LINK_TYPE } from "../oracle/link-frames.ts";
import { LpmOracle } from "../oracle/lpm.ts";
import { type Random, seededRandom } from "../oracle/random.ts";
import { MODULE_TARGETS, type ModuleTarget, moduleBytes } from "../setup/modules.ts";

const ROUTES = [
  { prefix: "198.51.100.0/24", nextHops: ["10.0.0.1"] },
  { prefix: "2001:db8:2::/48", nextHops: ["fd00::1"] },
];

interface RigOptions {
  readonly target?: ModuleTarget;
  readonly engine?: "fast" | "reference";
  readonly workers?: number;
  /** Room for rules: for those given unless said. */
  readonly meters?: number;
}

function forwarderOf(sources: readonly SourceInput[], rig: RigOptions = {}): Promise<Forwarder> {
  const { target = "release", engine = "fast", workers = 1, meters } = rig;
  const { meters: _, ...small } = TEST_LIMITS;
  return Forwarder.create({
    routes: ROUTES,
    sources,
    engine,
    shared: target === "shared",
    limits: { ...small, workers, ...(meters === undefined ? {} : { meters }) },
    module: moduleBytes(target),
  });
}

/** A packet from an address, with what became of it. */
interface Sent {
  readonly source: string;
  readonly timestampNs?: bigint;
}

/** Sends packets, and says of each its reason, or its verdict where it has none. */
function send(forwarder: Forwarder, packets: readonly Sent[], worker = 0): readonly string[] {
  const fates: string[] = [];
  const { batch } = forwarder.engine;
  for (let first = 0; first < packets.length; first += 100) {
    batch.clear();
    for (const { source, timestampNs = 0n } of packets.slice(first, first + 100)) {
      const bytes = source.includes(":") ? ipv6Packet({ source }) : ipv4Packet({ source });
      batch.push(bytes, { linkType: LINK_TYPE.raw, timestampNs });
    }
    forwarder.engine.process(worker);
    for (let i = 0; i < batch.count; i++) {
      const verdict = verdictName(batch.verdicts[i] ?? 0);
      fates.push(verdict === "drop" ? dropReasonName(batch.reasons[i] ?? 0) : verdict);
    }
  }
  return fates;
}

function numberOf(address: string): bigint {
  const bytes = ipaddr.parse(address).toByteArray();
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Addresses of few bits, so that prefixes meet: of 11.0.0.0/8 and of 2001:db8:1::/48. */
function anySource(random: Random): string {
  if (random.below(2) === 0)
    return `11.${random.below(4)}.${64 * random.below(4)}.${random.below(3)}`;
  return `2001:db8:1:${(0x4000 * random.below(4)).toString(16)}::${random.below(3) + 1}`;
}

function anyRules(random: Random): readonly SourceInput[] {
  const rules = new Map<string, SourceInput>();
  for (let i = 0; i < 40; i++) {
    const source = anySource(random);
    const lengths = source.includes(":")
      ? [0, 32, 49, 50, 64, 127, 128]
      : [0, 8, 15, 18, 24, 31, 32];
    const length = lengths[random.below(7)] ?? 0;
    const kind = source.includes(":") ? ipaddr.IPv6 : ipaddr.IPv4;
    const prefix = `${kind.networkAddressFromCIDR(`${source}/${length}`)}/${length}`;
    rules.set(prefix, { prefix, action: random.below(2) === 0 ? "drop" : "count" });
  }
  return [...rules.values()];
}

/** Rules by definition: the longest prefix that covers a source, by its place from 1. */
function oracleOf(rules: readonly SourceInput[]): (source: string) => number {
  const oracles = { 4: new LpmOracle(32), 6: new LpmOracle(128) };
  for (const [index, { prefix }] of rules.entries()) {
    const [address = "", length] = prefix.split("/");
    const route = { address: numberOf(address), length: Number(length), group: index + 1 };
    oracles[address.includes(":") ? 6 : 4].exchange(route);
  }
  return (source) => oracles[source.includes(":") ? 6 : 4].match(numberOf(source))?.group ?? 0;
}

const RIGS = MODULE_TARGETS.flatMap((target) =>
  (["fast", "reference"] as const).map((engine) => ({ target, engine })),
);

describe.each(RIGS)("source prefixes, $target, engine $engine", (rig) => {
  it("drop and count as the longest prefix says", async () => {
    const random = seededRandom(601);
    for (let round = 0; round < 5; round++) {
      const rules = anyRules(random);
      const ruleOf = oracleOf(rules);
      const forwarder = await forwarderOf(rules, rig);
      const packets = Array.from({ length: 500 }, () => ({ source: anySource(random) }));
      const isDropped = ({ source }: Sent) => rules[ruleOf(source) - 1]?.action === "drop";
      const expected = packets.map((one) => (isDropped(one) ? "source_blackhole" : "forward"));
      expect(send(forwarder, packets)).toEqual(expected);
      for (const [index, { packets: seen, dropped }] of forwarder.sources.counters().entries()) {
        const own = packets.filter(({ source }) => ruleOf(source) === index + 1);
        expect([seen, dropped]).toEqual([own.length, own.filter(isDropped).length]);
      }
      for (const { source } of packets.slice(0, 50)) {
        const address = parseAddress(source);
        const rule = rules[ruleOf(source) - 1];
        const match = address && forwarder.sources.match(address);
        expect(match?.action).toBe(rule?.action);
      }
      const { received, forwarded, dropped, punted } = forwarder.counters;
      expect([received, forwarded + dropped + punted]).toEqual([500, 500]);
    }
  });
});

describe("a limit", () => {
  const FRAME_BYTES = ipv4Packet().length;

  it.each([
    { packetsPerSecond: 1000, burst: 5 },
    { packetsPerSecond: 1 },
    { bytesPerSecond: 50_000, burst: 200 },
    { bytesPerSecond: 2 ** 31 - 1, burst: 2 ** 31 - 1 },
  ])("is a token bucket in the packets' time: %o", async (rates) => {
    const random = seededRandom(602);
    const source = "192.0.2.1";
    const forwarder = await forwarderOf([{ prefix: `${source}/32`, action: "limit", ...rates }]);
    const rate = rates.packetsPerSecond ?? rates.bytesPerSecond ?? 0;
    const model = new BucketModel(rate, rates.burst ?? rate);
    let now = 1_700_000_000_000_000_000n;
    const packets = Array.from({ length: 2000 }, () => {
      // Mostly a millisecond on, at times back, and now and then beyond 2^32 ns.
      now += BigInt(random.below(2_000_000));
      if (random.below(50) === 0) now -= BigInt(random.below(5_000_000));
      if (random.below(500) === 0) now += 10_000_000_000n;
      return { source, timestampNs: now };
    });
    const expected = packets.map(({ timestampNs }) => {
      const units = rates.packetsPerSecond === undefined ? FRAME_BYTES : 1;
      return model.pass(timestampNs, units) ? "forward" : "rate_limit";
    });
    expect(send(forwarder, packets)).toEqual(expected);
    const dropped = expected.filter((fate) => fate === "rate_limit").length;
    expect(forwarder.counters.drops).toEqual(dropped === 0 ? {} : { rate_limit: dropped });
    expect(forwarder.sources.counters()).toEqual([
      {
        prefix: `${source}/32`,
        action: "limit",
        packets: 2000,
        bytes: 2000 * FRAME_BYTES,
        dropped,
        droppedBytes: dropped * FRAME_BYTES,
      },
    ]);
    forwarder.resetCounters();
    expect(forwarder.sources.counters()[0]?.packets).toBe(0);
  });

  it("is shared evenly by workers", async () => {
    const rules = [{ prefix: "0.0.0.0/0", action: "limit", packetsPerSecond: 10 } as const];
    const forwarder = await forwarderOf(rules, { workers: 2 });
    const packets = Array.from({ length: 8 }, () => ({ source: "192.0.2.1" }));
    for (const worker of [0, 1]) {
      const passed = send(forwarder, packets, worker).filter((fate) => fate === "forward").length;
      expect(passed).toBe(5);
    }
    expect(forwarder.sources.counters()[0]).toMatchObject({ packets: 16, dropped: 6 });
  });
});

describe("rules that follow others", () => {
  it("are those in force, and prefixes that stay count on", async () => {
    const random = seededRandom(603);
    const packets = Array.from({ length: 100 }, () => ({ source: anySource(random) }));
    const forwarder = await forwarderOf([{ prefix: "::/0", action: "count" }], { meters: 41 });
    const counts = new Map<string, number>();
    for (let round = 0; round < 20; round++) {
      const rules = anyRules(random);
      forwarder.sources.replace(rules);
      const ruleOf = oracleOf(rules);
      send(forwarder, packets);
      const given = new Set(rules.map(({ prefix }) => prefix));
      for (const prefix of counts.keys()) if (!given.has(prefix)) counts.delete(prefix);
      for (const { source } of packets) {
        const { prefix } = rules[ruleOf(source) - 1] ?? { prefix: "" };
        if (prefix !== "") counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      }
      for (const { prefix, packets: seen } of forwarder.sources.counters()) {
        expect([prefix, seen]).toEqual([prefix, counts.get(prefix) ?? 0]);
      }
    }
    forwarder.sources.replace([]);
    expect(new Set(send(forwarder, packets))).toEqual(new Set(["forward"]));
  });

  it("are refused where there is no room, and nothing changes", async () => {
    const forwarder = await forwarderOf([{ prefix: "11.0.0.0/8", action: "drop" }]);
    const rules = ["11.0.0.0/8", "12.0.0.0/8"].map(
      (prefix) => ({ prefix, action: "count" }) as const,
    );
    expect(() => forwarder.sources.replace(rules)).toThrow(/2 source prefixes, and room for 1/);
    expect(send(forwarder, [{ source: "11.0.0.1" }])).toEqual(["source_blackhole"]);
  });
});

describe("an attack", () => {
  it("is counted, and other traffic loses nothing", async () => {
    const random = seededRandom(604);
    const forwarder = await forwarderOf([{ prefix: "11.0.0.0/8", action: "drop" }]);
    forwarder.transaction().add({ prefix: "198.51.100.9/32", kind: "blackhole" }).commit();
    const { batch } = forwarder.engine;
    const good = ipv4Packet({ source: "192.0.2.7", destination: "198.51.100.8" });
    const sent = { good: 0, blackhole: 0, source_blackhole: 0 };
    for (let round = 0; round < 200; round++) {
      batch.clear();
      for (let i = 0; i < 256; i++) {
        const kind =
          (["good", "blackhole", "source_blackhole"] as const)[random.below(3)] ?? "good";
        const spoofed = `${kind === "blackhole" ? 100 : 11}.${random.bytes(3).join(".")}`;
        batch.push(kind === "good" ? good : ipv4Packet({ source: spoofed }), {
          linkType: LINK_TYPE.raw,
        });
        sent[kind] += 1;
      }
      forwarder.engine.process();
    }
    const { good: forwarded, ...drops } = sent;
    expect(forwarder.counters).toMatchObject({ forwarded, drops, received: 200 * 256 });
  });
});

describe("what is no rule", () => {
  it.each<readonly [SourceInput, RegExp]>([
    [{ prefix: "nowhere", action: "drop" }, /no prefix/],
    [{ prefix: "10.0.0.0/8", action: "limit" }, /without one rate/],
    [
      { prefix: "10.0.0.0/8", action: "limit", packetsPerSecond: 1, bytesPerSecond: 1 },
      /without one rate/,
    ],
    [{ prefix: "10.0.0.0/8", action: "drop", burst: 1 }, /a rate and no limit/],
    [{ prefix: "10.0.0.0/8", action: "limit", packetsPerSecond: 0 }, /limited to 0/],
    [{ prefix: "10.0.0.0/8", action: "limit", packetsPerSecond: 2 ** 31 }, /limited to 2147483648/],
  ])("is refused: %o", async (rule, what) => {
    await expect(forwarderOf([rule])).rejects.toThrow(
      expect.objectContaining({ code: "USAGE", what: expect.stringMatching(what) }),
    );
  });

  it("is a prefix that stands twice, however it is written", async () => {
    const rules = ["10.0.0.0/8", "10.1.0.0/8"].map((prefix) => ({
      prefix,
      action: "drop" as const,
    }));
    await expect(forwarderOf(rules)).rejects.toThrow(/10\.0\.0\.0\/8 stands twice/);
  });
});
