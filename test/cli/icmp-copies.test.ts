/** `hash.icmp_copies`: ICMP errors that name no flow reach all next hops, and count apart. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { byteSource, captureEngine, readCapture } from "../io/read-capture.ts";
import { icmpError, ipv4Packet, PROTOCOL } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { captureBytes, query4 } from "../replay/replay-rig.ts";
import { SITES_YAML } from "./captures.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const SITE = "203.0.113.53";

/** Fragmentation needed, about a later fragment that the site sent to a client. */
function nameless(client: string) {
  const quote = ipv4Packet({ source: SITE, destination: client, fragmentOffset: 185 });
  const payload = icmpError(3, 4, quote.subarray(0, 28));
  return {
    data: ethernetIp(ipv4Packet({ destination: SITE, protocol: PROTOCOL.icmp, payload })).bytes,
  };
}

const ERRORS = Array.from({ length: 20 }, (_, index) => nameless(`192.0.2.${index}`));
const INPUT = file("errors.pcap", captureBytes([query4(1), ...ERRORS, query4(2)]));

it.each([
  { rate: 0, report: undefined, macs: 0 },
  { rate: 20, report: { errors: 20, copies: 20, limited: 0 }, macs: 20 },
  { rate: 12, report: { errors: 20, copies: 12, limited: 8 }, macs: 12 },
])("$rate a second", async ({ rate, report: copied, macs: more }) => {
  const yaml = `${SITES_YAML}hash: {icmp_copies: ${rate}}\n`;
  const table = file(`copies-${rate}.yaml`, yaml);
  const out = file(`copies-${rate}.pcap`);
  const args = ["replay", "-r", INPUT, "--table", table, "-w", out, "--json"];
  const { status, stdout, stderr } = await runHere(args);
  expect([status, stderr]).toEqual([0, ""]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ received: 22, forwarded: 22, punted: 0, dropped: 0 });
  expect(report.icmp_copies).toEqual(copied);
  const counted = report.next_hops.map(({ packets }: { packets: number }) => packets);
  expect(counted.reduce((sum: number, packets: number) => sum + packets, 0)).toBe(22);
  const { packets } = await readCapture(await captureEngine(), byteSource(readFileSync(out)));
  expect(packets).toHaveLength(22 + more);
  if (rate !== 20) return;
  // Each error twice, one behind the other, to both sites of the tier.
  for (let index = 1; index < 41; index += 2) {
    const [first, second] = packets.slice(index, index + 2).map(({ data }) => data);
    expect(first?.subarray(12)).toEqual(second?.subarray(12));
    const macs = [first, second].map((data) =>
      Buffer.from(data?.subarray(0, 6) ?? []).toString("hex"),
    );
    expect(macs.sort()).toEqual(["02000a00000b", "02005e000012"]);
  }
});
