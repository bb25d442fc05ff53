/**
 * Nodes that are stored once however many links lead to them, for the writing side of fast tables.
 *
 * A node is made in scratch memory and then shared: where one of the same kind and content exists,
 * that one is the answer. Nodes never change once they are shared, so readers see a node whole or
 * not at all. An index of open addressing finds them by content; at most 3/4 of it is used.
 *
 *   content -> hash -> entry {hash, word} -> node in slabs; users in an array beside them
 *
 * Users of a node are the links in root words, tables and other nodes, and whoever makes a node of
 * it. A link that is taken away goes into a ring, and counts as a user until no reader can have
 * followed it (memory/epochs.ts); only then may its node go, and the links that it holds with it.
 * Until then an update that needs the same content again finds it.
 *
 *   ring     links taken away, by epoch -> the node loses a user
 *   dead     nodes without users that hold links, chained through their numbers of users
 *
 * What a dead node leads to loses its users when the node's turn comes, so that a node with 65,536
 * nodes below it is freed in as many steps as it takes.
 * Cost: a hash of the content (8 bytes a step), a probe, and a comparison.
 */

import {
  ENTRY_BYTES,
  HEADER,
  HEADER_KEY0,
  NODE_DIRECT,
  NODE_DIRECT_BYTES,
  NODE_TABLE,
  NODE_WORD_MIN,
  NODE_WORDS,
  RETIRED_BYTES,
  RETIRED_EPOCH,
  RETIRED_MAX,
  RETIRED_WORD,
  SLAB_UNIT_BYTES,
  USERS_BYTES,
} from "../layout";
import { epochAdvance, epochNow, epochOldest } from "../memory/epochs-update";
import { tableIndex, tableRing, tableSlabs } from "../memory/header";
import { Entry, Index, Table } from "../memory/records";
import { slabBlockBytes, slabReturn, slabTake } from "../memory/slabs";
import { nodeAddress, nodeBytes, nodeKind, nodeLinks, nodeLinksBytes } from "./nodes";
import { isWorkSpent, WORK_CELLS, WORK_NODE, workSpend } from "./work-update";

/** Entries that may stand between where an entry would be and is: some hundreds at 3/4 of use. */
const PROBES_MAX: u32 = 4096;

/** Odd, and without structure: the fraction of the golden ratio. */
const MIX: u64 = 0x9e3779b97f4a7c15;

/**
 * The word of a node with the content of the one made at `source` (whose unused bytes, to a
 * multiple of 8, are 0), with one more user: the caller; 0 when there is no room for it.
 */
export function nodeShare(table: Table, source: u32, kind: u32): u32 {
  workSpend(WORK_NODE);
  const index = tableIndex(table);
  const bytes = slabBlockBytes(nodeBytes(source + kind));
  const hash = contentHash(source, bytes, kind);
  let place = homeOf(index, hash);
  let entry = entryAt(index, place);
  let probes: u32 = 0;
  for (; probes < PROBES_MAX && entry.hash != 0; probes++) {
    if (entry.hash == hash && isEqual(entry.word, source, bytes, kind)) {
      nodeUse(table, entry.word, 1);
      return entry.word;
    }
    place = (place + 1) & index.mask;
    entry = entryAt(index, place);
  }
  const hasRoom = probes < PROBES_MAX && index.used < (index.mask >>> 2) * 3;
  const node = hasRoom ? slabTake(tableSlabs(table), bytes) : 0;
  if (node == 0) return 0;
  memory.copy(node, source, bytes);
  entry.hash = hash;
  entry.word = node + kind;
  index.used += 1;
  store<u32>(usersOf(table, node), 1);
  if (kind == NODE_WORDS) linksUse(table, node + kind);
  return node + kind;
}

/** More users for the node that a word leads to; nothing for a group. */
export function nodeUse(table: Table, word: u32, users: u32): void {
  if (word < NODE_WORD_MIN) return;
  const address = usersOf(table, nodeAddress(word));
  store<u32>(address, load<u32>(address) + users);
}

/** Address of the number of users of a node. */
function usersOf(table: Table, node: u32): u32 {
  return table.users + ((node - tableSlabs(table).start) / SLAB_UNIT_BYTES) * USERS_BYTES;
}

/** A new node of words is a user of all nodes that it leads to. */
function linksUse(table: Table, word: u32): void {
  const links = nodeLinks(word);
  const end = links + nodeLinksBytes(word);
  for (let link = links; link < end; link += 4) nodeUse(table, load<u32>(link), 1);
}

/** Address of a NODE_DIRECT that leads nowhere yet, with one user: the caller; 0 without room. */
export function directTake(table: Table): u32 {
  const node = slabTake(tableSlabs(table), NODE_DIRECT_BYTES);
  if (node != 0) store<u32>(usersOf(table, node), 1);
  return node;
}

/** Links that can still be taken away before readers must move on. */
export function retireRoom(table: Table): u32 {
  const ring = tableRing(table);
  return RETIRED_MAX - (ring.added - ring.taken);
}

/** Whether readers hold what was taken away: later, there may be room. */
export function isHeld(table: Table): bool {
  const ring = tableRing(table);
  return ring.added != ring.taken;
}

/** Takes a link away that readers may be following, nothing for a group. There is room for it. */
export function nodeRetire(table: Table, word: u32): void {
  if (word < NODE_WORD_MIN) return;
  const ring = tableRing(table);
  const record = ring.start + (ring.added & ring.mask) * RETIRED_BYTES;
  store<u32>(record, word, RETIRED_WORD);
  store<u32>(record, epochNow(), RETIRED_EPOCH);
  ring.added += 1;
}

/** Frees what no reader can hold any more; false where work is spent before all of that is free. */
export function memoryMade(table: Table): bool {
  if (isHeld(table)) epochAdvance();
  const oldest = epochOldest();
  do {
    if (table.dead != 0) deadFree(table);
    else if (!retiredTake(table, oldest)) return true;
  } while (!isWorkSpent());
  return false;
}

/** Takes the oldest link of the ring for good; false where there is none, or readers hold it. */
function retiredTake(table: Table, oldest: u32): bool {
  const ring = tableRing(table);
  if (ring.taken == ring.added) return false;
  const record = ring.start + (ring.taken & ring.mask) * RETIRED_BYTES;
  if (<i32>(load<u32>(record, RETIRED_EPOCH) - oldest) >= 0) return false;
  ring.taken += 1;
  table.progress += 1;
  const word = load<u32>(record, RETIRED_WORD);
  if (nodeKind(word) == NODE_TABLE) deadAdd(table, word);
  else nodeRelease(table, word);
  workSpend(1);
  return true;
}

/** Takes a link away that no reader can follow, nothing for a group. A node without users goes. */
export function nodeRelease(table: Table, word: u32): void {
  if (word < NODE_WORD_MIN || !userLeave(table, word)) return;
  if (nodeLinksBytes(word) != 0) deadAdd(table, word);
  else slabReturn(tableSlabs(table), nodeAddress(word), nodeBytes(word));
}

/** Puts a node in front of the dead ones. */
function deadAdd(table: Table, word: u32): void {
  store<u32>(usersOf(table, nodeAddress(word)), table.dead);
  table.dead = word;
}

/** Frees the first of the dead nodes, and takes its links away. */
function deadFree(table: Table): void {
  const word = table.dead;
  table.dead = load<u32>(usersOf(table, nodeAddress(word)));
  const links = nodeLinks(word);
  const bytes = nodeLinksBytes(word);
  for (let offset: u32 = 0; offset < bytes; offset += 4) {
    const link = load<u32>(links + offset);
    if (link < NODE_WORD_MIN) continue;
    nodeRelease(table, link);
    workSpend(1);
  }
  workSpend(1 + bytes / (4 * WORK_CELLS));
  slabReturn(tableSlabs(table), nodeAddress(word), nodeBytes(word));
}

/** One user less; whether none is left, and the node is out of the index. */
function userLeave(table: Table, word: u32): bool {
  const address = usersOf(table, nodeAddress(word));
  const users = load<u32>(address) - 1;
  store<u32>(address, users);
  if (users != 0) return false;
  if (nodeKind(word) != NODE_DIRECT) entryRemove(tableIndex(table), placeOf(table, word));
  return true;
}

function entryAt(index: Index, place: u32): Entry {
  return changetype<Entry>(index.start + place * ENTRY_BYTES);
}

/** Where the entry of a hash would stand if no other did: its lowest bit says nothing. */
function homeOf(index: Index, hash: u32): u32 {
  return (hash >>> 1) & index.mask;
}

/** Where the entry of a shared node stands. */
function placeOf(table: Table, word: u32): u32 {
  const index = tableIndex(table);
  const bytes = slabBlockBytes(nodeBytes(word));
  let place = homeOf(index, contentHash(nodeAddress(word), bytes, nodeKind(word)));
  for (let probes: u32 = 0; probes < PROBES_MAX; probes++) {
    if (entryAt(index, place).word == word) return place;
    place = (place + 1) & index.mask;
  }
  unreachable();
  return 0;
}

/** Empties a place, and moves entries behind it up that would not be found any more. */
function entryRemove(index: Index, place: u32): void {
  let hole = place;
  let next = place;
  // Further on, no entry would be found from the hole.
  while (((next - hole) & index.mask) < PROBES_MAX) {
    next = (next + 1) & index.mask;
    const entry = entryAt(index, next);
    if (entry.hash == 0) break;
    const home = homeOf(index, entry.hash);
    if (((next - home) & index.mask) < ((next - hole) & index.mask)) continue;
    memory.copy(changetype<u32>(entryAt(index, hole)), changetype<u32>(entry), ENTRY_BYTES);
    hole = next;
  }
  memory.fill(changetype<u32>(entryAt(index, hole)), 0, ENTRY_BYTES);
  index.used -= 1;
}

/** Hash of `bytes` bytes (a multiple of 8) under the flow key, which no peer knows; never 0. */
function contentHash(start: u32, bytes: u32, kind: u32): u32 {
  let state = load<u64>(HEADER, HEADER_KEY0) ^ kind;
  for (let offset: u32 = 0; offset < bytes; offset += 8) {
    state = (state ^ load<u64>(start + offset)) * MIX;
    state ^= state >>> 32;
  }
  state *= MIX;
  return <u32>(state >>> 32) | 1;
}

function isEqual(word: u32, source: u32, bytes: u32, kind: u32): bool {
  if (nodeKind(word) != kind || slabBlockBytes(nodeBytes(word)) != bytes) return false;
  const node = nodeAddress(word);
  for (let offset: u32 = 0; offset < bytes; offset += 8) {
    if (load<u64>(node + offset) != load<u64>(source + offset)) return false;
  }
  return true;
}
