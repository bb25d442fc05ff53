/** The packets of the sample capture in the order of their times: 20 seconds of many flows. */

import {
  discardFlow,
  dnsFlow,
  echoFlow,
  ends,
  fragmentedFlow,
  icmpErrors,
  quicFlow,
  RESOLVER,
  WEB,
  webFlow,
} from "./flows.js";
import { oddities } from "./oddities.js";
import { frame } from "./packets.js";

/** @typedef {import("../../src/replay/random.ts").Random} Random */
/** @typedef {import("./flows.js").Packets} Packets */

/**
 * @typedef {{
 *   frame: Uint8Array, timestampNs: bigint, originalLength?: number, comment?: string,
 * }} SamplePacket
 */

/** 2025-06-01T12:00:00Z, in microseconds. */
const START_US = 1_748_779_200_000_000;
const SPAN_US = 20_000_000;
/** Between two packets of a flow, at most. */
const GAP_US = 150_000;

/** Flows of each kind: IPv4, then IPv6. */
const COUNTS = {
  dns: { 4: 500, 6: 300 },
  web: { 4: 200, 6: 120 },
  quic: { 4: 60, 6: 40 },
  discard: { 4: 120, 6: 60 },
  fragmented: { 4: 20, 6: 12 },
  echo: { 4: 8, 6: 8 },
  errors: { 4: 6, 6: 4 },
};
/** Every 20th flow comes tagged, every third of these behind two tags. */
const TAGGED = 20;
const TWICE_TAGGED = 3;
const VLAN = 100;
const SERVICE_VLAN = 7;

/**
 * @param {Random} random
 * @returns {readonly number[]}
 */
function vlansOf(random) {
  if (random.below(TAGGED) > 0) return [];
  return random.below(TWICE_TAGGED) === 0 ? [SERVICE_VLAN, VLAN] : [VLAN];
}

/**
 * All flows of one family.
 * @param {Random} random
 * @param {4 | 6} family
 * @param {readonly string[]} transit addresses behind ordinary routes
 * @returns {readonly Packets[]}
 */
function flowsOf(random, family, transit) {
  /** @type {(kind: keyof typeof COUNTS, make: () => Packets) => readonly Packets[]} */
  const many = (kind, make) => Array.from({ length: COUNTS[kind][family] }, make);
  const resolver = () => ends(random, family, RESOLVER);
  const web = () => ends(random, family, WEB);
  const far = () => ({ ...web(), server: transit[random.below(transit.length)] ?? "" });
  return [
    ...many("dns", () => dnsFlow(random, family, resolver())),
    ...many("web", () => webFlow(random, web())),
    ...many("quic", () => quicFlow(random, web())),
    ...many("discard", () => discardFlow(random, far())),
    ...many("fragmented", () => fragmentedFlow(random, resolver())),
    ...many("echo", () => echoFlow(web())),
    ...many("errors", () => icmpErrors(random, family, web())),
  ];
}

/**
 * @param {Random} random
 * @param {Readonly<Record<4 | 6, readonly string[]>>} transit addresses behind ordinary routes
 * @returns {readonly SamplePacket[]}
 */
export function sampleTraffic(random, transit) {
  /** @type {{ timeUs: number, packet: Omit<SamplePacket, "timestampNs"> }[]} */
  const timed = [];
  for (const flow of [...flowsOf(random, 4, transit[4]), ...flowsOf(random, 6, transit[6])]) {
    let timeUs = random.below(SPAN_US);
    const vlans = vlansOf(random);
    for (const packet of flow) {
      timed.push({ timeUs, packet: { frame: frame(packet, vlans) } });
      timeUs += 1 + random.below(GAP_US);
    }
  }
  for (const packet of oddities(random)) timed.push({ timeUs: random.below(SPAN_US), packet });
  return timed
    .sort((a, b) => a.timeUs - b.timeUs)
    .map(({ timeUs, packet }) => ({ ...packet, timestampNs: BigInt(START_US + timeUs) * 1000n }));
}
