/** Finds the compiled module beside the compiled host. */

import { readFile } from "node:fs/promises";
import { AnyfibError } from "../net/errors.ts";

/**
 * Bytes of a build: the release build unless said, or the one for shared memory. Throws ENVIRONMENT
 * where the package is not whole.
 */
export async function readModule(
  target: "release" | "shared" = "release",
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../../wasm/${target}.wasm`, import.meta.url);
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    throw new AnyfibError({
      code: "ENVIRONMENT",
      what: `the module ${url.pathname} cannot be read`,
      hint: "build it with npm run build, or install the package again",
      cause,
    });
  }
}
