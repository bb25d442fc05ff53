/** Remotely triggered blackholes, by the community of a route: to its prefix, and from it. */

import { expect, it } from "vitest";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { captureBytes } from "../replay/replay-rig.ts";
import {
  asPath,
  attribute,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  ribRecord,
  u32,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const OWN = 64_500 * 0x10000 + 666;
const route = (...more: Parts): Parts => [
  attribute(1, [0]),
  asPath([2, 64_500, 64_510]),
  attribute(3, u32(0xc0000201)),
  more,
];
const community = (value: number): Parts => [0xc0, 8, 4, u32(value)];
file(
  "rtbh.mrt",
  bytesOf([
    peerIndexTable([peer(4, 4)]),
    ribRecord("0.0.0.0/0", [entry(0, route())]),
    ribRecord("203.0.113.9/32", [entry(0, route(community(0xffff029a)))]),
    ribRecord("203.0.113.10/32", [entry(0, route(community(OWN)))]),
    ribRecord("203.0.113.11/32", [entry(0, route(community(OWN + 1)))]),
  ]),
);
const HOSTS = ["203.0.113.9", "203.0.113.10", "203.0.113.11"];
const packets = HOSTS.flatMap((host) => [
  ipv4Packet({ source: "198.51.100.1", destination: host }),
  ipv4Packet({ source: host, destination: "198.51.100.1" }),
]);
const INPUT = file(
  "rtbh.pcap",
  captureBytes(packets.map((packet) => ({ data: ethernetIp(packet).bytes }))),
);

it.each([
  ["{}", {}],
  ["{blackhole_community: true}", { blackhole: 1 }],
  ["{blackhole_communities: ['64500:666']}", { blackhole: 1 }],
  ["{blackhole_communities: ['64500:666', blackhole]}", { blackhole: 2 }],
  ["{blackhole_community: true, blackhole_sources: true}", { blackhole: 1, source_blackhole: 1 }],
])("best_path: %s", async (section, drops) => {
  const config = file("rtbh.yaml", `tables: [rtbh.mrt]\nbest_path: ${section}\n`);
  const { stdout } = await runHere(["replay", "--table", config, "-r", INPUT, "--json"]);
  expect(JSON.parse(stdout).drops).toEqual(drops);
});

it("lets a rule of the configuration go before a blackhole by source", async () => {
  const config = file(
    "own.yaml",
    `tables: [rtbh.mrt]
best_path: {blackhole_community: true, blackhole_sources: true}
sources: [{prefix: 203.0.113.9/32, action: count}]
`,
  );
  const { stdout } = await runHere(["replay", "--table", config, "-r", INPUT, "--json"]);
  const { drops, sources } = JSON.parse(stdout);
  expect([drops, sources.length, sources[0].packets]).toEqual([{ blackhole: 1 }, 1, 1]);
});
