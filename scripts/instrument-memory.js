/** Puts a call to the host in front of every load and store of a module. */

import binaryen from "assemblyscript/binaryen";

/**
 * The module with Binaryen's pass `instrument-memory`: it calls `env.load_ptr(id, bytes, offset,
 * address)` before each load, which returns the address to load from, and so on.
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function instrumentMemory(bytes) {
  const module = binaryen.readBinary(bytes);
  try {
    module.setFeatures(binaryen.Features.All);
    module.runPasses(["instrument-memory"]);
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}
