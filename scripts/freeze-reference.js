/**
 * Writes bench/frozen/: the engine as it is now, as a binary and its host in one file, for later
 * engines to be measured beside. Ratios to another frozen engine compare with nothing: give it the
 * next number in bench/frozen-engine.ts, and make a new baseline.
 */

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";
import { buildModules } from "./build-steps.js";
import { ROOT } from "./project.js";

const FOLDER = path.join(ROOT, "bench/frozen");
const HEAD =
  "/** The host of the frozen engine: made by scripts/freeze-reference.js, never changed. */\n\n";
/** What bench/frozen-engine.ts calls. */
const ENTRY = `
export { Engine } from "${ROOT}/src/engine/engine.ts";
export {
  BATCH_MAX, FRAME_HEADROOM, GROUPS_RESERVED, LINK_ETHERNET, VERDICT_FORWARD
} from "${ROOT}/assembly/layout.ts";
`;

await buildModules();
mkdirSync(FOLDER, { recursive: true });
const bundle = await rolldown({
  input: "entry",
  platform: "node",
  plugins: [
    {
      name: "entry",
      resolveId: (id) => (id === "entry" ? id : null),
      load: (id) => (id === "entry" ? ENTRY : null),
    },
  ],
});
const { output } = await bundle.generate({ format: "esm", minify: true });
writeFileSync(path.join(FOLDER, "engine.js"), HEAD + output[0].code);
copyFileSync(path.join(ROOT, "dist/wasm/release.wasm"), path.join(FOLDER, "engine.wasm"));
