/** Loads the C library through koffi: an optional package that live ports need. */

import { AnyfibError } from "../net/errors.ts";
import type { Libc } from "./libc.ts";

/**
 * The library's calls. Throws ENVIRONMENT where the platform is another, or koffi was not
 * installed; captures need neither.
 */
export async function loadLibc(): Promise<Libc> {
  if (process.platform !== "linux") throw missing("live ports need Linux");
  try {
    return (await import("./libc-calls.ts")).libc;
  } catch (cause) {
    const isThere = Object(cause).code !== "ERR_MODULE_NOT_FOUND";
    throw missing(isThere ? "the C library cannot be loaded" : NO_KOFFI, cause);
  }
}

const NO_KOFFI = "live ports need the optional package koffi (npm install koffi@3.3.4)";

function missing(what: string, cause?: unknown): AnyfibError {
  return new AnyfibError({
    code: "ENVIRONMENT",
    what,
    hint: "captures work without: tcpdump -i IF -w - | anyfib replay -r -",
    cause,
  });
}
