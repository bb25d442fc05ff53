/** Ethernet addresses as values. */

/** Six bytes as they stand on the wire. */
export type Mac = readonly [number, number, number, number, number, number];

const MAC = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i;

/** Reads six pairs of hexadecimal digits, all joined by `:` or all by `-`; undefined otherwise. */
export function parseMac(text: string): Mac | undefined {
  if (!MAC.test(text)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = text
    .split(/[:-]/)
    .map((pair) => Number.parseInt(pair, 16));
  return [a, b, c, d, e, f];
}

/** Pairs of lower-case digits joined by `:`. */
export function formatMac(mac: Mac): string {
  return mac.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
