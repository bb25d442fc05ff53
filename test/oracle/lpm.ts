/** Longest-prefix match by its definition: the longest of the prefixes that cover an address. */

/** A prefix and what stands behind it; `address` has no bits beyond `length`. */
export interface OracleRoute {
  readonly address: bigint;
  readonly length: number;
  /** Group id, 0 to withdraw. */
  readonly group: number;
}

/** The answer for an address. */
export interface OracleMatch {
  readonly group: number;
  readonly length: number;
}

/** A table of either family: a map for each prefix length, asked from the longest on. */
export class LpmOracle {
  readonly #width: number;
  readonly #groups: readonly Map<bigint, number>[];

  /** `width`: bits of an address, 32 or 128. */
  constructor(width: number) {
    this.#width = width;
    this.#groups = Array.from({ length: width + 1 }, () => new Map<bigint, number>());
  }

  /** Routes held. */
  get size(): number {
    return this.#groups.reduce((sum, { size }) => sum + size, 0);
  }

  /** Gives a prefix a group, or withdraws it; returns the group that it had, 0 for none. */
  exchange({ address, length, group }: OracleRoute): number {
    const groups = this.#groups[length] ?? new Map<bigint, number>();
    const bits = this.#bits(address, length);
    const before = groups.get(bits) ?? 0;
    if (group === 0) groups.delete(bits);
    else groups.set(bits, group);
    return before;
  }

  /** The longest prefix that covers an address. */
  match(address: bigint): OracleMatch | undefined {
    for (let length = this.#width; length >= 0; length--) {
      const groups = this.#groups[length];
      if (groups === undefined || groups.size === 0) continue;
      const group = groups.get(this.#bits(address, length));
      if (group !== undefined) return { group, length };
    }
    return undefined;
  }

  #bits(address: bigint, length: number): bigint {
    return address >> BigInt(this.#width - length);
  }
}
