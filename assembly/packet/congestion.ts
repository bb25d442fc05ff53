/**
 * Congestion marks where a tunnel ends (RFC 6040, 4.2): what the packet inside is marked with.
 *
 *   inside \ outside   Not-ECT    ECT(0)     ECT(1)     CE
 *   Not-ECT            Not-ECT    Not-ECT    Not-ECT    drop
 *   ECT(0)             ECT(0)     ECT(0)     ECT(1)     CE
 *   ECT(1)             ECT(1)     ECT(1)     ECT(1)     CE
 *   CE                 CE         CE         CE         CE
 */

import { checksumPatch } from "./checksum";

const ECN_MASK: u32 = 3;
const NOT_ECT: u32 = 0;
const ECT1: u32 = 1;
const ECT0: u32 = 2;
const CE: u32 = 3;
/** Of an IPv6 header, where its second byte begins with the mark. */
const SHIFT6: u32 = 4;

/** The mark of the packet at `network`. */
export function markOf(network: u32, family: u32): u32 {
  const second = <u32>load<u8>(network, 1);
  return (family == 4 ? second : second >>> SHIFT6) & ECN_MASK;
}

/** Marks the packet inside by the outer mark; false where it must be dropped. */
export function markInner(network: u32, family: u32, outer: u32): bool {
  const inner = markOf(network, family);
  if (inner == NOT_ECT) return outer != CE;
  if (outer == CE) markStore(network, family, inner, CE);
  else if (outer == ECT1 && inner == ECT0) markStore(network, family, inner, ECT1);
  return true;
}

/** The IPv4 header's checksum follows. */
function markStore(network: u32, family: u32, before: u32, after: u32): void {
  const second = <u32>load<u8>(network, 1);
  if (family == 6) {
    store<u8>(network, <u8>(second ^ ((before ^ after) << SHIFT6)), 1);
    return;
  }
  const changed = second ^ before ^ after;
  store<u8>(network, <u8>changed, 1);
  const checksum = <u32>bswap<u16>(load<u16>(network, 10));
  store<u16>(network, bswap<u16>(<u16>checksumPatch(checksum, second, changed)), 10);
}
