/** The compiler's own API, as the build uses it. */

import { expect, it } from "vitest";
import { compileModule } from "../../scripts/compile-module.js";

it("says where a source does not compile, and writes nothing", async () => {
  const result = await compileModule({
    target: "debug",
    entry: "assembly/probe.ts",
    replace: (file) => (file === "assembly/probe.ts" ? "let a: u32 = 1;\n  b();\n" : undefined),
  });
  expect(result).toEqual({
    files: new Map(),
    errors: ["assembly/probe.ts:2:3: Cannot find name 'b'."],
  });
});

it("says when a file is missing", async () => {
  const { errors } = await compileModule({ target: "debug", entry: "assembly/nowhere.ts" });
  expect(errors).toEqual(["File 'assembly/nowhere.ts' not found."]);
});
