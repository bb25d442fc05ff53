/** Builds the package into dist/: the WebAssembly modules, then the host. `--clean` starts anew. */

import { rmSync } from "node:fs";
import path from "node:path";
import { BuildError, buildHost, buildModules } from "./build-steps.js";
import { ROOT } from "./project.js";

try {
  if (process.argv.includes("--clean"))
    rmSync(path.join(ROOT, "dist"), { recursive: true, force: true });
  await buildModules();
  await buildHost();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  for (const detail of error.details) console.error(detail);
  console.error(`build failed: ${error.message}`);
  process.exitCode = 1;
}
