/**
 * ICMP errors about the batch's packets: what was dropped for a reason that its sender is told.
 *
 * The reply goes where routes lead its packet's source, by the next hop that the packet's own hash
 * chooses; where none does, back over the interface and to the MAC that the packet came from. It
 * comes from the address of the interface that it leaves by (IPv4), or from the one that goes best
 * with its destination (IPv6); interface 0 has those that stand in.
 * A token bucket bounds replies (RFC 1812, 4.3.2.8; RFC 4443, 2.4 f).
 */

import { fib4LookupBatch } from "../fib/fib4";
import { fib6LookupBatch } from "../fib/fib6";
import { groupAdjacency, groupSlot, groupWord } from "../flow/group";
import { flowHash } from "../flow/hash";
import {
  BATCH_GROUPS4,
  BATCH_GROUPS6,
  BATCH_LINK_TYPES,
  BATCH_OFFSETS,
  BATCH_PACKED4,
  BATCH_PACKED6,
  BATCH_REASONS,
  BATCH_VERDICTS,
  DROP_BEYOND_SCOPE,
  DROP_IPV6_OPTION,
  DROP_NO_ROUTE,
  DROP_PROHIBIT,
  DROP_TOO_BIG,
  DROP_TTL_EXPIRED,
  DROP_UNREACHABLE,
  FLOW_DECAPSULATED,
  GROUPS_RESERVED,
  HEADER,
  HEADER_INPUT,
  HEADER_INTERFACES,
  HEADER_REPLY_BURST,
  HEADER_REPLY_RATE,
  LINK_ETHERNET,
  REPLIES_COUNT,
  REPLIES_FRAMES,
  REPLIES_LIMITED,
  REPLIES_MADE,
  REPLIES_RECORDS,
  REPLIES_TOKENS,
  REPLY_ADDRESS,
  REPLY_ERROR,
  REPLY_FRAME_BYTES,
  REPLY_HEADROOM,
  REPLY_INTERFACE,
  REPLY_LENGTH,
  REPLY_PACKET,
  REPLY_RECORD_BYTES,
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACE_IPV4,
  ROUTER_INTERFACE_IPV6,
  ROUTER_INTERFACE_LINK_LOCAL,
  ROUTER_INTERFACE_MAC,
  ROUTER_INTERFACES_MAX,
  VERDICT_DROP,
} from "../layout";
import { batchFlow, headerReplies } from "../memory/header";
import { Flow } from "../memory/records";
import { etherTypeOf, headersWrite } from "../packet/encapsulate";
import { icmp4Write, icmp6Write, icmpMayAnswer } from "../packet/icmp";
import { LEAVING_HEADER_BYTES } from "../packet/rewrite";
import { sourceAddress6 } from "../packet/source-address";
import { bucketFill, bucketTake } from "./bucket";
import { adjacencyAt, adjacencyMtuOf } from "./resolve";

/** Type and code of each error, as 0xTTCC; 0 for reasons that nobody is told. */
const TIME_EXCEEDED4: u32 = 0x0b00;
const NET_UNREACHABLE: u32 = 0x0300;
const HOST_UNREACHABLE: u32 = 0x0301;
const FRAGMENTATION_NEEDED: u32 = 0x0304;
const FILTERED: u32 = 0x030d;
const TIME_EXCEEDED6: u32 = 0x0300;
const NO_ROUTE6: u32 = 0x0100;
const PROHIBITED6: u32 = 0x0101;
const BEYOND_SCOPE6: u32 = 0x0102;
const TOO_BIG6: u32 = 0x0200;
const PARAMETER_PROBLEM6: u32 = 0x0400;
/** For DROP_IPV6_OPTION, flow.hash holds place and code (packet/hop-by-hop.ts). */
const FAULT_PLACE: u64 = 0xffff;
const FAULT_CODE_SHIFT: u64 = 16;

/** fe80::/10. */
const LINK_LOCAL_TOP: u64 = 0x3fa;
const LINK_LOCAL_SHIFT: u64 = 54;

function error4Of(reason: u32): u32 {
  switch (reason) {
    case DROP_TTL_EXPIRED:
      return TIME_EXCEEDED4;
    case DROP_NO_ROUTE:
      return NET_UNREACHABLE;
    case DROP_UNREACHABLE:
      return HOST_UNREACHABLE;
    case DROP_PROHIBIT:
      return FILTERED;
    case DROP_TOO_BIG:
      return FRAGMENTATION_NEEDED;
    default:
      return 0;
  }
}

function error6Of(reason: u32, flow: Flow): u32 {
  switch (reason) {
    case DROP_TTL_EXPIRED:
      return TIME_EXCEEDED6;
    case DROP_NO_ROUTE:
    case DROP_UNREACHABLE:
      return NO_ROUTE6;
    case DROP_PROHIBIT:
      return PROHIBITED6;
    case DROP_BEYOND_SCOPE:
      return BEYOND_SCOPE6;
    case DROP_TOO_BIG:
      return TOO_BIG6;
    case DROP_IPV6_OPTION:
      return PARAMETER_PROBLEM6 | <u32>(flow.hash >>> FAULT_CODE_SHIFT);
    default:
      return 0;
  }
}

/** Makes the replies about the batch's packets; none where the rate is 0. */
export function repliesMake(worker: u32, batch: u32, count: u32): void {
  const replies = headerReplies(worker);
  store<u32>(replies, 0, REPLIES_COUNT);
  const rate = load<u32>(HEADER, HEADER_REPLY_RATE);
  if (rate == 0) return;
  bucketFill(replies + REPLIES_TOKENS, rate, load<u32>(HEADER, HEADER_REPLY_BURST));
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    if (load<u32>(cell, BATCH_VERDICTS) != VERDICT_DROP) continue;
    const flow = batchFlow(batch, i);
    const reason = load<u32>(cell, BATCH_REASONS);
    const error = flow.family == 4 ? error4Of(reason) : error6Of(reason, flow);
    if (error == 0 || !icmpMayAnswer(flow)) continue;
    // Whence a packet in a tunnel came, its link header does not say: routes alone do.
    if ((flow.flags & FLOW_DECAPSULATED) != 0 && !isRouted(worker, batch, flow)) continue;
    if (!tokenTake(replies)) continue;
    replyMake(worker, batch, i, error);
  }
}

function tokenTake(replies: u32): bool {
  if (!bucketTake(replies + REPLIES_TOKENS)) {
    store<u64>(replies, load<u64>(replies, REPLIES_LIMITED) + 1, REPLIES_LIMITED);
    return false;
  }
  store<u64>(replies, load<u64>(replies, REPLIES_MADE) + 1, REPLIES_MADE);
  return true;
}

/** Writes the next reply's frame and its record. */
function replyMake(worker: u32, batch: u32, packet: u32, error: u32): void {
  const replies = headerReplies(worker);
  const flow = batchFlow(batch, packet);
  const index = load<u32>(replies, REPLIES_COUNT);
  const network = replies + REPLIES_FRAMES + index * REPLY_FRAME_BYTES + REPLY_HEADROOM;
  const cell = batch + (packet << 2);
  // Before the flow is hashed: its record has one place for the fault and the hash.
  const value = detailOf(cell, flow);
  // A link-local source is on the link that its packet came by, wherever routes lead.
  const adjacency = isLinkLocal(flow) ? 0 : sourceAdjacency(worker, batch, flow);
  const leaves = adjacency != 0 ? adjacencyAt(adjacency).interfaceIndex : inputInterface();
  const source = addressOf(leaves, flow);
  const bytes =
    flow.family == 4
      ? icmp4Write(network, flow, error, value, source)
      : icmp6Write(network, flow, error, value, source);
  let headerBytes = LEAVING_HEADER_BYTES;
  if (adjacency != 0) {
    const outlet = adjacencyAt(adjacency);
    headersWrite(network, flow.family, bytes, outlet, flowHash(flow), 0);
    headerBytes = outlet.headerBytes;
  } else {
    returnHeader(network, cell, flow);
  }
  const record = replies + REPLIES_RECORDS + index * REPLY_RECORD_BYTES;
  store<u32>(record, network - headerBytes, REPLY_ADDRESS);
  store<u32>(record, bytes + headerBytes, REPLY_LENGTH);
  store<u32>(record, leaves, REPLY_INTERFACE);
  store<u16>(record, <u16>packet, REPLY_PACKET);
  store<u16>(record, <u16>error, REPLY_ERROR);
  store<u32>(replies, index + 1, REPLIES_COUNT);
}

/** The error's second word: the MTU that was too small, or where the option stands. */
function detailOf(cell: u32, flow: Flow): u32 {
  const reason = load<u32>(cell, BATCH_REASONS);
  if (reason == DROP_TOO_BIG) return adjacencyMtuOf(cell);
  return reason == DROP_IPV6_OPTION ? <u32>(flow.hash & FAULT_PLACE) : 0;
}

function isRouted(worker: u32, batch: u32, flow: Flow): bool {
  return !isLinkLocal(flow) && sourceGroup(worker, batch, flow) >= GROUPS_RESERVED;
}

/** The adjacency that routes give the source of a packet; 0 where none do. */
function sourceAdjacency(worker: u32, batch: u32, flow: Flow): u32 {
  const group = sourceGroup(worker, batch, flow);
  if (group < GROUPS_RESERVED) return 0;
  const word = groupWord(group);
  return groupAdjacency(word, groupSlot(word, flow));
}

/** The group of the route to the source of a packet. */
function sourceGroup(worker: u32, batch: u32, flow: Flow): u32 {
  // The batch's own packets are resolved by now: their columns are free.
  if (flow.family == 4) {
    store<u32>(batch, bswap<u32>(<u32>flow.sourceHigh), BATCH_PACKED4);
    fib4LookupBatch(batch + BATCH_PACKED4, batch + BATCH_GROUPS4, 1);
    return load<u32>(batch, BATCH_GROUPS4);
  }
  store<u64>(batch, bswap<u64>(flow.sourceHigh), BATCH_PACKED6);
  store<u64>(batch, bswap<u64>(flow.sourceLow), BATCH_PACKED6 + 8);
  fib6LookupBatch(batch + BATCH_PACKED6, batch + BATCH_GROUPS6, 1, worker);
  return load<u32>(batch, BATCH_GROUPS6);
}

function inputInterface(): u32 {
  return load<u32>(HEADER, HEADER_INPUT);
}

/** The record of an interface; that of interface 0 for a number that there is not. */
function interfaceAt(number: u32): u32 {
  const known = number < ROUTER_INTERFACES_MAX ? number : 0;
  return load<u32>(HEADER, HEADER_INTERFACES) + known * ROUTER_INTERFACE_BYTES;
}

function isLinkLocal(flow: Flow): bool {
  return flow.family == 6 && flow.sourceHigh >>> LINK_LOCAL_SHIFT == LINK_LOCAL_TOP;
}

/** Where the address stands that a reply to a packet's source comes from. */
function addressOf(leaves: u32, flow: Flow): u32 {
  const own = interfaceAt(leaves);
  if (flow.family == 4) {
    const at = own + ROUTER_INTERFACE_IPV4;
    return load<u32>(at) != 0 ? at : interfaceAt(0) + ROUTER_INTERFACE_IPV4;
  }
  if (isLinkLocal(flow)) {
    const at = own + ROUTER_INTERFACE_LINK_LOCAL;
    return load<u64>(at) != 0 ? at : interfaceAt(0) + ROUTER_INTERFACE_LINK_LOCAL;
  }
  const at = sourceAddress6(interfaceAt(0), flow.sourceHigh, flow.sourceLow);
  return at != 0 ? at : interfaceAt(0) + ROUTER_INTERFACE_IPV6;
}

/** The Ethernet header of a reply that goes back to where its packet came from. */
function returnHeader(network: u32, cell: u32, flow: Flow): void {
  const ethernet = network - LEAVING_HEADER_BYTES;
  memory.fill(ethernet, 0, 6);
  if (load<u32>(cell, BATCH_LINK_TYPES) == LINK_ETHERNET) {
    memory.copy(ethernet, load<u32>(cell, BATCH_OFFSETS) + 6, 6);
  }
  memory.copy(ethernet + 6, interfaceAt(inputInterface()) + ROUTER_INTERFACE_MAC, 6);
  store<u16>(ethernet, etherTypeOf(flow.family), 12);
}
