/** The section `best_path` of a configuration: its form, and the decision that it means. */

import * as v from "valibot";
import { AnyfibError } from "../net/errors.ts";
import { parsePrefix } from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import { MULTIPATH_MAX } from "../rib/best-path.ts";
import { parseCommunity } from "../rib/communities.ts";
import { IgpCosts } from "../rib/igp-costs.ts";
import type { ChoiceOptions } from "../sources/route-chooser.ts";

/** Asks to drop what goes to its prefix (RFC 7999, 5). */
const BLACKHOLE = 0xffff_029a;

const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));

/** The section's schema. */
export const decisionSchema = v.strictObject({
  local_as: v.optional(u32),
  always_compare_med: v.optional(v.boolean(), false),
  missing_med: v.optional(v.picklist(["best", "worst"]), "best"),
  prefer_oldest: v.optional(v.boolean(), false),
  multipath: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MULTIPATH_MAX)),
    1,
  ),
  multipath_relax: v.optional(v.boolean(), false),
  igp_costs: v.optional(v.record(v.string(), u32)),
  next_hops: v.optional(v.picklist(["as_given", "resolved"]), "as_given"),
  next_hop_tables: v.optional(v.array(v.string()), []),
  blackhole_community: v.optional(v.boolean(), false),
  blackhole_communities: v.optional(v.array(v.string()), []),
  blackhole_sources: v.optional(v.boolean(), false),
});

/** The section's keys. */
export const DECISION_KEYS: string = Object.keys(decisionSchema.entries).join(", ");

/** A configuration, as far as this section goes. */
export interface DecisionFile {
  readonly config: { readonly best_path?: v.InferOutput<typeof decisionSchema> | undefined };
  readonly where: (path: readonly (string | number)[]) => string;
}

/** The communities that make a route a blackhole. */
function blackholesOf(
  section: v.InferOutput<typeof decisionSchema>,
  where: DecisionFile["where"],
): readonly number[] {
  const named = section.blackhole_communities.map((text, index) => {
    const community = parseCommunity(text);
    if (community !== undefined) return community;
    throw new AnyfibError({
      code: "CONFIG",
      what: `${quoted(text)} is no community`,
      where: where(["best_path", "blackhole_communities", index]),
      hint: "write 64500:666, or a well-known name",
    });
  });
  return section.blackhole_community ? [BLACKHOLE, ...named] : named;
}

/** How routes are chosen, as a configuration says. Throws CONFIG with the place. */
export function configChoice({ config, where }: DecisionFile): Omit<ChoiceOptions, "imports"> {
  const section = config.best_path;
  if (section === undefined) return {};
  const { local_as, igp_costs } = section;
  const costs = Object.entries(igp_costs ?? {}).map(([text, cost]) => {
    const parsed = parsePrefix(text);
    if (parsed !== undefined && !parsed.hadHostBits) return { prefix: parsed.prefix, cost };
    throw new AnyfibError({
      code: "CONFIG",
      what: `${quoted(text)} is no prefix`,
      where: where(["best_path", "igp_costs", text]),
      hint: parsed === undefined ? "write 192.0.2.0/24" : "clear its host bits",
    });
  });
  return {
    decision: {
      alwaysCompareMed: section.always_compare_med,
      missingMedWorst: section.missing_med === "worst",
      preferOldest: section.prefer_oldest,
      multipath: section.multipath,
      multipathRelax: section.multipath_relax,
    },
    ...(local_as === undefined ? {} : { localAs: local_as }),
    ...(igp_costs === undefined ? {} : { igpCosts: new IgpCosts(costs) }),
    blackholes: blackholesOf(section, where),
    dropsSources: section.blackhole_sources,
  };
}
