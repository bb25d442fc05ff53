/**
 * ICMP errors that name no flow, copied to all next hops of their group: whoever has the
 * connection finds it by what is quoted.
 *
 *   error -> own next hop, by its own hash, as without copies: it alone counts as forwarded
 *         -> every other adjacency in a slot of the group, and every former owner whose window is
 *            open, none twice, from the error's slot on: a record each
 *
 * A token bucket bounds the copies, one token each: an error has at most as many as the group has
 * next hops, and whoever sends errors at will gets no more than the rate out of all of them.
 * Invariant: no copy leaves by an adjacency that is down, or whose link it is too big for.
 * Cost: one load a batch where no copies are asked for; else one a packet, and for each error that
 * is copied a walk through the slots of its group. Frames are made when they are sent.
 * Source: RFC 7690, section 3.
 */

import { groupAdjacency, groupSlot, groupWord } from "../flow/group";
import { flowHash } from "../flow/hash";
import { ownersList } from "../flow/owners";
import { pinsMay } from "../flow/pins";
import {
  ADJACENCY_DOWN,
  BATCH_ADJACENCIES,
  BATCH_GROUPS,
  BATCH_VERDICTS,
  COPIES_COUNT,
  COPIES_ERRORS,
  COPIES_LIMITED,
  COPIES_MADE,
  COPIES_MAX,
  COPIES_RECORDS,
  COPIES_SEEN,
  COPIES_SEEN_BYTES,
  COPIES_TOKENS,
  COPY_ADJACENCY,
  COPY_BYTES,
  COPY_PACKET,
  GROUP_TABLE_MIN,
  HEADER,
  HEADER_COPY_RATE,
  HEADER_LEAVING,
  LEAVING_FRAME,
  LEAVING_LENGTH,
  LEAVING_ORIGINAL_LENGTH,
  SLOT_OWNERS_MAX,
  SLOT_TABLE_MASK,
  STEERED_COPIED,
  VERDICT_FORWARD,
} from "../layout";
import { batchFlow, headerBatch, headerCopies } from "../memory/header";
import { Flow } from "../memory/records";
import { headersWrite } from "../packet/encapsulate";
import { bucketFill, bucketTake } from "./bucket";
import { adjacencyAt } from "./resolve";

/** Bits of a list of owners that one adjacency takes. */
const LISTED_BITS: u64 = 16;
const LISTED_MASK: u64 = 0xffff;

/** Notes the copies of the batch's errors; to be called once they are rewritten. */
export function copiesMake(worker: u32, batch: u32, count: u32): void {
  const rate = load<u32>(HEADER, HEADER_COPY_RATE);
  if (rate == 0) return;
  const copies = headerCopies(worker);
  store<u32>(copies, 0, COPIES_COUNT);
  bucketFill(copies + COPIES_TOKENS, rate, rate);
  for (let i: u32 = 0; i < count; i++) {
    const flow = batchFlow(batch, i);
    if (flow.steered != <u8>STEERED_COPIED) continue;
    const cell = batch + (i << 2);
    if (load<u32>(cell, BATCH_VERDICTS) != VERDICT_FORWARD) continue;
    const word = groupWord(load<u32>(cell, BATCH_GROUPS));
    if (word < GROUP_TABLE_MIN) continue;
    increment(copies + COPIES_ERRORS);
    memory.fill(copies + COPIES_SEEN, 0, COPIES_SEEN_BYTES);
    isNew(copies, load<u32>(cell, BATCH_ADJACENCIES));
    if (!errorCopy(copies, word, i, flow)) increment(copies + COPIES_LIMITED);
  }
}

/** Notes the copies of one error; false where not all that are due may be made. */
function errorCopy(copies: u32, word: u32, packet: u32, flow: Flow): bool {
  const mask = load<u32>(word, SLOT_TABLE_MASK);
  const first = groupSlot(word, flow);
  const mayHaveOwners = pinsMay(word);
  for (let i: u32 = 0; i <= mask; i++) {
    const slot = (first + i) & mask;
    const adjacency = groupAdjacency(word, slot);
    if (!copyNote(copies, adjacency, packet, flow)) return false;
    if (!mayHaveOwners) continue;
    let owners = ownersList(word, slot, adjacency, SLOT_OWNERS_MAX);
    for (; owners != 0; owners >>>= LISTED_BITS) {
      if (!copyNote(copies, <u32>(owners & LISTED_MASK), packet, flow)) return false;
    }
  }
  return true;
}

/** Notes one copy, if it is due; false where it is and may not be made. */
function copyNote(copies: u32, adjacency: u32, packet: u32, flow: Flow): bool {
  if (adjacency == 0 || !isNew(copies, adjacency)) return true;
  const outlet = adjacencyAt(adjacency);
  if (outlet.state == <u8>ADJACENCY_DOWN || flow.networkBytes > outlet.mtu) return true;
  const count = load<u32>(copies, COPIES_COUNT);
  if (count == COPIES_MAX || !bucketTake(copies + COPIES_TOKENS)) return false;
  const record = copies + COPIES_RECORDS + count * COPY_BYTES;
  store<u32>(record, packet, COPY_PACKET);
  store<u32>(record, adjacency, COPY_ADJACENCY);
  store<u32>(copies, count + 1, COPIES_COUNT);
  increment(copies + COPIES_MADE);
  return true;
}

/** Whether the error at hand does not go by an adjacency yet, which is noted. */
function isNew(copies: u32, adjacency: u32): bool {
  const word = copies + COPIES_SEEN + ((adjacency >>> 5) << 2);
  const bit = (<u32>1) << (adjacency & 31);
  const seen = load<u32>(word);
  store<u32>(word, seen | bit);
  return (seen & bit) == 0;
}

function increment(counter: u32): void {
  store<u64>(counter, load<u64>(counter) + 1);
}

/** Makes the frame of copy `index` at LEAVING_FRAME, its lengths in front, as leavingWrite does. */
export function copyWrite(worker: u32, index: u32): void {
  const record = headerCopies(worker) + COPIES_RECORDS + index * COPY_BYTES;
  const flow = batchFlow(headerBatch(), load<u32>(record, COPY_PACKET));
  const adjacency = adjacencyAt(load<u32>(record, COPY_ADJACENCY));
  const leaving = load<u32>(HEADER, HEADER_LEAVING);
  const headerBytes = <u32>adjacency.headerBytes;
  const network = leaving + LEAVING_FRAME + headerBytes;
  memory.copy(network, flow.network, flow.capturedBytes);
  headersWrite(network, flow.family, flow.networkBytes, adjacency, flowHash(flow), 0);
  store<u32>(leaving, flow.capturedBytes + headerBytes, LEAVING_LENGTH);
  store<u32>(leaving, flow.networkBytes + headerBytes, LEAVING_ORIGINAL_LENGTH);
}
