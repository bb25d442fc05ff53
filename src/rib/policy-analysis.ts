/**
 * Rules of a policy that can never match: what a rule asks for cannot be, or a rule in front of it
 * has ended the matter for all that it could match.
 *
 * What is found is so; not all that is so is found: a rule that several others cover together, each
 * in part, is not.
 */

import { patternCovers } from "./community-pattern.ts";
import type { Policy, PolicyRule, RouteMatch } from "./policy.ts";

/** A rule that matches nothing. */
export interface DeadRule {
  /** Of the policy's rules. */
  readonly index: number;
  readonly why: string;
}

/** What of routes is validated at all. */
export interface Validated {
  readonly origins: boolean;
  readonly paths: boolean;
}

/** Finds rules that can never match. */
export function deadRules({ rules }: Policy, validated: Validated): readonly DeadRule[] {
  return rules.flatMap((rule, index) => {
    const why = impossibility(rule.match, validated) ?? coverage(rules, index);
    return why === undefined ? [] : [{ index, why }];
  });
}

/** What of a match no route has. */
function impossibility(
  { asPath, validation, pathValidation }: RouteMatch,
  validated: Validated,
): string | undefined {
  if (asPath !== undefined && !asPath.canMatch) return `no path matches ${asPath.text}`;
  if (validation !== undefined && !validated.origins) {
    return "routes are not validated without the section rpki, or --rpki";
  }
  if (pathValidation === undefined || validated.paths) return undefined;
  return "paths are not validated without the ASPAs of rpki.vrp_file, or --rpki";
}

/** The first rule in front that leaves nothing to match. */
function coverage(rules: readonly PolicyRule[], index: number): string | undefined {
  const inner = rules[index];
  if (inner === undefined) return undefined;
  const outer = rules.slice(0, index).find((rule, before) => {
    if (rule.action === undefined) return false;
    // Rules between them may add the communities that the one in front looks for.
    const areChanged = rules
      .slice(before + 1, index)
      .some(({ action, change }) => action === undefined && changesCommunities(change));
    return covers(rule.match, inner.match, areChanged);
  });
  return outer === undefined ? undefined : `${outer.name} ends all that it could match`;
}

function changesCommunities({ addCommunities, removeCommunities }: PolicyRule["change"]): boolean {
  return addCommunities !== undefined || removeCommunities !== undefined;
}

/** Whether all that one match takes is taken by another. */
function covers(outer: RouteMatch, inner: RouteMatch, areCommunitiesChanged: boolean): boolean {
  const { prefixes, asPath, communities, validation, pathValidation: paths, peers } = outer;
  if (prefixes && !(inner.prefixes && prefixes.covers(inner.prefixes))) return false;
  if (asPath && asPath.text !== inner.asPath?.text) return false;
  if (validation && !inner.validation?.every((state) => validation.includes(state))) return false;
  if (paths && !inner.pathValidation?.every((state) => paths.includes(state))) return false;
  if (peers && !(inner.peers && [...inner.peers].every((peer) => peers.has(peer)))) return false;
  if (communities === undefined) return true;
  if (areCommunitiesChanged || inner.communities === undefined) return false;
  return inner.communities.every((pattern) =>
    communities.some((one) => patternCovers(one, pattern)),
  );
}
