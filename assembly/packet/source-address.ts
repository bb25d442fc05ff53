/**
 * Which of a router's IPv6 addresses a packet of its own comes from (RFC 6724, 5), as the Linux
 * kernel chooses for ICMPv6 errors: rule 6, equal labels, then rule 8, the longest common prefix;
 * among equals the first interface.
 */

import {
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACE_IPV6,
  ROUTER_INTERFACE_IPV6_LENGTH,
  ROUTER_INTERFACES_MAX,
} from "../layout";

const LABEL_MATCHES: u32 = 256;

/**
 * Where the address stands that goes best with a destination (two halves in host order), among
 * those of the interface records at `interfaces`; 0 where there is none.
 */
export function sourceAddress6(interfaces: u32, high: u64, low: u64): u32 {
  const label = labelOf(high, low);
  let best: u32 = 0;
  let bestScore: u32 = 0;
  for (let number: u32 = 1; number < ROUTER_INTERFACES_MAX; number++) {
    const record = interfaces + number * ROUTER_INTERFACE_BYTES;
    const own = record + ROUTER_INTERFACE_IPV6;
    const ownHigh = bswap<u64>(load<u64>(own));
    const ownLow = bswap<u64>(load<u64>(own, 8));
    if ((ownHigh | ownLow) == 0) continue;
    const common = min<u32>(
      commonBits(ownHigh ^ high, ownLow ^ low),
      load<u8>(record, ROUTER_INTERFACE_IPV6_LENGTH),
    );
    const score: u32 = 1 + common + (labelOf(ownHigh, ownLow) == label ? LABEL_MATCHES : 0);
    if (score <= bestScore) continue;
    bestScore = score;
    best = own;
  }
  return best;
}

function commonBits(high: u64, low: u64): u32 {
  return <u32>(high != 0 ? clz<u64>(high) : 64 + clz<u64>(low));
}

/** The kernel's labels (net/ipv6/addrlabel.c), which are those of RFC 6724, 2.1, and older ones. */
function labelOf(high: u64, low: u64): u32 {
  const top = <u32>(high >>> 48);
  if (top == 0x2002) return 2;
  if (top >>> 9 == 0x7e) return 5;
  if (top >>> 6 == 0x3fb) return 11;
  if (top == 0x3ffe) return 12;
  const top32 = <u32>(high >>> 32);
  if (top32 == 0x20010000) return 6;
  if (top32 >>> 4 == 0x2001001) return 7;
  if (high != 0) return 1;
  if (low == 1) return 0;
  if (low >>> 32 == 0) return 3;
  return low >>> 32 == 0xffff ? 4 : 1;
}
