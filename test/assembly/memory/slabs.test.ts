/** Slabs: blocks of many sizes that never meet, and pages that go from one size to another. */

import { beforeAll, describe, expect, it } from "vitest";
import { SLAB_BLOCK_BYTES_MAX, SLAB_BYTES, SLAB_UNIT_BYTES } from "../../../assembly/layout.ts";
import { type Random, seededRandom } from "../../oracle/random.ts";
import { compileSlabs, SlabsDriver } from "./slabs-driver.ts";

const PAGES = 24;
const STEPS = 6000;
/** Sizes that a test of all sizes leaves out between two that it takes. */
const SIZES_APART = 56;

/** A block that was handed out, its bytes all set to one value. */
interface Block {
  readonly address: number;
  readonly bytes: number;
  readonly mark: number;
}

/** The shared build has nothing of its own here. */
describe.each(["debug", "release"] as const)("%s build", (target) => {
  let module: WebAssembly.Module;
  beforeAll(async () => {
    module = await compileSlabs(target);
  });
  const createSlabs = () => new SlabsDriver(module, PAGES);

  it("fills whole pages with blocks of a size, and has no block more", () => {
    const slabs = createSlabs();
    for (let bytes = 1; bytes <= SLAB_BLOCK_BYTES_MAX; bytes += SIZES_APART) {
      const blocks = takeAll(slabs, bytes);
      const size = sizeOf(bytes);
      expect(blocks.length).toBe(PAGES * Math.floor(SLAB_BYTES / size));
      expect(slabs).toMatchObject({ usedBytes: blocks.length * size, usedPages: PAGES });
      for (const block of blocks) slabs.giveBack(block, bytes);
      expect(slabs).toMatchObject({ usedBytes: 0, usedPages: 0 });
    }
  });

  it("keeps blocks apart, as they were written, and counts their bytes", () => {
    const slabs = createSlabs();
    const random = seededRandom(31);
    const held: Block[] = [];
    let refused = 0;
    for (let step = 0; step < STEPS; step++) {
      // Waves: mostly taking, then mostly giving back.
      const isTaking = random.below(10) < (step % 1500 < 900 ? 7 : 2);
      if (isTaking) refused += Number(!takeMarked(slabs, random, held, step % 251));
      else returnOne(slabs, random, held);
      expect(slabs.usedBytes).toBe(held.reduce((sum, { bytes }) => sum + sizeOf(bytes), 0));
    }
    expect(refused).toBeGreaterThan(100);
    expectApart(slabs, held);
    while (held.length > 0) returnOne(slabs, random, held);
    expect(slabs).toMatchObject({ usedBytes: 0, usedPages: 0 });
  });

  it("has the pages of one size for another when their last block is back", () => {
    const slabs = createSlabs();
    const small = takeAll(slabs, 16);
    const perPage = SLAB_BYTES / 16;
    expect(slabs.take(24)).toBe(0);
    // One block of the second page stays: that page serves 16 bytes alone.
    const second = small.slice(perPage, 2 * perPage);
    for (const block of second.slice(1)) slabs.giveBack(block, 16);
    expect(slabs.take(24)).toBe(0);
    expect(takeAll(slabs, 16).length).toBe(perPage - 1);
    for (const block of second) slabs.giveBack(block, 16);
    expect(slabs.usedPages).toBe(PAGES - 1);
    const page = Math.min(...second);
    expect(slabs.take(SLAB_BLOCK_BYTES_MAX)).toBe(page);
  });
});

/** Bytes that a block takes. */
function sizeOf(bytes: number): number {
  return Math.ceil(bytes / SLAB_UNIT_BYTES) * SLAB_UNIT_BYTES;
}

function takeAll(slabs: SlabsDriver, bytes: number): readonly number[] {
  const blocks: number[] = [];
  for (let block = slabs.take(bytes); block !== 0; block = slabs.take(bytes)) blocks.push(block);
  return blocks;
}

/** Takes a block of few sizes, small ones mostly, and marks it; false when there was none. */
function takeMarked(slabs: SlabsDriver, random: Random, held: Block[], mark: number): boolean {
  const bytes = random.below(20) === 0 ? 1 + random.below(4096) : 1 + 40 * random.below(12);
  const address = slabs.take(bytes);
  if (address === 0) return false;
  expect(address % SLAB_UNIT_BYTES).toBe(0);
  slabs.bytes.fill(mark, address, address + bytes);
  held.push({ address, bytes, mark });
  return true;
}

/** Gives one of the blocks back, if there is one, whose bytes must be as they were marked. */
function returnOne(slabs: SlabsDriver, random: Random, held: Block[]): void {
  const [block] = held.splice(random.below(held.length), 1);
  if (block === undefined) return;
  const { address, bytes, mark } = block;
  const content = slabs.bytes.subarray(address, address + bytes);
  expect(content.every((byte) => byte === mark)).toBe(true);
  slabs.giveBack(address, bytes);
}

function expectApart(slabs: SlabsDriver, held: readonly Block[]): void {
  let end = slabs.start;
  for (const { address, bytes } of [...held].sort((a, b) => a.address - b.address)) {
    expect(address).toBeGreaterThanOrEqual(end);
    end = address + sizeOf(bytes);
  }
  expect(end).toBeLessThanOrEqual(slabs.end);
}
