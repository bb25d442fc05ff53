/** The compiled modules, as tests get at them. */

import { readFileSync } from "node:fs";
import { inject } from "vitest";
import { TARGETS, type Target } from "../../scripts/project.js";

/** One build of the module. */
export type ModuleTarget = Target;

/** The builds by name: every suite that drives the module runs over all of them. */
export const MODULE_TARGETS: readonly ModuleTarget[] = TARGETS;

/** What the global setup hands to every test file: where the modules are, or why there is none. */
export type BuiltModules =
  | { readonly built: true; readonly directory: string }
  | { readonly built: false; readonly reason: string };

declare module "vitest" {
  interface ProvidedContext {
    modules: BuiltModules;
  }
}

/** Path of a compiled module; throws the compiler's errors where assembly/ does not compile. */
export function modulePath(target: ModuleTarget): string {
  const modules = inject("modules");
  if (!modules.built) throw new Error(`assembly/ does not compile: ${modules.reason}`);
  return `${modules.directory}/${target}.wasm`;
}

/** Bytes of a compiled module. */
export function moduleBytes(target: ModuleTarget): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(modulePath(target)));
}
