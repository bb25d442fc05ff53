/** Empties the caches, so that the next call finds nothing of its table in them. */

import { thisMachine } from "./machine.ts";

/** For machines that do not tell how large their caches are. */
const CACHE_BYTES = 64 * 2 ** 20;
const LINE_BYTES = 64;

/** A call that walks and changes every line of a buffer twice the size of the largest cache. */
export function cacheEviction(): () => void {
  const bytes = 2 * (thisMachine().cache_bytes ?? CACHE_BYTES);
  const words = new Uint32Array(bytes / 4);
  return () => {
    for (let word = 0; word < words.length; word += LINE_BYTES / 4) {
      words[word] = (words[word] ?? 0) + 1;
    }
  };
}
