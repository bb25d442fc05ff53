/** Before all tests: compiles the three builds of the module, unless they are fresh. */

import type { TestProject } from "vitest/node";
import { BuildError, buildModules } from "../../scripts/build-steps.js";

/** Tests that need no module run even where assembly/ does not compile; the others say why. */
export default async function setup(project: TestProject): Promise<void> {
  try {
    await buildModules();
    project.provide("modules", { built: true, directory: `${project.config.root}/dist/wasm` });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    project.provide("modules", { built: false, reason: error.details.join("\n") });
  }
}
