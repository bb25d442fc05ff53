/** Routes that are counted or limited: each by itself, and forwarded as if they were not. */

import { beforeEach, describe, expect, it } from "vitest";
import { dropReasonName, verdictName } from "../../src/engine/drop-reasons.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import type { ForwarderOptions } from "../../src/router/forwarder-options.ts";
import type { MeterInput, RouteInput } from "../../src/router/route-input.ts";
import { TEST_LIMITS } from "../engine/test-engine.ts";
import { BucketModel } from "../oracle/bucket-model.ts";
import { ipv4Packet, ipv6Packet, ports } from "../oracle/ip-packets.ts";
import { LINK_TYPE } from "../oracle/link-frames.ts";
import { seededRandom } from "../oracle/random.ts";
import { MODULE_TARGETS, type ModuleTarget, moduleBytes } from "../setup/modules.ts";

const ABC = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
const COUNT = { action: "count" } as const;
const METERS = 8;

function make(
  options: Pick<ForwarderOptions, "routes" | "interfaces" | "limits">,
  target: ModuleTarget = "release",
): Promise<Forwarder> {
  return Forwarder.create({
    ...options,
    shared: target === "shared",
    limits: { ...TEST_LIMITS, routeMeters: METERS, ...options.limits },
    module: moduleBytes(target),
  });
}

/** The fate of a packet to an address, and its next hop. */
function send(
  { engine, nextHop }: Forwarder & { nextHop: Forwarder["nextHop"] },
  destination: string,
  { port = 7, timestampNs = 0n, worker = 0 } = {},
): string {
  const fields = { destination, payload: ports(port, 53) };
  const bytes = destination.includes(":") ? ipv6Packet(fields) : ipv4Packet(fields);
  const linkType = destination.includes(":") ? LINK_TYPE.ipv6 : LINK_TYPE.ipv4;
  engine.batch.clear();
  engine.batch.push(bytes, { linkType, timestampNs });
  engine.process(worker);
  const verdict = verdictName(engine.batch.verdicts[0] ?? 0);
  if (verdict === "drop") return dropReasonName(engine.batch.reasons[0] ?? 0);
  return verdict === "punt" ? verdict : String(engine.batch.nextHops[0] ?? nextHop);
}

/** Packets by prefix. */
function counts(forwarder: Forwarder): Readonly<Record<string, readonly [number, number]>> {
  const rows = forwarder.marked.counters();
  return Object.fromEntries(rows.map((row) => [row.prefix, [row.packets, row.dropped]]));
}

/** Prefixes inside each other, of every kind, some of them marked. */
const MARKED: readonly (RouteInput & { readonly meter?: MeterInput })[] = [
  { prefix: "0.0.0.0/0", nextHops: ABC },
  { prefix: "203.0.113.0/24", nextHops: ABC, meter: COUNT },
  { prefix: "203.0.113.64/26", nextHops: ABC },
  { prefix: "203.0.113.64/32", nextHops: ABC, meter: COUNT },
  { prefix: "203.0.113.65/32", kind: "blackhole", meter: COUNT },
  { prefix: "203.0.113.66/32", kind: "blackhole" },
  { prefix: "203.0.113.67/32", kind: "local", meter: COUNT },
  { prefix: "203.0.113.68/32", kind: "prohibit", meter: COUNT },
  { prefix: "2001:db8::/32", nextHops: ["fd00::1", "fd00::2"], meter: COUNT },
  { prefix: "2001:db8:1::/48", kind: "unreachable", meter: COUNT },
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("counts by the longest prefix, and sends all as unmarked routes do", async () => {
    const marked = await make({ routes: MARKED }, target);
    const plain = await make({ routes: MARKED.map(({ meter: _, ...route }) => route) }, target);
    const random = seededRandom(7011);
    const wanted = new Map<string, number>();
    for (let n = 0; n < 3000; n++) {
      const is6 = random.below(3) === 0;
      const destination = is6
        ? `2001:db8:${random.below(3)}::${random.below(9)}`
        : `203.0.${113 + random.below(2)}.${60 + random.below(12)}`;
      const port = random.below(1000);
      expect(send(marked, destination, { port })).toBe(send(plain, destination, { port }));
      const prefix = plain.lookup(destination).prefix ?? "";
      wanted.set(prefix, (wanted.get(prefix) ?? 0) + 1);
    }
    const due = MARKED.filter(({ meter }) => meter !== undefined).map(({ prefix }) => prefix);
    expect(counts(marked)).toEqual(
      Object.fromEntries(due.map((prefix) => [prefix, [wanted.get(prefix), 0]])),
    );
    expect(marked.counters).toEqual(plain.counters);
    for (const { prefix, kind = "via" } of MARKED) {
      const [address = ""] = prefix.split("/");
      expect(marked.lookup(address).group.kind).toBe(kind === "via" ? "via" : kind);
    }
    marked.resetCounters();
    expect(counts(marked)["203.0.113.0/24"]).toEqual([0, 0]);
  });
});

describe("a limit", () => {
  it.each([
    { packetsPerSecond: 1000, burst: 5 },
    { bytesPerSecond: 50_000, burst: 100 },
  ])("is a token bucket in the packets' time: %o", async (rates) => {
    const destination = "203.0.113.9";
    const meter = { action: "limit", ...rates } as const;
    const routes = [{ prefix: "203.0.113.0/24", nextHops: ["10.0.0.1"], meter }];
    const forwarder = await make({ routes });
    const model = new BucketModel(rates.packetsPerSecond ?? rates.bytesPerSecond, rates.burst);
    const random = seededRandom(603);
    const units = rates.packetsPerSecond === undefined ? ipv4Packet().length : 1;
    let now = 1_700_000_000_000_000_000n;
    let dropped = 0;
    for (let n = 0; n < 1000; n++) {
      now += BigInt(random.below(1_000_000));
      const passes = model.pass(now, units);
      dropped += Number(!passes);
      expect(send(forwarder, destination, { timestampNs: now })).toBe(passes ? "1" : "route_limit");
    }
    expect(dropped).toBeGreaterThan(100);
    expect(forwarder.counters.drops).toEqual({ route_limit: dropped });
    expect(forwarder.marked.counters()).toMatchObject([
      { prefix: "203.0.113.0/24", action: "limit", packets: 1000, dropped },
    ]);
  });

  it("is shared by the workers", async () => {
    const meter = { action: "limit", packetsPerSecond: 4 } as const;
    const routes = [{ prefix: "203.0.113.0/24", nextHops: ["10.0.0.1"], meter }];
    const forwarder = await make({ routes, limits: { workers: 2 } });
    const fates = Array.from({ length: 8 }, (_, n) =>
      send(forwarder, "203.0.113.1", { worker: n % 2, timestampNs: 5n }),
    );
    expect(fates.filter((fate) => fate === "1")).toHaveLength(4);
    expect(counts(forwarder)).toEqual({ "203.0.113.0/24": [8, 4] });
  });
});

describe("changes", () => {
  const via = (nextHops: readonly string[], meter?: MeterInput): RouteInput => ({
    prefix: "203.0.113.0/24",
    nextHops,
    ...(meter === undefined ? {} : { meter }),
  });
  let forwarder: Forwarder;
  const change = (step: (transaction: ReturnType<Forwarder["transaction"]>) => unknown): void => {
    const transaction = forwarder.transaction();
    step(transaction);
    transaction.commit();
  };
  const sent = (): string => send(forwarder, "203.0.113.9");

  beforeEach(async () => {
    forwarder = await make({
      routes: [via(ABC, COUNT), { prefix: "198.51.100.0/24", nextHops: ABC }],
    });
    sent();
  });

  it("keep the count while the route has other next hops, or another kind", () => {
    change((t) => t.add(via(ABC.slice(1), COUNT)));
    sent();
    change((t) => t.add(via(["10.0.0.9"], COUNT)));
    sent();
    change((t) => t.add({ prefix: "203.0.113.0/24", kind: "blackhole", meter: COUNT }));
    expect(sent()).toBe("blackhole");
    change((t) => t.down("10.0.0.2"));
    change((t) => t.add(via(ABC, COUNT)));
    sent();
    expect(counts(forwarder)).toEqual({ "203.0.113.0/24": [5, 0] });
  });

  it("end the count with the mark and with the route, and begin it anew", () => {
    change((t) => t.add(via(ABC)));
    sent();
    expect(counts(forwarder)).toEqual({});
    change((t) => t.add(via(ABC, COUNT)));
    sent();
    expect(counts(forwarder)).toEqual({ "203.0.113.0/24": [1, 0] });
    change((t) => t.withdraw("203.0.113.0/24"));
    expect(sent()).toBe("no_route");
    expect(counts(forwarder)).toEqual({});
  });

  it("move no flow of it or of others", () => {
    const owners = (destination: string): readonly string[] =>
      Array.from({ length: 100 }, (_, port) => send(forwarder, destination, { port }));
    const before = [owners("203.0.113.9"), owners("198.51.100.9")];
    change((t) => t.add(via(ABC)));
    change((t) => t.add(via(ABC, { action: "limit", packetsPerSecond: 10_000 })));
    expect([owners("203.0.113.9"), owners("198.51.100.9")]).toEqual(before);
  });

  it("take another rate at once", () => {
    change((t) => t.add(via(ABC, { action: "limit", packetsPerSecond: 1 })));
    expect([sent(), sent()]).toEqual([expect.stringMatching(/^\d$/), "route_limit"]);
    change((t) => t.add(via(ABC, COUNT)));
    expect(sent()).toMatch(/^\d$/);
    expect(counts(forwarder)).toEqual({ "203.0.113.0/24": [4, 1] });
  });

  it("are refused whole where there is no meter left", () => {
    const more = Array.from({ length: METERS }, (_, n) => ({
      prefix: `10.0.${n}.0/24`,
      nextHops: ABC,
      meter: COUNT,
    }));
    expect(() => change((t) => more.map((route) => t.add(route)))).toThrow(
      expect.objectContaining({ code: "CAPACITY", detail: { routeMeters: METERS } }),
    );
    expect(send(forwarder, "10.0.0.1")).toBe("no_route");
    sent();
    expect(counts(forwarder)).toEqual({ "203.0.113.0/24": [2, 0] });
    change((t) => more.slice(1).map((route) => t.add(route)));
    expect(Object.keys(counts(forwarder))).toHaveLength(METERS);
  });

  it("come back with a snapshot", async () => {
    change((t) => t.down("10.0.0.2").up("10.0.0.2"));
    change((t) => t.weight("10.0.0.1", 5));
    const flows = (one: Forwarder) =>
      Array.from({ length: 100 }, (_, port) => send(one, "203.0.113.9", { port }));
    const other = await make({
      routes: [via(ABC, COUNT), { prefix: "198.51.100.0/24", nextHops: ABC }],
    });
    other.restore(JSON.parse(JSON.stringify(forwarder.snapshot())));
    expect(other.digest()).toBe(forwarder.digest());
    expect(flows(other)).toEqual(flows(forwarder));
    const without = await make({
      routes: [via(ABC), { prefix: "198.51.100.0/24", nextHops: ABC }],
    });
    expect(() => without.restore(forwarder.snapshot())).toThrow("is counted or limited");
  });
});

it("snapshots know tunnelled next hops", async () => {
  const nextHops = ABC.map((nextHop) => ({ nextHop, via: "up", encapsulation: "gue" as const }));
  const options = {
    interfaces: [{ name: "up", addresses: ["192.0.2.1/24"] }],
    routes: [{ prefix: "203.0.113.0/24", nextHops }],
  };
  const [one, other] = [await make(options), await make(options)];
  const transaction = one.transaction();
  transaction.weight("10.0.0.1+gue", 9);
  transaction.commit();
  other.restore(one.snapshot());
  expect(other.digest()).toBe(one.digest());
  expect(other.nextHops()).toHaveLength(3);
});

it.each([
  [{ action: "count", burst: 5 } as const, "has a rate and no limit"],
  [{ action: "limit" } as const, "without one rate"],
  [{ action: "limit", packetsPerSecond: 0 } as const, "is limited to 0"],
])("refuses %o", async (meter, what) => {
  const routes = [{ prefix: "203.0.113.0/24", nextHops: ABC, meter }];
  await expect(make({ routes })).rejects.toThrow(what);
});
