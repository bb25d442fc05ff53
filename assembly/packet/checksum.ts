/** The Internet checksum: verified and computed (RFC 1071), and patched by parts (RFC 1624). */

/** Whether the header of `bytes` (a multiple of 4, from 20) at `header` sums up to what it must. */
export function checksumIsValid(header: u32, bytes: u32): bool {
  // One's complement sums are the same in either byte order, so words are added as they are. The
  // first five are there always.
  let sum =
    <u64>load<u32>(header) +
    <u64>load<u32>(header, 4) +
    <u64>load<u32>(header, 8) +
    <u64>load<u32>(header, 12) +
    <u64>load<u32>(header, 16);
  for (let offset: u32 = 20; offset < bytes; offset += 4) sum += load<u32>(header + offset);
  sum = (sum & 0xffffffff) + (sum >>> 32);
  let folded = <u32>(sum & 0xffff) + <u32>(sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return (folded & 0xffff) + (folded >>> 16) == 0xffff;
}

/**
 * The checksum after one 16-bit word of the header changed: HC' = ~(~HC + ~m + m') (RFC 1624, 3).
 * All three are in host order. Example: HC 0xfeff, TTL word 0x4011 to 0x3f11:
 * 0x0100 + 0xbfee + 0x3f11 = 0xffff, so HC' is 0x0000.
 */
export function checksumPatch(checksum: u32, before: u32, after: u32): u32 {
  let sum = (~checksum & 0xffff) + (~before & 0xffff) + after;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * What checksumPatch gives where the TTL went down by one, in the byte order of a little-endian
 * load: the TTL is the upper byte of its word, so that HC' is HC + 0x0100 in one's complement, and
 * as it is loaded HC + 1. Example: 0xfffe, 0xfeff on the wire, becomes 0x0000. Bits above the 16
 * count for nothing.
 */
export function checksumIncrease(loaded: u32): u32 {
  const sum = loaded + 1;
  return sum + <u32>(sum >= 0xffff);
}

/**
 * Adds `bytes` from `address` on to a sum of words as they are loaded; an odd last byte stands
 * before a zero. Packets are short enough for a u64 never to overflow.
 */
export function checksumAdd(start: u64, address: u32, bytes: u32): u64 {
  let sum = start;
  let at = address;
  const whole = address + (bytes & ~3);
  for (; at < whole; at += 4) sum += load<u32>(at);
  if (bytes & 2) {
    sum += load<u16>(at);
    at += 2;
  }
  return bytes & 1 ? sum + load<u8>(at) : sum;
}

/** The checksum of what was added, as it is to be stored: in the order of the loaded words. */
export function checksumOf(sum: u64): u32 {
  let folded = (sum & 0xffffffff) + (sum >>> 32);
  folded = (folded & 0xffff) + (folded >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return ~(<u32>folded) & 0xffff;
}
