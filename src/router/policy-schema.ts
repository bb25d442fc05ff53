/** The form of the section `policy` of a configuration. */

import * as v from "valibot";
import { WEIGHT_MAX } from "../engine/layout.ts";

const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const weight = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(WEIGHT_MAX));
const texts = v.pipe(v.array(v.string()), v.minLength(1));
const action = v.picklist(["accept", "reject"]);

const match = v.strictObject({
  prefixes: v.optional(texts),
  as_path: v.optional(v.string()),
  communities: v.optional(texts),
  origin_validation: v.optional(
    v.pipe(v.array(v.picklist(["valid", "invalid", "not-found"])), v.minLength(1)),
  ),
  path_validation: v.optional(
    v.pipe(v.array(v.picklist(["valid", "invalid", "unknown"])), v.minLength(1)),
  ),
  peers: v.optional(texts),
});

const change = v.strictObject({
  local_preference: v.optional(u32),
  med: v.optional(u32),
  weight: v.optional(weight),
  remove_communities: v.optional(texts),
  add_communities: v.optional(texts),
  next_hop: v.optional(v.string()),
});

const rule = v.strictObject({
  name: v.optional(v.string()),
  match: v.optional(match, {}),
  set: v.optional(change, {}),
  action: v.optional(action),
});

/** The section's schema. */
export const policySchema = v.strictObject({
  prefix_lists: v.optional(v.record(v.string(), texts), {}),
  import: v.optional(v.array(rule), []),
  default: v.optional(action, "accept"),
});

/** A rule as it is written. */
export type PolicyRuleSection = v.InferOutput<typeof rule>;

/** Keys that a path into the section leads among. */
export function policyKeys(path: readonly (string | number)[]): string {
  const [, part, , inner] = path;
  if (path.length < 3 || part !== "import") return Object.keys(policySchema.entries).join(", ");
  const entries =
    path.length === 4 ? rule.entries : inner === "set" ? change.entries : match.entries;
  return Object.keys(entries).join(", ");
}
