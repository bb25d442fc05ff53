/** Bytes that are almost right: some of them changed, taken out, doubled or cut off. */

import type { Random } from "./random.ts";

/** A copy with up to four changes; one in eight is cut as well. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  // Not its slice: that of a Buffer shares its bytes.
  const copy = Uint8Array.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(copy.length);
    const kind = random.below(4);
    if (kind === 0) copy[at] = random.below(256);
    else if (kind === 1) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    else if (kind === 2) copy.copyWithin(at, random.below(copy.length), copy.length);
    // What lengths and types are at their ends.
    else copy[at] = [0, 1, 127, 255][random.below(4)] ?? 0;
  }
  return random.below(8) === 0 ? copy.subarray(0, random.below(copy.length)) : copy;
}
