/** Verdict rows: one a packet, complete, and the same in NDJSON and CSV. */

import { beforeEach, describe, expect, it } from "vitest";
import { VerdictWriter } from "../../src/replay/verdict-writer.ts";
import {
  VERDICT_FIELDS,
  type VerdictRow,
  verdictCsv,
  verdictNdjson,
  verdictRow,
} from "../../src/replay/verdicts.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { memorySink } from "../io/memory-sink.ts";
import { fragment, ipv6Packet, PROTOCOL, ports } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "../router/router-rig.ts";
import { ARP, type Captured, query4, query6, replayPackets, SERVICE_ROUTES } from "./replay-rig.ts";

let forwarder: Forwarder;
beforeEach(async () => {
  forwarder = await smallForwarder({ routes: SERVICE_ROUTES });
});

async function rowsOf(packets: readonly Captured[]): Promise<readonly VerdictRow[]> {
  const rows: VerdictRow[] = [];
  const observer = {
    observe: (batch: Parameters<typeof verdictRow>[1]) => {
      forwarder.engine.prefixLengths();
      for (let packet = 0; packet < batch.count; packet++) {
        rows.push(verdictRow(forwarder, batch, packet));
      }
    },
  };
  await replayPackets(forwarder, packets, { observers: [observer] });
  return rows;
}

/** What a writer makes of packets. */
async function written(packets: readonly Captured[], format: "ndjson" | "csv"): Promise<string> {
  const sink = memorySink("rows");
  const writer = new VerdictWriter(forwarder, sink, format);
  await replayPackets(forwarder, packets, { observers: [writer] });
  await writer.finish();
  return new TextDecoder().decode(sink.bytes);
}

const EMPTY = {
  reason: null,
  src: null,
  dst: null,
  proto: null,
  sport: null,
  dport: null,
  prefix: null,
  next_hop: null,
  site: null,
  slot: null,
};

describe("a row", () => {
  it("of a forwarded packet says by which prefix, next hop, site and slot", async () => {
    const [shared, single] = await rowsOf([query4(4711), query4(4711, "203.0.113.200")]);
    const { next_hop, slot } = shared ?? {};
    expect(shared).toEqual({
      n: 1,
      ts_ns: 1_700_000_000_000_000_001n,
      verdict: "forward",
      reason: null,
      src: "192.0.2.1",
      dst: "203.0.113.53",
      proto: 17,
      sport: 4711,
      dport: 53,
      prefix: "203.0.113.0/24",
      next_hop,
      site: next_hop === "10.0.0.11" ? "lon" : "ams",
      slot,
    });
    const [member = 0] = forwarder.engine.groups.slots(8)?.slice(slot ?? -1) ?? [];
    expect(forwarder.nextHop(member)?.name).toBe(next_hop);
    expect(single).toMatchObject({ prefix: "203.0.113.200/32", site: null, slot: null });
  });

  it("of a dropped packet says why, and as much as was read of it", async () => {
    const rows = await rowsOf([
      query4(1, "203.0.113.202"),
      query4(1, "192.0.2.9"),
      query6(1, "2001:db8:a::1", 1),
      ARP,
    ]);
    expect(rows[0]).toMatchObject({ reason: "blackhole", prefix: "203.0.113.202/32", slot: null });
    expect(rows[1]).toMatchObject({ reason: "no_route", dst: "192.0.2.9", prefix: null });
    expect(rows[2]).toMatchObject({ reason: "ttl_expired", prefix: "2001:db8:a::/48", dport: 53 });
    expect(rows[2]?.next_hop).toBeNull();
    expect(rows[3]).toEqual({
      ...EMPTY,
      n: 4,
      ts_ns: rows[3]?.ts_ns,
      verdict: "drop",
      reason: "ethertype",
    });
  });

  it("of a punted packet has no reason and no next hop", async () => {
    const [row] = await rowsOf([query4(9, "203.0.113.201")]);
    expect(row).toMatchObject({ verdict: "punt", reason: null, next_hop: null, sport: 9 });
    expect(row?.prefix).toBe("203.0.113.201/32");
  });

  it("of a fragment has the ports that are in it; of IPv6 the upper protocol", async () => {
    const fragments = [fragment(0, true), fragment(2, false)].map((header) => {
      const fields = { destination: "2001:db8:a::1", extensions: [header] };
      return { data: ethernetIp(ipv6Packet({ ...fields, payload: ports(1, 53) })).bytes };
    });
    const next_hop = "fe80::1%eth0";
    expect(await rowsOf(fragments)).toMatchObject([
      { proto: PROTOCOL.udp, sport: 1, dport: 53, next_hop },
      { proto: PROTOCOL.udp, sport: null, dport: null, next_hop },
    ]);
  });
});

describe("NDJSON", () => {
  it("is one object a line, whose timestamp is a bare integer", async () => {
    const packets = [query4(1), ARP, query6(2)];
    const lines = (await written(packets, "ndjson")).split("\n");
    expect(lines.pop()).toBe("");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('"ts_ns":1700000000000000001,');
    const rows = lines.map((line) => JSON.parse(line));
    for (const row of rows) expect(Object.keys(row)).toEqual([...VERDICT_FIELDS]);
    expect(rows[1]).toMatchObject({ n: 2, verdict: "drop", reason: "ethertype", src: null });
    expect(rows[2]).toMatchObject({ n: 3, dst: "2001:db8:a::53", sport: 2 });
  });

  it("of nothing is nothing", async () => {
    expect(await written([], "ndjson")).toBe("");
  });
});

describe("CSV", () => {
  it("has a header, and the same cells", async () => {
    const lines = (await written([query4(7, "203.0.113.200"), ARP], "csv")).split("\n");
    expect(lines).toEqual([
      VERDICT_FIELDS.join(),
      "1,1700000000000000001,forward,,192.0.2.1,203.0.113.200,17,7,53" +
        ",203.0.113.200/32,10.0.0.13,,",
      "2,1700000000000000002,drop,ethertype,,,,,,,,,",
      "",
    ]);
  });

  it("of nothing is the header, once", async () => {
    expect(await written([], "csv")).toBe(`${VERDICT_FIELDS.join()}\n`);
    const many = await written(
      Array.from({ length: 3000 }, () => ARP),
      "csv",
    );
    expect(many.split("\n").filter((line) => line.startsWith("n,"))).toHaveLength(1);
  });

  it.each([
    ["a,b", '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ["two\nlines", '"two\nlines"'],
    ["cr\r", '"cr\r"'],
    ["plain text", "plain text"],
  ])("quotes a site %j", (site, cell) => {
    const row = { ...EMPTY, n: 1, ts_ns: 2n ** 63n, verdict: "forward", site } as const;
    expect(verdictCsv(row)).toBe(`1,9223372036854775808,forward,,,,,,,,,${cell},\n`);
    expect(JSON.parse(verdictNdjson(row)).site).toBe(site);
  });
});
