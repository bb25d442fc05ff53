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

/** The FIB of one family (layout.ts, TABLE); its pool follows at TABLE_POOL. */
@unmanaged
export class Table {
  root: u32;
  levels: u32;
  defaultGroup: u32;
  routes: u32;
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
}

/** The weighted set behind a prefix (layout.ts, GROUP). */
@unmanaged
export class Group {
  kind: u32;
  target: u32;
  slotMask: u32;
}

/** A member of a group while its table is written (layout.ts, MEMBER). */
@unmanaged
export class Member {
  adjacency: u32;
  weight: u32;
  quota: u32;
  held: u32;
  confirmed: u32;
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
  unused: u32;
  hash: u64;
}
