/**
 * Key files: what a master key is read from.
 *
 *   # lines that start with # say nothing
 *   id 5f0a12c3                         optional: the id of the key below it, which is checked
 *   000102030405060708090a0b0c0d0e0f    32 to 128 hexadecimal digits: the key
 *   id 77e01b9d
 *   f0e0d0c0b0a090807060504030201000    optional: the former key, while keys are rotated
 *
 * or 16 bytes that are no such text. Nobody but the owner may read or write the file. No error
 * holds a line of it, nor what was given in place of a file's name: it may be a key.
 */

import { open } from "node:fs/promises";
import { AnyfibError } from "../net/errors.ts";
import { deriveKeys, parseMaster } from "../router/keys.ts";

/** Bits of a file's mode that let others in. */
const MODE_OTHERS = 0o077;
/** Two keys of 128 digits, their ids, and room for comments. */
const FILE_BYTES_MAX = 16 * 1024;
const RAW_BYTES = 16;
const ID = /^id\s+([0-9a-f]{8})$/;
const KEYS_MAX = 2;

/** What a key file holds. */
export interface MasterKeys {
  readonly current: Uint8Array;
  /** The key that was in force before, while keys are rotated. */
  readonly former?: Uint8Array;
}

/** Reads `FILE|HEX`; `place` names the flag or variable that it came from. */
export async function readMasterKeys(given: string, place: string): Promise<MasterKeys> {
  const direct = parseMaster(given);
  return direct === undefined ? readKeyFile(given, place) : { current: direct };
}

/** Reads a key file. Throws USAGE with the place, or FILE where others may read it. */
export async function readKeyFile(file: string, place: string): Promise<MasterKeys> {
  const bytes = await readPrivate(file, place);
  if (bytes.length === RAW_BYTES) return { current: bytes };
  return parseKeyFile(new TextDecoder().decode(bytes), file);
}

async function readPrivate(file: string, place: string): Promise<Uint8Array> {
  // The name may be a key with a digit too many, so neither it nor the cause is told.
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) {
    throw new AnyfibError({
      code: "USAGE",
      what: "the key is neither 32 to 128 hexadecimal digits nor a file that can be read",
      where: place,
      hint: "give 16 to 64 bytes in hexadecimal, or the path of a file that holds them",
    });
  }
  try {
    const { mode } = await handle.stat();
    // Windows has no such bits, and reports all of them as set.
    if (process.platform !== "win32" && (mode & MODE_OTHERS) !== 0) throw readByOthers(file, mode);
    const buffer = new Uint8Array(FILE_BYTES_MAX + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    return buffer.slice(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function readByOthers(file: string, mode: number): AnyfibError {
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return new AnyfibError({
    code: "FILE",
    what: `the key file has mode ${shown}: others may read it`,
    where: file,
    hint: "chmod 600 it, and take a new key where others may have seen this one",
    detail: { mode: shown },
  });
}

function noKey(file: string, what: string, line: number): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what,
    where: line === 0 ? file : `${file}:${line}`,
    hint: "write 32 to 128 hexadecimal digits, a former key below them, and ids as 'id 5f0a12c3'",
  });
}

async function parseKeyFile(text: string, file: string): Promise<MasterKeys> {
  const keys: Uint8Array[] = [];
  let id: string | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) continue;
    const stated = word.match(ID)?.[1];
    if (stated !== undefined && id === undefined) {
      id = stated;
      continue;
    }
    const key = parseMaster(word);
    if (key === undefined) throw noKey(file, "the line is no key", index + 1);
    if (keys.length === KEYS_MAX) throw noKey(file, "there are more than two keys", index + 1);
    if (id !== undefined && (await deriveKeys(key)).id !== id) {
      throw noKey(file, `the key's id is not ${id}`, index + 1);
    }
    id = undefined;
    keys.push(key);
  }
  const [current, former] = keys;
  if (current === undefined) throw noKey(file, "the key file holds no key", 0);
  return former === undefined ? { current } : { current, former };
}
