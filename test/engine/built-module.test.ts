/** The built modules bring nothing along: no import but their memory, no data, no growth. */

import binaryen from "assemblyscript/binaryen";
import { describe, expect, it } from "vitest";
import { MODULE_TARGETS, moduleBytes } from "../setup/modules.ts";

/** Section ids of the WebAssembly binary format (core specification, 5.5.2). */
const DATA_SECTION = 11;
const MAGIC_AND_VERSION_BYTES = 8;

/** What each build may import: the debug build says where an assert failed. */
const IMPORTS = {
  debug: ["env.abort", "env.memory"],
  release: ["env.memory"],
  shared: ["env.memory"],
} as const;

describe.each(MODULE_TARGETS)("the %s module", (target) => {
  const bytes = moduleBytes(target);

  it("imports its memory and nothing that it may not", () => {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    const names = imports.map(({ module, name }) => `${module}.${name}`);
    expect(names).toContain("env.memory");
    expect(IMPORTS[target]).toEqual(expect.arrayContaining(names));
  });

  it("never grows its memory", () => {
    expect(wasmText(bytes)).not.toContain("(memory.grow");
  });
});

/** The debug build holds the messages of its asserts. */
describe.each(["release", "shared"] as const)("the %s module", (target) => {
  it("has no data segment", () => {
    expect(sectionIds(moduleBytes(target))).not.toContain(DATA_SECTION);
  });
});

describe("the checks on a module", () => {
  const built = binaryen.parseText(`(module
    (memory 1 2) (data (i32.const 0) "text")
    (func (export "grow") (result i32) (memory.grow (i32.const 1))))`);

  it("see a data segment", () => {
    expect(sectionIds(built.emitBinary())).toContain(DATA_SECTION);
  });

  it("see a memory that grows", () => {
    expect(wasmText(built.emitBinary())).toContain("(memory.grow");
  });
});

/** The module in the text format, every instruction by its name. */
function wasmText(bytes: Uint8Array): string {
  return binaryen.readBinary(bytes).emitText();
}

/** The ids of a module's sections, in order. */
function sectionIds(bytes: Uint8Array): readonly number[] {
  const ids: number[] = [];
  let at = MAGIC_AND_VERSION_BYTES;
  while (at < bytes.length) {
    ids.push(bytes[at] ?? 0);
    const size = unsignedLeb(bytes, at + 1);
    at = size.end + size.value;
  }
  return ids;
}

/** An unsigned LEB128 number (core specification, 5.2.2) and where it ends. */
function unsignedLeb(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  let at = start;
  for (let shift = 0; shift < 32; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return { value: value >>> 0, end: at };
}
