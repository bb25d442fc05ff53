/** Where every region of the one memory starts: computed once from limits, then never changed. */

import {
  ADJACENCIES_MAX,
  ADJACENCY_BYTES,
  ADJACENCY_COUNTER_BYTES,
  BATCH_BYTES,
  CAPTURE_BYTES,
  CHANGE_BYTES,
  COPIES_BYTES,
  COUNTER_ADJACENCIES,
  ENDS_COUNTS,
  ENDS_COUNTS_BYTES,
  FRAGMENTS_BYTES,
  FRAME_HEADROOM,
  GROUP_BYTES,
  GROUP_COUNTER_BYTES,
  GROUPS_MAX,
  GROUPS_RESERVED,
  HASH_BYTES,
  HEADER,
  HEADER_BYTES,
  LEAVING_BYTES,
  LISTS_BYTES,
  MARK_BYTES,
  MEMBER_BYTES,
  METER_BYTES,
  METERS_MAX,
  MOVE_BYTES,
  PAGE_BYTES,
  PIN_BUCKET_BYTES,
  PIN_BUCKET_ENTRIES,
  PINS_BYTES,
  PORT_BYTES,
  PORTS_MAX,
  REPLIES_BYTES,
  ROUTER_INTERFACE_BYTES,
  ROUTER_INTERFACES_MAX,
  SCRATCH_BYTES,
  SERVERS_BYTES,
  SLAB_BYTES,
  SLOT_BYTES,
  SLOT_OWNER_BYTES,
  SLOT_OWNERS_MAX,
  SLOT_TABLE_SLOTS,
  SLOT_UNIT_BYTES,
  SLOTS_ASKED_MAX,
  SLOTS_MAX,
  SLOTS_MIN,
  SLOTS_PER_NEXT_HOP,
  TALLY_BYTES,
  WORKERS_MAX,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import {
  type EngineName,
  fast4Needs,
  fast6Needs,
  type RoutesNeeded,
  referenceNeeds,
  type TableNeeds,
} from "./table-plan.ts";

/** How much a forwarder must be able to hold. */
export interface Limits {
  /** IPv4 routes beyond those known at the start: any prefixes, in any order. */
  readonly routes4: number;
  /** IPv6 routes beyond those known at the start; fewer of host routes in many small clusters. */
  readonly routes6: number;
  /** Groups, the reserved ids included, to 65,536. */
  readonly groups: number;
  /** Next hops, to 65,535. */
  readonly nextHops: number;
  /** Bytes for slot tables beyond those of the groups known at the start. */
  readonly slotBytes: number;
  /** Slots of the largest table that can be asked for: a power of two from 2^17 to 2^20. */
  readonly tableSlots: number;
  /** Previous owners that each slot of a table keeps, to 3. */
  readonly previousOwners: number;
  /** Pins of a worker: connections that opened in changed slots; rounded up to fives. */
  readonly pins: number;
  /** Source prefixes that are counted, limited or dropped, to 65,535; without any 0. */
  readonly meters: number;
  /** Routes that are counted or limited, to 65,535; without any 0. */
  readonly routeMeters: number;
  /** Bytes for frames: a capture's chunk, or the packets that were pushed. */
  readonly frameBytes: number;
  /** Bytes for kernel rings that are mapped into the memory; 0 unless live ports are opened. */
  readonly ringBytes: number;
  /** Workers with counters of their own, to 16. */
  readonly workers: number;
}

/** Limits where the caller gives none. */
export const DEFAULT_LIMITS: Limits = {
  routes4: 4096,
  routes6: 4096,
  groups: GROUPS_MAX,
  nextHops: ADJACENCIES_MAX - 1,
  slotBytes: 64 * 1024 * 1024,
  tableSlots: SLOTS_MAX,
  previousOwners: 2,
  pins: 32768,
  meters: 0,
  routeMeters: 0,
  frameBytes: 1536 * 1024,
  ringBytes: 0,
  workers: 1,
};

/** What is known at the start. */
export interface KnownRoutes {
  /** Routes by prefix length: 33 and 129 counts. */
  readonly histogram4: ArrayLike<number>;
  readonly histogram6: ArrayLike<number>;
  /** Bytes of the slot tables of their groups (slotTableBytes), 0 unless said. */
  readonly slotBytes?: number;
}

/** First bytes of a table's regions, and what they hold. */
export interface TablePlan extends TableNeeds {
  readonly nodes: number;
  readonly root: number;
  readonly dirty: number;
  readonly slabRecords: number;
  readonly slabs: number;
  readonly index: number;
  readonly ring: number;
  readonly users: number;
}

/** First bytes of the regions, and their capacities. */
export interface MemoryPlan {
  readonly limits: Limits;
  readonly counters: number;
  readonly countersStride: number;
  readonly adjacencies: number;
  readonly groups: number;
  readonly slots: number;
  readonly slotBytes: number;
  readonly slotUnits: number;
  /** One bit a unit. */
  readonly slotBits: number;
  /** Working memory of a change of a group: its record, members, lists of them, and entries. */
  readonly change: number;
  readonly changeMembers: number;
  readonly changeList: number;
  readonly changeEntries: number;
  readonly table4: TablePlan;
  readonly table6: TablePlan;
  /** Tables of source prefixes, where there may be any. */
  readonly sources4: TablePlan | undefined;
  readonly sources6: TablePlan | undefined;
  /** Meters of worker 0, and bytes from one worker's to the next one's. */
  readonly meters: number;
  readonly metersStride: number;
  /** As these, for routes; and marks of groups, none where no route may be metered. */
  readonly routeMeters: number;
  readonly routeMetersStride: number;
  readonly marks: number;
  readonly lists: number;
  /** A head for each worker, then the buckets of each. */
  readonly pins: number;
  readonly tally: number;
  readonly scratch: number;
  readonly hash: number;
  readonly batch: number;
  /** Tracked fragments, a region a worker. */
  readonly fragments: number;
  readonly interfaces: number;
  /** ICMP errors, a region a worker. */
  readonly replies: number;
  /** Copies of ICMP errors, a region a worker. */
  readonly copies: number;
  /** Where packets are made that do not leave in place. */
  readonly leaving: number;
  readonly servers: number;
  /** Ends of tunnels, then their counts, those of a worker after another. */
  readonly ends: number;
  /** Live ports, a record each. */
  readonly ports: number;
  readonly capture: number;
  /** Where frames lie: FRAME_HEADROOM bytes before it are writable too. */
  readonly frames: number;
  /** Where kernel rings are mapped: page-aligned. */
  readonly rings: number;
  readonly memoryBytes: number;
}

/** Regions start on cache lines, frames on a page: kernel rings are mapped there. */
const LINE_BYTES = 64;
/** Nodes of the fast tables end here, so that one bit tells their addresses from groups. */
const NODES_END_MAX = 2 ** 31;
/** More pins than connections that open while a window is open: 1.2 GB for 16 workers. */
const PINS_MAX = 2 ** 22;
/** Addresses are u32, so a memory has at most 65,536 pages. */
const MEMORY_BYTES_MAX = 65536 * PAGE_BYTES;

/** Bytes that the slot table of a group of so many next hops takes: none for one alone. */
export function slotTableBytes(
  nextHops: number,
  previousOwners = DEFAULT_LIMITS.previousOwners,
): number {
  if (nextHops < 2) return 0;
  const wanted = 2 ** Math.ceil(Math.log2(nextHops * SLOTS_PER_NEXT_HOP));
  const slots = Math.min(SLOTS_MAX, Math.max(SLOTS_MIN, wanted));
  const bytes = SLOT_TABLE_SLOTS + slots * (SLOT_BYTES + previousOwners * SLOT_OWNER_BYTES);
  return Math.ceil(bytes / SLOT_UNIT_BYTES) * SLOT_UNIT_BYTES;
}

function checkLimit(name: keyof Limits, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `limit ${name} is ${value}`,
    hint: `give a whole number from ${least} to ${most}`,
    detail: { limit: name, value, least, most },
  });
}

/** What a table of either engine needs. */
function tableNeeds(engine: EngineName, family: 4 | 6, routes: RoutesNeeded): TableNeeds {
  if (engine === "reference") return referenceNeeds(routes);
  return family === 4 ? fast4Needs(routes) : fast6Needs(routes);
}

/** What the tables of source prefixes of both families need: nothing where there are no meters. */
function sourceNeeds(engine: EngineName, { meters }: Limits): readonly TableNeeds[] {
  if (meters === 0) return [];
  return [
    tableNeeds(engine, 4, { histogram: new Uint32Array(33), anywhere: meters }),
    tableNeeds(engine, 6, { histogram: new Uint32Array(129), anywhere: meters }),
  ];
}

/** Meters of a worker; number 0 is none. Cache lines, as they are. */
function meterBytes(meters: number): number {
  return meters === 0 ? 0 : (meters + 1) * METER_BYTES;
}

function checkLimits(limits: Limits): void {
  checkLimit("routes4", limits.routes4, 0, 2 ** 32);
  checkLimit("routes6", limits.routes6, 0, 2 ** 32);
  checkLimit("groups", limits.groups, GROUPS_RESERVED + 1, GROUPS_MAX);
  checkLimit("nextHops", limits.nextHops, 1, ADJACENCIES_MAX - 1);
  checkLimit("slotBytes", limits.slotBytes, 0, 2 ** 32);
  checkLimit("tableSlots", limits.tableSlots, SLOTS_MAX, SLOTS_ASKED_MAX);
  checkLimit("previousOwners", limits.previousOwners, 0, SLOT_OWNERS_MAX);
  checkLimit("pins", limits.pins, 1, PINS_MAX);
  checkLimit("meters", limits.meters, 0, METERS_MAX);
  checkLimit("routeMeters", limits.routeMeters, 0, METERS_MAX);
  checkLimit("frameBytes", limits.frameBytes, PAGE_BYTES, 2 ** 31);
  checkLimit("ringBytes", limits.ringBytes, 0, 2 ** 31);
  checkLimit("workers", limits.workers, 1, WORKERS_MAX);
}

/** Buckets of a worker's pins. */
export function pinBuckets(limits: Limits): number {
  return Math.ceil(limits.pins / PIN_BUCKET_ENTRIES);
}

function tooLarge(memoryBytes: number, limits: Limits): AnyfibError {
  return new AnyfibError({
    code: "CAPACITY",
    what: `the limits need ${Math.ceil(memoryBytes / 2 ** 20)} MiB of 4096 MiB`,
    hint: "lower routes4, routes6 or slotBytes",
    detail: { memoryBytes, limits },
  });
}

/** Working memory of a change of a group. */
function changeRegions(limits: Limits, region: (bytes: number) => number) {
  return {
    change: region(CHANGE_BYTES),
    changeMembers: region((limits.nextHops + 1) * MEMBER_BYTES),
    changeList: region((limits.nextHops + 1) * 4),
    changeEntries: region(limits.tableSlots * MOVE_BYTES),
  };
}

/** Meters of sources and of routes, and marks of groups. */
function meterRegions(limits: Limits, region: (bytes: number) => number) {
  const metersStride = meterBytes(limits.meters);
  const routeMetersStride = meterBytes(limits.routeMeters);
  return {
    metersStride,
    meters: region(metersStride * limits.workers),
    routeMetersStride,
    routeMeters: region(routeMetersStride * limits.workers),
    marks: region(limits.routeMeters === 0 ? 0 : limits.groups * MARK_BYTES),
  };
}

/** What packets pass through, frames and kernel rings last. */
function packetRegions(limits: Limits, region: (bytes: number, align?: number) => number) {
  return {
    batch: region(BATCH_BYTES),
    fragments: region(limits.workers * FRAGMENTS_BYTES),
    interfaces: region(ROUTER_INTERFACES_MAX * ROUTER_INTERFACE_BYTES),
    replies: region(limits.workers * REPLIES_BYTES),
    copies: region(limits.workers * COPIES_BYTES),
    leaving: region(LEAVING_BYTES),
    servers: region(SERVERS_BYTES),
    ends: region(ENDS_COUNTS + limits.workers * ENDS_COUNTS_BYTES),
    ports: region(PORTS_MAX * PORT_BYTES),
    capture: region(CAPTURE_BYTES),
    frames: region(FRAME_HEADROOM + limits.frameBytes, PAGE_BYTES) + FRAME_HEADROOM,
    rings: region(limits.ringBytes, PAGE_BYTES),
  };
}

/** Counters of a worker. Workers write side by side: no two on one cache line. */
function counterBytes({ nextHops, groups }: Limits): number {
  const adjacencyBytes = (nextHops + 1) * ADJACENCY_COUNTER_BYTES;
  const bytes = COUNTER_ADJACENCIES + adjacencyBytes + groups * GROUP_COUNTER_BYTES;
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
}

/** Lays the regions out; throws CAPACITY where they do not fit into 4 GiB. */
export function planMemory(
  limits: Limits,
  known: KnownRoutes,
  engine: EngineName = "fast",
): MemoryPlan {
  checkLimits(limits);
  const adjacencies = limits.nextHops + 1;
  const countersStride = counterBytes(limits);
  const routes4 = { histogram: known.histogram4, anywhere: limits.routes4 };
  const routes6 = { histogram: known.histogram6, anywhere: limits.routes6 };
  const slotUnits = Math.floor((limits.slotBytes + (known.slotBytes ?? 0)) / SLOT_UNIT_BYTES);
  const slotBytes = slotUnits * SLOT_UNIT_BYTES;
  let end = HEADER + HEADER_BYTES;
  const region = (bytes: number, align = LINE_BYTES): number => {
    const start = Math.ceil(end / align) * align;
    end = start + bytes;
    return start;
  };
  // Nodes first: they must lie below 2 GiB (fib6.ts).
  const slabs = (needs: TableNeeds): number => region(needs.slabPages * SLAB_BYTES, SLAB_BYTES);
  const needs4 = tableNeeds(engine, 4, routes4);
  const needs6 = tableNeeds(engine, 6, routes6);
  const slabs4 = slabs(needs4);
  const slabs6 = slabs(needs6);
  const sources = sourceNeeds(engine, limits).map((needs) => [needs, slabs(needs)] as const);
  const nodesEnd = end;
  const table = (needs: TableNeeds, slabs: number): TablePlan => ({
    ...needs,
    slabs,
    nodes: region(needs.nodeCapacity * needs.nodeBytes),
    root: region(needs.rootBytes),
    dirty: region(needs.dirtyBytes),
    slabRecords: region(needs.slabRecordBytes),
    index: region(needs.indexBytes),
    ring: region(needs.ringBytes),
    users: region(needs.usersBytes),
  });
  const [sources4, sources6] = sources.map(([needs, start]) => table(needs, start));
  const plan = {
    limits,
    counters: region(countersStride * limits.workers),
    countersStride,
    adjacencies: region(adjacencies * ADJACENCY_BYTES),
    groups: region(limits.groups * GROUP_BYTES),
    slots: region(slotBytes),
    slotBytes,
    slotUnits,
    slotBits: region(Math.ceil(slotUnits / 64) * 8),
    ...changeRegions(limits, region),
    table4: table(needs4, slabs4),
    table6: table(needs6, slabs6),
    sources4,
    sources6,
    ...meterRegions(limits, region),
    // The last is the host's, which looks up beside the workers.
    lists: region((limits.workers + 1) * LISTS_BYTES),
    pins: region((PINS_BYTES + pinBuckets(limits) * PIN_BUCKET_BYTES) * limits.workers),
    tally: region(TALLY_BYTES),
    scratch: region(SCRATCH_BYTES),
    hash: region(HASH_BYTES),
    ...packetRegions(limits, region),
  };
  const memoryBytes = Math.ceil(end / PAGE_BYTES) * PAGE_BYTES;
  if (memoryBytes > MEMORY_BYTES_MAX || nodesEnd > NODES_END_MAX) {
    throw tooLarge(memoryBytes, limits);
  }
  return { ...plan, memoryBytes };
}
