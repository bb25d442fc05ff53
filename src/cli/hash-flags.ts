/** Flags about the flow hash and its key, and what configurations say where a flag is missing. */

import path from "node:path";
import type { CreateForwarderOptions } from "../core.ts";
import type { HashAlgorithm, HashField } from "../engine/hash.ts";
import type { SteeringOptions } from "../engine/steering.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import { type MasterKeys, readKeyFile, readMasterKeys } from "../node/keys.ts";
import {
  HASH_FIELDS,
  type HashConfig,
  type HashOptions,
  hashOptionsOf,
  hashSettings,
} from "../router/hash-options.ts";
import { zeroMaster } from "../router/keys.ts";
import type { QuicOptions } from "../router/quic.ts";

/** Flags of the verbs that hash flows. */
export interface HashFlags {
  readonly key?: string;
  readonly hash?: HashAlgorithm;
  readonly hashFields?: string;
  readonly hashSymmetric?: true;
  readonly tier?: string;
  /** False for `--no-pins`. */
  readonly pins?: boolean;
}

/** The section `hash` of a configuration, and the file that it stands in. */
export interface HashSection {
  readonly config: HashConfig;
  readonly file: string;
}

/** What a configuration says of slot tables and pins. */
type TableChoice = Pick<
  CreateForwarderOptions,
  "agreement" | "slots" | "pinWindow" | "drainTime" | "limits" | "icmpCopies"
>;

/** Key and options of the flow hash, whose flow fragments and tunnels go with, tables and pins. */
export interface HashChoice extends TableChoice {
  readonly key: Uint8Array;
  /** The key before it, where the key file names one. */
  readonly formerKey?: Uint8Array;
  readonly hash: HashOptions;
  readonly steering: SteeringOptions;
  readonly quic?: QuicOptions;
}

/**
 * The master keys of `--key FILE|HEX` or `$ANYFIB_KEY` (see node/keys.ts), then of the `key_file`
 * of a configuration. The all-zero key unless given, so that offline verbs agree everywhere.
 */
export async function readKeys(
  flag: string | undefined,
  section?: HashSection,
): Promise<MasterKeys> {
  const given = flag ?? process.env.ANYFIB_KEY;
  if (given !== undefined && given !== "") {
    const place = flag === undefined ? "$ANYFIB_KEY" : "--key";
    return readMasterKeys(given, place);
  }
  const file = section?.config.key_file;
  if (section === undefined || file === undefined) return { current: zeroMaster() };
  const from = path.resolve(path.dirname(section.file), file);
  return readKeyFile(from, `${section.file}: hash.key_file`);
}

/** Reads what the flags and at most one configuration say; flags go first. */
export async function readHash(
  flags: HashFlags,
  sections: readonly HashSection[],
): Promise<HashChoice> {
  const [section, second] = sections;
  if (second !== undefined) {
    throw new AnyfibError({
      code: "CONFIG",
      what: `a second section hash, beside that of ${section?.file}`,
      where: second.file,
      hint: "keep one of them",
    });
  }
  const hash: HashOptions = {
    ...(section === undefined ? {} : hashOptionsOf(section.config)),
    ...(flags.hash === undefined ? {} : { algorithm: flags.hash }),
    ...(flags.hashFields === undefined ? {} : { fields: parseFields(flags.hashFields) }),
    ...(flags.hashSymmetric === undefined ? {} : { symmetric: true }),
    ...(flags.tier === undefined ? {} : { tier: flags.tier }),
  };
  hashSettings(hash);
  const { current, former } = await readKeys(flags.key, section);
  return {
    key: current,
    ...(former === undefined ? {} : { formerKey: former }),
    hash,
    steering: readSteering(section),
    ...(section?.config.quic === undefined ? {} : { quic: section.config.quic }),
    ...readTableOptions(section),
    ...(flags.pins === false ? { pinWindow: 0 } : {}),
  };
}

function readTableOptions(section: HashSection | undefined): TableChoice {
  if (section === undefined) return {};
  const { agreement, slots, previous_owners, pins, pin_window, drain_time } = section.config;
  const { icmp_copies: icmpCopies } = section.config;
  return {
    agreement,
    slots,
    limits: { previousOwners: previous_owners },
    pinWindow: pins ? pin_window : 0,
    drainTime: drain_time,
    icmpCopies,
  };
}

function readSteering(section: HashSection | undefined): SteeringOptions {
  if (section === undefined) return {};
  const { fragments, inner } = section.config;
  return { fragments, inner };
}

function parseFields(text: string): readonly HashField[] {
  return text.split(",").map((name) => {
    const field = HASH_FIELDS.find((known) => known === name.trim());
    if (field !== undefined) return field;
    throw new AnyfibError({
      code: "USAGE",
      what: `${quoted(name)} is no field of the hash`,
      where: "--hash-fields",
      hint: `known: ${HASH_FIELDS.join(", ")}`,
    });
  });
}
