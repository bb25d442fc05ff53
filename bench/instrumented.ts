/** An instrumented module over an engine's memory: somebody is told of each load and store. */

import type { Engine } from "../src/engine/engine.ts";
import type { EngineExports } from "../src/engine/exports.ts";

/** Told of the address of each access; memory.fill and memory.copy are none. */
export interface AccessObserver {
  load(address: number): void;
  store(address: number): void;
}

/**
 * Instantiates what scripts/instrument-memory.js made: the pass calls the host before each access,
 * which returns the address to use.
 */
export async function instantiateObserved(
  engine: Engine,
  build: Uint8Array<ArrayBuffer>,
  observer: AccessObserver,
): Promise<EngineExports> {
  const module = await WebAssembly.compile(build);
  const same = (_id: number, value: unknown): unknown => value;
  const env: WebAssembly.ModuleImports = { memory: engine.memory };
  for (const { name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === "function") env[name] = same;
  }
  env.load_ptr = (_id: number, _bytes: number, offset: number, address: number): number => {
    observer.load((address + offset) >>> 0);
    return address;
  };
  env.store_ptr = (_id: number, _bytes: number, offset: number, address: number): number => {
    observer.store((address + offset) >>> 0);
    return address;
  };
  const { exports } = await WebAssembly.instantiate(module, { env });
  // cast: the instrumented module exports what the module does.
  return exports as unknown as EngineExports;
}
