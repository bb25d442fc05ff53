/** The layout means the same to both compilers, and the build proves that the records keep it. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { compileModule } from "../../scripts/compile-module.js";
import { CHECKSUM_NAME, layoutChecksum, readLayout } from "../../scripts/layout-source.js";
import { ROOT } from "../../scripts/project.js";

const LAYOUT = "assembly/layout.ts";
const layoutText = readFileSync(path.join(ROOT, LAYOUT), "utf8");
const checkText = readFileSync(path.join(ROOT, "assembly/layout-check.ts"), "utf8");

describe("assembly/layout.ts", () => {
  it("has the same constants and values in asc and in tsc", async () => {
    expect(await constantsOfAsc()).toEqual({ ...layout });
  });

  it("holds constants and nothing else, each below 2^31", () => {
    const constants = readLayout(layoutText).flatMap((section) => section.constants);
    const values = constants.map(({ name, value }) => [name, value]);
    expect(Object.fromEntries(values)).toEqual({ ...layout });
  });

  it("has the checksum of its constants", () => {
    const checksum = layoutChecksum(readLayout(layoutText));
    expect(layout.LAYOUT_CHECKSUM, `set ${CHECKSUM_NAME} to ${checksum}, or run npm run docs`).toBe(
      checksum,
    );
  });

  it.each([
    ["an operator that differs", "export const A: u32 = 1 << 2;"],
    ["a value from 2^31 on", "export const A: u32 = 0x80000000;"],
    ["a later constant", "export const A: u32 = B;\nexport const B: u32 = 1;"],
    ["another type", "export const A = 1;"],
    ["a function", "export function a(): void {}"],
  ])("could not hold %s", (_, text) => {
    expect(() => readLayout(text)).toThrow("layout.ts");
  });
});

describe("assembly/layout-check.ts", () => {
  const checks = [...checkText.matchAll(/if \(.* (!=|>) (\w+)\) ERROR\("(.+)"\);/g)].map(
    ([, comparison = "", name = "", message = ""]) => ({ comparison, name, message }),
  );

  it("lets the layout pass", async () => {
    expect((await compileModule({ target: "debug" })).errors).toEqual([]);
  });

  it("fails the build by name for every field and size that the records do not keep", async () => {
    expect(checks.length).toBeGreaterThan(0);
    const broken = checks.reduce(breakConstant, layoutText);
    const { errors } = await compileModule({
      target: "debug",
      replace: (file) => (file === LAYOUT ? broken : undefined),
    });
    const missed = checks.filter(({ message }) => !errors.join("\n").includes(message));
    expect(missed).toEqual([]);
  });
});

/** Compiles the layout alone: asc exports each of its constants as a global. */
async function constantsOfAsc(): Promise<Record<string, unknown>> {
  const { files } = await compileModule({ target: "release", entry: LAYOUT });
  const wasm = files.get("dist/wasm/release.wasm");
  if (!(wasm instanceof Uint8Array)) throw new Error("asc wrote no module");
  const { instance } = await WebAssembly.instantiate(new Uint8Array(wasm));
  const globals = Object.entries(instance.exports).map(([name, value]) => [
    name,
    value instanceof WebAssembly.Global ? value.value : value,
  ]);
  return Object.fromEntries(globals);
}

/** The layout with an offset one byte off, or a size of 0. */
function breakConstant(text: string, check: { comparison: string; name: string }): string {
  const declaration = new RegExp(`(?<=export const ${check.name}: u32 = )(.+)(?=;)`);
  return text.replace(declaration, check.comparison === ">" ? "0" : "$1 + 1");
}
