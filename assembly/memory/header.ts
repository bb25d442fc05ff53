/** Where the regions start: what the host wrote into the header before the first call. */

import {
  BATCH_FLOWS,
  COPIES_BYTES,
  FLOW_BYTES,
  FRAGMENTS_BYTES,
  GROUP_BYTES,
  HEADER,
  HEADER_ADJACENCIES,
  HEADER_BATCH,
  HEADER_CHANGE,
  HEADER_COPIES,
  HEADER_COUNTERS,
  HEADER_COUNTERS_STRIDE,
  HEADER_FRAGMENTS,
  HEADER_GROUPS,
  HEADER_LISTS,
  HEADER_METERS,
  HEADER_METERS_STRIDE,
  HEADER_PINS,
  HEADER_PORTS,
  HEADER_REPLIES,
  HEADER_SCRATCH,
  HEADER_SOURCES4,
  HEADER_SOURCES6,
  HEADER_TABLE4,
  HEADER_TABLE6,
  HEADER_TALLY,
  LISTS_BYTES,
  PINS_BYTES,
  PORT_BYTES,
  REPLIES_BYTES,
  TABLE_INDEX,
  TABLE_POOL,
  TABLE_RING,
  TABLE_SLABS,
  TABLE_UPDATE,
} from "../layout";
import { Change, Flow, Index, Pool, Port, Ring, Slabs, Table, Update } from "./records";

/** First byte of the batch columns. */
export function headerBatch(): u32 {
  return load<u32>(HEADER, HEADER_BATCH);
}

/** First byte of the adjacency records. */
export function headerAdjacencies(): u32 {
  return load<u32>(HEADER, HEADER_ADJACENCIES);
}

/** First byte of the counters of a worker. */
export function headerCounters(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_COUNTERS) + worker * load<u32>(HEADER, HEADER_COUNTERS_STRIDE);
}

/** First byte of the meters of a worker. */
export function headerMeters(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_METERS) + worker * load<u32>(HEADER, HEADER_METERS_STRIDE);
}

/** First byte of the writer's scratch region. */
export function headerScratch(): u32 {
  return load<u32>(HEADER, HEADER_SCRATCH);
}

/** First byte of the flow tally. */
export function headerTally(): u32 {
  return load<u32>(HEADER, HEADER_TALLY);
}

/** The IPv4 table. */
export function headerTable4(): Table {
  return changetype<Table>(HEADER + HEADER_TABLE4);
}

/** The IPv6 table. */
export function headerTable6(): Table {
  return changetype<Table>(HEADER + HEADER_TABLE6);
}

/** The table of IPv4 source prefixes. */
export function headerSources4(): Table {
  return changetype<Table>(HEADER + HEADER_SOURCES4);
}

/** The table of IPv6 source prefixes. */
export function headerSources6(): Table {
  return changetype<Table>(HEADER + HEADER_SOURCES6);
}

/** The pool that a table takes its nodes from. */
export function tablePool(table: Table): Pool {
  return changetype<Pool>(changetype<u32>(table) + TABLE_POOL);
}

/** The memory that a fast table's nodes stand in. */
export function tableSlabs(table: Table): Slabs {
  return changetype<Slabs>(changetype<u32>(table) + TABLE_SLABS);
}

/** Where a fast table's nodes are found by their content. */
export function tableIndex(table: Table): Index {
  return changetype<Index>(changetype<u32>(table) + TABLE_INDEX);
}

/** Links to a fast table's nodes that were taken away. */
export function tableRing(table: Table): Ring {
  return changetype<Ring>(changetype<u32>(table) + TABLE_RING);
}

/** The update of a table that is under way. */
export function tableUpdate(table: Table): Update {
  return changetype<Update>(changetype<u32>(table) + TABLE_UPDATE);
}

/** A worker's lists of IPv6 lookups under way. */
export function headerLists(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_LISTS) + worker * LISTS_BYTES;
}

/** The change of a group that is under way. */
export function headerChange(): Change {
  return changetype<Change>(load<u32>(HEADER, HEADER_CHANGE));
}

/** The head of a worker's pins. */
export function headerPins(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_PINS) + worker * PINS_BYTES;
}

/** Where the word of a group stands. */
export function headerGroup(id: u32): u32 {
  return load<u32>(HEADER, HEADER_GROUPS) + id * GROUP_BYTES;
}

/** The flow record of a packet of the batch that starts at `batch`. */
export function batchFlow(batch: u32, packet: u32): Flow {
  return changetype<Flow>(batch + BATCH_FLOWS + packet * FLOW_BYTES);
}

/** A worker's tracked fragments. */
export function headerFragments(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_FRAGMENTS) + worker * FRAGMENTS_BYTES;
}

/** A worker's replies. */
export function headerReplies(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_REPLIES) + worker * REPLIES_BYTES;
}

/** A worker's copies of ICMP errors. */
export function headerCopies(worker: u32): u32 {
  return load<u32>(HEADER, HEADER_COPIES) + worker * COPIES_BYTES;
}

/** The record of a live port. */
export function headerPort(number: u32): Port {
  return changetype<Port>(load<u32>(HEADER, HEADER_PORTS) + number * PORT_BYTES);
}
