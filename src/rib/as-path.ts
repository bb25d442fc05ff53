/** Paths of ASes: how long they are, where they start, how they are written. */

import type { AsPath, PathSegment } from "./attributes.ts";

/** The origin of a path that names no one AS. AS 0 is nobody's (RFC 7607). */
export const NO_ORIGIN = 0;

/** What stands around the ASes of a segment, and between them. */
const SIGNS = {
  sequence: ["", " ", ""],
  set: ["{", ",", "}"],
  confed_sequence: ["(", " ", ")"],
  confed_set: ["[", ",", "]"],
} as const;

/** ASes that a segment counts for: a set for one, confederations for none (RFC 5065 5.3). */
export function segmentLength({ kind, asns }: PathSegment): number {
  if (kind === "sequence") return asns.length;
  return kind === "set" ? 1 : 0;
}

/** The length of a path as the decision compares it (RFC 4271 section 9.1.2.2 a). */
export function pathLength(path: AsPath): number {
  let length = 0;
  for (const segment of path) length += segmentLength(segment);
  return length;
}

/**
 * The AS that originates the route: the last one where the path ends in a sequence, otherwise
 * NO_ORIGIN (RFC 6811 section 2).
 */
export function pathOrigin(path: AsPath): number {
  const last = path.at(-1);
  return last?.kind === "sequence" ? (last.asns.at(-1) ?? NO_ORIGIN) : NO_ORIGIN;
}

/** `64500 64501 {64502,64503}`: sets in braces, confederations in parentheses and brackets. */
export function formatPath(path: AsPath): string {
  return path
    .map(({ kind, asns }) => {
      const [open, between, close] = SIGNS[kind];
      return `${open}${asns.join(between)}${close}`;
    })
    .join(" ");
}
