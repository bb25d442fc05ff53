/** SIGHUP and `ctl reload`: one configuration follows another, or everything stays as it is. */

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";
import { AnyfibError } from "../net/errors.ts";
import { readKeyFile } from "../node/keys.ts";
import { configReplies, configTunnels } from "../router/config-table.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { Router } from "../router/router.ts";
import { type LiveConfig, readLiveConfig } from "./run-config.ts";
import type { RpkiGuard } from "./run-rpki.ts";

/** What a reload needs. */
export interface ReloadParts {
  readonly router: Router;
  readonly warn: (warning: string) => void;
  readonly guard: RpkiGuard;
}

/** What came of a reload. */
export interface ReloadReport {
  readonly routes: number;
  readonly microseconds: number;
  readonly key_id: string;
}

/** Sections that are read at the start alone. */
const FIXED = ["interfaces", "hash", "metrics", "control", "log", "state", "user"] as const;

/** The configuration in force, and how it is followed by another. */
export class Reloads {
  readonly #parts: ReloadParts;
  #current: LiveConfig;

  constructor(parts: ReloadParts, current: LiveConfig) {
    this.#parts = parts;
    this.#current = current;
  }

  /** The configuration in force. */
  get current(): LiveConfig {
    return this.#current;
  }

  /** Reads the file again. Throws what is wrong with it, with everything as it was. */
  async reload(): Promise<ReloadReport> {
    const { router, warn, guard } = this.#parts;
    const before = this.#current;
    // The key stays, and its file is no longer this user's to read.
    const after = await readLiveConfig(before.name, { key: before.key }, warn);
    checkFixed(before, after);
    const rotation = await keyRotation(before, router.forwarder);
    const { sources, tunnels, engine } = router.forwarder;
    const follow = ({ file, options }: LiveConfig): void => {
      sources.replace(options.sources ?? []);
      engine.replies.set(configReplies(file));
      tunnels.replace(configTunnels(file));
    };
    follow(after);
    guard.release();
    try {
      const { routes, microseconds } = router.reload(before.table, after.table);
      rotation?.rotate();
      this.#current = rotation === undefined ? after : { ...after, key: rotation.key };
      return { routes, microseconds, key_id: router.forwarder.keyId };
    } catch (error) {
      follow(before);
      throw error;
    } finally {
      guard.follow(this.#current);
    }
  }
}

/**
 * What a key file that holds another key by now leads to: a rotation, where it names the key in
 * force as its former one; else it is refused, as it would be followed at the next start, unseen.
 * Where rights were dropped, the file cannot be read, and nothing is said of it.
 */
export async function keyRotation(
  { file, name }: Pick<LiveConfig, "file" | "name">,
  { keys }: Pick<Forwarder, "keys">,
): Promise<{ readonly key: string; readonly rotate: () => void } | undefined> {
  const { hash } = file.config;
  if (hash?.key_file === undefined) return undefined;
  const keyFile = path.resolve(path.dirname(name), hash.key_file);
  const isReadable = await access(keyFile, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!isReadable) return undefined;
  const pair = await readKeyFile(keyFile, `${name}: hash.key_file`);
  const rotate = await keys.rotation(pair);
  if (rotate === undefined) return undefined;
  return { key: Buffer.from(pair.current).toString("hex"), rotate };
}

/** Interfaces are mapped, and tables have the hash's options in them: those need a new start. */
function checkFixed(before: LiveConfig, after: LiveConfig): void {
  for (const key of FIXED) {
    const [was, is] = [before, after].map(({ file }) => JSON.stringify(file.config[key]));
    if (was === is) continue;
    throw new AnyfibError({
      code: "CONFIG",
      what: `the section ${key} changed, which is read at the start alone`,
      where: after.file.where([key]),
      hint: "put it back, or restart",
    });
  }
}
