/**
 * Many flows at once, for tools that ask about flows without packets; nothing here writes tables.
 *
 * Cost: a hash and a slot each. Flows stand one behind the other as the parser writes them.
 */

import { FLOW_BYTES, GROUP_TABLE_MIN, SLOT_TABLE_MASK } from "../layout";
import { Flow } from "../memory/records";
import { groupAdjacency, groupWord } from "./group";
import { flowHashOf } from "./hash";

/** Writes the hashes (u64) of `count` flows. */
export function flowsHash(flows: u32, hashes: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(hashes + (i << 3), flowHashOf(changetype<Flow>(flows + i * FLOW_BYTES)));
  }
}

/** Writes the adjacencies (u32) that the group's table gives to `count` flows. */
export function flowsChoose(id: u32, flows: u32, adjacencies: u32, count: u32): void {
  const word = groupWord(id);
  if (word < GROUP_TABLE_MIN) {
    for (let i: u32 = 0; i < count; i++) store<u32>(adjacencies + (i << 2), word);
    return;
  }
  const mask = load<u32>(word, SLOT_TABLE_MASK);
  for (let i: u32 = 0; i < count; i++) {
    const slot = <u32>flowHashOf(changetype<Flow>(flows + i * FLOW_BYTES)) & mask;
    store<u32>(adjacencies + (i << 2), groupAdjacency(word, slot));
  }
}
