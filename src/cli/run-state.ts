/** What a router keeps over a restart: its tables and the hosts of its links, in one file. */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Router } from "../router/router.ts";

/** A router's state can be no larger than this. */
const STATE_BYTES_MAX = 512 * 1024 * 1024;

/** Where the state is kept; undefined where nothing is to be kept. */
export function stateFile(config: string, snapshot: string | undefined): string | undefined {
  return snapshot === undefined ? undefined : path.resolve(path.dirname(config), snapshot);
}

/** Makes a router's tables what a file says; what does not fit is told and left alone. */
export function restoreState(router: Router, file: string, warn: (what: string) => void): boolean {
  if (!existsSync(file)) return false;
  try {
    const text = readFileSync(file, "utf8");
    if (text.length > STATE_BYTES_MAX) throw new Error("larger than a state can be");
    const { hosts, snapshot } = Object(JSON.parse(text));
    router.restore(hosts, snapshot);
    return true;
  } catch (error) {
    warn(`${file}: begins anew: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** Writes the state beside the file, then in its place: a crash leaves the old or the new one. */
export function keepState(router: Router, file: string, warn: (what: string) => void): void {
  try {
    const state = { hosts: router.hosts(), snapshot: router.forwarder.snapshot() };
    writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    warn(`${file}: not kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}
