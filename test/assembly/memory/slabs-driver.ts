/** Slabs alone: functions that the module keeps to itself, compiled with nothing around. */

import {
  PAGE_BYTES,
  PAGE_RECORD_BYTES,
  SLAB_BYTES,
  SLAB_HEADS_BYTES,
  SLABS_BYTES,
  SLABS_PAGES,
  SLABS_RECORDS,
  SLABS_START,
  SLABS_USED_BYTES,
  SLABS_USED_PAGES,
} from "../../../assembly/layout.ts";
import { compileModule } from "../../../scripts/compile-module.js";
import type { ModuleTarget } from "../../setup/modules.ts";

const ENTRY = "assembly/slabs-driver.ts";
const ENTRY_TEXT = 'export { slabReturn, slabTake } from "./memory/slabs";\n';

/** The exports of the entry; results are signed. */
type SlabExports = {
  slabTake(slabs: number, bytes: number): number;
  slabReturn(slabs: number, block: number, bytes: number): void;
};

/** Compiles the slabs of a build. */
export async function compileSlabs(target: ModuleTarget): Promise<WebAssembly.Module> {
  const replace = (file: string) => (file === ENTRY ? ENTRY_TEXT : undefined);
  const { files, errors } = await compileModule({ target, entry: ENTRY, replace });
  const bytes = files.get(`dist/wasm/${target}.wasm`);
  if (!(bytes instanceof Uint8Array)) throw new Error(errors.join("\n"));
  return new WebAssembly.Module(new Uint8Array(bytes));
}

/** Slabs over a memory of their own, whose untouched bytes are not 0. */
export class SlabsDriver {
  /** First byte of the first page, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  readonly #memory: WebAssembly.Memory;
  readonly #exports: SlabExports;
  /** The record of the slabs, behind what belongs to the compiler. */
  readonly #slabs = PAGE_BYTES;

  constructor(module: WebAssembly.Module, pages: number) {
    const records = PAGE_BYTES + SLABS_BYTES;
    const recordsEnd = records + SLAB_HEADS_BYTES + pages * PAGE_RECORD_BYTES;
    this.start = Math.ceil(recordsEnd / SLAB_BYTES) * SLAB_BYTES;
    this.end = this.start + pages * SLAB_BYTES;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(this.end / PAGE_BYTES) });
    this.bytes.fill(0xa5, this.start, this.end);
    this.#write(SLABS_START, this.start);
    this.#write(SLABS_PAGES, pages);
    this.#write(SLABS_RECORDS, records);
    const env = { memory: this.#memory, abort: () => undefined };
    // cast: what ENTRY_TEXT exports.
    this.#exports = new WebAssembly.Instance(module, { env }).exports as unknown as SlabExports;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer);
  }

  get usedBytes(): number {
    return this.#read(SLABS_USED_BYTES);
  }

  get usedPages(): number {
    return this.#read(SLABS_USED_PAGES);
  }

  /** Address of a block, 0 when there is no room. */
  take(bytes: number): number {
    return this.#exports.slabTake(this.#slabs, bytes) >>> 0;
  }

  giveBack(block: number, bytes: number): void {
    this.#exports.slabReturn(this.#slabs, block, bytes);
  }

  #read(offset: number): number {
    return new DataView(this.#memory.buffer).getUint32(this.#slabs + offset, true);
  }

  #write(offset: number, value: number): void {
    new DataView(this.#memory.buffer).setUint32(this.#slabs + offset, value, true);
  }
}
