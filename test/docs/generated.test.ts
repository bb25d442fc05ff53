/** The generated pages of docs/ are those that the sources give now. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { configSchemaText } from "../../scripts/config-schema.js";
import { readLayout } from "../../scripts/layout-source.js";
import { memoryMap } from "../../scripts/memory-map.js";
import { ROOT } from "../../scripts/project.js";
import { configSchema } from "../../src/router/config.ts";

it("docs/memory-map.md is current: npm run docs writes it", () => {
  const layout = readFileSync(path.join(ROOT, "assembly/layout.ts"), "utf8");
  const page = readFileSync(path.join(ROOT, "docs/memory-map.md"), "utf8");
  expect(page).toBe(memoryMap(readLayout(layout)));
});

it("docs/config.schema.json is current: npm run docs writes it", () => {
  const text = readFileSync(path.join(ROOT, "docs/config.schema.json"), "utf8");
  expect(text).toBe(configSchemaText(configSchema));
});
