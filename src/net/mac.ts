/** Ethernet addresses as values. */

/** Six bytes as they stand on the wire. */
export type Mac = readonly [number, number, number, number, number, number];
