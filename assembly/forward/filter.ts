/** Takes packets out of a batch before it is forwarded: they count as never received. */

import {
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_MAX,
  BATCH_NUMBERS,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_TIMESTAMPS,
} from "../layout";
import { headerBatch } from "../memory/header";
import { linkFamily, linkOffset, linkParse } from "../packet/link";

/** Keeps the packets of one family (4 or 6) of the first `count`; returns how many stay. */
export function batchKeepFamily(count: u32, family: u32): u32 {
  assert(count <= BATCH_MAX);
  const batch = headerBatch();
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    const link = linkParse(
      load<u32>(cell, BATCH_OFFSETS),
      load<u32>(cell, BATCH_LENGTHS),
      load<u32>(cell, BATCH_LINK_TYPES),
    );
    // A link header may promise a packet of which not a byte is there: it counts as no family.
    if (linkFamily(link) != family || linkOffset(link) >= load<u32>(cell, BATCH_LENGTHS)) continue;
    if (kept != i) packetMove(batch, i, kept);
    kept += 1;
  }
  return kept;
}

/** Copies the input columns of one packet to another place of the batch, before its own. */
export function packetMove(batch: u32, from: u32, to: u32): void {
  const source = batch + (from << 2);
  const target = batch + (to << 2);
  store<u32>(target, load<u32>(source, BATCH_OFFSETS), BATCH_OFFSETS);
  store<u32>(target, load<u32>(source, BATCH_LENGTHS), BATCH_LENGTHS);
  store<u32>(target, load<u32>(source, BATCH_ORIGINAL_LENGTHS), BATCH_ORIGINAL_LENGTHS);
  store<u32>(target, load<u32>(source, BATCH_LINK_TYPES), BATCH_LINK_TYPES);
  const timestamp = load<u64>(batch + (from << 3), BATCH_TIMESTAMPS);
  store<u64>(batch + (to << 3), timestamp, BATCH_TIMESTAMPS);
  store<f64>(batch + (to << 3), load<f64>(batch + (from << 3), BATCH_NUMBERS), BATCH_NUMBERS);
}
