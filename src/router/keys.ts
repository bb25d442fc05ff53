/**
 * Keys: from one master key, which a tier of forwarders shares, a key for each use.
 *
 *   master (16 to 64 bytes) --HKDF-SHA-256, salt "anyfib"--+-- "key id"                 -> id
 *                                                          +-- "flow hash" NUL tier     -> flow
 *                                                          +-- "slot score" NUL tier    -> score
 *                                                          +-- "multilinear" NUL tier   -> …
 *                                                          +-- "toeplitz" NUL tier      -> …
 *
 * No derived key tells anything about the master or about another one, so the id is public: nodes
 * compare it, reports name it. Two tiers in a row must not hash alike, or all flows that the first
 * sends to one node fall on the same few next hops of the second: a tier's name gives it keys of
 * its own. Source: RFC 5869.
 */

import { decodeHex } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";

/** Bytes of a master key. */
const MASTER_BYTES_MIN = 16;
const MASTER_BYTES_MAX = 64;
/** Bytes of the derived keys. */
const ID_BYTES = 4;
const SIPHASH_KEY_BYTES = 16;
const MULTILINEAR_KEYS_BYTES = 96;
const TOEPLITZ_KEY_BYTES = 40;
/** A tier's name goes into reports and configurations. */
const TIER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** A key for each use. */
export interface Keys {
  /** Eight hexadecimal digits that name the master key; public. */
  readonly id: string;
  /** Key of the flow hash, 16 bytes. */
  readonly flow: Uint8Array;
  /** Key of the scores by which slots choose next hops, 16 bytes. */
  readonly score: Uint8Array;
  /** Keys of the multilinear hash, 96 bytes. */
  readonly multilinear: Uint8Array;
  /** Key of the Toeplitz hash, 40 bytes, where none is given. */
  readonly toeplitz: Uint8Array;
}

/** The master key of offline work that is given none: the same result everywhere. */
export function zeroMaster(): Uint8Array {
  return new Uint8Array(MASTER_BYTES_MIN);
}

/** The master key that an even number of hexadecimal digits spells; undefined for other text. */
export function parseMaster(text: string): Uint8Array | undefined {
  const bytes = decodeHex(text);
  return bytes !== undefined && isMasterLength(bytes.length) ? bytes : undefined;
}

function isMasterLength(length: number): boolean {
  return length >= MASTER_BYTES_MIN && length <= MASTER_BYTES_MAX;
}

function checkMaster(master: Uint8Array): void {
  if (isMasterLength(master.length)) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `the key has ${master.length} bytes`,
    hint: `give ${MASTER_BYTES_MIN} to ${MASTER_BYTES_MAX} bytes`,
    detail: { bytes: master.length },
  });
}

function checkTier(tier: string): void {
  if (tier === "" || TIER_NAME.test(tier)) return;
  throw new AnyfibError({
    code: "USAGE",
    what: "the tier's name has other characters than a name may have",
    hint: "use up to 63 letters, digits, '.', '_' and '-'",
    detail: { tier },
  });
}

/** The platform's key derivation; browsers have it on https and localhost alone. */
function subtleCrypto(): SubtleCrypto {
  // cast: the type says always, browsers leave it out of pages that came over plain http.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle !== undefined) return subtle;
  throw new AnyfibError({
    code: "ENVIRONMENT",
    what: "this page has no WebCrypto, which keys are derived with",
    hint: "serve it over https, or from localhost",
  });
}

/**
 * Derives all keys of a tier ("" for the only one) from a master key. Throws USAGE for a key of
 * another length or a tier's name of other characters; no error holds the key.
 */
export async function deriveKeys(master: Uint8Array, tier = ""): Promise<Keys> {
  checkMaster(master);
  checkTier(tier);
  const subtle = subtleCrypto();
  const encoder = new TextEncoder();
  const secret = await subtle.importKey("raw", Uint8Array.from(master), "HKDF", false, [
    "deriveBits",
  ]);
  const derive = async (label: string, bytes: number): Promise<Uint8Array> => {
    const salt = encoder.encode("anyfib");
    const algorithm = { name: "HKDF", hash: "SHA-256", salt, info: encoder.encode(label) };
    return new Uint8Array(await subtle.deriveBits(algorithm, secret, bytes * 8));
  };
  const [id, flow, score, multilinear, toeplitz] = await Promise.all([
    derive("key id", ID_BYTES),
    derive(`flow hash\0${tier}`, SIPHASH_KEY_BYTES),
    derive(`slot score\0${tier}`, SIPHASH_KEY_BYTES),
    derive(`multilinear\0${tier}`, MULTILINEAR_KEYS_BYTES),
    derive(`toeplitz\0${tier}`, TOEPLITZ_KEY_BYTES),
  ]);
  const text = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { id: text, flow, score, multilinear, toeplitz };
}

/**
 * Refuses to follow one key with another: every flow would change its slot. Throws CONFIG unless
 * the ids are equal, or the new key was given with the one in force as its former key.
 */
export function checkKeyChange(current: string, next: string, former: string | undefined): void {
  if (next === current || former === current) return;
  throw new AnyfibError({
    code: "CONFIG",
    what: `the key ${next} takes the place of ${current}, which would move every flow`,
    hint: "keep the key, or name the one in force as the former key, below the new one in its file",
    detail: { current, next, former },
  });
}
