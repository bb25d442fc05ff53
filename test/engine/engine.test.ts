/** Making an engine: what it refuses, and what a fresh one is like. */

import { describe, expect, it } from "vitest";
import { LAYOUT_CHECKSUM } from "../../assembly/layout.ts";
import { Engine } from "../../src/engine/engine.ts";
import { MODULE_TARGETS } from "../setup/modules.ts";
import { createTestEngine, TEST_LIMITS, testKeys } from "./test-engine.ts";

/** Section ids and codes of the WebAssembly binary format (core specification, 5.4 and 5.5). */
const WASM_HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const I32 = 0x7f;
const I32_CONST = 0x41;
const END = 0x0b;
const GLOBAL_KIND = 3;

describe("Engine.create", () => {
  it.each([
    { what: "another layout", module: moduleWithGlobal("LAYOUT_CHECKSUM", 42), found: 42 },
    { what: "no layout", module: moduleWithGlobal("ANYTHING", 42), found: undefined },
  ])("refuses a module of $what", async ({ module, found }) => {
    await expect(Engine.create({ module, limits: TEST_LIMITS })).rejects.toMatchObject({
      name: "AnyfibError",
      code: "LAYOUT",
      detail: { module: found, host: LAYOUT_CHECKSUM },
    });
  });

  it.each([0, 15, 17])("refuses a key of %i bytes", async (bytes) => {
    await expect(
      createTestEngine("release", { keys: testKeys(new Uint8Array(bytes)) }),
    ).rejects.toMatchObject({
      code: "USAGE",
      detail: { bytes },
    });
  });

  it("refuses limits that cannot be", async () => {
    await expect(createTestEngine("release", { limits: { workers: 17 } })).rejects.toMatchObject({
      code: "CAPACITY",
    });
  });

  it.each(MODULE_TARGETS)(
    "makes an empty engine in memory that does not grow (%s)",
    async (target) => {
      const engine = await createTestEngine(target);
      const { memory, plan, tables, tally } = engine;
      expect(memory.buffer.byteLength).toBe(plan.memoryBytes);
      expect(() => memory.grow(1)).toThrow(RangeError);
      expect([tables.usage4.routes, tables.usage6.routes, tally.flows]).toEqual([0, 0, 0]);
      expect(engine.groups.bytesUsed).toBe(0);
      expect(engine.counters.read()).toMatchObject({ received: 0, dropped: 0, drops: {} });
    },
  );

  it("takes a compiled module, too", async () => {
    const module = await WebAssembly.compile(moduleWithGlobal("LAYOUT_CHECKSUM", 7));
    await expect(Engine.create({ module, limits: TEST_LIMITS })).rejects.toMatchObject({
      code: "LAYOUT",
    });
  });
});

/** A module that exports one constant (below 64, which is one byte of LEB128) and nothing else. */
function moduleWithGlobal(name: string, value: number): Uint8Array<ArrayBuffer> {
  const text = [...name].map((letter) => letter.charCodeAt(0));
  const global = [1, I32, 0, I32_CONST, value, END];
  const exported = [1, text.length, ...text, GLOBAL_KIND, 0];
  return Uint8Array.from([
    ...WASM_HEADER,
    ...[GLOBAL_SECTION, global.length, ...global],
    ...[EXPORT_SECTION, exported.length, ...exported],
  ]);
}
