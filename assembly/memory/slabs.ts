/**
 * Blocks of several sizes out of one region, for the writing side of tables.
 *
 *   heads: one u32 a size    records: one a page    pages of 4096 bytes
 *   | 8 | 16 | 24 | … |      | page 0 | page 1 |…   | 85 blocks of 48 | 170 blocks of 24 | …
 *
 * A page holds blocks of one size. Pages with a free block of a size are chained from its head; a
 * page whose last block came back serves any size again, so what one size gave back is not lost to
 * the others. Blocks are not zeroed, and a free block's first word leads to the next free one.
 * Invariant: usedBytes is the sum over blocks handed out, of the sizes that were asked for, rounded
 * up to SLAB_UNIT_BYTES. Cost: O(1). Source: Bonwick, The Slab Allocator (USENIX 1994).
 */

import {
  PAGE_RECORD_BYTES,
  SLAB_BLOCK_BYTES_MAX,
  SLAB_BYTES,
  SLAB_HEADS_BYTES,
  SLAB_UNIT_BYTES,
} from "../layout";
import { Page, Slabs } from "./records";

/** Bytes that a block of at least so many takes. */
export function slabBlockBytes(bytes: u32): u32 {
  return (bytes + (SLAB_UNIT_BYTES - 1)) & ~(SLAB_UNIT_BYTES - 1);
}

/** A block of at least so many bytes (to SLAB_BLOCK_BYTES_MAX), or 0 when no page is left. */
export function slabTake(slabs: Slabs, bytes: u32): u32 {
  assert(bytes != 0 && bytes <= SLAB_BLOCK_BYTES_MAX);
  const size = slabBlockBytes(bytes);
  const head = headOf(slabs, size);
  let record = load<u32>(head);
  if (record == 0) {
    record = pageTake(slabs);
    if (record == 0) return 0;
    pageLink(head, changetype<Page>(record));
  }
  const page = changetype<Page>(record);
  let block = page.free;
  if (block != 0) {
    page.free = load<u32>(block);
  } else {
    block = pageStart(slabs, record) + <u32>page.touched * size;
    page.touched += 1;
  }
  page.used += 1;
  if (page.used == pageBlocks(size)) pageUnlink(head, page);
  slabs.usedBytes += size;
  return block;
}

/** Gives a block back that slabTake handed out for so many bytes. */
export function slabReturn(slabs: Slabs, block: u32, bytes: u32): void {
  const size = slabBlockBytes(bytes);
  const head = headOf(slabs, size);
  const index = (block - slabs.start) / SLAB_BYTES;
  const record = recordsOf(slabs) + index * PAGE_RECORD_BYTES;
  const page = changetype<Page>(record);
  if (page.used == pageBlocks(size)) pageLink(head, page);
  store<u32>(block, page.free);
  page.free = block;
  page.used -= 1;
  slabs.usedBytes -= size;
  if (page.used != 0) return;
  pageUnlink(head, page);
  page.next = slabs.free;
  slabs.free = record;
  slabs.usedPages -= 1;
}

/** Blocks of a size that a page holds. */
function pageBlocks(size: u32): u32 {
  return SLAB_BYTES / size;
}

function headOf(slabs: Slabs, size: u32): u32 {
  return slabs.records + (size / SLAB_UNIT_BYTES) * 4;
}

function recordsOf(slabs: Slabs): u32 {
  return slabs.records + SLAB_HEADS_BYTES;
}

function pageStart(slabs: Slabs, record: u32): u32 {
  return slabs.start + ((record - recordsOf(slabs)) / PAGE_RECORD_BYTES) * SLAB_BYTES;
}

/** The record of a page without blocks, or 0. */
function pageTake(slabs: Slabs): u32 {
  let record = slabs.free;
  if (record != 0) {
    slabs.free = changetype<Page>(record).next;
  } else {
    if (slabs.touched == slabs.pages) return 0;
    record = recordsOf(slabs) + slabs.touched * PAGE_RECORD_BYTES;
    slabs.touched += 1;
  }
  const page = changetype<Page>(record);
  page.free = 0;
  page.used = 0;
  page.touched = 0;
  slabs.usedPages += 1;
  return record;
}

/** Puts a page in front of those of its size that have room. */
function pageLink(head: u32, page: Page): void {
  const next = load<u32>(head);
  page.next = next;
  page.previous = 0;
  if (next != 0) changetype<Page>(next).previous = changetype<u32>(page);
  store<u32>(head, changetype<u32>(page));
}

function pageUnlink(head: u32, page: Page): void {
  if (page.previous != 0) changetype<Page>(page.previous).next = page.next;
  else store<u32>(head, page.next);
  if (page.next != 0) changetype<Page>(page.next).previous = page.previous;
}
