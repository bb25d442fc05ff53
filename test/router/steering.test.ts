/** A forwarder steers as its options say, or not at all. */

import { describe, expect, it } from "vitest";
import { readFlow } from "../../src/engine/flow-record.ts";
import type { SteeringOptions } from "../../src/engine/steering.ts";
import { ipv4Packet, PROTOCOL, ports } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "./router-rig.ts";

const IPIP = 4;
const ROUTES = [{ prefix: "198.51.100.0/24", nextHops: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] }];

/** What steers a TCP packet inside IPIP. */
async function steeredBy(steering?: SteeringOptions): Promise<string | undefined> {
  const options = steering === undefined ? {} : { steering };
  const forwarder = await smallForwarder({ routes: ROUTES, ...options });
  const batch = forwarder.batch();
  const inner = ipv4Packet({ protocol: PROTOCOL.tcp, payload: ports(1, 2) });
  batch.push(ethernetIp(ipv4Packet({ protocol: IPIP, payload: inner })).bytes);
  forwarder.process(batch);
  expect(forwarder.counters.forwarded).toBe(1);
  return readFlow(batch, 0)?.steered;
}

describe("a forwarder's steering", () => {
  it("is none of tunnels, and stateless, unless said", async () => {
    expect(await steeredBy()).toBeUndefined();
    expect(await steeredBy({ inner: ["gre", "vxlan", "gtpu", "mpls"] })).toBeUndefined();
    const forwarder = await smallForwarder({ routes: ROUTES });
    expect(forwarder.engine.steering.isTracking).toBe(false);
  });

  it("is what is asked for", async () => {
    expect(await steeredBy({ inner: ["ipip"] })).toBe("inner");
    const forwarder = await smallForwarder({ routes: ROUTES, steering: { fragments: "track" } });
    expect(forwarder.engine.steering.isTracking).toBe(true);
  });
});
