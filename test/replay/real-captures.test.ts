/** The 528 real captures: every packet accounted for, and of the family that tshark finds. */

import { beforeAll, expect, test } from "vitest";
import { openCapture } from "../../src/node/captures.ts";
import { replay } from "../../src/replay/replay.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { NO_DATA } from "../data.ts";
import { type RealCapture, realCaptures, SERVED_LINK_TYPES } from "../manifest.ts";
import { smallForwarder } from "../router/router-rig.ts";

const ROUTES = [
  { prefix: "0.0.0.0/0", nextHops: ["10.0.0.1", "10.0.0.2"] },
  { prefix: "::/0", nextHops: ["fd00::1"] },
];

let forwarder: Forwarder;
beforeAll(async () => {
  forwarder = await smallForwarder({ routes: ROUTES });
});

/** Replays one capture, holds it against its row, and returns its link types. */
async function expectTruth({ name, path, truth }: RealCapture): Promise<readonly number[]> {
  forwarder.resetCounters();
  await using capture = await openCapture(path, forwarder);
  const { failure } = await replay(forwarder, capture);
  const { received, forwarded, punted, dropped, drops, families } = forwarder.counters;
  const { linkTypes, packets, truncatedPackets } = capture.info;
  expect(failure, name).toBeUndefined();
  expect(received, name).toBe(packets);
  expect(received, name).toBe(forwarded + punted + dropped);
  expect(dropped, name).toBe(Object.values(drops).reduce((sum, count) => sum + count, 0));
  const { ipv4, ipv6, other } = families;
  expect(ipv4 + ipv6 + other, name).toBe(received);
  const served = linkTypes.filter((type) => SERVED_LINK_TYPES.has(type));
  if (served.length === 0) {
    expect([drops.link_type ?? 0, other], name).toEqual([packets, packets]);
  }
  if (truth.damage === undefined) {
    expect([packets, truncatedPackets], name).toEqual([truth.packets, truth.truncated]);
  }
  if (served.length === linkTypes.length) {
    expect([ipv4, ipv6], name).toEqual([truth.first_ip_v4, truth.first_ip_v6]);
  }
  return linkTypes;
}

test("every capture has the packets and families of the manifest", async (context) => {
  const captures = realCaptures();
  if (captures === undefined) return context.skip(NO_DATA);
  expect(captures).toHaveLength(528);
  const linkTypes = new Set<number>();
  for (const capture of captures) {
    for (const type of await expectTruth(capture)) linkTypes.add(type);
  }
  const served = [...SERVED_LINK_TYPES].filter((type) => linkTypes.has(type));
  expect(served.sort((a, b) => a - b)).toEqual([0, 1, 12, 101, 113, 228, 229, 276]);
});
