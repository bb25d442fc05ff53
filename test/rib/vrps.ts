/** VRPs and routes as tests write or draw them. */

import { type PrefixCells, prefixCells } from "../../src/net/bytes.ts";
import { parsePrefix, prefixToCells } from "../../src/net/prefix.ts";
import { VrpChanges } from "../../src/rib/origin-validation.ts";
import type { ModelRoute, ModelVrp } from "../oracle/origin-model.ts";
import type { Random } from "../oracle/random.ts";

/** The words of an address. */
export function wordsOf(family: 4 | 6, address: bigint): Uint32Array {
  if (family === 4) return Uint32Array.of(Number(address), 0, 0, 0);
  return Uint32Array.from([96n, 64n, 32n, 0n], (shift) => Number((address >> shift) & 0xffffffffn));
}

/** The prefix of a route. */
export function cellsOf({ family, address, length }: ModelRoute): PrefixCells {
  return { family, length, words: wordsOf(family, address) };
}

/** The prefix that a test wrote. */
export function prefixOf(text: string): PrefixCells {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  const cells = prefixCells();
  prefixToCells(parsed.prefix, cells);
  return cells;
}

/** Adds a VRP to changes. */
export function addTo(changes: VrpChanges, vrp: ModelVrp, isAnnounced = true): void {
  const row = { ...vrp, words: wordsOf(vrp.family, vrp.address) };
  if (isAnnounced) changes.announce(vrp.family, row);
  else changes.withdraw(vrp.family, row);
}

/** `PREFIX-MAXLENGTH AS` of each line, announced. */
export function changesOf(...lines: readonly string[]): VrpChanges {
  const changes = new VrpChanges();
  for (const line of lines) {
    const [, prefix = "", max = "", as = ""] = line.match(/^(\S+)-(\d+) (\d+)$/) ?? [];
    const { family, length, words } = prefixOf(prefix);
    changes.announce(family, { words, length, maxLength: Number(max), as: Number(as) });
  }
  return changes;
}

/** A prefix in a crowded place, so that prefixes cover and repeat each other. */
export function drawRoute(random: Random): ModelRoute {
  const family = random.below(2) === 0 ? 4 : 6;
  const width = family === 4 ? 32 : 128;
  const length = random.below(8) === 0 ? random.below(width + 1) : random.below(width / 2 + 1);
  let address = 0n;
  for (let bit = 0; bit < length; bit++) {
    // Few bits differ, and those at either end of words do.
    const isSet = [0, 2, 15, 16, 31, 32, 33, 63, 64].includes(bit) && random.below(2) === 0;
    if (isSet) address |= 1n << BigInt(width - 1 - bit);
  }
  return { family, address, length, as: random.below(4) };
}

/** A VRP in the same place. */
export function drawVrp(random: Random): ModelVrp {
  const route = drawRoute(random);
  const room = (route.family === 4 ? 32 : 128) - route.length;
  return { ...route, maxLength: route.length + random.below(Math.min(room, 4) + 1) };
}
