/** SIGHUP and `ctl reload`: one configuration follows another, or everything stays as it is. */

import { AnyfibError } from "../net/errors.ts";
import type { Router } from "../router/router.ts";
import { type LiveConfig, readLiveConfig } from "./run-config.ts";

/** What a reload needs. */
export interface ReloadParts {
  readonly router: Router;
  readonly warn: (warning: string) => void;
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
  async reload(): Promise<{ readonly routes: number; readonly microseconds: number }> {
    const { router, warn } = this.#parts;
    const before = this.#current;
    // The key stays, and its file is no longer this user's to read.
    const after = await readLiveConfig(before.name, { key: before.key }, warn);
    checkFixed(before, after);
    const { routes, microseconds } = router.reload(before.table, after.table);
    this.#current = after;
    return { routes, microseconds };
  }
}

/** Interfaces are mapped and hash keys are baked into the tables: those need a new start. */
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
