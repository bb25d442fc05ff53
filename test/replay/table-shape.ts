/** Measures tables: lengths, nesting and clusters of their prefixes. */

const LENGTH_MASK = 0xffn;

/** What a table is compared by. */
export interface Shape {
  /** Parts of the table by length, 0 to 64. */
  readonly lengths: readonly number[];
  /** Parts of the table that 0, 1, 2, 3 or more prefixes cover. */
  readonly depths: readonly number[];
  /** Part of the prefixes whose next neighbour of their length is there too. */
  readonly neighbours: number;
  /** Stretches of so many bits that prefixes longer than them, or as long, lie in. */
  stretches(bits: number): number;
}

/** Measures a table of prefix keys, which are in order. */
export function shapeOf(keys: BigUint64Array): Shape {
  const lengths = new Array<number>(65).fill(0);
  const depths = [0, 0, 0, 0];
  const open: bigint[] = [];
  const known = new Set(keys);
  let neighbours = 0;
  const part = 1 / keys.length;
  for (const key of keys) {
    const length = key & LENGTH_MASK;
    const isInside = (cover: bigint) => (key ^ cover) >> (64n - (cover & LENGTH_MASK)) === 0n;
    while (open.length > 0 && !isInside(open.at(-1) ?? 0n)) open.pop();
    const depth = Math.min(open.length, 3);
    depths[depth] = (depths[depth] ?? 0) + part;
    lengths[Number(length)] = (lengths[Number(length)] ?? 0) + part;
    if (known.has(key + (1n << (64n - length)))) neighbours += part;
    open.push(key);
  }
  const stretches = (bits: number): number => {
    const inside = keys.filter((key) => Number(key & LENGTH_MASK) >= bits);
    return new Set(Array.from(inside, (key) => key >> BigInt(64 - bits))).size;
  };
  return { lengths, depths, neighbours, stretches };
}
