/** `replay --updates`: recorded updates change the routes of a table between packets. */

import { describe, expect, it } from "vitest";
import { concat, pcapHeader, pcapRecord } from "../io/capture-bytes.ts";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { query4 } from "../replay/replay-rig.ts";
import { BGP4MP, bgp4mp, nlri, update } from "../sources/bgp/messages.ts";
import {
  asPath,
  attribute,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  record,
  ribRecord,
  SEGMENT,
  TYPE,
  u16,
  u32,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

/** What was read before stands. */
const WARNING = /^warning: .*cut\.mrt@\d+: .*; passed over$/m;
const START = 1_700_000_000;
const PREFIX = nlri(24, 203, 0, 113);

/** ORIGIN, a path and a next hop, 10.0.0.HOST. */
function route(host: number, ...path: readonly number[]): Parts {
  const nextHop = attribute(3, u32(0x0a000000 + host));
  return [attribute(1, [0]), asPath([SEGMENT.sequence, ...path]), nextHop];
}

/** A record with another time. */
function at(seconds: number, parts: Parts): Parts {
  return [u32(seconds), ...bytesOf(parts).subarray(4)];
}

function announce(seconds: number, attributes: Parts, prefix: Parts = PREFIX): Parts {
  return at(seconds, bgp4mp(BGP4MP.messageAs4, update({ attributes, announced: prefix })));
}

function withdraw(seconds: number): Parts {
  return at(seconds, bgp4mp(BGP4MP.messageAs4, update({ withdrawn: PREFIX })));
}

describe("replay --updates", () => {
  const file = testFolder();
  const table = file(
    "rib.mrt",
    bytesOf([
      peerIndexTable([peer(4, 4), peer(6, 4)]),
      ribRecord("203.0.113.0/24", [
        entry(0, route(1, 64_500, 64_510)),
        entry(1, route(2, 64_500, 64_502, 64_510)),
      ]),
    ]),
  );
  /** Ten packets of one flow, a second apart. */
  const capture = file(
    "capture.pcap",
    concat(
      pcapHeader({ magic: 0xa1b23c4d }),
      ...Array.from({ length: 10 }, (_, second) =>
        pcapRecord("little", { ...query4(7), seconds: START + second, fraction: 0 }),
      ),
    ),
  );
  const replayed = async (name: string, parts: Parts, ...flags: readonly string[]) => {
    const updates = file(name, bytesOf(parts));
    const args = ["replay", "-r", capture, "--table", table, "--updates", updates, "--json"];
    const { stdout, stderr, status } = await runHere([...args, ...flags]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const report = JSON.parse(stdout);
    const packets = report.next_hops.map((row: { next_hop: string; packets: number }) => [
      row.next_hop,
      row.packets,
    ]);
    return { report, packets: Object.fromEntries(packets) };
  };

  /** The peer repeats its route, takes it back 3 s later, and has it again after 7 s. */
  const outage = (start: number): Parts => [
    announce(start, route(1, 64_500, 64_510)),
    withdraw(start + 3),
    announce(start + 7, route(1, 64_500, 64_510)),
    announce(start + 100, route(9, 64_500)),
  ];

  it("begins with the capture, whenever it was recorded", async () => {
    const { report, packets } = await replayed("old.mrt", outage(1_000_000_000));
    expect(packets).toEqual({ "10.0.0.1": 6, "10.0.0.2": 4 });
    expect(report.updates).toMatchObject({
      applied: 3,
      left: 1,
      routes_changed: 2,
      not_installed: 0,
      commits: 2,
      flows_moved: 2,
      flows_moved_needlessly: 0,
      tcp_established_broken: 0,
    });
  });

  it("goes by the time of records with --clock mrt", async () => {
    const early = await replayed("early.mrt", outage(START - 5), "--clock", "mrt");
    expect(early.packets).toEqual({ "10.0.0.1": 8, "10.0.0.2": 2 });
    const late = await replayed("late.mrt", outage(START + 5), "--clock", "mrt");
    expect(late.packets).toEqual({ "10.0.0.1": 8, "10.0.0.2": 2 });
    expect(late.report.updates).toMatchObject({ applied: 2, left: 2 });
    const after = await replayed("after.mrt", outage(START + 50), "--clock", "mrt");
    expect(after.packets).toEqual({ "10.0.0.1": 10 });
    expect(after.report.updates).toMatchObject({ applied: 0, left: 4, routes_changed: 0 });
  });

  it("takes the routes of a session that ends", async () => {
    const [four, state] = [u32(64_500), [u16(6), u16(1)]];
    const addresses = [u32(0xc0000201), u32(0xc0000202)];
    const body = [four, u32(64_501), u16(0), u16(1), addresses, state];
    const down = at(START + 4, record(TYPE.bgp4mp, BGP4MP.stateChangeAs4, body));
    const { packets } = await replayed("down.mrt", [down], "--clock", "mrt");
    expect(packets).toEqual({ "10.0.0.1": 4, "10.0.0.2": 6 });
  });

  it("takes new prefixes, and leaves nothing of those that go", async () => {
    const part = nlri(25, 203, 0, 113, 0);
    const parts = [
      announce(START + 2, route(3, 64_500), part),
      at(START + 6, bgp4mp(BGP4MP.messageAs4, update({ withdrawn: part }))),
    ];
    const { packets } = await replayed("part.mrt", parts, "--clock", "mrt");
    expect(packets).toEqual({ "10.0.0.1": 6, "10.0.0.3": 4 });
  });

  it("drops by source while a route asks for it", async () => {
    const hosts = ["198.51.100.7", "198.51.100.9"];
    const packets = [...Array(10).keys()].map((second) => {
      const source = hosts[second % 2] ?? "";
      const packet = ipv4Packet({ source, destination: "203.0.113.53" });
      const data = ethernetIp(packet).bytes;
      return pcapRecord("little", { data, seconds: START + second, fraction: 0 });
    });
    const own = file("own.pcap", concat(pcapHeader({ magic: 0xa1b23c4d }), ...packets));
    const blackhole: Parts = [0xc0, 8, 4, u32(0xffff029a)];
    const host = (last: number): Parts => nlri(32, 198, 51, 100, last);
    const gone = (last: number) => bgp4mp(BGP4MP.messageAs4, update({ withdrawn: host(last) }));
    const updates = file(
      "rtbh.mrt",
      bytesOf([
        announce(START + 2, [route(3, 64_500), blackhole], host(7)),
        announce(START + 3, [route(3, 64_500), blackhole], host(9)),
        at(START + 6, gone(7)),
        at(START + 7, gone(9)),
      ]),
    );
    const drops = async (section: string) => {
      const config = file("rtbh.yaml", `tables: [rib.mrt]\nbest_path: ${section}\n`);
      const args = ["replay", "-r", own, "--table", config, "--updates", updates, "--json"];
      const { stdout } = await runHere([...args, "--clock", "mrt"]);
      return JSON.parse(stdout);
    };
    const both = "{blackhole_community: true, blackhole_sources: true}";
    // Packets of .7 at 2 and 4; of .9 at 3 and 5.
    expect((await drops(both)).drops).toEqual({ source_blackhole: 4 });
    expect((await drops("{blackhole_community: true}")).drops).toEqual({});
    const counted = `${both}\nsources: [{prefix: 198.51.100.9/32, action: count}]`;
    const report = await drops(counted);
    expect(report.drops).toEqual({ source_blackhole: 2 });
    expect(report.sources).toMatchObject([{ prefix: "198.51.100.9/32", packets: 5 }]);
  });

  it("says what is wrong with a file", async () => {
    const cut = file("cut.mrt", bytesOf(outage(START)).subarray(0, 90));
    const args = ["replay", "-r", capture, "--table", table, "--updates", cut];
    const { status, stdout, stderr } = await runHere(args);
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(WARNING) });
    expect(stdout).toContain("received 10 = forwarded 10");
    const missing = await runHere([...args.slice(0, -1), "nowhere.mrt"]);
    expect(missing.stderr).toMatch(/nowhere\.mrt/);
  });
});
