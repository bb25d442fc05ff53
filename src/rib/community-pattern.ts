/** Patterns of communities, large ones too: `64500:100`, `64500:*`, `no-export`, `64500:1:*`. */

import type { AttributeSet } from "./attributes.ts";
import { parseCommunity } from "./communities.ts";

/** Parts of a community; undefined where any number will do. */
export interface CommunityPattern {
  /** As it was written. */
  readonly text: string;
  /** Two of 16 bits (RFC 1997), or three of 32 (RFC 8092). */
  readonly parts: readonly (number | undefined)[];
}

/** The communities of a route, of both kinds. */
export type RouteCommunities = Pick<AttributeSet, "communities" | "largeCommunities">;

/** The pattern that a text means; undefined for another text. */
export function parseCommunityPattern(text: string): CommunityPattern | undefined {
  const known = parseCommunity(text);
  if (known !== undefined) return { text, parts: [known >>> 16, known & 0xffff] };
  const words = text.split(":");
  const most = words.length === 2 ? 0xffff : 0xffff_ffff;
  const isPattern = words.every((word) => /^(\*|\d{1,10})$/.test(word));
  if (!isPattern || words.length < 2 || words.length > 3) return undefined;
  const parts = words.map((word) => (word === "*" ? undefined : Number(word)));
  return parts.some((part) => part !== undefined && part > most) ? undefined : { text, parts };
}

/** Whether a pattern means one community alone. */
export function isExact({ parts }: CommunityPattern): boolean {
  return !parts.includes(undefined);
}

/** Whether all communities that one pattern means are meant by another. */
export function patternCovers(outer: CommunityPattern, inner: CommunityPattern): boolean {
  return outer.parts.length === inner.parts.length && isMeant(outer, inner.parts);
}

/** Whether a route has a community that a pattern means. */
export function hasCommunity(route: RouteCommunities, pattern: CommunityPattern): boolean {
  if (pattern.parts.length === 2) {
    return route.communities.some((community) => isMeant(pattern, halves(community)));
  }
  return triples(route.largeCommunities).some((triple) => isMeant(pattern, triple));
}

/** The communities of a route without those that patterns mean. */
export function withoutCommunities(
  { communities, largeCommunities }: RouteCommunities,
  patterns: readonly CommunityPattern[],
): RouteCommunities {
  const isKept = (parts: readonly number[]): boolean =>
    !patterns.some((one) => one.parts.length === parts.length && isMeant(one, parts));
  return {
    communities: communities.filter((community) => isKept(halves(community))),
    largeCommunities: triples(largeCommunities).filter(isKept).flat(),
  };
}

/** The communities of a route, and behind them those of exact patterns that it lacks. */
export function withCommunities(
  route: RouteCommunities,
  patterns: readonly CommunityPattern[],
): RouteCommunities {
  const missing = patterns.filter((pattern) => !hasCommunity(route, pattern));
  const numbers = missing.map(({ parts }) => parts.map((part = 0) => part));
  const small = numbers.filter(({ length }) => length === 2);
  return {
    communities: [
      ...route.communities,
      ...small.map(([high = 0, low = 0]) => high * 0x10000 + low),
    ],
    largeCommunities: [
      ...route.largeCommunities,
      ...numbers.filter(({ length }) => length === 3).flat(),
    ],
  };
}

function isMeant({ parts }: CommunityPattern, numbers: readonly (number | undefined)[]): boolean {
  return parts.every((part, index) => part === undefined || part === numbers[index]);
}

function halves(community: number): readonly number[] {
  return [community >>> 16, community & 0xffff];
}

function triples(words: readonly number[]): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (let at = 0; at + 2 < words.length; at += 3) found.push(words.slice(at, at + 3));
  return found;
}
