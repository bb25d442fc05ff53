/** The book of flows against a plain map, through growth. */

import { expect, it } from "vitest";
import { FlowBook } from "../../src/replay/flow-book.ts";
import { seededRandom } from "../oracle/random.ts";

it("finds what was entered, with all that is known of it, and nothing else", () => {
  const random = seededRandom(3);
  const book = new FlowBook();
  const known = new Map<string, number>();
  for (let i = 0; i < 40_000; i++) {
    // Few upper words, so that flows crowd.
    const [low, high] = [random.below(2 ** 32), random.below(3000) * 7];
    const key = `${low} ${high}`;
    expect(book.find(low, high) >= 0).toBe(known.has(key));
    if (known.has(key)) continue;
    const cell = book.enter(low, high, 8 + (i % 100));
    book.hops[cell] = i % 60_000;
    book.events[cell] = i % 7;
    book.judged[cell] = i % 2;
    known.set(key, i);
  }
  expect(book.count).toBe(known.size);
  expect(book.groups.filter((group) => group !== 0)).toHaveLength(known.size);
  for (const [key, i] of known) {
    const [low = 0, high = 0] = key.split(" ").map(Number);
    const cell = book.find(low, high);
    const { groups, hops, events, judged, hashLows } = book;
    const found = [hashLows[cell], groups[cell], hops[cell], events[cell], judged[cell]];
    expect(found).toEqual([low, 8 + (i % 100), i % 60_000, i % 7, i % 2]);
  }
  expect(book.lostPackets).toBe(0);
});
