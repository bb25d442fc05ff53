/** Writes what is generated: the layout's checksum, docs/memory-map.md and the config's schema. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { configSchema } from "../dist/src/router/config.js";
import { configSchemaText } from "./config-schema.js";
import { CHECKSUM_NAME, layoutChecksum, readLayout } from "./layout-source.js";
import { memoryMap } from "./memory-map.js";
import { ROOT } from "./project.js";

const layoutFile = path.join(ROOT, "assembly/layout.ts");
const layout = readFileSync(layoutFile, "utf8");
const checksum = layoutChecksum(readLayout(layout));
const checked = layout.replace(
  new RegExp(`(export const ${CHECKSUM_NAME}: u32 =) \\d+;`),
  `$1 ${checksum};`,
);
if (checked !== layout) writeFileSync(layoutFile, checked);

mkdirSync(path.join(ROOT, "docs"), { recursive: true });
writeFileSync(path.join(ROOT, "docs/memory-map.md"), memoryMap(readLayout(checked)));
writeFileSync(path.join(ROOT, "docs/config.schema.json"), configSchemaText(configSchema));
