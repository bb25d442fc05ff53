/** How much memory the tables of one family need: computed from the routes that must fit. */

import {
  DIRTY4_BYTES,
  DIRTY6_BYTES,
  ENTRY_BYTES,
  NODE_BYTES,
  NODE_TABLE_BYTES,
  PAGE_RECORD_BYTES,
  RETIRED_BYTES,
  RETIRED_MAX,
  ROOT4_BYTES,
  ROOT4_WORDS,
  ROOT6_BYTES,
  ROOT6_WORDS,
  SLAB_BLOCK_BYTES_MAX,
  SLAB_BYTES,
  SLAB_HEADS_BYTES,
  SLAB_UNIT_BYTES,
  TRIE_BYTES,
  USERS_BYTES,
} from "../../assembly/layout.ts";

/** The lookup engines: the fast one, and the plain one that it is held against. */
export type EngineName = "fast" | "reference";

/** Bytes of each region of a table, 0 for those that its engine has not. */
export interface TableNeeds {
  readonly engine: EngineName;
  /** Nodes of the reference engine, or of the fast engine's prefix trie. */
  readonly nodeBytes: number;
  readonly nodeCapacity: number;
  readonly rootBytes: number;
  readonly dirtyBytes: number;
  readonly slabPages: number;
  readonly slabRecordBytes: number;
  /** A power of two. */
  readonly indexEntries: number;
  readonly indexBytes: number;
  readonly ringBytes: number;
  readonly usersBytes: number;
}

/** Routes that a table must hold. */
export interface RoutesNeeded {
  /** Known routes by prefix length. */
  readonly histogram: ArrayLike<number>;
  /** Further routes, of any lengths. */
  readonly anywhere: number;
}

/** Address bits that one node of the reference engine resolves. */
const REFERENCE_NODE_BITS = 4;
/** Groups are at most as many as their ids. */
const GROUP_IDS = 65536;
/** An IPv4 route longer than /24: an eighth of a direct node, and its part of a node of words. */
const BYTES_A_DEEP_ROUTE4 = 160;
/** Of IPv4 routes of any lengths, so many are taken to be longer than /24: few really are. */
const DEEP_ROUTES4_MAX = 1_000_000;
/** Bytes and nodes that an IPv6 route may take: runs, and its part of words and direct nodes. */
const BYTES_A_ROUTE6 = 200;
/** Nine routes of /128 side by side take a direct node for every eight bits of their way. */
const BYTES_A_LONG_ROUTE6 = 1536;
/** Beyond it long routes are taken to have neighbours. */
const LONG_BYTES_MAX = 256 * 1024 * 1024;
const NODES_A_ROUTE6 = 4;
/** Nodes are replaced before they are freed, and pages of one size are seldom full. */
const SLACK = 2;
/** Pages that may be begun: one of each size. */
const PAGES_BEGUN = SLAB_BLOCK_BYTES_MAX / SLAB_UNIT_BYTES;

function routesOf({ histogram, anywhere }: RoutesNeeded, from: number, to: number): number {
  let routes = anywhere;
  for (let length = from; length <= to; length++) routes += histogram[length] ?? 0;
  return routes;
}

/**
 * The reference engine: at a level there are as many nodes as values of the bits above it, or as
 * routes that reach it.
 */
export function referenceNeeds(routes: RoutesNeeded): TableNeeds {
  const lengthMax = routes.histogram.length - 1;
  let nodes = 0;
  for (let bits = 0; bits < lengthMax; bits += REFERENCE_NODE_BITS) {
    nodes += Math.max(1, Math.min(2 ** bits, routesOf(routes, bits + 1, lengthMax)));
  }
  return {
    engine: "reference",
    nodeBytes: NODE_BYTES,
    nodeCapacity: nodes,
    rootBytes: 0,
    dirtyBytes: 0,
    slabPages: 0,
    slabRecordBytes: 0,
    indexEntries: 0,
    indexBytes: 0,
    ringBytes: 0,
    usersBytes: 0,
  };
}

/**
 * The fast IPv4 table. A root word's node holds a run more for each end of a prefix; uniform nodes
 * are one a group; a prefix longer than /24 brings runs or values of eight bits.
 */
export function fast4Needs(routes: RoutesNeeded): TableNeeds {
  const { histogram, anywhere } = routes;
  const anywhereDeep = Math.min(anywhere, DEEP_ROUTES4_MAX);
  const shallow = routesOf({ histogram, anywhere: anywhere - anywhereDeep }, 1, 24);
  const deep = routesOf({ histogram, anywhere: anywhereDeep }, 25, 32);
  const cells = Math.min(ROOT4_WORDS, shallow + deep) + 1;
  const uniform = Math.min(GROUP_IDS, shallow + deep);
  const bytes = 24 * cells + 16 * uniform + 8 * shallow + BYTES_A_DEEP_ROUTE4 * deep;
  return {
    ...fastNeeds(shallow + deep, cells + uniform + deep, bytes),
    rootBytes: ROOT4_BYTES,
    dirtyBytes: DIRTY4_BYTES,
  };
}

/**
 * The fast IPv6 table. A /16 in which longer prefixes stand takes a table. A prefix may take a node
 * of words for each step of the way to it, but shares all but the last few with its neighbours: so
 * many bytes a route hold whatever was seen of real, generated and random tables.
 */
export function fast6Needs(routes: RoutesNeeded): TableNeeds {
  const all = routesOf(routes, 1, 128);
  const tables = Math.min(ROOT6_WORDS, all);
  const cells = Math.min(GROUP_IDS, all) + 1;
  const long = Math.min(routesOf(routes, 49, 128) * BYTES_A_LONG_ROUTE6, LONG_BYTES_MAX);
  const bytes = NODE_TABLE_BYTES * tables + 8 * cells + BYTES_A_ROUTE6 * all + long;
  return {
    ...fastNeeds(all, NODES_A_ROUTE6 * all + cells, bytes),
    rootBytes: ROOT6_BYTES,
    dirtyBytes: DIRTY6_BYTES,
  };
}

/** What fast tables of both families need alike. */
function fastNeeds(
  routes: number,
  nodes: number,
  bytes: number,
): Omit<TableNeeds, "rootBytes" | "dirtyBytes"> {
  const slabPages = Math.ceil((SLACK * bytes) / SLAB_BYTES) + PAGES_BEGUN;
  const indexEntries = 2 ** Math.ceil(Math.log2(SLACK * nodes + RETIRED_MAX));
  return {
    engine: "fast",
    nodeBytes: TRIE_BYTES,
    nodeCapacity: 2 * routes + 1,
    slabPages,
    slabRecordBytes: SLAB_HEADS_BYTES + slabPages * PAGE_RECORD_BYTES,
    indexEntries,
    indexBytes: indexEntries * ENTRY_BYTES,
    ringBytes: RETIRED_MAX * RETIRED_BYTES,
    usersBytes: ((slabPages * SLAB_BYTES) / SLAB_UNIT_BYTES) * USERS_BYTES,
  };
}
