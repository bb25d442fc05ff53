/**
 * Snapshots: the tables of a forwarder as a document that another one can take over or be compared
 * with.
 *
 * Guided tables depend on the order of their events, so nodes that must send every flow the same
 * way share a snapshot, or use canonical tables. A snapshot names next hops, never their indices;
 * its digest covers the key's id, states, weights, sets, slots and lineage, whatever order they
 * stand in.
 *
 *     {"anyfib_snapshot": 1, "number": 42, "digest": "5c1e…", "key_id": "0f1e2d3c",
 *      "agreement": "guided",
 *      "next_hops": [{"next_hop": "10.0.0.11", "state": "up", "weight": null}, …],
 *      "groups": [{"members": [{"next_hop": 0, "weight": 2, "cost": 10}, …], "overflow": 0,
 *                  "slots": [0, 1, 1, 0, …] or null, "prefixes": null or ["203.0.113.0/24", …]}]}
 *
 * Slots hold indices into `next_hops`. `prefixes` tells the groups of one set apart that differ in
 * lineage: null stands for all prefixes of the set that no other group lists.
 */

import * as v from "valibot";
import { SLOTS_MAX, WEIGHT_MAX } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";

/** Bounds of a document that nobody vouches for: as many as a forwarder can hold. */
const NEXT_HOPS_MAX = 65_535;
const GROUPS_MAX = 65_528;
const PREFIXES_MAX = 16_777_216;
const PREFIX_CHARACTERS_MAX = 64;

const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(NEXT_HOPS_MAX - 1));
const weight = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const name = v.pipe(v.string(), v.maxLength(PREFIX_CHARACTERS_MAX));

const nextHop = v.strictObject({
  next_hop: name,
  state: v.picklist(["up", "down", "drain"]),
  weight: v.nullable(v.pipe(weight, v.maxValue(WEIGHT_MAX))),
});

const group = v.strictObject({
  members: v.pipe(
    v.array(v.strictObject({ next_hop: index, weight, cost: weight })),
    v.maxLength(NEXT_HOPS_MAX),
  ),
  overflow: v.pipe(v.number(), v.minValue(0), v.ltValue(1)),
  slots: v.nullable(v.pipe(v.array(index), v.minLength(1), v.maxLength(SLOTS_MAX))),
  prefixes: v.nullable(v.pipe(v.array(name), v.maxLength(PREFIXES_MAX))),
  /** The prefix of a route that is counted or limited. */
  marked: v.optional(name),
});

const snapshot = v.strictObject({
  anyfib_snapshot: v.literal(1),
  number: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  key_id: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)),
  agreement: v.picklist(["guided", "canonical"]),
  next_hops: v.pipe(v.array(nextHop), v.maxLength(NEXT_HOPS_MAX)),
  groups: v.pipe(v.array(group), v.maxLength(GROUPS_MAX)),
});

/** A snapshot, as JSON. */
export type Snapshot = v.InferOutput<typeof snapshot>;

/** A group of a snapshot. */
export type SnapshotGroup = v.InferOutput<typeof group>;

/** What a digest is made of: all of a snapshot but its number and the digest. */
export type SnapshotContent = Pick<Snapshot, "key_id" | "agreement" | "next_hops" | "groups">;

/** Two mixed sums over the same values: 64 bits that differ where the values do. */
class Digest {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;

  number(value: number): this {
    this.#a = Math.imul(this.#a ^ value, 0x01000193);
    const mixed = this.#b ^ value;
    this.#b = Math.imul((mixed << 5) | (mixed >>> 27), 0x85ebca6b);
    return this;
  }

  text(value: string): this {
    for (let i = 0; i < value.length; i++) this.number(value.charCodeAt(i));
    return this.number(value.length);
  }

  get hex(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

/** `ranks`: where each next hop stands among all names, whatever its place in the list. */
function groupDigest(
  group: SnapshotGroup,
  names: readonly string[],
  ranks: readonly number[],
): string {
  const digest = new Digest();
  const members = group.members.map(
    (member) => `${names[member.next_hop]}*${member.weight}@${member.cost}`,
  );
  digest.text(members.toSorted().join()).text(String(group.overflow));
  for (const slot of group.slots ?? []) digest.number(ranks[slot] ?? 0);
  if (group.marked !== undefined) digest.text(group.marked);
  return digest.text((group.prefixes ?? ["*"]).toSorted().join()).hex;
}

/** The digest of a snapshot's content: equal where two forwarders decide alike. */
export function snapshotDigest(content: SnapshotContent): string {
  const { key_id: keyId, agreement, next_hops, groups } = content;
  const names = next_hops.map(({ next_hop }) => next_hop);
  const states = next_hops.map(({ next_hop, state, weight }) => `${next_hop} ${state} ${weight}`);
  const rankOf = new Map(names.toSorted().map((known, rank) => [known, rank]));
  const ranks = names.map((known) => rankOf.get(known) ?? 0);
  const tables = groups.map((one) => groupDigest(one, names, ranks));
  const digest = new Digest().text(keyId).text(agreement);
  for (const part of [...states.toSorted(), ...tables.toSorted()]) digest.text(part);
  return digest.hex;
}

function fault(what: string, detail: Readonly<Record<string, unknown>> = {}): AnyfibError {
  return new AnyfibError({
    code: "SNAPSHOT",
    what,
    hint: "take another snapshot, of a forwarder with the same routes",
    detail,
  });
}

/** Refuses indices that lead out of the lists, and slots of next hops that are no members. */
function checkGroup({ members, slots }: SnapshotGroup, at: number, nextHops: number): void {
  const known = new Set(members.map(({ next_hop }) => next_hop));
  const wrong = [...known].find((member) => member >= nextHops);
  if (wrong !== undefined) throw fault(`group ${at} has next hop ${wrong} of ${nextHops}`);
  const stray = slots?.findIndex((slot) => !known.has(slot)) ?? -1;
  if (stray >= 0) throw fault(`slot ${stray} of group ${at} leads to no member of it`);
  const isTable = slots === null || (slots.length & (slots.length - 1)) === 0;
  if (!isTable) throw fault(`group ${at} has ${slots?.length} slots, which is no power of two`);
}

/**
 * A snapshot from what JSON.parse gave, which nobody vouches for. Throws SNAPSHOT where it breaks
 * the form, contradicts itself, or is not what its digest says.
 */
export function parseSnapshot(value: unknown): Snapshot {
  const result = v.safeParse(snapshot, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw fault(`no snapshot: ${v.getDotPath(issue) ?? "the document"}: ${issue.message}`);
  }
  const parsed = result.output;
  for (const [at, one] of parsed.groups.entries()) checkGroup(one, at, parsed.next_hops.length);
  const digest = snapshotDigest(parsed);
  if (digest === parsed.digest) return parsed;
  throw fault(`the digest is ${parsed.digest}, of content whose digest is ${digest}`);
}
