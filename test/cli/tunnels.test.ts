/** Tunnels that end at the router, as `replay`, `explain` and `check` tell of them. */

import { describe, expect, it } from "vitest";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { gueHeader, outerPacket, udpDatagram } from "../oracle/tunnel-packets.ts";
import { captureBytes } from "../replay/replay-rig.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const CONFIG = `sites:
  lon: {next_hop: 10.0.0.11}
routes:
  - {prefix: 198.51.100.0/24, sites: [lon]}
tunnels:
  pops: {addresses: [192.0.2.1], sources: [10.7.0.0/16]}
`;
const TABLE = file("tunnels.yaml", CONFIG);
const INNER = ipv4Packet({ source: "192.0.2.99", destination: "198.51.100.9" });
const outer = { source: "10.7.0.9", destination: "192.0.2.1" };
const ENDS = ["10.7.0.9", "192.0.2.1"] as const;
const IPIP = outerPacket({ ...outer, protocol: 4, payload: INNER });
const GUE = outerPacket({
  ...outer,
  protocol: 17,
  payload: udpDatagram(ENDS, 6080, gueHeader(INNER)),
});
const FOREIGN = outerPacket({ ...outer, source: "10.8.0.1", protocol: 4, payload: INNER });
const PACKETS = [IPIP, GUE, FOREIGN].map((packet) => ({ data: ethernetIp(packet).bytes }));
const INPUT = file("tunnels.pcap", captureBytes(PACKETS));

describe("replay", () => {
  it("forwards what is inside, and reports each tunnel", async () => {
    const rows = file("rows.ndjson", "");
    const args = ["replay", "--table", TABLE, "-r", INPUT, "--verdicts", rows];
    const { stdout } = await runHere([...args, "--json"]);
    const report = JSON.parse(stdout);
    expect([report.received, report.forwarded, report.dropped]).toEqual([3, 2, 1]);
    expect(report.drops).toEqual({ tunnel_source: 1 });
    const bytes = IPIP.length + GUE.length + FOREIGN.length;
    expect(report.tunnels).toEqual([
      { tunnel: "pops", packets: 3, bytes, dropped: 1, left: 0, passed: 0 },
    ]);
    const text = await runHere(args);
    expect(text.stdout).toContain("  tunnel pops 3, dropped 1, left 0\n");
  });
});

it("explain says by which tunnel a packet came, and tells of the one inside", async () => {
  const args = ["explain", "--table", TABLE, "--hex", Buffer.from(GUE).toString("hex")];
  const { stdout } = await runHere([...args, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      tunnel: { name: "pops", opened: true },
      parse: { dst: "198.51.100.9" },
      verdict: "forward",
      site: "lon",
    },
  ]);
  const text = await runHere(args);
  expect(text.stdout).toMatch(/^tunnel +pops ends here: this packet was inside$/m);
});

describe("check", () => {
  it.each([
    ["  a: {addresses: [x]}", '3:3: tunnel "a": "x" is no address of a router'],
    [
      "  a: {addresses: [192.0.2.1]}\n  b: {addresses: [192.0.2.1]}",
      '4:3: tunnel "b": "a" ends at',
    ],
    ["  a b: {addresses: [192.0.2.1]}", '3:3: "a b" is no name for a tunnel'],
    ["  a: {addresses: [192.0.2.1], ports: 5}", "known keys: addresses, kinds, port, sources"],
  ])("of %s", async (lines, what) => {
    const wrong = file("wrong.yaml", `routes: []\ntunnels:\n${lines}\n`);
    const { status, stderr } = await runHere(["check", wrong]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(what)]);
  });
});
