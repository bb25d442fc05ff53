/** From a packet's group to its verdict: kinds of route first, then TTL, then the adjacency. */

import { groupAdjacency, groupHas, groupSlot, groupWord } from "../flow/group";
import { keyRotates, pinsChoose, pinsMay, pinsRotate } from "../flow/pins";
import {
  ADJACENCY_BYTES,
  ADJACENCY_DRAINS,
  BATCH_ADJACENCIES,
  BATCH_GROUPS,
  BATCH_REASONS,
  BATCH_SERVERS,
  BATCH_SLOTS,
  BATCH_VERDICTS,
  BATCH_WAITING,
  DROP_BEYOND_SCOPE,
  DROP_BLACKHOLE,
  DROP_NEXT_HOP_DOWN,
  DROP_NO_ROUTE,
  DROP_PROHIBIT,
  DROP_TTL_EXPIRED,
  DROP_UNREACHABLE,
  FLOW_FRAGMENT,
  FLOW_HASHED,
  FLOW_PROTOCOL,
  GROUP_ID_BLACKHOLE,
  GROUP_ID_LOCAL,
  GROUP_ID_PROHIBIT,
  GROUP_ID_UNREACHABLE,
  GROUP_TABLE_MIN,
  GROUPS_RESERVED,
  SERVER_SLOTS_MAX,
  SLOT_NONE,
  SLOT_TABLE_MASK,
  STEERED_CONNECTION,
  STEERED_NOT,
  VERDICT_FORWARD,
  VERDICT_PUNT,
} from "../layout";
import { batchFlow, headerAdjacencies } from "../memory/header";
import { Adjacency, Flow } from "../memory/records";
import { otherHash, otherHashKnown } from "./other-key";

/** fe80::/10: such a source has no meaning beyond its link (RFC 4007, 9). */
const LINK_LOCAL_TOP: u64 = 0x3fa;
const LINK_LOCAL_SHIFT: u64 = 54;
/** A flow record's word of protocol, family, flags and TTL: a TTL of 2, and these flags. */
const TTL_LASTS: u32 = 2 << 24;
const OTHER_HASH: u32 = (FLOW_HASHED | FLOW_FRAGMENT) << 16;

/** The record of an adjacency. */
export function adjacencyAt(index: u32): Adjacency {
  return changetype<Adjacency>(headerAdjacencies() + index * ADJACENCY_BYTES);
}

/** MTU of the adjacency that was chosen for the packet whose cell is `cell`. */
export function adjacencyMtuOf(cell: u32): u32 {
  return adjacencyAt(load<u32>(cell, BATCH_ADJACENCIES)).mtu;
}

/**
 * Resolves one family's packets: `packets` and `groups` are the offsets of its packed columns.
 * Those that wait for their hash are listed, and their packets put first; returns how many. Hashes
 * cost less when many are made at once, and most packets need no more than is done right here.
 */
export function resolveStage(pins: u32, batch: u32, packets: u32, groups: u32, count: u32): u32 {
  let waiting: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + packets + (i << 2));
    const group = load<u32>(batch + groups + (i << 2));
    const flow = batchFlow(batch, packet);
    const cell = batch + (packet << 2);
    store<u32>(cell, group, BATCH_GROUPS);
    if (group >= GROUPS_RESERVED && isOrdinary(flow)) {
      const word = groupWord(group);
      if (word < GROUP_TABLE_MIN) {
        adjacencyGive(cell, word);
        continue;
      }
    } else if (!packetResolve(cell, flow, group, pins)) {
      continue;
    }
    store<u32>(batch + packets + (waiting << 2), packet);
    store<u32>(batch + (waiting << 2), changetype<u32>(flow), BATCH_WAITING);
    waiting += 1;
  }
  return waiting;
}

/** Whether a packet may go wherever its route leads, by a hash of its own addresses and ports. */
function isOrdinary(flow: Flow): bool {
  // Protocol, family, flags and TTL, which is uppermost: 2 or more.
  const facts = load<u32>(changetype<usize>(flow), FLOW_PROTOCOL);
  const isOwn = (facts & OTHER_HASH) == 0 && flow.steered == STEERED_NOT;
  return facts >= TTL_LASTS && isOwn && !isLinkLocal(flow);
}

/** IPv4 has nothing where fe80 would stand. */
function isLinkLocal(flow: Flow): bool {
  return flow.sourceHigh >>> LINK_LOCAL_SHIFT == LINK_LOCAL_TOP;
}

/** Gives the first `count` packets of a packed column, now that their flows have hashes, a slot. */
export function chooseStage(pins: u32, batch: u32, packets: u32, count: u32): void {
  const rotates = keyRotates();
  for (let i: u32 = 0; i < count; i++) {
    const packet = load<u32>(batch + packets + (i << 2));
    const cell = batch + (packet << 2);
    const flow = batchFlow(batch, packet);
    flow.flags |= <u8>FLOW_HASHED;
    const word = groupWord(load<u32>(cell, BATCH_GROUPS));
    if (word < GROUP_TABLE_MIN || rotates) {
      packetChoose(cell, flow, word, pins);
      continue;
    }
    const slot = <u32>flow.hash & load<u32>(word, SLOT_TABLE_MASK);
    const adjacency = groupAdjacency(word, slot);
    // After the slot: who changes it writes this first, so that a new owner never goes unnoticed.
    if (pinsMay(word)) {
      packetChoose(cell, flow, word, pins);
      continue;
    }
    if (adjacency != 0) store<u32>(cell, slot, BATCH_SLOTS);
    adjacencyGive(cell, adjacency);
  }
}

/**
 * Writes verdict, reason, slot and adjacency of one packet, whose cell is `cell`. Order as in the
 * Linux kernel: the route is looked at before the TTL, so that an expired packet to nowhere is
 * unreachable. `pins` is the head of the worker's pins. Returns whether the packet waits for its
 * hash, to be given its adjacency by chooseStage.
 */
function packetResolve(cell: u32, flow: Flow, group: u32, pins: u32): bool {
  if (group < GROUPS_RESERVED) {
    if (group == GROUP_ID_LOCAL) store<u32>(cell, VERDICT_PUNT, BATCH_VERDICTS);
    else store<u32>(cell, reservedReason(group), BATCH_REASONS);
    return false;
  }
  if (flow.ttl <= 1) {
    store<u32>(cell, DROP_TTL_EXPIRED, BATCH_REASONS);
    return false;
  }
  if (isLinkLocal(flow)) {
    store<u32>(cell, DROP_BEYOND_SCOPE, BATCH_REASONS);
    return false;
  }
  const word = groupWord(group);
  if (flow.steered == STEERED_CONNECTION && connectionGive(cell, flow, word)) return false;
  if (word < GROUP_TABLE_MIN) {
    adjacencyGive(cell, word);
    return false;
  }
  if ((flow.flags & (FLOW_HASHED | FLOW_FRAGMENT)) == 0) return true;
  packetChoose(cell, flow, word, pins);
  return false;
}

/**
 * Lets a packet go to the server that its connection id names, where that is one of its group's or
 * drains; others go by their hash. Whoever sends ids at will reaches no server but the group's.
 */
function connectionGive(cell: u32, flow: Flow, word: u32): bool {
  const server = load<u32>(cell, BATCH_SERVERS);
  const drains = adjacencyAt(server).state == ADJACENCY_DRAINS;
  if (drains || groupHas(word, server, SERVER_SLOTS_MAX)) {
    adjacencyGive(cell, server);
    return true;
  }
  flow.steered = <u8>STEERED_NOT;
  return false;
}

/** Writes verdict, slot and adjacency of a packet by its group's word. */
function packetChoose(cell: u32, flow: Flow, word: u32, pins: u32): void {
  const slot = groupSlot(word, flow);
  let adjacency = groupAdjacency(word, slot);
  if (slot == SLOT_NONE) {
    adjacencyGive(cell, adjacency);
    return;
  }
  if (keyRotates() && otherHashKnown(flow)) {
    adjacency = pinsRotate(pins, word, adjacency, flow, otherHash(flow));
  } else if (pinsMay(word)) {
    adjacency = pinsChoose(pins, word, slot, adjacency, flow);
  }
  if (adjacency != 0) store<u32>(cell, slot, BATCH_SLOTS);
  adjacencyGive(cell, adjacency);
}

/** Lets a packet leave over an adjacency; 0 where no next hop is up. */
function adjacencyGive(cell: u32, adjacency: u32): void {
  if (adjacency == 0) {
    store<u32>(cell, DROP_NEXT_HOP_DOWN, BATCH_REASONS);
    return;
  }
  store<u32>(cell, adjacency, BATCH_ADJACENCIES);
  store<u32>(cell, VERDICT_FORWARD, BATCH_VERDICTS);
}

function reservedReason(group: u32): u32 {
  if (group == GROUP_ID_BLACKHOLE) return DROP_BLACKHOLE;
  if (group == GROUP_ID_UNREACHABLE) return DROP_UNREACHABLE;
  if (group == GROUP_ID_PROHIBIT) return DROP_PROHIBIT;
  return DROP_NO_ROUTE;
}
