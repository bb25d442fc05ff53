/** The best path, and the routes used beside it, are those that BIRD and FRR choose. */

import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/net/address.ts";
import { formatPath } from "../../src/rib/as-path.ts";
import {
  type Candidate,
  type DecisionOptions,
  type DecisionStep,
  decide,
} from "../../src/rib/best-path.ts";
import { randomRoutes, routerId, type TestPeer, type TestPrefix } from "./random-routes.ts";
import {
  birdChoices,
  type Choice,
  DaemonLab,
  frrChoices,
  type RouterAs,
} from "./routing-daemons.ts";
import { missingTools, notRoot } from "./tools.ts";

const PREFIXES = 2100;
/** With fewer, the tests would say little of multipath. */
const MANY_USED_LEAST = 50;

/** Two peers of one AS, the lower address with the higher router id, and two of others. */
const EXTERNAL: readonly TestPeer[] = [
  { host: 11, kind: "external", as: 64_501, routerId: routerId(9) },
  { host: 12, kind: "external", as: 64_501, routerId: routerId(8) },
  { host: 13, kind: "external", as: 64_502, routerId: routerId(8) },
  { host: 14, kind: "external", as: 64_503, routerId: routerId(7) },
];
/** From outside of the confederation, from another member of it, and from the router's own. */
const MIXED: readonly TestPeer[] = [
  { host: 11, kind: "external", as: 64_601, routerId: routerId(9) },
  { host: 12, kind: "confederation", as: 65_002, routerId: routerId(8) },
  { host: 13, kind: "internal", as: 65_001, routerId: routerId(7) },
  { host: 14, kind: "internal", as: 65_001, routerId: routerId(6) },
];
const ALONE: RouterAs = { as: 64_500 };
const MEMBER: RouterAs = { as: 65_001, confederation: { id: 64_500, members: [65_002] } };

interface Case {
  readonly name: string;
  readonly peers: readonly TestPeer[];
  readonly own: RouterAs;
  readonly options: DecisionOptions;
  /** Lines of BIRD's configuration; it cannot do without `multipathRelax`. */
  readonly bird?: readonly string[];
  /** Lines of FRR's. */
  readonly frr: readonly string[];
  /** Steps that must have decided about some of the routes. */
  readonly steps: readonly DecisionStep[];
}

const STEPS_EXTERNAL = ["as_path_length", "origin", "med", "router_id", "peer_address"] as const;
const STEPS_MIXED = ["local_preference", "external", "router_id", "cluster_list"] as const;
const RELAX = "bgp bestpath as-path multipath-relax";
const CASES: readonly Case[] = [
  {
    name: "external peers",
    peers: EXTERNAL,
    own: ALONE,
    options: { multipathRelax: true },
    bird: [],
    frr: [RELAX],
    steps: STEPS_EXTERNAL,
  },
  {
    name: "external peers, those of one AS together",
    peers: EXTERNAL,
    own: ALONE,
    options: {},
    frr: [],
    steps: STEPS_EXTERNAL,
  },
  {
    name: "external peers, MED always compared and worst where missing",
    peers: EXTERNAL,
    own: ALONE,
    options: { multipathRelax: true, alwaysCompareMed: true, missingMedWorst: true },
    bird: ["med metric on", "default bgp_med 4294967295"],
    frr: [RELAX, "bgp always-compare-med", "bgp bestpath med missing-as-worst"],
    steps: STEPS_EXTERNAL,
  },
  {
    name: "a confederation and route reflectors",
    peers: MIXED,
    own: MEMBER,
    options: { multipathRelax: true },
    bird: [],
    frr: [RELAX],
    steps: STEPS_MIXED,
  },
];

const peerOf = ({ peer }: Candidate): string => formatAddress(peer.address);

/** What we choose. */
function ownChoice({ candidates }: TestPrefix, options: DecisionOptions): Choice {
  const { best, equal } = decide(candidates, { ...options, multipath: 64 });
  const names = candidates.map(peerOf);
  return { best: names[best] ?? "", used: equal.map((index) => names[index] ?? "").sort() };
}

/**
 * As FRR chooses, where it differs. It prefers other members of a confederation to its own AS, as
 * if they were nearer. And it compares each route with the best one alone, and so uses one that
 * lost to a third by MED, where its MED and that of the best one are not compared.
 */
function frrChoice(prefix: TestPrefix, { as }: RouterAs, options: DecisionOptions): Choice {
  const candidates = prefix.candidates.map((candidate) => ({
    ...candidate,
    igpCost: candidate.peer.as === as ? 1 : 0,
  }));
  const { best } = ownChoice({ ...prefix, candidates }, options);
  const winner = candidates.find((candidate) => peerOf(candidate) === best);
  const used = candidates.filter((candidate) => {
    if (winner === undefined || candidate === winner) return true;
    const { equal } = decide([winner, candidate], { ...options, multipath: 2 });
    return equal.length === 2;
  });
  return { best, used: used.map(peerOf).sort() };
}

function describeCandidate(candidate: Candidate): string {
  const { asPath, origin, med, localPreference, originatorId, clusterList } = candidate.set;
  return (
    `${peerOf(candidate)}: ${formatPath(asPath)} ${origin} MED ${med} preference ` +
    `${localPreference} originator ${originatorId} clusters ${clusterList.length}`
  );
}

/** Prefixes whose choices differ. */
function differences(
  prefixes: readonly TestPrefix[],
  theirs: ReadonlyMap<string, Choice>,
  choose: (prefix: TestPrefix) => Choice,
): readonly unknown[] {
  return prefixes.flatMap((one) => {
    const [own, their] = [choose(one), theirs.get(one.prefix) ?? { best: "", used: [] }];
    const isSame = own.best === their.best && own.used.join() === their.used.join();
    return isSame ? [] : [{ candidates: one.candidates.map(describeCandidate), own, their }];
  });
}

/** Steps that took out some route. */
function stepsOf(prefixes: readonly TestPrefix[], options: DecisionOptions) {
  return [...new Set(prefixes.flatMap(({ candidates }) => decide(candidates, options).steps))];
}

/** Prefixes of which several routes are used. */
function manyUsed(choices: ReadonlyMap<string, Choice>): number {
  return [...choices.values()].filter(({ used }) => used.length > 1).length;
}

describe("the best path", () => {
  it.for(CASES.filter(({ bird }) => bird))("is BIRD's: $name", async (one, { skip }) => {
    const { peers, own, options, steps, bird = [] } = one;
    const lack = notRoot() ?? missingTools("bird", "birdc");
    if (lack !== undefined) return skip(lack);
    const routes = randomRoutes(peers, { count: PREFIXES, seed: 20 });
    await using lab = new DaemonLab("anyfib-bestb");
    const theirs = await birdChoices({ lab, own, routes, options: bird });
    const wrong = differences(routes.prefixes, theirs, (prefix) => ownChoice(prefix, options));
    expect(wrong).toEqual([]);
    expect(stepsOf(routes.prefixes, options)).toEqual(expect.arrayContaining([...steps]));
    expect(manyUsed(theirs)).toBeGreaterThan(MANY_USED_LEAST);
  });

  it.for(CASES)("is FRR's: $name", async ({ peers, own, options, steps, frr }, { skip }) => {
    const lack = notRoot() ?? missingTools("/usr/lib/frr/bgpd", "vtysh");
    if (lack !== undefined) return skip(lack);
    const routes = randomRoutes(peers, { count: PREFIXES, seed: 21 });
    await using lab = new DaemonLab("anyfib-bestf");
    const theirs = await frrChoices({ lab, own, routes, options: frr });
    const wrong = differences(routes.prefixes, theirs, (one) => frrChoice(one, own, options));
    expect(wrong).toEqual([]);
    expect(stepsOf(routes.prefixes, options)).toEqual(expect.arrayContaining([...steps]));
    expect(manyUsed(theirs)).toBeGreaterThan(MANY_USED_LEAST);
  });
});
