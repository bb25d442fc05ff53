/**
 * Targets by the bytes of the list of next hops that named them: a table repeats a few thousand
 * lists a million times, and none of them becomes a string twice.
 *
 * A list stands in one of the PROBES entries behind its hash (FNV-1a). Where these are taken, it
 * replaces the first of them, so that memory is bounded and a forgotten list costs time alone.
 */

const ENTRIES = 16_384;
const PROBES = 8;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

interface Entry {
  readonly list: Uint8Array;
  readonly family: 4 | 6;
  readonly target: number;
}

/** Index of the first entry that the list may stand in. */
function firstEntry(bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return (hash ^ (hash >>> 15)) & (ENTRIES - 1);
}

function isSame(list: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (list.length !== end - start) return false;
  for (let index = 0; index < list.length; index++) {
    if (list[index] !== bytes[start + index]) return false;
  }
  return true;
}

/** Remembers lists and where they lead, which may differ between the families of prefixes. */
export class NextHopCache {
  readonly #entries = new Array<Entry | undefined>(ENTRIES + PROBES);

  /** Target of the list in `bytes` from `start` to `end`, -1 where it is not known. */
  find(bytes: Uint8Array, start: number, end: number, family: 4 | 6): number {
    const first = firstEntry(bytes, start, end);
    for (let probe = 0; probe < PROBES; probe++) {
      const entry = this.#entries[first + probe];
      if (entry === undefined) return -1;
      if (entry.family === family && isSame(entry.list, bytes, start, end)) return entry.target;
    }
    return -1;
  }

  /** Remembers where `list`, which `find` does not know, leads; keeps the array. */
  keep(list: Uint8Array, family: 4 | 6, target: number): void {
    const first = firstEntry(list, 0, list.length);
    let free = first;
    while (free < first + PROBES && this.#entries[free] !== undefined) free++;
    this.#entries[free < first + PROBES ? free : first] = { list, family, target };
  }
}
