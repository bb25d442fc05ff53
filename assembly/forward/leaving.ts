/**
 * Packets as they leave. Most do in place: an Ethernet header over what came before the IP header.
 * Where more than that is to be in front (tags, outer headers), or the packet is to be cut, there
 * is no room beside its neighbours: its frames are made on demand, one by one, in a region of
 * their own, by whoever sends or writes them.
 */

import { flowHash } from "../flow/hash";
import {
  ADJACENCY_BYTES,
  BATCH_ADJACENCIES,
  BATCH_OUT_LENGTHS,
  BATCH_OUT_OFFSETS,
  BATCH_OUT_ORIGINAL_LENGTHS,
  BATCH_REASONS,
  BATCH_VERDICTS,
  DROP_TOO_BIG,
  HEADER,
  HEADER_LEAVING,
  LEAVING_FRAME,
  LEAVING_HOPS,
  LEAVING_HOPS_BYTES,
  LEAVING_LENGTH,
  LEAVING_ORIGINAL_LENGTH,
  VERDICT_DROP,
  VERDICT_FORWARD,
} from "../layout";
import { batchFlow, headerAdjacencies, headerBatch } from "../memory/header";
import { Adjacency, Flow } from "../memory/records";
import { headersWrite } from "../packet/encapsulate";
import { fragmentCount, fragmentsBytes, fragmentWrite } from "../packet/fragment";
import { ethernetWrite, LEAVING_HEADER_BYTES, ttlDecrease } from "../packet/rewrite";
import { hopsFind, hopsWrite } from "./hops";
import { adjacencyAt } from "./resolve";

/** Don't fragment, as the header's seventh byte has it. */
const DF: u32 = 0x40;

/** Rewrites the batch's forwarded packets, and drops those that are too big for their link. */
export function rewriteStage(batch: u32, count: u32): void {
  const adjacencies = headerAdjacencies();
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    if (load<u32>(cell, BATCH_VERDICTS) != VERDICT_FORWARD) continue;
    const flow = batchFlow(batch, i);
    const index = load<u32>(cell, BATCH_ADJACENCIES);
    const adjacency = changetype<Adjacency>(adjacencies + index * ADJACENCY_BYTES);
    const isTooBig = flow.networkBytes > adjacency.mtu;
    if (isTooBig && mustStayWhole(flow)) {
      store<u32>(cell, VERDICT_DROP, BATCH_VERDICTS);
      store<u32>(cell, DROP_TOO_BIG, BATCH_REASONS);
      continue;
    }
    ttlDecrease(flow);
    if (isTooBig || adjacency.headerBytes != LEAVING_HEADER_BYTES) {
      rewriteLater(cell, flow, adjacency);
      continue;
    }
    ethernetWrite(flow, adjacency);
    store<u32>(cell, flow.network - LEAVING_HEADER_BYTES, BATCH_OUT_OFFSETS);
    store<u32>(cell, flow.capturedBytes + LEAVING_HEADER_BYTES, BATCH_OUT_LENGTHS);
    store<u32>(cell, flow.networkBytes + LEAVING_HEADER_BYTES, BATCH_OUT_ORIGINAL_LENGTHS);
  }
}

/** A packet whose frames are made on demand: its out offset stays 0. */
function rewriteLater(cell: u32, flow: Flow, adjacency: Adjacency): void {
  store<u32>(cell, 0, BATCH_OUT_OFFSETS);
  const count = fragmentCount(flow, adjacency.mtu);
  const headerBytes = <u32>adjacency.headerBytes + hopsFind(cell, adjacency);
  const bytes = fragmentsBytes(flow, adjacency.mtu) + count * headerBytes;
  store<u32>(cell, bytes, BATCH_OUT_ORIGINAL_LENGTHS);
}

function mustStayWhole(flow: Flow): bool {
  return flow.family == 6 || (load<u8>(flow.network, 6) & DF) != 0;
}

/** Frames that a packet of the batch leaves as: 0 where it does not, 1 in place. */
export function leavingCount(packet: u32): u32 {
  const batch = headerBatch();
  const cell = batch + (packet << 2);
  if (load<u32>(cell, BATCH_VERDICTS) != VERDICT_FORWARD) return 0;
  if (load<u32>(cell, BATCH_OUT_OFFSETS) != 0) return 1;
  const adjacency = adjacencyAt(load<u32>(cell, BATCH_ADJACENCIES));
  return fragmentCount(batchFlow(batch, packet), adjacency.mtu);
}

/**
 * Makes frame `index` of a packet whose out offset is 0, at LEAVING_FRAME of the region of leaving
 * frames. Its lengths stand in front of it.
 */
export function leavingWrite(packet: u32, index: u32): void {
  const batch = headerBatch();
  const flow = batchFlow(batch, packet);
  const cell = batch + (packet << 2);
  const adjacency = adjacencyAt(load<u32>(cell, BATCH_ADJACENCIES));
  const leaving = load<u32>(HEADER, HEADER_LEAVING);
  const hops = leaving + LEAVING_HOPS_BYTES;
  store<u32>(hops, hopsWrite(cell, adjacency, leaving + LEAVING_HOPS));
  const headerBytes = <u32>adjacency.headerBytes + load<u32>(hops);
  const network = leaving + LEAVING_FRAME + headerBytes;
  let captured = flow.capturedBytes;
  let bytes = flow.networkBytes;
  if (bytes <= adjacency.mtu) {
    memory.copy(network, flow.network, captured);
  } else {
    captured = fragmentWrite(flow, adjacency.mtu, index, network);
    bytes = bswap<u16>(load<u16>(network, 2));
  }
  headersWrite(network, flow.family, bytes, adjacency, flowHash(flow), hops);
  store<u32>(leaving, captured + headerBytes, LEAVING_LENGTH);
  store<u32>(leaving, bytes + headerBytes, LEAVING_ORIGINAL_LENGTH);
}
