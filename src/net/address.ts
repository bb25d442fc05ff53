/** IPv4 and IPv6 addresses as values: parsing, comparing, printing (RFC 4291, RFC 5952, RFC 4007). */

/** An IPv4 address: a u32 in host order. */
export interface Address4 {
  readonly family: 4;
  readonly value: number;
}

/** An IPv6 address: two u64 in host order; the zone belongs to a link-local address (RFC 4007). */
export interface Address6 {
  readonly family: 6;
  readonly high: bigint;
  readonly low: bigint;
  readonly zone?: string;
}

export type Address = Address4 | Address6;
