/**
 * The flow hash as a configuration or a program asks for it, and what becomes of its defaults.
 *
 * The section `hash` also has what flows need beyond the hash: fragments, tunnels, QUIC, slot
 * tables, pins. All of it is checked here; whoever owns a part reads it from `HashConfig`.
 */

import * as v from "valibot";
import {
  DEFAULT_HASH,
  type HashAlgorithm,
  type HashField,
  type HashSettings,
} from "../engine/hash.ts";
import { decodeHex } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";
import { HASH_ALGORITHMS } from "./hash-names.ts";

/** Fields that may count. */
export const HASH_FIELDS = ["src", "dst", "proto", "sport", "dport", "flow_label"] as const;
/** What network cards hash: no protocol. */
const TOEPLITZ_FIELDS: readonly HashField[] = ["src", "dst", "sport", "dport"];
const TOEPLITZ_KEY_BYTES = 40;

/** Bounds: a slot keeps at most 3 former owners, and times are seconds of a day at most. */
const PREVIOUS_OWNERS_MAX = 3;
/** A next hop that drains and comes back within the window changes a slot's owner twice. */
const PREVIOUS_OWNERS = 2;
const SECONDS_MAX = 86_400;
/** Copies of ICMP errors, a second. */
const COPIES_MAX = 1_000_000;
/** QUIC version 1: a connection id of at most 20 bytes, of which a server's id is a part. */
const SERVER_ID = /^([0-9a-f]{2}){1,16}$/;

const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SECONDS_MAX));
/** Powers of two from SLOTS_MIN to SLOTS_MAX. */
const slots = v.picklist([1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072]);

/** The section `hash` of a configuration. */
export const hashSchema = v.strictObject({
  algorithm: v.optional(v.picklist(HASH_ALGORITHMS), "siphash-1-3"),
  fields: v.optional(v.array(v.picklist(HASH_FIELDS))),
  symmetric: v.optional(v.boolean(), false),
  tier: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/))),
  key_file: v.optional(v.string()),
  toeplitz_key: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{80}$/))),
  fragments: v.optional(v.picklist(["stateless", "track"]), "stateless"),
  inner: v.optional(v.array(v.picklist(["ipip", "gre", "vxlan", "gtpu", "mpls"])), []),
  quic: v.optional(
    v.strictObject({
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), 443),
      servers: v.record(v.string(), v.pipe(v.string(), v.regex(SERVER_ID))),
    }),
  ),
  icmp_copies: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(COPIES_MAX)),
    0,
  ),
  slots: v.optional(slots, 1024),
  agreement: v.optional(v.picklist(["guided", "canonical"]), "guided"),
  previous_owners: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(PREVIOUS_OWNERS_MAX)),
    PREVIOUS_OWNERS,
  ),
  pin_window: v.optional(seconds, 300),
  drain_time: v.optional(seconds, 300),
  pins: v.optional(v.boolean(), true),
});

/** A checked section `hash`. */
export type HashConfig = v.InferOutput<typeof hashSchema>;

/** What createForwarder takes for its flow hash; all of it may be left out. */
export interface HashOptions {
  /** SipHash-1-3 unless said: the others do not withstand an attacker who sees answers. */
  readonly algorithm?: HashAlgorithm;
  /** The 5-tuple unless said; for "toeplitz" addresses and ports. */
  readonly fields?: readonly HashField[];
  /** Both directions of a flow hash alike. */
  readonly symmetric?: boolean;
  /** Names a tier of forwarders in front of or behind others that have the same master key. */
  readonly tier?: string;
  /** The 40 bytes that the network cards use; derived from the master key unless given. */
  readonly toeplitzKey?: Uint8Array;
}

/** A section's part that the hash itself needs. */
export function hashOptionsOf(config: HashConfig): HashOptions {
  const { algorithm, fields, symmetric, tier, toeplitz_key: hex } = config;
  const toeplitzKey = hex === undefined ? undefined : decodeHex(hex);
  return {
    algorithm,
    symmetric,
    ...(fields === undefined ? {} : { fields }),
    ...(tier === undefined ? {} : { tier }),
    ...(toeplitzKey === undefined ? {} : { toeplitzKey }),
  };
}

function wrong(what: string, hint: string, option: keyof HashOptions): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, hint, detail: { option } });
}

function checkNames(algorithm: string, fields: readonly string[]): void {
  const algorithms: readonly string[] = HASH_ALGORITHMS;
  const known: readonly string[] = HASH_FIELDS;
  if (!algorithms.includes(algorithm)) {
    throw wrong("no such hash algorithm", `known: ${HASH_ALGORITHMS.join(", ")}`, "algorithm");
  }
  if (fields.some((field) => !known.includes(field)) || new Set(fields).size < fields.length) {
    throw wrong(
      "a field of the hash is unknown or stands twice",
      `known: ${HASH_FIELDS.join(", ")}`,
      "fields",
    );
  }
}

/**
 * The settings that options lead to. Throws USAGE, with the option in `detail`, where they
 * contradict each other: a hash without the source sends all flows of a service one way.
 */
export function hashSettings(options: HashOptions): HashSettings {
  const { algorithm = DEFAULT_HASH.algorithm, symmetric = false } = options;
  const isToeplitz = algorithm === "toeplitz";
  const { fields = isToeplitz ? TOEPLITZ_FIELDS : DEFAULT_HASH.fields } = options;
  checkNames(algorithm, fields);
  const has = (field: HashField): boolean => fields.includes(field);
  if (!has("src")) {
    throw wrong("the hash has no source address", "add src to its fields", "fields");
  }
  if (isToeplitz && (has("proto") || has("flow_label"))) {
    throw wrong(
      "network cards hash neither protocol nor flow label",
      "leave out proto and flow_label, or take another algorithm",
      "fields",
    );
  }
  if (symmetric && (!has("dst") || has("sport") !== has("dport") || has("flow_label"))) {
    throw wrong(
      "a symmetric hash needs both ends, and no flow label: each direction has its own",
      "give src and dst, and both ports or none",
      "symmetric",
    );
  }
  if (options.toeplitzKey !== undefined && options.toeplitzKey.length !== TOEPLITZ_KEY_BYTES) {
    throw wrong("the Toeplitz key has another length", "give 40 bytes", "toeplitzKey");
  }
  return { algorithm, fields, symmetric };
}
