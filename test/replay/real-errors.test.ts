/** Each ICMP error of the real captures, IPv4 and IPv6: it has the hash of the flow it is about. */

import { expect, it } from "vitest";
import { FLOW_BYTES, FLOW_NETWORK } from "../../assembly/layout.ts";
import type { Batch } from "../../src/engine/batch.ts";
import { type FlowTuple, readFlow, readHash } from "../../src/engine/flow-record.ts";
import { type Address, formatAddress } from "../../src/net/address.ts";
import { openCapture } from "../../src/node/captures.ts";
import { replay } from "../../src/replay/replay.ts";
import { dataPath, NO_DATA } from "../data.ts";
import { smallForwarder } from "../router/router-rig.ts";

const PORTED: ReadonlySet<number> = new Set([6, 17, 132]);
/** Hop-by-hop, routing, destination options: eight bytes and as many more as their length says. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const HEAD_BYTES = 512;

/** Captures with errors, of each the family and how many errors quote a flow. */
const CAPTURES = [
  ["zeek-icmp-destunreach-udp.pcap", 4, 1],
  ["zeek-icmp-timeexceeded.pcap", 4, 1],
  ["snabb-icmpv4-34toobig.pcap", 4, 1],
  ["sv-smtp-fragneeded.pcap", 4, 6],
  ["zeek-icmp6-destunreach-ip6ext.pcap", 6, 1],
  ["zeek-icmp6-timeexceeded.pcap", 6, 1],
  ["zeek-icmp6-toobig.pcap", 6, 1],
  ["sv-ipv6-evasion_ipv6-atomic-fragments-toobig.pcap", 6, 1],
] as const;

function address6(view: DataView, at: number): Address {
  return { family: 6, high: view.getBigUint64(at), low: view.getBigUint64(at + 8), zone: "" };
}

/** The flow that stands at `at`, seen from its other end; read by rules of this test alone. */
function quoted(view: DataView, at: number, family: 4 | 6): FlowTuple {
  let protocol = view.getUint8(at + (family === 4 ? 9 : 6));
  let transport = at + (family === 4 ? (view.getUint8(at) & 15) * 4 : 40);
  while (family === 6 && EXTENSIONS.has(protocol)) {
    protocol = view.getUint8(transport);
    transport += 8 + view.getUint8(transport + 1) * 8;
  }
  const ends =
    family === 4
      ? {
          source: { family: 4 as const, value: view.getUint32(at + 16) },
          destination: { family: 4 as const, value: view.getUint32(at + 12) },
        }
      : { source: address6(view, at + 24), destination: address6(view, at + 8) };
  if (!PORTED.has(protocol)) return { ...ends, protocol };
  const ports = { source: view.getUint16(transport + 2), destination: view.getUint16(transport) };
  return { ...ends, protocol, ports };
}

/**
 * Gives link-local addresses a global prefix, outside and in the quote: these captures are of one
 * link, beyond which no router forwards.
 */
function globalise(batch: Batch): void {
  for (let packet = 0; packet < batch.count; packet++) {
    const start = batch.offsets[packet] ?? 0;
    const end = start + (batch.lengths[packet] ?? 0) - 4;
    for (let at = start; at < end; at++) {
      const isLocal = [0xfe, 0x80, 0, 0].every((byte, index) => batch.bytes[at + index] === byte);
      if (isLocal) batch.bytes.set([0x20, 0x01, 0x0d, 0xb8], at);
    }
  }
}

it.for(CAPTURES)("%s", async ([name, family, least], { skip }) => {
  const path = dataPath("pcap", name);
  if (path === undefined) return skip(NO_DATA);
  const routes = [
    { prefix: family === 4 ? "0.0.0.0/0" : "::/0", nextHops: ["fd00::1", "fd00::2"] },
  ];
  const forwarder = await smallForwarder({ routes });
  let errors = 0;
  const observe = (batch: Batch): void => {
    for (let packet = 0; packet < batch.count; packet++) {
      const flow = readFlow(batch, packet);
      if (flow?.steered !== "quoted" || flow.source.family !== family) continue;
      const start = batch.flows.getUint32(packet * FLOW_BYTES + FLOW_NETWORK, true);
      const view = new DataView(
        Uint8Array.from(batch.bytes.subarray(start, start + HEAD_BYTES)).buffer,
      );
      const header = family === 4 ? (view.getUint8(0) & 15) * 4 : 40;
      const other = quoted(view, header + 8, family);
      const [wanted] = forwarder.engine.flows.hashes([other]);
      const about = `${formatAddress(other.source)} to ${formatAddress(other.destination)}`;
      expect({ about, hash: readHash(batch, packet) }).toEqual({ about, hash: wanted });
      errors += 1;
    }
  };
  await using capture = await openCapture(path, forwarder);
  const timeline = {
    advance: (batch: Batch): number => {
      globalise(batch);
      return batch.count;
    },
    end: () => undefined,
  };
  const { failure } = await replay(forwarder, capture, { observers: [{ observe }], timeline });
  expect(failure).toBeUndefined();
  expect(errors).toBeGreaterThanOrEqual(least);
});
