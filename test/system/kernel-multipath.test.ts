/** The models of `simulate --compare` against the kernel: resilient groups, hash-threshold. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashThreshold } from "../../src/replay/models/hash-threshold.ts";
import type { ModelMember } from "../../src/replay/models/model.ts";
import { resilient } from "../../src/replay/models/resilient.ts";
import { seededRandom } from "../oracle/random.ts";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const HOPS = 8;
/** As many as the model has. */
const BUCKETS = 32_768;
const EVENTS = 24;
const FLOWS = 3000;
const random = seededRandom(20_260_601);
const why = missingTools("ip") ?? notRoot();
let space = "";

const ip = (...args: readonly string[]): string => String(run("ip", ["-n", space, ...args]));

function batch(lines: readonly string[]): string {
  return String(
    run("ip", ["-n", space, "-batch", "-"], new TextEncoder().encode(lines.join("\n"))),
  );
}

function membersOf(weights: readonly number[]): readonly ModelMember[] {
  return weights.flatMap((weight, index) =>
    weight === 0 ? [] : [{ adjacency: index + 1, name: `10.78.0.${index + 11}`, weight }],
  );
}

function groupText(weights: readonly number[]): string {
  return membersOf(weights)
    .map(({ adjacency, weight }) => `${adjacency},${weight}`)
    .join("/");
}

/** The next hop of each bucket. */
function kernelBuckets(id: number): readonly number[] {
  const owners = Array.from({ length: BUCKETS }, () => 0);
  for (const line of ip("nexthop", "bucket", "show", "id", String(id)).split("\n")) {
    const [, index, owner] = /index (\d+) .*nhid (\d+)/.exec(line) ?? [];
    if (index !== undefined) owners[Number(index)] = Number(owner);
  }
  return owners;
}

/** The next hop of each of FLOWS destinations. */
function kernelFlows(): readonly number[] {
  const lines = Array.from(
    { length: FLOWS },
    (_, flow) => `route get 198.18.${flow >>> 8}.${flow & 255}`,
  );
  return [...batch(lines).matchAll(/via 10\.78\.0\.(\d+)/g)].map(([, host]) => Number(host) - 10);
}

/** One next hop less, one more, or another weight; never none at all. */
function nextWeights(weights: readonly number[]): readonly number[] {
  const place = random.below(HOPS);
  const weight = random.below(3) === 0 ? 0 : 1 + random.below(16);
  const next = weights.map((old, index) => (index === place ? weight : old));
  return next.some((each) => each > 0) ? next : weights;
}

describe.skipIf(why !== undefined)(`groups of the kernel (${why ?? "in a namespace"})`, () => {
  beforeAll(() => {
    space = addNamespace("anyfib-multipath");
    batch([
      "link add mp0 type veth peer name mp1",
      "link set mp0 up",
      "link set mp1 up",
      "addr add 10.78.0.1/24 dev mp0",
      ...Array.from(
        { length: HOPS },
        (_, n) => `nexthop add id ${n + 1} via 10.78.0.${n + 11} dev mp0`,
      ),
    ]);
  });

  afterAll(() => removeNamespace(space));

  test("resilient: every bucket is the model's, through adds, removals and weights", () => {
    let weights: readonly number[] = [1, 2, 3, 4, 0, 0, 0, 0];
    const type = ["type", "resilient"];
    const timers = ["buckets", String(BUCKETS), "idle_timer", "60", "unbalanced_timer", "0"];
    ip("nexthop", "add", "id", "100", "group", groupText(weights), ...type, ...timers);
    const model = resilient();
    let nowNs = 1_700_000_000_000_000_000n;
    for (let event = 0; event <= EVENTS; event++) {
      model.update(membersOf(weights), nowNs);
      const ours = Array.from({ length: BUCKETS }, (_, bucket) => model.choose(bucket));
      const theirs = kernelBuckets(100);
      const differ = ours.filter((owner, bucket) => owner !== theirs[bucket]).length;
      expect({ event, weights, differ }).toEqual({ event, weights, differ: 0 });
      weights = nextWeights(weights);
      nowNs += 1_000_000_000n;
      ip("nexthop", "replace", "id", "100", "group", groupText(weights), ...type);
    }
  });

  test("hash-threshold: as many flows move as in the model", () => {
    const sets = [
      [1, 1, 1, 1, 1, 1, 1, 1],
      [1, 1, 1, 0, 1, 1, 1, 1],
      [1, 1, 1, 0, 1, 5, 1, 1],
      [1, 1, 1, 2, 1, 5, 1, 0],
    ];
    ip("nexthop", "add", "id", "200", "group", groupText(sets[0] ?? []));
    batch(["route add 198.18.0.0/15 nhid 200"]);
    const model = hashThreshold();
    const hashes = Array.from({ length: FLOWS }, () => random.below(2 ** 32));
    let before:
      | { readonly ours: readonly number[]; readonly theirs: readonly number[] }
      | undefined;
    for (const weights of sets) {
      ip("nexthop", "replace", "id", "200", "group", groupText(weights));
      model.update(membersOf(weights), 0n);
      const ours = hashes.map((hash) => model.choose(hash));
      const theirs = kernelFlows();
      expect(theirs).toHaveLength(FLOWS);
      if (before !== undefined) {
        // 3,000 flows of each: 5 standard deviations of the difference are 6.5 %.
        expect(Math.abs(moved(before.ours, ours) - moved(before.theirs, theirs))).toBeLessThan(
          0.065,
        );
      }
      before = { ours, theirs };
    }
  });
});

function moved(before: readonly number[], after: readonly number[]): number {
  return before.filter((owner, index) => owner !== after[index]).length / before.length;
}
