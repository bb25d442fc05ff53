/** SipHash-c-d byte by byte, as its paper states it (Aumasson and Bernstein, 2012, section 2). */

const MASK = (1n << 64n) - 1n;

/** How many rounds follow a word, and how many the last one. */
export interface SipRounds {
  readonly compression: number;
  readonly finalisation: number;
}

/** The hash of a message under a key of 16 bytes. */
export function sipHash(key: Uint8Array, message: Uint8Array, rounds: SipRounds): bigint {
  const key0 = wordAt(key, 0);
  const key1 = wordAt(key, 8);
  let state: SipState = [
    key0 ^ wordAt(ascii("uespemos"), 0),
    key1 ^ wordAt(ascii("modnarod"), 0),
    key0 ^ wordAt(ascii("arenegyl"), 0),
    key1 ^ wordAt(ascii("setybdet"), 0),
  ];
  for (const word of messageWords(message)) {
    state = [state[0], state[1], state[2], state[3] ^ word];
    for (let round = 0; round < rounds.compression; round++) state = sipRound(state);
    state = [state[0] ^ word, state[1], state[2], state[3]];
  }
  state = [state[0], state[1], state[2] ^ 0xffn, state[3]];
  for (let round = 0; round < rounds.finalisation; round++) state = sipRound(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

type SipState = readonly [bigint, bigint, bigint, bigint];

function sipRound([a, b, c, d]: SipState): SipState {
  let [v0, v1, v2, v3] = [a, b, c, d];
  v0 = (v0 + v1) & MASK;
  v2 = (v2 + v3) & MASK;
  v1 = rotate(v1, 13n) ^ v0;
  v3 = rotate(v3, 16n) ^ v2;
  v0 = rotate(v0, 32n);
  v2 = (v2 + v1) & MASK;
  v0 = (v0 + v3) & MASK;
  v1 = rotate(v1, 17n) ^ v2;
  v3 = rotate(v3, 21n) ^ v0;
  v2 = rotate(v2, 32n);
  return [v0, v1, v2, v3];
}

function rotate(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & MASK;
}

/** Words of eight bytes; the last one ends in the length of the message, zeros before it. */
function messageWords(message: Uint8Array): readonly bigint[] {
  const padded = new Uint8Array(Math.floor(message.length / 8) * 8 + 8);
  padded.set(message);
  padded[padded.length - 1] = message.length & 255;
  return Array.from({ length: padded.length / 8 }, (_, index) => wordAt(padded, index * 8));
}

/** Eight bytes as a number, the first the least significant. */
function wordAt(bytes: Uint8Array, start: number): bigint {
  return bytes
    .subarray(start, start + 8)
    .reduce((word, byte, index) => word | (BigInt(byte) << BigInt(8 * index)), 0n);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
