/**
 * Scores: how near a slot stands to a next hop, the lower the nearer.
 *
 *   score(slot, hop) = -log2(u) / weight     u in (0, 1): drawn for slot and hop's identity
 *
 * The nearest of any set of hops is each of them with a probability that its weight gives, and
 * stays the nearest when others leave: weighted rendezvous. The identity is a keyed hash of what
 * the next hop is (identity-update.ts), so that all nodes under one key draw alike, and nobody
 * else can.
 *
 * The draw is that of SplitMix64, whose stream a slot gives the position in. -log2 is fixed point,
 * 26 bits behind the point: with u = 2^-(zeros + 1) * (1 + f) it is
 * zeros + (1 - f) * (1 - f * p(f)), p a cubic, which is off by less than 0.05 % everywhere, also
 * next to u = 1 where the nearest are. Scores are compared by cross products: a cost is below 2^32
 * and a weight below 2^31.
 * Cost: five multiplications for a draw and a bound, five more where the bound does not decide.
 * Sources: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators (2014); Schindelhauer
 * and Schomaker, Weighted Distributed Hash Tables (2005).
 */

const GAMMA: u64 = 0x9e3779b97f4a7c15;
const MIX1: u64 = 0xbf58476d1ce4e5b9;
const MIX2: u64 = 0x94d049bb133111eb;

/** Bits behind the point of f and p, and of a cost. */
const FRACTION_BITS: u64 = 30;
const COST_BITS: u64 = 26;
/** p(f) = P0 - f * (P1 - f * (P2 - f * P3)), fitted to (log2(1 + f) - f) / (f * (1 - f)). */
const P0: u64 = 474864304;
const P1: u64 = 288712201;
const P2: u64 = 161348511;
const P3: u64 = 48641844;
/** Just below the least value of 1 - f * p(f), which is that of f = 1. */
const SLOPE_MIN: u64 = 774880000;

/** Where a slot stands in the streams of all hops. */
export function scorePosition(slot: u32): u64 {
  return (<u64>slot + 1) * GAMMA;
}

/** The draw of a hop for a position: 64 bits, at least 2. */
export function scoreDraw(identity: u64, position: u64): u64 {
  let draw = identity + position;
  draw = (draw ^ (draw >>> 30)) * MIX1;
  draw = (draw ^ (draw >>> 27)) * MIX2;
  return (draw ^ (draw >>> 31)) | 2;
}

/** The 30 bits behind the leading one. */
function fractionOf(draw: u64, zeros: u64): u64 {
  return ((draw << zeros) << 1) >>> (64 - FRACTION_BITS);
}

/** No more than the cost of a draw, and quicker to have. */
export function scoreCostLeast(draw: u64): u64 {
  const zeros = clz<u64>(draw);
  const rest = ((<u64>1) << FRACTION_BITS) - fractionOf(draw, zeros);
  return (zeros << COST_BITS) + ((rest * SLOPE_MIN) >>> (2 * FRACTION_BITS - COST_BITS));
}

/** -log2 of a draw, as a fraction of 2^64; 1 to 2^32 - 1. */
export function scoreCost(draw: u64): u64 {
  const zeros = clz<u64>(draw);
  const f = fractionOf(draw, zeros);
  let p = P2 - ((f * P3) >>> FRACTION_BITS);
  p = P1 - ((f * p) >>> FRACTION_BITS);
  p = P0 - ((f * p) >>> FRACTION_BITS);
  const slope = ((<u64>1) << FRACTION_BITS) - ((f * p) >>> FRACTION_BITS);
  const rest = ((<u64>1) << FRACTION_BITS) - f;
  return (zeros << COST_BITS) + ((rest * slope) >>> (2 * FRACTION_BITS - COST_BITS)) + 1;
}
