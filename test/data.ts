/** Where the real captures and tables are: $ANYFIB_DATA, or a folder beside the repository. */

import { existsSync } from "node:fs";
import path from "node:path";

const DEFAULT_ROOT = path.resolve(import.meta.dirname, "../../shared/data");

/** Why a test that needs real data is skipped. */
export const NO_DATA = "the real data is not here: set $ANYFIB_DATA to its folder";

/** Path of a real file or folder; undefined where it is absent. */
export function dataPath(...parts: readonly string[]): string | undefined {
  const file = path.join(process.env.ANYFIB_DATA ?? DEFAULT_ROOT, ...parts);
  return existsSync(file) ? file : undefined;
}
