/** The flow hash as the header says it: keys, the function, and the fields that count. */

import {
  FLOW_KEY_BYTES,
  HASH_KEYS,
  HASH_KEYS_BYTES,
  HASH_MASKED,
  HASH_MULTILINEAR,
  HASH_NIBBLES,
  HASH_SIPHASH,
  HASH_SYMMETRIC,
  HASH_TOEPLITZ,
  HASH_WITH_LABEL,
  HEADER,
  HEADER_CLOCK,
  HEADER_FLOW_KEY,
  HEADER_FLOW_KEYS,
  HEADER_HASH_ADDRESSES4,
  HEADER_HASH_ALGORITHM,
  HEADER_HASH_DESTINATION6,
  HEADER_HASH_OPTIONS,
  HEADER_HASH_REGION,
  HEADER_HASH_REST,
  HEADER_HASH_SOURCE6,
  HEADER_KEY0,
  HEADER_OTHER_KEY,
  HEADER_PIN_WINDOW,
  HEADER_REHEARSES,
  HEADER_ROTATED,
  HEADER_SCORE_KEY0,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** The keys of the packet path. */
export interface EngineKeys {
  /** Key of SipHash, 16 bytes. */
  readonly flow: Uint8Array;
  /** Key of the scores by which slots choose next hops, 16 bytes. */
  readonly score: Uint8Array;
  /** Keys of the multilinear hash, 96 bytes; all zero unless given. */
  readonly multilinear?: Uint8Array;
  /** Key of the Toeplitz hash, 40 bytes; all zero unless given. */
  readonly toeplitz?: Uint8Array;
}

/** Functions of the flow hash. */
export type HashAlgorithm = "siphash-1-3" | "multilinear" | "toeplitz";

/** Fields that may count. */
export type HashField = "src" | "dst" | "proto" | "sport" | "dport" | "flow_label";

/** Which function of which fields. */
export interface HashSettings {
  readonly algorithm: HashAlgorithm;
  readonly fields: readonly HashField[];
  /** Both directions of a flow hash alike. */
  readonly symmetric: boolean;
}

/** SipHash-1-3 of the 5-tuple. */
export const DEFAULT_HASH: HashSettings = {
  algorithm: "siphash-1-3",
  fields: ["src", "dst", "proto", "sport", "dport"],
  symmetric: false,
};

const KEY_BYTES = 16;
const TOEPLITZ_KEY_BYTES = 40;
/** All zero. */
export const ZERO_KEYS: EngineKeys = {
  flow: new Uint8Array(KEY_BYTES),
  score: new Uint8Array(KEY_BYTES),
};

const ALGORITHMS = {
  "siphash-1-3": HASH_SIPHASH,
  multilinear: HASH_MULTILINEAR,
  toeplitz: HASH_TOEPLITZ,
} as const;

/** Bits of the message's last word, and of an IPv4 flow's first one. */
const SOURCE4_BITS = 0x00000000ffffffffn;
const DESTINATION4_BITS = 0xffffffff00000000n;
const ADDRESS_BITS = 0xffffffffffffffffn;
const SOURCE_PORT_BITS = 0x000000ffffn;
const DESTINATION_PORT_BITS = 0x00ffff0000n;
const PROTOCOL_BITS = 0xff00000000n;

/** Half bytes of a Toeplitz message, and values of each. */
const NIBBLES = 72;
const NIBBLE_VALUES = 16;

function checkKey(key: Uint8Array, bytes: number): Uint8Array {
  if (key.length === bytes) return key;
  throw new AnyfibError({
    code: "USAGE",
    what: `a derived key has ${key.length} bytes`,
    hint: `give ${bytes} bytes`,
    detail: { bytes: key.length },
  });
}

/** Writes keys and settings into the header and the hash region, before the first packet. */
export function writeHash(
  memory: WebAssembly.Memory,
  plan: MemoryPlan,
  keys: EngineKeys,
  settings: HashSettings,
): void {
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const { multilinear, toeplitz } = keys;
  bytes.set(checkKey(keys.flow, KEY_BYTES), HEADER + HEADER_KEY0);
  bytes.set(keys.flow, HEADER + HEADER_FLOW_KEYS);
  view.setUint32(HEADER + HEADER_FLOW_KEY, HEADER + HEADER_FLOW_KEYS, true);
  view.setUint32(HEADER + HEADER_OTHER_KEY, HEADER + HEADER_FLOW_KEYS, true);
  bytes.set(checkKey(keys.score, KEY_BYTES), HEADER + HEADER_SCORE_KEY0);
  if (multilinear) bytes.set(checkKey(multilinear, HASH_KEYS_BYTES), plan.hash + HASH_KEYS);
  if (toeplitz)
    writeNibbles(view, plan.hash + HASH_NIBBLES, checkKey(toeplitz, TOEPLITZ_KEY_BYTES));
  const { fields, symmetric } = settings;
  const mask = (field: HashField, bits: bigint): bigint => (fields.includes(field) ? bits : 0n);
  const addresses4 = mask("src", SOURCE4_BITS) | mask("dst", DESTINATION4_BITS);
  const ports = mask("sport", SOURCE_PORT_BITS) | mask("dport", DESTINATION_PORT_BITS);
  const label = fields.includes("flow_label") ? HASH_WITH_LABEL : 0;
  view.setUint32(HEADER + HEADER_HASH_ALGORITHM, ALGORITHMS[settings.algorithm], true);
  const all = DEFAULT_HASH.fields.every((field) => fields.includes(field)) ? 0 : HASH_MASKED;
  const options = label | all | (symmetric ? HASH_SYMMETRIC : 0);
  view.setUint32(HEADER + HEADER_HASH_OPTIONS, options, true);
  view.setUint32(HEADER + HEADER_HASH_REGION, plan.hash, true);
  view.setBigUint64(HEADER + HEADER_HASH_ADDRESSES4, addresses4, true);
  view.setBigUint64(HEADER + HEADER_HASH_SOURCE6, mask("src", ADDRESS_BITS), true);
  view.setBigUint64(HEADER + HEADER_HASH_DESTINATION6, mask("dst", ADDRESS_BITS), true);
  view.setBigUint64(HEADER + HEADER_HASH_REST, ports | mask("proto", PROTOCOL_BITS), true);
}

/** The seconds until a rotation is over, and the key before it forgotten; 0 where none goes on. */
export function rotationLeft(memory: WebAssembly.Memory): number {
  const view = new DataView(memory.buffer);
  const since = view.getUint32(HEADER + HEADER_ROTATED, true);
  if (since === 0) return 0;
  const passed = view.getUint32(HEADER + HEADER_CLOCK, true) - since;
  return Math.max(0, view.getUint32(HEADER + HEADER_PIN_WINDOW, true) - passed);
}

/**
 * Writes the key of SipHash that is to follow, before packets are forwarded: the packet path then
 * knows their hashes under it as those under another key, and goes by the one in force.
 */
export function rehearseFlowKey(memory: WebAssembly.Memory, flow: Uint8Array): void {
  const next = otherKey(memory);
  new Uint8Array(memory.buffer).set(checkKey(flow, KEY_BYTES), next);
  const view = new DataView(memory.buffer);
  view.setUint32(HEADER + HEADER_OTHER_KEY, next, true);
  view.setUint32(HEADER + HEADER_REHEARSES, 1, true);
}

/** Where the one of the two keys is that is not in force. */
function otherKey(memory: WebAssembly.Memory): number {
  const current = new DataView(memory.buffer).getUint32(HEADER + HEADER_FLOW_KEY, true);
  const first = HEADER + HEADER_FLOW_KEYS;
  return current === first ? first + FLOW_KEY_BYTES : first;
}

/**
 * Puts another key of SipHash in force while packets are forwarded. Connections stay where the one
 * before it led them until the pin window closes; not to be called before it has.
 */
export function rotateFlowKey(memory: WebAssembly.Memory, flow: Uint8Array): void {
  const view = new DataView(memory.buffer);
  const words = new Int32Array(memory.buffer);
  const current = view.getUint32(HEADER + HEADER_FLOW_KEY, true);
  const next = otherKey(memory);
  const clock = Math.max(1, view.getUint32(HEADER + HEADER_CLOCK, true));
  new Uint8Array(memory.buffer).set(checkKey(flow, KEY_BYTES), next);
  // In this order: a packet that finds the new key finds the one before it, too.
  Atomics.store(words, (HEADER + HEADER_OTHER_KEY) / 4, current);
  Atomics.store(words, (HEADER + HEADER_ROTATED) / 4, clock);
  Atomics.store(words, (HEADER + HEADER_FLOW_KEY) / 4, next);
}

/** Tables of the Toeplitz hash: for half bytes, the XOR of the key's windows of their set bits. */
function writeNibbles(view: DataView, start: number, key: Uint8Array): void {
  const bits = key.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  const keyBits = BigInt(key.length * 8);
  const window = (bit: number): number =>
    Number((bits >> (keyBits - 32n - BigInt(bit))) & 0xffffffffn);
  for (let nibble = 0; nibble < NIBBLES; nibble++) {
    const windows = [0, 1, 2, 3].map((bit) => window(nibble * 4 + bit));
    for (let value = 0; value < NIBBLE_VALUES; value++) {
      const chosen = windows.filter((_, bit) => (value & (8 >> bit)) !== 0);
      const sum = chosen.reduce((all, word) => all ^ word, 0);
      view.setUint32(start + (nibble * NIBBLE_VALUES + value) * 4, sum >>> 0, true);
    }
  }
}
