/**
 * node:net's BlockList: a list that is walked from end to end, asked with texts.
 *
 * It can only say whether an address is listed, so that is what it is asked: its digest is over 1
 * for listed and 0 for not, and ours over whether there is a route. A full table takes it tens of
 * milliseconds an address, so it answers the first few of the stream.
 */

import { BlockList } from "node:net";
import { addressText, addressTexts, BURST, type Rival, type RivalInput } from "./rival.ts";

const COUNT_MAX = 64;
const SAMPLE_LOOKUPS = 1;

/** The list of a table's prefixes. */
export function blockList(input: RivalInput): Rival {
  const { routes, stream, family } = input;
  const width = family === 4 ? 1 : 4;
  const kind = family === 4 ? "ipv4" : "ipv6";
  const count = Math.min(stream.length / (4 * width), COUNT_MAX);
  const texts = addressTexts(input, count);

  const residentBefore = process.memoryUsage.rss();
  const list = new BlockList();
  for (let row = 0; row < routes.count; row++) {
    const text = addressText(routes.words.subarray(row * width, (row + 1) * width));
    list.addSubnet(text, routes.lengths[row] ?? 0, kind);
  }
  const answers = new Uint32Array(BURST);
  return {
    name: "node:net BlockList",
    library: `Node ${process.versions.node}`,
    addresses: "as texts, written before the clock starts",
    answer: "listed",
    count,
    sampleLookups: SAMPLE_LOOKUPS,
    memoryBytes: Math.max(0, process.memoryUsage.rss() - residentBefore),
    entryBytes: 0,
    answers,
    lookup: (first, lookups) => {
      for (let i = 0; i < lookups; i++) {
        answers[i % BURST] = list.check(texts[first + i] ?? "", kind) ? 1 : 0;
      }
    },
  };
}
