/** The decision: each step, knobs, and the same result for every order of arrival. */

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import type { AsPath, AttributeSet } from "../../src/rib/attributes.ts";
import {
  type Candidate,
  type DecisionOptions,
  type DecisionStep,
  decide,
  medNote,
  preferenceKey,
} from "../../src/rib/best-path.ts";

const EMPTY: AttributeSet = {
  origin: "igp",
  asPath: [],
  nextHop: undefined,
  linkLocalNextHop: undefined,
  med: undefined,
  localPreference: undefined,
  isAtomicAggregate: false,
  aggregator: undefined,
  communities: [],
  originatorId: undefined,
  clusterList: [],
  extendedCommunities: [],
  largeCommunities: [],
  aigp: undefined,
  onlyToCustomer: undefined,
  unknown: [],
};

interface Wanted extends Partial<Omit<Candidate, "set" | "peer">> {
  readonly set?: Partial<AttributeSet>;
  readonly peer?: { readonly address?: string; readonly as?: number; readonly routerId?: number };
}

function sequence(...asns: readonly number[]): AsPath {
  return [{ kind: "sequence", asns }];
}

function candidate({ set, peer = {}, ...rest }: Wanted = {}): Candidate {
  const address = parseAddress(peer.address ?? "192.0.2.1");
  if (address === undefined) throw new Error(peer.address);
  const from = { address, as: peer.as ?? 64500, routerId: peer.routerId ?? 1 };
  const common = { pathId: 0, isInternal: false, igpCost: 0, since: 0 };
  const attributes = { ...EMPTY, asPath: sequence(64500, 64510), ...set };
  return { ...common, ...rest, set: attributes, peer: from };
}

/** The better of two candidates at a step, then the worse one. */
const PAIRS: readonly [DecisionStep, Wanted, Wanted, DecisionOptions?][] = [
  ["usable", { set: { localPreference: 1 } }, { igpCost: Number.POSITIVE_INFINITY }],
  ["stale", { set: { localPreference: 1 } }, { set: { communities: [0xffff_0006] } }],
  ["local_preference", { set: { localPreference: 101 } }, {}],
  ["local_preference", { set: { localPreference: 1 } }, { set: { communities: [0xffff_0000] } }],
  ["as_path_length", { set: { origin: "egp" } }, { set: { asPath: sequence(64500, 1, 2) } }],
  [
    "as_path_length",
    { set: { asPath: [...sequence(64500), { kind: "set", asns: [1, 2, 3] }] } },
    { set: { asPath: sequence(64500, 1, 2) } },
  ],
  [
    "as_path_length",
    { set: { asPath: [{ kind: "confed_sequence", asns: [7, 8, 9] }, ...sequence(64500)] } },
    { set: { asPath: sequence(64500, 1) } },
  ],
  ["origin", {}, { set: { origin: "egp" } }],
  ["origin", { set: { origin: "egp", med: 9 } }, { set: { origin: "incomplete" } }],
  ["med", { isInternal: true }, { set: { med: 1 } }],
  ["med", { set: { med: 7 } }, {}, { missingMedWorst: true }],
  [
    "med",
    { set: { med: 1 } },
    { set: { asPath: sequence(64501, 1), med: 2 } },
    { alwaysCompareMed: true },
  ],
  ["external", { igpCost: 9 }, { isInternal: true }],
  ["igp_cost", { peer: { routerId: 9 } }, { igpCost: 1 }],
  ["oldest", { peer: { routerId: 9 } }, { since: 5 }, { preferOldest: true }],
  ["router_id", { since: 5, peer: { routerId: 3 } }, { peer: { routerId: 4 } }],
  ["router_id", { set: { originatorId: 1 } }, { peer: { routerId: 2 } }],
  ["cluster_list", { peer: { address: "192.0.2.9" } }, { set: { clusterList: [1] } }],
  ["peer_address", { pathId: 9 }, { peer: { address: "192.0.2.10" } }],
  ["path_id", {}, { pathId: 1 }],
];

describe("decide", () => {
  test.each(PAIRS)("by %s", (step, better, worse, options) => {
    const [a, b] = [candidate(better), candidate(worse)];
    expect(decide([a, b], options)).toMatchObject({ best: 0, steps: [undefined, step] });
    expect(decide([b, a], options)).toMatchObject({ best: 1, steps: [step, undefined] });
  });

  test("compares no MED of different neighbor ASes, and says so", () => {
    const low = candidate({ set: { med: 1, asPath: sequence(64501, 9) }, peer: { routerId: 5 } });
    const high = candidate({ set: { med: 50 } });
    expect(decide([low, high])).toMatchObject({ best: 1, steps: ["router_id", undefined] });
    const note = "MED 1 by AS64501 was not compared with 50 by AS64500";
    expect(medNote(low, high, "router_id")).toBe(note);
    expect(medNote(low, high, "router_id", { alwaysCompareMed: true })).toBeUndefined();
    expect(medNote(low, high, "origin")).toBeUndefined();
    expect(medNote(low, { ...low, pathId: 4 }, "path_id")).toBeUndefined();
  });

  test("a loser by MED keeps a third from winning no more (RFC 4271, 9.1.2.2 c)", () => {
    const first = candidate({ set: { med: 10 }, peer: { routerId: 1 } });
    const second = candidate({ set: { med: 0 }, peer: { routerId: 3 } });
    const third = candidate({ set: { med: 5, asPath: sequence(64501, 9) }, peer: { routerId: 2 } });
    expect(decide([first, second, third])).toMatchObject({
      best: 2,
      steps: ["med", "router_id", undefined],
    });
  });

  test("has no best one where none is usable", () => {
    const gone = candidate({ igpCost: Number.POSITIVE_INFINITY });
    expect(decide([gone, gone])).toEqual({ best: -1, equal: [], steps: ["usable", "usable"] });
    expect(decide([])).toEqual({ best: -1, equal: [], steps: [] });
  });
});

describe("multipath", () => {
  const first = candidate({ peer: { routerId: 1 } });
  const sameAs = candidate({ peer: { routerId: 2 } });
  const other = candidate({
    peer: { routerId: 3, as: 64501 },
    set: { asPath: sequence(64501, 9) },
  });
  const longer = candidate({ set: { asPath: sequence(64500, 1, 2) } });
  const all = [other, sameAs, longer, first];

  test("uses equal routes of the best one's neighbor, and of others when relaxed", () => {
    expect(decide(all).equal).toEqual([3]);
    expect(decide(all, { multipath: 8 }).equal).toEqual([3, 1]);
    expect(decide(all, { multipath: 8, multipathRelax: true }).equal).toEqual([3, 1, 0]);
    expect(decide(all, { multipath: 2, multipathRelax: true }).equal).toEqual([3, 1]);
  });

  test("wants internal routes to have one path", () => {
    const internal = all.map((one) => ({ ...one, isInternal: true }));
    expect(decide(internal, { multipath: 8 }).equal).toEqual([3, 1]);
    const others = internal.map((one, index) => ({ ...one, peer: { ...one.peer, as: index } }));
    expect(decide(others, { multipath: 8 }).equal).toEqual([3, 1]);
  });

  test("uses no route that lost by cost or MED", () => {
    const costly = { ...sameAs, igpCost: 5 };
    const worse = { ...sameAs, set: { ...sameAs.set, med: 1 } };
    const options = { multipath: 8, multipathRelax: true };
    expect(decide([first, costly, worse], options).equal).toEqual([0]);
  });
});

const SEEDED = { seed: 20_261_123, numRuns: 2000 };
const CANDIDATE = fc.record({
  localPreference: fc.constantFrom(undefined, 100, 90),
  asns: fc.array(fc.constantFrom(64500, 64501, 64502), { minLength: 1, maxLength: 3 }),
  origin: fc.constantFrom("igp" as const, "incomplete" as const),
  med: fc.constantFrom(undefined, 0, 1, 2),
  isInternal: fc.boolean(),
  igpCost: fc.constantFrom(0, 1, Number.POSITIVE_INFINITY),
  routerId: fc.integer({ min: 1, max: 3 }),
});
const OPTIONS = fc.record({
  alwaysCompareMed: fc.boolean(),
  missingMedWorst: fc.boolean(),
  multipathRelax: fc.boolean(),
  multipath: fc.constantFrom(1, 128),
});

property.prop(
  [fc.array(CANDIDATE, { maxLength: 6 }), OPTIONS, fc.infiniteStream(fc.nat())],
  SEEDED,
)(
  "decides alike for every order of arrival, and by what the key says first",
  (described, options, order) => {
    const candidates = described.map(({ asns, routerId, isInternal, igpCost, ...set }, index) =>
      candidate({
        set: { ...set, asPath: sequence(...asns) },
        peer: { routerId, as: asns[0] ?? 0, address: `192.0.2.${index + 1}` },
        isInternal,
        igpCost,
      }),
    );
    const keys = candidates.map(() => order.next().value ?? 0);
    const places = candidates
      .map((_, index) => index)
      .sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
    const shuffled = places.flatMap((place) => candidates.slice(place, place + 1));
    const [one, two] = [decide(candidates, options), decide(shuffled, options)];
    const named = (indices: readonly number[]) => indices.map((index) => places[index]);
    expect(two.best < 0 ? -1 : places[two.best]).toBe(one.best);
    expect(new Set(named(two.equal))).toEqual(new Set(one.equal));
    expect(places.map((place) => one.steps[place])).toEqual(two.steps);
    const usable = candidates.filter(({ igpCost }) => Number.isFinite(igpCost));
    const best = candidates[one.best];
    const least = Math.min(...usable.map(({ set }) => preferenceKey(set)));
    if (best !== undefined) expect(preferenceKey(best.set)).toBe(least);
  },
);
