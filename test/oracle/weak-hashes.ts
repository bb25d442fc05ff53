/** Hashes that others use for flows, with a secret each: what is learnt by watching them? */

import type { FlowTuple } from "../../src/engine/flow-record.ts";

/** An IPv4 flow as four u32: addresses, both ports, protocol. */
export function flowWords(flow: FlowTuple): readonly [number, number, number, number] {
  const { source, destination, protocol, ports = { source: 0, destination: 0 } } = flow;
  if (source.family === 6 || destination.family === 6) throw new Error("an IPv4 flow is wanted");
  return [
    source.value,
    destination.value,
    ((ports.source << 16) | ports.destination) >>> 0,
    protocol,
  ];
}

/** CRC-32C (Castagnoli), bit by bit, from a secret start over the 16 bytes of the words. */
export function crc32c(start: number): (flow: FlowTuple) => number {
  return (flow) => {
    let crc = start;
    for (const word of flowWords(flow)) {
      for (let shift = 24; shift >= 0; shift -= 8)
        crc = (CRC_STEPS[(crc ^ (word >>> shift)) & 255] ?? 0) ^ (crc >>> 8);
    }
    return crc >>> 0;
  };
}

const CRC_STEPS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** Multiply-shift for vectors (Dietzfelbinger 1996): secret multipliers and summand, top bits. */
export function multiplyShift(secrets: readonly number[]): (flow: FlowTuple) => number {
  return (flow) => {
    const [summand = 0, ...multipliers] = secrets;
    const products = flowWords(flow).map((word, i) => Math.imul(word, multipliers[i] ?? 0));
    return products.reduce((sum, product) => (sum + product) | 0, summand) >>> 0;
  };
}
