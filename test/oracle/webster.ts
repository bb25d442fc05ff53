/** Webster's apportionment by its definition: one slot at a time to the largest quotient. */

/**
 * Slots that each weight is due of `slots`: every slot goes to the largest weight / (2 quota + 1),
 * ties to the earlier one (Balinski and Young, "Fair Representation", 1982). Weights of 16 bits
 * and 2^17 slots give cross products below 2^35, so plain numbers compare them exactly.
 */
export function websterQuotas(weights: readonly number[], slots: number): readonly number[] {
  const quotas = weights.map(() => 0);
  for (let slot = 0; slot < slots; slot++) {
    let best = 0;
    for (let other = 1; other < weights.length; other++) {
      if (precedes(weights, quotas, other, best)) best = other;
    }
    quotas[best] = (quotas[best] ?? 0) + 1;
  }
  return quotas;
}

function precedes(
  weights: readonly number[],
  quotas: readonly number[],
  first: number,
  second: number,
): boolean {
  const left = (weights[first] ?? 0) * (2 * (quotas[second] ?? 0) + 1);
  const right = (weights[second] ?? 0) * (2 * (quotas[first] ?? 0) + 1);
  return left > right;
}
