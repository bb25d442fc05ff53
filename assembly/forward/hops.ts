/**
 * Hop lists: a packet to a server by GUE may name the servers that its slot belonged to before, so
 * that one which does not know its connection passes it on (packet/gue.ts has the form). A list has
 * those that are reached by GUE over the same family. It is made while the batch holds its tables,
 * and written when the packet leaves.
 */

import { groupWord } from "../flow/group";
import { ownersList } from "../flow/owners";
import {
  ADJACENCY_OUTER_DESTINATION,
  BATCH_ADJACENCIES,
  BATCH_GROUPS,
  BATCH_HOPS,
  BATCH_SLOTS,
  ENCAPSULATION_GUE,
  HOPS_MAX,
} from "../layout";
import { headerBatch } from "../memory/header";
import { Adjacency } from "../memory/records";
import { hopListBegin, hopListBytes } from "../packet/gue";
import { adjacencyAt } from "./resolve";

/** Where the hops of the packet stand whose cell is `cell`: a u64. */
function hopsCell(cell: u32): u32 {
  return headerBatch() + BATCH_HOPS + ((cell - headerBatch()) << 1);
}

/** Notes the hops of a forwarded packet; returns the bytes of its list, 0 where it has none. */
export function hopsFind(cell: u32, adjacency: Adjacency): u32 {
  const most = <u32>adjacency.hops;
  if (most == 0) return 0;
  const word = groupWord(load<u32>(cell, BATCH_GROUPS));
  const slot = load<u32>(cell, BATCH_SLOTS);
  const owners = ownersList(word, slot, load<u32>(cell, BATCH_ADJACENCIES), most);
  let hops: u64 = 0;
  let count: u64 = 0;
  for (let left = owners; left != 0; left >>>= 16) {
    const hop = left & 0xffff;
    const other = adjacencyAt(<u32>hop);
    if (other.encapsulation != ENCAPSULATION_GUE) continue;
    if (other.outerFamily != adjacency.outerFamily) continue;
    hops |= hop << (count << 4);
    count += 1;
  }
  store<u64>(hopsCell(cell), hops);
  return hopListBytes(<u32>count, adjacency.outerFamily);
}

/** Writes the list that hopsFind noted at `list`, in HOPS_BYTES_MAX bytes; returns its bytes. */
export function hopsWrite(cell: u32, adjacency: Adjacency, list: u32): u32 {
  if (adjacency.hops == 0) return 0;
  const family = <u32>adjacency.outerFamily;
  const bytes: u32 = family == 4 ? 4 : 16;
  let count: u32 = 0;
  let left = load<u64>(hopsCell(cell));
  for (; count < HOPS_MAX && left != 0; count++) {
    const hop = changetype<u32>(adjacencyAt(<u32>(left & 0xffff)));
    const address = hop + ADJACENCY_OUTER_DESTINATION;
    memory.copy(hopListBegin(list, family, count + 1) + count * bytes, address, bytes);
    left >>>= 16;
  }
  return hopListBytes(count, family);
}
