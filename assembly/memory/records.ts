/** Views of the records that the rooms of the data plane hand to each other. */

/** A pool of equal blocks (layout.ts, POOL). */
@unmanaged
export class Pool {
  start: u32;
  blockBytes: u32;
  capacity: u32;
  used: u32;
  touched: u32;
  free: u32;
}

/** The FIB of one family (layout.ts, TABLE); its pool, slabs, index, ring and update follow. */
@unmanaged
export class Table {
  root: u32;
  levels: u32;
  defaultGroup: u32;
  routes: u32;
  engine: u32;
  trie: u32;
  status: u32;
  dirty: u32;
  dirtyFirst: u32;
  dirtyEnd: u32;
  dead: u32;
  users: u32;
  generation: u64;
  regionBits: u32;
  progress: u32;
}

/** The update of a table that is under way (layout.ts, UPDATE). */
@unmanaged
export class Update {
  high: u64;
  low: u64;
  length: u32;
  link: u32;
  open: u32;
  attempts: u32;
  freeing: u32;
  phase: u32;
  stage: u32;
  routes: u32;
  before: u32;
  region: u32;
  passes: u32;
  left: u32;
}

/** Memory for blocks of several sizes (layout.ts, SLABS). */
@unmanaged
export class Slabs {
  start: u32;
  pages: u32;
  touched: u32;
  free: u32;
  records: u32;
  usedBytes: u32;
  usedPages: u32;
}

/** A page of slabs (layout.ts, PAGE). */
@unmanaged
export class Page {
  next: u32;
  previous: u32;
  free: u32;
  used: u16;
  touched: u16;
}

/** Where shared nodes are found by their content (layout.ts, INDEX). */
@unmanaged
export class Index {
  start: u32;
  mask: u32;
  used: u32;
}

/** An entry of the index (layout.ts, ENTRY). */
@unmanaged
export class Entry {
  hash: u32;
  word: u32;
}

/** Links to nodes that were taken away (layout.ts, RING). */
@unmanaged
export class Ring {
  start: u32;
  mask: u32;
  taken: u32;
  added: u32;
}

/** A node of the prefix trie (layout.ts, TRIE). */
@unmanaged
export class TrieNode {
  high: u64;
  low: u64;
  zero: u32;
  one: u32;
  group: u16;
  length: u8;
}

/** How to reach a next hop (layout.ts, ADJACENCY). */
@unmanaged
export class Adjacency {
  /** Destination MAC and the first two bytes of the source MAC. */
  macsHigh: u64;
  /** The rest of the source MAC. */
  macsLow: u32;
  interfaceIndex: u32;
  mtu: u32;
  state: u8;
  encapsulation: u8;
  tagBytes: u8;
  outerFamily: u8;
  identity: u64;
  tags: u64;
  headerBytes: u8;
  outerTtl: u8;
  hops: u8;
}

/** The header of a slot table (layout.ts, SLOT_TABLE_MASK and on). */
@unmanaged
export class SlotTable {
  slotMask: u32;
  changed: u32;
  owners: u32;
  retiredEpoch: u32;
  retiredNext: u32;
}

/** A member of a group while its table is written (layout.ts, MEMBER). */
@unmanaged
export class Member {
  identity: u64;
  adjacency: u32;
  weight: u32;
  isTarget: u32;
  quota: u32;
  held: u32;
  room: u32;
  heap: u32;
  offered: u32;
}

/** The change of a group that is under way (layout.ts, CHANGE). */
@unmanaged
export class Change {
  members: u32;
  list: u32;
  entries: u32;
  group: u32;
  count: u32;
  flags: u32;
  before: u32;
  table: u32;
  slots: u32;
  phase: u32;
  cursor: u32;
  orphans: u32;
  left: u32;
  moved: u32;
  listed: u32;
  heaped: u32;
  displaced: u32;
}

/** A slot that may be moved (layout.ts, MOVE). */
@unmanaged
export class Move {
  ratio: f64;
  slot: u32;
  receiver: u32;
}

/** What the parser found in one packet (layout.ts, FLOW). */
@unmanaged
export class Flow {
  sourceHigh: u64;
  sourceLow: u64;
  destinationHigh: u64;
  destinationLow: u64;
  sourcePort: u16;
  destinationPort: u16;
  protocol: u8;
  family: u8;
  flags: u8;
  ttl: u8;
  network: u32;
  networkBytes: u32;
  capturedBytes: u32;
  transport: u16;
  segment: u8;
  steered: u8;
  hash: u64;
}

/** A region of a fast table that is being painted (layout.ts, FRAME). */
@unmanaged
export class Frame {
  high: u64;
  low: u64;
  from: u32;
  to: u32;
  cells: u32;
  mode: u32;
  top: u32;
  group: u32;
}

/** A datagram whose fragments are tracked (layout.ts, FRAGMENT). */
@unmanaged
export class Fragment {
  sourceHigh: u64;
  sourceLow: u64;
  destinationHigh: u64;
  destinationLow: u64;
  hash: u64;
  id: u32;
  kind: u32;
  seen: u32;
  state: u16;
  segment: u8;
  otherKey: u8;
  other: u64;
}

/** A frame that waits for the first fragment of its datagram (layout.ts, HELD). */
@unmanaged
export class Held {
  timestamp: u64;
  number: f64;
  hash: u64;
  length: u32;
  originalLength: u32;
  linkType: u32;
  fragment: u32;
  since: u32;
  state: u32;
  tracked: u32;
  segment: u32;
  other: u64;
}

/** A live port (layout.ts, PORT); its counters stand between. */
@unmanaged
export class Port {
  rx: u32;
  rxFrames: u32;
  rxFrameBytes: u32;
  rxTaken: u32;
  rxReleased: u32;
  tx: u32;
  txFrames: u32;
  txFrameBytes: u32;
  txFilled: u32;
  rxHeld: u32;
  received: u64;
  cut: u64;
  finished: u64;
  sent: u64;
  full: u64;
  tooLong: u64;
  refused: u64;
  rxFilled: u32;
  txSent: u32;
  rxMessages: u32;
  txMessages: u32;
  tags: u32;
  tagOuter: u32;
  tagInner: u32;
}
