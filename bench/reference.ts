/** The frozen reference of updates and rivals: a loop that never changes. */

import type { Contender } from "./contender.ts";
import { timedTurn } from "./timing.ts";

/** As results name it. */
export const REFERENCE_NAME = "walk";

const STEPS = 65_536;
const WORDS = 4096;

/**
 * A walk of dependent reads through 16 KiB, which no neighbour's use of the larger caches disturbs:
 * a step is a multiplication and a read that waits for it. Frozen: published ratios refer to it.
 */
export function referenceContender(): Contender {
  const words = Uint32Array.from({ length: WORDS }, (_, i) => Math.imul(i, 0x9e3779b1));
  const walk = (): number => {
    let state = 1;
    for (let step = 0; step < STEPS; step++) {
      state = (Math.imul(state, 0x343fd) + 0x269ec3 + (words[state >>> 20] ?? 0)) | 0;
    }
    return state;
  };
  const work = { call: () => void walk(), operations: STEPS };
  return {
    name: REFERENCE_NAME,
    details: {
      memoryBytes: words.byteLength,
      entryBytes: 4,
      outputBytes: 0,
      hugePages: false,
      note: `JavaScript, V8 ${process.versions.v8}`,
    },
    turn: async (seconds) => timedTurn(work, seconds),
    digest: async () => (walk() >>> 0).toString(16),
    close: async () => {},
  };
}
