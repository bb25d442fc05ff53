/** The Internet checksum computed anew (RFC 1071), and the kernel's way to age it by one hop. */

/** One's complement of the one's complement sum of the 16-bit words of `bytes`. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/**
 * ip_decrease_ttl of the Linux kernel on a big-endian machine, where htons changes nothing:
 * `check += htons(0x0100); check + (check >= 0xFFFF)`.
 */
export function kernelAgedChecksum(checksum: number): number {
  const check = checksum + 0x0100;
  return (check + (check >= 0xffff ? 1 : 0)) & 0xffff;
}
