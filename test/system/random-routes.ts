/** Random routes of a few peers, as messages for a router and as candidates of our decision. */

import fc from "fast-check";
import { formatAddress } from "../../src/net/address.ts";
import type { Candidate } from "../../src/rib/best-path.ts";
import { decodeAttributes } from "../../src/sources/bgp/attributes.ts";
import { nlri, update } from "../sources/bgp/messages.ts";
import {
  asPath,
  attribute,
  bytesOf,
  counted,
  type Parts,
  SEGMENT,
  u32,
} from "../sources/mrt/dump.ts";

/** How a peer stands to the router. */
export type PeerKind = "external" | "confederation" | "internal";

/** A peer of the router; `host` is the last octet of its address and of its next hops. */
export interface TestPeer {
  readonly host: number;
  readonly kind: PeerKind;
  readonly as: number;
  readonly routerId: number;
}

/** What all peers say of one prefix. */
export interface TestPrefix {
  readonly prefix: string;
  /** In the order of the peers that have it. */
  readonly candidates: readonly Candidate[];
}

/** What peers send. */
export interface TestRoutes {
  readonly prefixes: readonly TestPrefix[];
  /** UPDATEs of each peer. */
  readonly messages: ReadonlyMap<TestPeer, Uint8Array>;
}

/** The network of router and peers: 198.18.0.0/24. */
export const NETWORK = 0xc6120000;
const ROUTER_IDS = 0x0a000000;

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

/** Few values of each attribute, so that most are equal and later steps decide. */
const attributesOfRoute = fc.record({
  localPreference: fc.constantFrom(undefined, ...times(8, 100), 200),
  origin: fc.constantFrom(...times(8, 0), 1, 2),
  med: fc.constantFrom(undefined, undefined, 0, 5, 10),
  neighbor: fc.constantFrom(64_601, 64_601, 64_602),
  path: fc.constantFrom([64_701], [64_701], [64_702], [64_701, 64_702]),
  set: fc.constantFrom([], [], [], [64_801, 64_802, 64_803]),
  confederation: fc.constantFrom([], [65_003], [65_003, 65_004]),
  originator: fc.constantFrom(undefined, undefined, 0x0a000063, 0x0a000064),
  clusters: fc.array(fc.constantFrom(0x0a000080, 0x0a000081), { maxLength: 2 }),
  /** Which of the next hops that internal peers pass on; a peer's own where there are none. */
  nextHop: fc.nat(),
});

type RouteAttributes = typeof attributesOfRoute extends fc.Arbitrary<infer T> ? T : never;

function optional(type: number, value: Parts): Parts {
  return [0x80, type, counted(1, value)];
}

/** The attributes as a peer may send them: the external ones have none of the inside. */
function attributesOf(peer: TestPeer, route: RouteAttributes, nextHops: readonly number[]): Parts {
  const { localPreference, med, originator, clusters, path, set } = route;
  const isExternal = peer.kind === "external";
  const isInternal = peer.kind === "internal";
  const isMember = peer.kind === "confederation";
  // FRR compares MEDs of routes by one member of the confederation too: each peer has its own.
  const member = isMember ? [peer.as] : route.confederation.length > 0 ? [65_100 + peer.host] : [];
  const confederation = isExternal ? [] : [...member, ...route.confederation];
  const first = isExternal ? peer.as : route.neighbor;
  const nextHop = nextHops[route.nextHop % nextHops.length] ?? NETWORK + peer.host;
  return [
    attribute(1, [route.origin]),
    asPath(
      ...(confederation.length === 0
        ? []
        : [[SEGMENT.confedSequence, ...confederation] as [number, ...number[]]]),
      [SEGMENT.sequence, first, ...path],
      ...(set.length === 0 ? [] : [[SEGMENT.set, ...set] as [number, ...number[]]]),
    ),
    attribute(3, u32(nextHop)),
    med === undefined ? [] : optional(4, u32(med)),
    isExternal ? [] : attribute(5, u32(localPreference ?? 100)),
    isInternal && originator !== undefined ? optional(9, u32(originator)) : [],
    isInternal && clusters.length > 0 ? optional(10, clusters.map(u32)) : [],
  ];
}

/** What routes are drawn. */
interface RandomOptions {
  readonly count: number;
  readonly seed: number;
  /** IPv4 next hops; each peer's own address unless given. */
  readonly nextHops?: readonly number[];
}

/** Routes of `count` prefixes, the same for the same seed. */
export function randomRoutes(
  peers: readonly TestPeer[],
  { count, seed, nextHops = [] }: RandomOptions,
): TestRoutes {
  const parts = new Map(peers.map((peer): [TestPeer, Parts[]] => [peer, []]));
  const some = fc.tuple(...peers.map(() => fc.option(attributesOfRoute, { freq: 6 })));
  const drawn = fc.sample(some, { seed, numRuns: count });
  const prefixes = drawn.map((routes, index): TestPrefix => {
    const octets = [10, index >> 8, index & 255];
    const candidates = routes.flatMap((route, at) => {
      const peer = peers[at];
      if (route === null || peer === undefined) return [];
      const attributes = attributesOf(peer, route, nextHops);
      parts.get(peer)?.push(update({ attributes, announced: nlri(24, ...octets) }));
      return [candidateOf(peer, bytesOf(attributes))];
    });
    return { prefix: `${octets.join(".")}.0/24`, candidates };
  });
  const messages = new Map([...parts].map(([peer, list]) => [peer, bytesOf(list)]));
  return { prefixes, messages };
}

function candidateOf(peer: TestPeer, attributes: Uint8Array): Candidate {
  const { kind, set } = decodeAttributes(attributes, 4);
  if (kind !== "set") throw new Error(`attributes of ${peer.host} are malformed`);
  const address = { family: 4, value: NETWORK + peer.host } as const;
  return {
    set,
    peer: { address, as: peer.as, routerId: peer.routerId },
    pathId: 0,
    isInternal: peer.kind !== "external",
    igpCost: 0,
    since: 0,
  };
}

/** The address of a host of the network. */
export function hostAddress(host: number): string {
  return formatAddress({ family: 4, value: NETWORK + host });
}

/** A router id, as text. */
export function routerIdText(routerId: number): string {
  return formatAddress({ family: 4, value: routerId });
}

/** A router id whose last octet is given. */
export function routerId(last: number): number {
  return ROUTER_IDS + last;
}
