/** The key of a running router: given, from its file, or made once and kept. */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AnyfibError } from "../net/errors.ts";
import type { ConfigFile } from "../router/config.ts";

const KEY_BYTES = 16;

/** Where the key stands where the configuration names no file. */
const KEY_NAME = "anyfib.key";

/**
 * The key file of a router without `hash.key_file`: beside its snapshot, else beside its
 * configuration; made where it is not there, so that a restart moves no flow.
 */
export function ownKeyFile(
  file: ConfigFile,
  name: string,
  warn: (warning: string) => void,
): string {
  const beside = file.config.state?.snapshot ?? name;
  const keyFile = path.resolve(path.dirname(name), path.dirname(beside), KEY_NAME);
  if (existsSync(keyFile)) return keyFile;
  const text = `${randomBytes(KEY_BYTES).toString("hex")}\n`;
  try {
    mkdirSync(path.dirname(keyFile), { recursive: true });
    writeFileSync(keyFile, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw new AnyfibError({
      code: "FILE",
      what: "no key is configured, and none can be kept",
      where: keyFile,
      hint: "give hash.key_file, or a folder that may be written",
      cause,
    });
  }
  warn(`made the key ${keyFile}: nodes with different keys disagree, so copy it to the others`);
  return keyFile;
}
