/** npm longest-prefix-match: a binary trie of objects, asked with texts. */

import { npmPackage } from "./npm-package.ts";
import {
  addressText,
  addressTexts,
  BURST,
  heapBytes,
  type Rival,
  type RivalInput,
  type Skip,
} from "./rival.ts";

/** Of the package, what is used here. */
interface LongestPrefixMatch {
  addPrefix(prefix: string, group: number): void;
  /** What was added under the longest prefix that covers, in order; nothing where none does. */
  getMatch(prefix: string): readonly number[];
}

/** It answers about a quarter of a million addresses a second. */
const COUNT_MAX = 65_536;
const SAMPLE_LOOKUPS = 64;

/** Adds all routes but a /0, which it never finds; returns the group of that one, 0 for none. */
function fill(trie: LongestPrefixMatch, { family, routes }: RivalInput): number {
  const width = family === 4 ? 1 : 4;
  let fallback = 0;
  for (let row = 0; row < routes.count; row++) {
    const text = addressText(routes.words.subarray(row * width, (row + 1) * width));
    const length = routes.lengths[row] ?? 0;
    const group = routes.groups[row] ?? 0;
    if (length === 0) fallback = group;
    else trie.addPrefix(`${text}/${length}`, group);
  }
  return fallback;
}

/** The package over a table; a default route is answered where it finds nothing. */
export function longestPrefixMatch(input: RivalInput): Rival | Skip {
  const found = npmPackage("longest-prefix-match");
  if ("skip" in found) return found;
  // The package has no types; a version of another shape fails at its first call.
  const Trie = found.exports as new () => LongestPrefixMatch;
  const bits = input.family === 4 ? 32 : 128;
  const count = Math.min(input.stream.length / (bits / 8), COUNT_MAX);
  const hosts = addressTexts(input, count).map((text) => `${text}/${bits}`);

  const heapBefore = heapBytes();
  const trie = new Trie();
  const fallback = fill(trie, input);
  const answers = new Uint32Array(BURST);
  return {
    name: "npm longest-prefix-match",
    library: found.library,
    addresses: "as texts, written before the clock starts",
    answer: "group",
    count,
    sampleLookups: SAMPLE_LOOKUPS,
    memoryBytes: heapBytes() - heapBefore,
    entryBytes: 0,
    answers,
    lookup: (first, lookups) => {
      for (let i = 0; i < lookups; i++) {
        answers[i % BURST] = trie.getMatch(hosts[first + i] ?? "").at(-1) ?? fallback;
      }
    },
  };
}
