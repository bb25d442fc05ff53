/** The one place where the module is instantiated: Node, browsers and workers alike. */

import { instantiate } from "@assemblyscript/loader";
import { LAYOUT_CHECKSUM } from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { EngineExports } from "./exports.ts";

/** A compiled module, its bytes, or a response that carries them. */
export type ModuleInput = WebAssembly.Module | BufferSource | Response | Promise<Response>;

/**
 * Instantiates the module over a memory and returns its raw exports: the loader's wrappers would
 * cost 2.7 times a raw call. Throws LAYOUT where the module was built from another layout.
 */
export async function instantiateModule(
  module: ModuleInput,
  memory: WebAssembly.Memory,
): Promise<EngineExports> {
  const { instance } = await instantiate<EngineExports>(module, { env: { memory } });
  // cast: the loader types its wrapped exports; the raw ones are the same functions.
  const exports = instance.exports as unknown as EngineExports;
  const checksum: unknown = exports.LAYOUT_CHECKSUM?.value;
  if (checksum !== LAYOUT_CHECKSUM) {
    throw new AnyfibError({
      code: "LAYOUT",
      what: `the module's memory layout is ${String(checksum)}, the host's ${LAYOUT_CHECKSUM}`,
      hint: "build both from the same version",
      detail: { module: checksum, host: LAYOUT_CHECKSUM },
    });
  }
  return exports;
}
