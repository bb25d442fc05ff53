/**
 * Pools of equal blocks with a free list, for the writing side of tables.
 *
 *   start                     touched                    capacity
 *   | used, free, used, …     | never handed out         |
 *
 * A free block's first word leads to the next free one. Invariant: used + length of the free list
 * = touched <= capacity. A block is handed out zeroed. Cost: O(1), plus clearing a reused block.
 */

import { Pool } from "./records";

/** Blocks that can still be taken. */
export function poolRoom(pool: Pool): u32 {
  return pool.capacity - pool.used;
}

/** A zeroed block, or 0 when the pool is full. */
export function poolTake(pool: Pool): u32 {
  const reused = pool.free;
  if (reused != 0) {
    pool.free = load<u32>(reused);
    pool.used += 1;
    memory.fill(reused, 0, pool.blockBytes);
    return reused;
  }
  const touched = pool.touched;
  if (touched == pool.capacity) return 0;
  pool.touched = touched + 1;
  pool.used += 1;
  return pool.start + touched * pool.blockBytes;
}

/** Gives a block back that poolTake handed out. */
export function poolReturn(pool: Pool, block: u32): void {
  store<u32>(block, pool.free);
  pool.free = block;
  pool.used -= 1;
}
