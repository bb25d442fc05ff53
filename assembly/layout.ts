/**
 * Every number that the data plane and the host must agree on: limits, offsets, sizes and codes.
 *
 * Two compilers read this file: asc and tsc. So it holds only
 * `export const NAME: u32 = …` of literals and earlier constants joined by + and *, below 2^31.
 * docs/memory-map.md is generated from it.
 */

// --- Identity -----------------------------------------------------------------------------------

/** FNV-1a of all other names and values; a test computes it and says what it must be. */
export const LAYOUT_CHECKSUM: u32 = 107893760;

// --- Limits -------------------------------------------------------------------------------------

/** WebAssembly page, bytes. */
export const PAGE_BYTES: u32 = 65536;
/** Packets in one batch: larger ones gain nothing and fall out of the first-level cache. */
export const BATCH_MAX: u32 = 256;
/** Workers that may hold counters of their own. */
export const WORKERS_MAX: u32 = 16;
/** Group ids are u16; 0 means "no route". */
export const GROUPS_MAX: u32 = 65536;
/** Group ids below this one are kinds of route, not sets of next hops. */
export const GROUPS_RESERVED: u32 = 8;
/** Adjacency indices are u16; 0 means "no adjacency". */
export const ADJACENCIES_MAX: u32 = 65536;
/** Largest weight of a next hop that a user gives; a group takes weights below 2^31. */
export const WEIGHT_MAX: u32 = 65535;
/** Slots a next hop that a group's table has at least. */
export const SLOTS_PER_NEXT_HOP: u32 = 64;
/** Smallest slot table. */
export const SLOTS_MIN: u32 = 1024;
/** Largest slot table. */
export const SLOTS_MAX: u32 = 131072;
/** Writable bytes before every frame: room for an Ethernet header where the capture had none. */
export const FRAME_HEADROOM: u32 = 64;
/** Largest captured packet: what libpcap and Wireshark accept (MAXIMUM_SNAPLEN). */
export const PACKET_BYTES_MAX: u32 = 262144;
/** Headers between link and IP that the parser walks: tags, label stacks, inner Ethernet. */
export const CARRIERS_MAX: u32 = 16;
/** MPLS labels that the parser walks. */
export const MPLS_LABELS_MAX: u32 = 16;
/** IPv6 extension headers that the parser walks (RFC 8200 asks for no bound; an attacker does). */
export const EXTENSION_HEADERS_MAX: u32 = 16;
/** Flows that are counted exactly; beyond it they are estimated by adaptive sampling. */
export const FLOWS_EXACT_MAX: u32 = 1048576;

// --- Status codes -------------------------------------------------------------------------------

export const STATUS_OK: u32 = 0;
/** A pool or a table has no room left. */
export const STATUS_TABLE_FULL: u32 = 1;
/** The budget of a call is spent, or readers hold what it needs: call again. */
export const STATUS_MORE: u32 = 2;

// --- Header: region table and configuration, one a memory ---------------------------------------

/** The first 64 KiB belong to the compiler in every build. */
export const HEADER: u32 = 65536;
export const HEADER_BYTES: u32 = 2560;

/** Start of the counters of worker 0; worker w's follow at w times the stride. */
export const HEADER_COUNTERS: u32 = 8;
export const HEADER_COUNTERS_STRIDE: u32 = 12;
export const HEADER_ADJACENCIES: u32 = 16;
export const HEADER_ADJACENCY_CAPACITY: u32 = 20;
export const HEADER_GROUPS: u32 = 24;
export const HEADER_BATCH: u32 = 48;
export const HEADER_TALLY: u32 = 52;
export const HEADER_SCRATCH: u32 = 56;
/** What nodes and fragments are found by: 128 bits, the flow key of the start. It stays. */
export const HEADER_KEY0: u32 = 64;
/** Where packets lie: FRAME_HEADROOM bytes in front of the start are writable too. */
export const HEADER_FRAMES: u32 = 80;
export const HEADER_FRAMES_BYTES: u32 = 84;
/** State of the capture walkers. */
export const HEADER_CAPTURE: u32 = 88;
/** Lists of IPv6 lookups under way, LISTS_BYTES a worker. */
export const HEADER_LISTS: u32 = 92;
/** The writer's clock: it moves on when nodes have been unlinked. */
export const HEADER_EPOCH: u32 = 96;
/** The slot-score key, as the flow key. */
export const HEADER_SCORE_KEY0: u32 = 104;
export const HEADER_SCORE_KEY1: u32 = 112;
/** What the steer stage does besides ICMP errors: STEER_… bits. */
export const HEADER_STEER: u32 = 128;
/** Tracked fragments of worker 0 (see FRAGMENTS); worker w's follow at w times their bytes. */
export const HEADER_FRAGMENTS: u32 = 144;
/** Seconds, u32: the time that slots which change hands are given. */
export const HEADER_CLOCK: u32 = 132;
/** Seconds for which a slot's previous owners may still be asked. */
export const HEADER_PIN_WINDOW: u32 = 136;
/** The flow hash: HASH_SIPHASH, HASH_MULTILINEAR or HASH_TOEPLITZ; flags; where its tables are. */
export const HEADER_HASH_ALGORITHM: u32 = 160;
export const HEADER_HASH_OPTIONS: u32 = 164;
export const HEADER_HASH_REGION: u32 = 168;
/** Masks over the words of its message, u64: all bits of the fields that count. */
export const HEADER_HASH_ADDRESSES4: u32 = 176;
export const HEADER_HASH_SOURCE6: u32 = 184;
export const HEADER_HASH_DESTINATION6: u32 = 192;
export const HEADER_HASH_REST: u32 = 200;
/** Not 0: packets from and to loopback addresses are forwarded. */
export const HEADER_LOOPBACK: u32 = 224;
/** The router's interfaces (see ROUTER_INTERFACE), and the number of that which a batch came by. */
export const HEADER_INTERFACES: u32 = 328;
export const HEADER_INPUT: u32 = 332;
/** Replies of worker 0 (see REPLIES); worker w's follow at w times their bytes. */
export const HEADER_REPLIES: u32 = 336;
/** ICMP errors a second, and at once; a rate of 0 means that none are made. */
export const HEADER_REPLY_RATE: u32 = 340;
export const HEADER_REPLY_BURST: u32 = 344;
/** Where a packet is made that leaves otherwise than in place (see LEAVING). */
export const HEADER_LEAVING: u32 = 348;
/** Live ports by number (see PORT). */
export const HEADER_PORTS: u32 = 352;
/** Servers that name themselves in connection ids (see SERVERS). */
export const HEADER_SERVERS: u32 = 356;
/** Meters of worker 0 (see METER), 0 for none; worker w's follow at w times the stride. */
export const HEADER_METERS: u32 = 360;
export const HEADER_METERS_STRIDE: u32 = 364;
/** Not 0: the sources of packets are looked up. */
export const HEADER_SOURCES: u32 = 368;
/** Where tunnels end (see ENDS). */
export const HEADER_ENDS: u32 = 372;
/** Meters of routes of worker 0 (see METER); worker w's follow at w times the stride. */
export const HEADER_ROUTE_METERS: u32 = 376;
export const HEADER_ROUTE_METERS_STRIDE: u32 = 380;
/** Marks of groups, MARK_BYTES each; 0 while no route is metered. */
export const HEADER_MARKS: u32 = 384;
/** Copies of ICMP errors (see COPIES): a region for each worker; copies a second, 0 for none. */
export const HEADER_COPIES: u32 = 388;
export const HEADER_COPY_RATE: u32 = 392;
/** Addresses of the flow key in force and of the other one; the two, 128 bits each. */
export const HEADER_FLOW_KEY: u32 = 396;
export const HEADER_OTHER_KEY: u32 = 400;
/** Clock when the key was rotated, 0 for never. */
export const HEADER_ROTATED: u32 = 404;
export const HEADER_FLOW_KEYS: u32 = 408;
export const FLOW_KEY_BYTES: u32 = 16;
/** Not 0 where hashes under the other key are wanted all along: it is to come, or has come. */
export const HEADER_REHEARSES: u32 = 440;
/** Pins: a head for each worker, PINS_BYTES long (see PINS). */
export const HEADER_PINS: u32 = 140;
/** The two tables (see TABLE). */
export const HEADER_TABLE4: u32 = 512;
export const HEADER_TABLE6: u32 = 768;
/** One cache line a worker: the epoch in which it entered its batch, 0 between batches. */
export const HEADER_WORKERS: u32 = 1024;
export const WORKER_BYTES: u32 = 64;
/** The two tables of source prefixes (see TABLE): their groups are numbers of meters. */
export const HEADER_SOURCES4: u32 = 2048;
export const HEADER_SOURCES6: u32 = 2304;
/** The slot region: its units, and one bit for each that is in use. */
export const HEADER_SLOTS: u32 = 256;
export const HEADER_SLOTS_UNITS: u32 = 260;
export const HEADER_SLOTS_BITS: u32 = 264;
/** Units of the tables that groups use. */
export const HEADER_SLOTS_USED: u32 = 268;
/** No unit before this one is free. */
export const HEADER_SLOTS_FIRST: u32 = 272;
/** Previous owners a slot that new tables keep. */
export const HEADER_SLOTS_OWNERS: u32 = 276;
/** Tables that were given up and that readers may hold: the oldest, and the newest; 0 for none. */
export const HEADER_RETIRED_FIRST: u32 = 280;
export const HEADER_RETIRED_LAST: u32 = 284;
/** Slots that the last change gave to another adjacency, and slots of the group's table. */
export const HEADER_SLOTS_MOVED: u32 = 304;
export const HEADER_SLOTS_SET: u32 = 308;
/** The change of a group that is under way (see CHANGE). */
export const HEADER_CHANGE: u32 = 312;
/** The digest that was asked for last, u64. */
export const HEADER_DIGEST: u32 = 320;

// --- Flow hash: keys and tables of the functions other than SipHash ------------------------------

export const HASH_SIPHASH: u32 = 0;
export const HASH_MULTILINEAR: u32 = 1;
export const HASH_TOEPLITZ: u32 = 2;
/** Both directions of a flow hash alike. */
export const HASH_SYMMETRIC: u32 = 1;
/** The IPv6 flow label counts. */
export const HASH_WITH_LABEL: u32 = 2;
/** Some fields of the 5-tuple do not count. */
export const HASH_MASKED: u32 = 4;

/** Multilinear: 12 keys, u64. */
export const HASH_KEYS: u32 = 0;
export const HASH_KEYS_BYTES: u32 = 96;
/** Toeplitz: 16 u32 for each half byte of a message of 36 bytes. */
export const HASH_NIBBLES: u32 = 128;
export const HASH_NIBBLES_BYTES: u32 = 4608;
export const HASH_BYTES: u32 = HASH_NIBBLES + HASH_NIBBLES_BYTES;

// --- Table: the FIB of one family ---------------------------------------------------------------

/** Reference engine: the root node. Fast engine: the root's words. */
export const TABLE_ROOT: u32 = 0;
/** Reference engine: levels of nodes on the longest path. */
export const TABLE_LEVELS: u32 = 4;
/** The group that stands in for a leaf of 0: the default route; itself 0 where there is none. */
export const TABLE_DEFAULT_GROUP: u32 = 8;
/** Routes held, the default route included. */
export const TABLE_ROUTES: u32 = 12;
/** ENGINE_FAST or ENGINE_REFERENCE. */
export const TABLE_ENGINE: u32 = 16;
/** The prefix trie's root, 0 for none. */
export const TABLE_TRIE: u32 = 20;
/** STATUS_… of the last update. */
export const TABLE_STATUS: u32 = 24;
/** Regions that differ from the prefix trie (assembly/fib/dirty-update.ts). */
export const TABLE_DIRTY: u32 = 28;
/** Words of marks of parts that may have a bit set: the first, and the one after the last. */
export const TABLE_DIRTY_FIRST: u32 = 32;
export const TABLE_DIRTY_END: u32 = 36;
/** First node without users whose links are not taken away yet, by word; 0 for none. */
export const TABLE_DEAD: u32 = 40;
/** Users of the nodes (see USERS). */
export const TABLE_USERS: u32 = 44;
/** Changes of what lookups of the fast IPv6 table answer, u64: it never wraps. */
export const TABLE_GENERATION: u32 = 48;
/** Bits before a region that is marked and painted as one: 18 (IPv4) or 26 (IPv6). */
export const TABLE_REGION_BITS: u32 = 56;
/** Moves on with each route that is applied, region that is painted and link that is freed. */
export const TABLE_PROGRESS: u32 = 60;
/** Nodes of the reference engine, or of the fast engine's prefix trie (see POOL). */
export const TABLE_POOL: u32 = 64;
/** Memory of the nodes (see SLABS), where each is (see INDEX), and nodes to be freed (see RING). */
export const TABLE_SLABS: u32 = 96;
export const TABLE_INDEX: u32 = 128;
export const TABLE_RING: u32 = 144;
/** The update under way (see UPDATE). */
export const TABLE_UPDATE: u32 = 160;
export const TABLE_BYTES: u32 = 256;

/** An update under way, which goes on with the next call: the prefix that is being painted. */
export const UPDATE_HIGH: u32 = 0;
export const UPDATE_LOW: u32 = 8;
export const UPDATE_LENGTH: u32 = 16;
/** Address of the word that leads to its region. */
export const UPDATE_LINK: u32 = 20;
/** Frames that are open (see FRAME). */
export const UPDATE_OPEN: u32 = 24;
/** Times that painting found no room, and whether memory is to be freed before it goes on. */
export const UPDATE_ATTEMPTS: u32 = 28;
export const UPDATE_FREEING: u32 = 32;
/** What the batch is at, and what its route or region is at; 0 between batches. */
export const UPDATE_PHASE: u32 = 36;
export const UPDATE_STAGE: u32 = 40;
/** Routes of the batch that are in the trie. */
export const UPDATE_ROUTES: u32 = 44;
/** Group that the prefix of the route under way had. */
export const UPDATE_BEFORE: u32 = 48;
/** The marked region that is painted, how often all were gone through, and whether any is left. */
export const UPDATE_REGION: u32 = 52;
export const UPDATE_PASSES: u32 = 56;
export const UPDATE_LEFT: u32 = 60;
export const UPDATE_BYTES: u32 = 64;

/** How a table is looked up. */
export const ENGINE_FAST: u32 = 0;
export const ENGINE_REFERENCE: u32 = 1;

// --- Block pool ---------------------------------------------------------------------------------

/** First byte of the region. */
export const POOL_START: u32 = 0;
export const POOL_BLOCK_BYTES: u32 = 4;
/** Blocks that fit. */
export const POOL_CAPACITY: u32 = 8;
/** Blocks handed out. */
export const POOL_USED: u32 = 12;
/** Blocks that were ever handed out: those after it are untouched. */
export const POOL_TOUCHED: u32 = 16;
/** First free block (its first word leads to the next), 0 for none. */
export const POOL_FREE: u32 = 20;
export const POOL_BYTES: u32 = 32;

// --- Slabs: blocks of several sizes (assembly/memory/slabs.ts) ----------------------------------

/** First byte of the pages, how many there are, and how many were ever used. */
export const SLABS_START: u32 = 0;
export const SLABS_PAGES: u32 = 4;
export const SLABS_TOUCHED: u32 = 8;
/** First page (its record) that was used and is free, 0 for none. */
export const SLABS_FREE: u32 = 12;
/** First byte of the page records; the heads of the size classes stand before them. */
export const SLABS_RECORDS: u32 = 16;
/** Bytes of blocks handed out, and pages that hold them. */
export const SLABS_USED_BYTES: u32 = 20;
export const SLABS_USED_PAGES: u32 = 24;
export const SLABS_BYTES: u32 = 32;

/** A page holds blocks of one size. */
export const SLAB_BYTES: u32 = 4096;
/** Sizes are multiples of this. */
export const SLAB_UNIT_BYTES: u32 = 8;
/** Largest block: a whole page. */
export const SLAB_BLOCK_BYTES_MAX: u32 = 4096;
/** One u32 a size: the first page of that size that has a free block. */
export const SLAB_HEADS_BYTES: u32 = 2056;

/** A page's record: its neighbours among the pages with room, by address of their records. */
export const PAGE_NEXT: u32 = 0;
export const PAGE_PREVIOUS: u32 = 4;
/** First free block. */
export const PAGE_FREE: u32 = 8;
/** Blocks handed out, and blocks that were ever handed out: both u16. */
export const PAGE_USED: u32 = 12;
export const PAGE_TOUCHED: u32 = 14;
export const PAGE_RECORD_BYTES: u32 = 16;

// --- Index: shared nodes by content (assembly/fib/shared-nodes-update.ts) -----------------------

/** First entry, entries minus 1 (a power of two, minus 1), entries in use. */
export const INDEX_START: u32 = 0;
export const INDEX_MASK: u32 = 4;
export const INDEX_USED: u32 = 8;
export const INDEX_BYTES: u32 = 16;

/** An entry: hash of the content (0: free), and the node's word. */
export const ENTRY_HASH: u32 = 0;
export const ENTRY_WORD: u32 = 4;
export const ENTRY_BYTES: u32 = 8;
/** Links that lead to a node: one u32 for each SLAB_UNIT_BYTES of the slabs. */
export const USERS_BYTES: u32 = 4;

/** Links taken away, oldest first: first record, records minus 1; taken and added, which wrap. */
export const RING_START: u32 = 0;
export const RING_MASK: u32 = 4;
export const RING_TAKEN: u32 = 8;
export const RING_ADDED: u32 = 12;
export const RING_BYTES: u32 = 16;

/** A link taken away: the word, and the epoch. */
export const RETIRED_WORD: u32 = 0;
export const RETIRED_EPOCH: u32 = 4;
export const RETIRED_BYTES: u32 = 8;
/** Records of a ring: an update says MORE when so many links wait for readers. */
export const RETIRED_MAX: u32 = 65536;

// --- Nodes of the fast tables (assembly/fib/nodes.ts) -------------------------------------------

/** A word below this is a group; otherwise it is the address of a node plus its kind. */
export const NODE_WORD_MIN: u32 = 65536;
/** Bits of a word that say the kind. */
export const NODE_KIND_MASK: u32 = 7;
/** Six bits of the address: u64 of runs, then a group, u16, for each. */
export const NODE_GROUPS: u32 = 0;
/** Six bits of the address: u64 of runs, then a word, u32, for each. */
export const NODE_WORDS: u32 = 1;
/** Eight bits: a word for each value. Changes in place, and stands outside the index. */
export const NODE_DIRECT: u32 = 2;
/** All bits of an IPv6 address: 16 first addresses, two u64 each, then a group, u16, for each. */
export const NODE_LONG: u32 = 3;
/** Sixteen bits of the address: 8 first values, u16, then a group for each. */
export const NODE_LINE8: u32 = 4;
/** As NODE_LINE8 with 16 of each. */
export const NODE_LINE16: u32 = 5;
/** No bits: one word, a group. */
export const NODE_CELL: u32 = 6;
/** Ten bits, as NODE_DIRECT. */
export const NODE_TABLE: u32 = 7;

/** Where the leaves of each kind start, and its bytes where they are always as many. */
export const NODE_GROUPS_LEAVES: u32 = 8;
export const NODE_WORDS_LEAVES: u32 = 8;
/** Runs that a NODE_LONG or NODE_LINE16 holds. */
export const NODE_RUNS_MAX: u32 = 16;
export const NODE_LONG_LEAVES: u32 = 256;
export const NODE_LONG_BYTES: u32 = 288;
export const NODE_LINE8_LEAVES: u32 = 16;
export const NODE_LINE8_BYTES: u32 = 32;
export const NODE_LINE16_LEAVES: u32 = 32;
export const NODE_LINE16_BYTES: u32 = 64;
export const NODE_CELL_BYTES: u32 = 8;
export const NODE_DIRECT_BYTES: u32 = 1024;
export const NODE_TABLE_BYTES: u32 = 4096;

// --- Prefix trie: what the routes are (assembly/fib/prefix-trie.ts) -----------------------------

/** The prefix: two u64 in host order (IPv4 in the upper half of the first), and its length. */
export const TRIE_HIGH: u32 = 0;
export const TRIE_LOW: u32 = 8;
/** Below it: prefixes whose next bit is 0, and those whose next bit is 1; 0 for none. */
export const TRIE_ZERO: u32 = 16;
export const TRIE_ONE: u32 = 20;
/** Group of the prefix, u16; 0 for a node that only joins two others. */
export const TRIE_GROUP: u32 = 24;
export const TRIE_LENGTH: u32 = 26;
export const TRIE_BYTES: u32 = 32;

// --- Fast tables (assembly/fib/fib4.ts, fib6.ts) ------------------------------------------------

/** Words of the IPv4 root: one for each value of the first 18 bits. */
export const ROOT4_WORDS: u32 = 262144;
export const ROOT4_BYTES: u32 = 1048576;
/** One bit for each of them, and two for each 1,024 (assembly/fib/dirty-update.ts). */
export const DIRTY4_BYTES: u32 = 32768 + 64;
/** Words of the IPv6 root: one for each value of the first 16 bits. */
export const ROOT6_WORDS: u32 = 65536;
export const ROOT6_BYTES: u32 = 262144;
/** One bit for each value of the first 26 bits, and two for each 1,024. */
export const DIRTY6_BYTES: u32 = 8388608 + 16384;

/** Addresses that an IPv6 lookup has under way together. */
export const LISTS_ROUND: u32 = 256;
/** A worker's lists of answers under way: u32 each, LISTS_ROUND of them. */
export const LISTS_LINES: u32 = 64;
export const LISTS_NODES: u32 = 1088;
export const LISTS_DEEPER: u32 = 2112;
export const LISTS_REST: u32 = 3136;
/** In front of them: where the lists of lines and of the rest end. */
export const LISTS_LINES_END: u32 = 0;
export const LISTS_REST_END: u32 = 4;
/** A worker's recent answers, behind them (assembly/fib/answers.ts): rounds to go on without. */
export const ANSWERS_HOLD: u32 = 8;
/** How many these were the last time, and how many they may become. */
export const ANSWERS_PAUSE: u32 = 12;
export const ANSWERS_PAUSE_MAX: u32 = 255;
/** Generations of the table whose answers these are, u64: its bits above those of a stamp. */
export const ANSWERS_ERA: u32 = 16;
/** Takes what is not to be kept: u64. */
export const ANSWERS_SINK: u32 = 24;
/** Addresses of a round that they do not answer: a list as the others. */
export const ANSWERS_MISSES: u32 = 4160;
/** The answers, u64 each: one for each value of so many bits. */
export const ANSWERS: u32 = 5184;
export const ANSWERS_BITS: u32 = 15;
export const ANSWERS_BYTES: u32 = 262144;
export const LISTS_BYTES: u32 = 267328;

// --- Counters: u64 each, one set a worker -------------------------------------------------------

export const COUNTER_RECEIVED: u32 = 0;
export const COUNTER_RECEIVED_BYTES: u32 = 8;
export const COUNTER_FORWARDED: u32 = 16;
export const COUNTER_FORWARDED_BYTES: u32 = 24;
export const COUNTER_PUNTED: u32 = 32;
export const COUNTER_IPV4: u32 = 40;
export const COUNTER_IPV6: u32 = 48;
export const COUNTER_OTHER: u32 = 56;
/** Packets whose captured length is below their original one. */
export const COUNTER_CAPTURED_SHORT: u32 = 64;
/** One u64 a drop reason. */
export const COUNTER_DROPS: u32 = 128;
/** Then packets and bytes of each adjacency (16 bytes), then packets of each group (8 bytes). */
export const COUNTER_ADJACENCIES: u32 = 640;
export const ADJACENCY_COUNTER_BYTES: u32 = 16;
export const GROUP_COUNTER_BYTES: u32 = 8;

// --- Adjacency: how to reach a next hop ---------------------------------------------------------

/** Destination MAC, then source MAC, as they stand on the wire. */
export const ADJACENCY_MACS: u32 = 0;
export const ADJACENCY_INTERFACE: u32 = 12;
/** Largest IP packet that fits, bytes: of the link, less what an encapsulation puts in front. */
export const ADJACENCY_MTU: u32 = 16;
/** ADJACENCY_UP, ADJACENCY_DOWN or ADJACENCY_DRAINS, u8: pins look at it, and they alone. */
export const ADJACENCY_STATE: u32 = 20;
/** ENCAPSULATION_…, u8. */
export const ADJACENCY_ENCAPSULATION: u32 = 21;
/** Bytes of VLAN tags, u8: 0, 4 or 8. */
export const ADJACENCY_TAG_BYTES: u32 = 22;
/** Family of the outer header of an encapsulation, u8: 4 or 6; 0 without one. */
export const ADJACENCY_OUTER_FAMILY: u32 = 23;
/** The next hop's identity under the score key, u64; 0 where none was written. */
export const ADJACENCY_IDENTITY: u32 = 24;
/** VLAN tags, the outer one first: TPID and TCI, as they stand on the wire. */
export const ADJACENCY_TAGS: u32 = 32;
/** Bytes in front of the IP packet as it leaves: link header, tags, outer headers; u8. */
export const ADJACENCY_HEADER_BYTES: u32 = 40;
/** TTL or hop limit of the outer header, u8. */
export const ADJACENCY_OUTER_TTL: u32 = 41;
/** Hops that a packet's hop list may have, u8: 0 for no list; to GUE alone (packet/gue-hops.ts). */
export const ADJACENCY_HOPS: u32 = 42;
/** Outer addresses as they stand on the wire: the first 4 bytes count for IPv4. */
export const ADJACENCY_OUTER_SOURCE: u32 = 48;
export const ADJACENCY_OUTER_DESTINATION: u32 = 64;
export const ADJACENCY_BYTES: u32 = 128;

/** What stands between the link header and the packet: nothing, or an outer IP header and more. */
export const ENCAPSULATION_NONE: u32 = 0;
/** An IP header alone: IPIP, 6in4, 4in6 (RFC 2003, 4213, 2473). */
export const ENCAPSULATION_IPIP: u32 = 1;
/** GRE without options (RFC 2784). */
export const ENCAPSULATION_GRE: u32 = 2;
/** Generic UDP encapsulation, variant 0 without flags (draft-ietf-intarea-gue). */
export const ENCAPSULATION_GUE: u32 = 3;

// --- Interfaces of the router -------------------------------------------------------------------

/** Records; number 0 stands for "none known": every destination MAC is ours. */
export const ROUTER_INTERFACES_MAX: u32 = 64;
/** Its MAC, 6 bytes; then whether frames to other MACs are dropped, u8. */
export const ROUTER_INTERFACE_MAC: u32 = 0;
export const ROUTER_INTERFACE_CHECKS_MAC: u32 = 6;
/** Addresses that ICMP errors come from, as on the wire; all zero where there is none. */
export const ROUTER_INTERFACE_IPV4: u32 = 8;
export const ROUTER_INTERFACE_IPV6: u32 = 16;
export const ROUTER_INTERFACE_LINK_LOCAL: u32 = 32;
/** Length of the IPv6 address's prefix, u8. */
export const ROUTER_INTERFACE_IPV6_LENGTH: u32 = 48;
export const ROUTER_INTERFACE_BYTES: u32 = 64;

// --- Servers: ids in connection ids of QUIC (assembly/packet/quic.ts) ----------------------------

/** How many there are, bytes of an id, and the UDP port that they are reached at. */
export const SERVERS_COUNT: u32 = 0;
export const SERVERS_ID_BYTES: u32 = 4;
export const SERVERS_PORT: u32 = 8;
/** Then an id of at most 16 bytes, and the adjacency, of each. */
export const SERVERS_ENTRIES: u32 = 64;
export const SERVER_ADJACENCY: u32 = 16;
export const SERVER_BYTES: u32 = 24;
export const SERVERS_MAX: u32 = 256;
export const SERVERS_BYTES: u32 = 6208;
/** Slots that are looked through for a server: one with a usual share has some among them. */
export const SERVER_SLOTS_MAX: u32 = 4096;

// --- Replies: ICMP errors about packets of the batch (assembly/forward/replies.ts) ---------------

/** Replies of the batch. */
export const REPLIES_COUNT: u32 = 0;
/** Token bucket (assembly/forward/bucket.ts). */
export const REPLIES_TOKENS: u32 = 4;
/** Counters, u64: replies made, and those that the rate limit suppressed. */
export const REPLIES_MADE: u32 = 16;
export const REPLIES_LIMITED: u32 = 24;
/**
 * One record a reply: frame's address, its bytes, interface it leaves by; packet it is about, and
 * type and code of the error (0xTTCC), u16.
 */
export const REPLIES_RECORDS: u32 = 64;
export const REPLY_ADDRESS: u32 = 0;
export const REPLY_LENGTH: u32 = 4;
export const REPLY_INTERFACE: u32 = 8;
export const REPLY_PACKET: u32 = 12;
export const REPLY_ERROR: u32 = 14;
export const REPLY_RECORD_BYTES: u32 = 16;
/** Then their frames. */
export const REPLIES_FRAMES: u32 = 4160;
/** A frame's room: headers in front (REPLY_HEADROOM), then a packet of at most 1,280 bytes. */
export const REPLY_HEADROOM: u32 = 128;
export const REPLY_FRAME_BYTES: u32 = 1408;
export const REPLIES_BYTES: u32 = 364608;

// --- Copies of ICMP errors to all next hops of a group (assembly/forward/copies.ts) --------------

/** Copies of the batch. */
export const COPIES_COUNT: u32 = 0;
/** Token bucket (assembly/forward/bucket.ts). */
export const COPIES_TOKENS: u32 = 4;
/** Counters, u64: errors to be copied, copies made, errors that not all next hops have got. */
export const COPIES_ERRORS: u32 = 16;
export const COPIES_MADE: u32 = 24;
export const COPIES_LIMITED: u32 = 32;
/** One record a copy: packet of the batch, and the adjacency it leaves by besides its own. */
export const COPIES_RECORDS: u32 = 64;
export const COPY_PACKET: u32 = 0;
export const COPY_ADJACENCY: u32 = 4;
export const COPY_BYTES: u32 = 8;
/** Copies of a batch at most: as many as the largest group has next hops, twice. */
export const COPIES_MAX: u32 = 1024;
/** Then a bit for each adjacency: whether the error at hand goes there. */
export const COPIES_SEEN: u32 = 8256;
export const COPIES_SEEN_BYTES: u32 = 8192;
export const COPIES_BYTES: u32 = 16448;

// --- Ends of tunnels (assembly/forward/decapsulate.ts) -------------------------------------------

/** Ends in use, u32; and one bit for each port of UDP that they have, by its low six bits, u64. */
export const ENDS_COUNT: u32 = 0;
export const ENDS_PORTS: u32 = 8;
/** Records of ends, of tunnels by number (from 1), of sources, then counts (see TUNNEL_COUNTS). */
export const ENDS_RECORDS: u32 = 64;
export const ENDS_TUNNELS: u32 = 2112;
export const ENDS_SOURCES: u32 = 3136;
export const ENDS_COUNTS: u32 = 13376;
/** Addresses, of all tunnels together; tunnels, number 0 included; prefixes of outer sources. */
export const ENDS_MAX: u32 = 64;
export const ENDS_TUNNELS_MAX: u32 = 64;
export const ENDS_SOURCES_MAX: u32 = 256;
/** An end: its address as in a flow record, its family, what it takes, its port and its tunnel. */
export const END_HIGH: u32 = 0;
export const END_LOW: u32 = 8;
export const END_FAMILY: u32 = 16;
export const END_KINDS: u32 = 20;
export const END_PORT: u32 = 24;
export const END_TUNNEL: u32 = 28;
export const END_BYTES: u32 = 32;
/** What an end takes: IP in IP of all four kinds, GUE by UDP. */
export const END_IPIP: u32 = 1;
export const END_GUE: u32 = 2;
/**
 * A tunnel: its sources, from the first to that after the last (all may send where it has none);
 * not 0: what nobody here serves goes to the next hop of its list.
 */
export const TUNNEL_FIRST: u32 = 0;
export const TUNNEL_END: u32 = 4;
export const TUNNEL_PASSES: u32 = 8;
export const TUNNEL_BYTES: u32 = 16;
/** A prefix of sources: address and mask as in a flow record, u64 each, then its family. */
export const END_SOURCE_HIGH: u32 = 0;
export const END_SOURCE_LOW: u32 = 8;
export const END_SOURCE_MASK_HIGH: u32 = 16;
export const END_SOURCE_MASK_LOW: u32 = 24;
export const END_SOURCE_FAMILY: u32 = 32;
export const END_SOURCE_BYTES: u32 = 40;
/** Counts of a tunnel, u64: packets, their bytes with headers, dropped, left, passed on. */
export const TUNNEL_COUNT_PACKETS: u32 = 0;
export const TUNNEL_COUNT_BYTES: u32 = 8;
export const TUNNEL_COUNT_DROPPED: u32 = 16;
export const TUNNEL_COUNT_LEFT: u32 = 24;
export const TUNNEL_COUNT_PASSED: u32 = 32;
export const TUNNEL_COUNTS_BYTES: u32 = 40;
/** Counts of a worker. */
export const ENDS_COUNTS_BYTES: u32 = 2560;
/** Tunnels inside each other that end here. */
export const DECAPSULATIONS_MAX: u32 = 4;

// --- Meters: what source prefixes let through (assembly/forward/meters.ts) -----------------------

/** A group's mark: its meter, u16, 0 for none; the reserved group that it stands for, u16, or 0. */
export const MARK_METER: u32 = 0;
export const MARK_KIND: u32 = 2;
export const MARK_BYTES: u32 = 4;
/** METER_COUNTS, METER_LIMITS or METER_DROPS; and what tokens are: packets, or not 0: bytes. */
export const METER_ACTION: u32 = 0;
export const METER_IS_BYTES: u32 = 4;
/** Token bucket: tokens a second, and how many it holds, both below 2^31. */
export const METER_RATE: u32 = 8;
export const METER_BURST: u32 = 12;
/** Billionths of tokens that are left, u64, and when that was: nanoseconds since 1970, u64. */
export const METER_TOKENS: u32 = 16;
export const METER_FILLED: u32 = 24;
/** Counters, u64: packets and bytes that it saw, and those of them that it dropped. */
export const METER_PACKETS: u32 = 32;
export const METER_PACKET_BYTES: u32 = 40;
export const METER_DROPPED: u32 = 48;
export const METER_DROPPED_BYTES: u32 = 56;
export const METER_BYTES: u32 = 64;
/** Meters are told by u16 numbers; 0 is none. */
export const METERS_MAX: u32 = 65535;

/** Packets go on. */
export const METER_COUNTS: u32 = 0;
/** Those that find no token are dropped. */
export const METER_LIMITS: u32 = 1;
/** All are dropped. */
export const METER_DROPS: u32 = 2;

// --- Kernel rings mapped into this memory: TPACKET_V2 (assembly/ring/packet-ring.ts) -------------

/** Live ports; number 0 is none. A port's number is that of its interface. */
export const PORTS_MAX: u32 = 64;
/** The receiving ring: its first frame, frames, bytes of each; next to take, next to give back. */
export const PORT_RX: u32 = 0;
export const PORT_RX_FRAMES: u32 = 4;
export const PORT_RX_FRAME_BYTES: u32 = 8;
export const PORT_RX_TAKEN: u32 = 12;
export const PORT_RX_RELEASED: u32 = 16;
/** The sending ring: its first frame, frames, bytes of each, next to fill. */
export const PORT_TX: u32 = 20;
export const PORT_TX_FRAMES: u32 = 24;
export const PORT_TX_FRAME_BYTES: u32 = 28;
export const PORT_TX_FILLED: u32 = 32;
/** Frames taken and not given back. */
export const PORT_RX_HELD: u32 = 36;
/** Counters, u64: frames taken; frames that the kernel had to cut, dropped; checksums finished. */
export const PORT_RECEIVED: u32 = 40;
export const PORT_CUT: u32 = 48;
export const PORT_FINISHED: u32 = 56;
/** Frames handed over; dropped as no frame of the ring was free; dropped as they were too long. */
export const PORT_SENT: u32 = 64;
export const PORT_FULL: u32 = 72;
export const PORT_TOO_LONG: u32 = 80;
/** Frames that the kernel refused to send. */
export const PORT_REFUSED: u32 = 88;
/** Rings that system calls fill and empty: next to fill, next to send, and their messages. */
export const PORT_RX_FILLED: u32 = 96;
export const PORT_TX_SENT: u32 = 100;
export const PORT_RX_MESSAGES: u32 = 104;
export const PORT_TX_MESSAGES: u32 = 108;
/** 0 where tags are left as they come, else one more than the VLAN tags of the port's frames. */
export const PORT_TAGS: u32 = 112;
/** Those tags, the outer one first, as they stand on the wire. */
export const PORT_TAG_WORDS: u32 = 116;
export const PORT_BYTES: u32 = 128;

// --- Messages of rings that system calls serve (assembly/ring/message-ring.ts) ------------------

/** struct mmsghdr of 64-bit Linux. Then as many vectors, then as many controls. */
export const MESSAGE_VECTOR: u32 = 16;
export const MESSAGE_VECTORS: u32 = 24;
export const MESSAGE_CONTROL: u32 = 32;
export const MESSAGE_CONTROL_LENGTH: u32 = 40;
export const MESSAGE_FLAGS: u32 = 48;
export const MESSAGE_LENGTH: u32 = 56;
export const MESSAGE_BYTES: u32 = 64;
/** struct iovec. */
export const MESSAGE_VECTOR_LENGTH: u32 = 8;
export const MESSAGE_VECTOR_BYTES: u32 = 16;
export const MESSAGE_CONTROL_BYTES: u32 = 64;
/** Where packets begin in a frame: behind room for headers; as in the kernel's sending rings. */
export const MESSAGE_RX_PACKET: u32 = 160;
export const MESSAGE_TX_PACKET: u32 = 32;

// --- A packet as it leaves, where it is made on demand (assembly/forward/leaving.ts) -------------

/** Its captured bytes and those on the wire, then the frame. */
export const LEAVING_LENGTH: u32 = 0;
export const LEAVING_ORIGINAL_LENGTH: u32 = 4;
/** Then bytes of its hop list, and the list. */
export const LEAVING_HOPS_BYTES: u32 = 8;
export const LEAVING_HOPS: u32 = 12;
export const LEAVING_FRAME: u32 = 64;
/** Hops in a list at most; its bytes with addresses of IPv6. */
export const HOPS_MAX: u32 = 3;
export const HOPS_BYTES_MAX: u32 = 52;
export const LEAVING_BYTES: u32 = 262400;

/** States of an adjacency: takes all flows, takes none, takes those that it had. */
export const ADJACENCY_UP: u32 = 0;
export const ADJACENCY_DOWN: u32 = 1;
export const ADJACENCY_DRAINS: u32 = 2;

// --- Pins: flows that began in a slot which changed hands (assembly/flow/pins.ts) ---------------

/** A worker's head: its first bucket, and how many there are. */
export const PINS_BUCKETS: u32 = 0;
export const PINS_BUCKET_COUNT: u32 = 4;
/** Counters, u64: pins entered, and those of them that took an expired pin's place. */
export const PINS_PINNED: u32 = 8;
export const PINS_REUSED: u32 = 16;
/** Packets without a pin that went to a previous owner. */
export const PINS_STAYED: u32 = 24;
/** Openings for which no pin was free: led to a previous owner; and to the current one instead. */
export const PINS_REFUSED: u32 = 32;
export const PINS_TURNED: u32 = 40;
export const PINS_BYTES: u32 = 64;
/** A bucket is a cache line: keys, u64 of 48 bits of hash and 16 of adjacency (0: free); stamps. */
export const PIN_BUCKET_ENTRIES: u32 = 5;
export const PIN_KEYS: u32 = 0;
/** u32 each: the low 31 bits of the clock, and one that says whether the connection went on. */
export const PIN_STAMPS: u32 = 40;
export const PIN_BUCKET_BYTES: u32 = 64;
/** Seconds after which a pin expires of which only the opening was seen. */
export const PIN_UNCONFIRMED_SECONDS: u32 = 30;

// --- Group: the weighted set behind a prefix ----------------------------------------------------

/**
 * A group is one word: 0 where no next hop is up, the adjacency where one is (below
 * GROUP_TABLE_MIN), else the address of its slot table.
 */
export const GROUP_BYTES: u32 = 4;
export const GROUP_TABLE_MIN: u32 = 65536;

/** Reserved group ids: the kinds of route that have no next hop. */
export const GROUP_ID_NONE: u32 = 0;
export const GROUP_ID_LOCAL: u32 = 1;
export const GROUP_ID_BLACKHOLE: u32 = 2;
export const GROUP_ID_UNREACHABLE: u32 = 3;
export const GROUP_ID_PROHIBIT: u32 = 4;

// --- Slot table (assembly/flow/group.ts) --------------------------------------------------------

/** Slots minus 1. */
export const SLOT_TABLE_MASK: u32 = 0;
/** Slots whose pin window may be open: with 0, pins need not look. */
export const SLOT_TABLE_CHANGED: u32 = 4;
/** Previous owners that each slot keeps. */
export const SLOT_TABLE_OWNERS: u32 = 8;
/** Of a table that was given up: the epoch of that, and the next one. */
export const SLOT_TABLE_RETIRED_EPOCH: u32 = 12;
export const SLOT_TABLE_RETIRED_NEXT: u32 = 16;
/**
 * u16 adjacency of each slot; then the clock when it changed hands, u32 each, 0 for never; then
 * whom it belonged to when its window opened, u16 each; then its previous owners, u16 each, one
 * array for the newest, one for the one before, and so on.
 */
export const SLOT_TABLE_SLOTS: u32 = 64;
/** Bytes of a slot and its clock; with its first owner, too; and of a previous owner. */
export const SLOT_CLOCKED_BYTES: u32 = 6;
export const SLOT_BYTES: u32 = 8;
export const SLOT_OWNER_BYTES: u32 = 2;
/** Most previous owners that a slot can keep. */
export const SLOT_OWNERS_MAX: u32 = 3;
/** Tables take whole units of the slot region. */
export const SLOT_UNIT_BYTES: u32 = 256;

// --- Change of a group (assembly/flow/group-update.ts) ------------------------------------------

/** Where its parts stand: members, u32 lists of them, and entries; the host writes these. */
export const CHANGE_MEMBERS: u32 = 0;
export const CHANGE_LIST: u32 = 4;
export const CHANGE_ENTRIES: u32 = 8;
/** What was asked for: group, members, CHANGE_IS_… bits. */
export const CHANGE_GROUP: u32 = 12;
export const CHANGE_COUNT: u32 = 16;
export const CHANGE_FLAGS: u32 = 20;
/** The group's word before, the table that is written, its slots. */
export const CHANGE_BEFORE: u32 = 24;
export const CHANGE_TABLE: u32 = 28;
export const CHANGE_SLOTS: u32 = 32;
/** How far it is: a phase, and how far that is. */
export const CHANGE_PHASE: u32 = 36;
export const CHANGE_CURSOR: u32 = 40;
/** Slots without a member, slots that others are due, slots moved. */
export const CHANGE_ORPHANS: u32 = 44;
export const CHANGE_LEFT: u32 = 48;
export const CHANGE_MOVED: u32 = 52;
/** Members in the list; entries in the heap; a slot that was given up for another, plus 1. */
export const CHANGE_LISTED: u32 = 56;
export const CHANGE_HEAPED: u32 = 60;
export const CHANGE_DISPLACED: u32 = 64;
/** One u32 an adjacency: its member, plus 1. Zero between changes. */
export const CHANGE_MEMBER_OF: u32 = 128;
export const CHANGE_BYTES: u32 = 262272;

/** The table depends on the members alone, not on what it was. */
export const CHANGE_IS_CANONICAL: u32 = 1;
/** Slots that change hands keep no previous owner. */
export const CHANGE_FORGETS: u32 = 2;
/** The slots themselves stand in the entries, u16 each. */
export const CHANGE_IS_GIVEN: u32 = 4;

/** The next hop's identity, u64; written by the data plane. */
export const MEMBER_IDENTITY: u32 = 0;
/** A member as the writer hands it over, in order of identities. */
export const MEMBER_ADJACENCY: u32 = 8;
export const MEMBER_WEIGHT: u32 = 12;
/** 1 where the change is about it: others gain or lose slots by it, but not to each other. */
export const MEMBER_IS_TARGET: u32 = 16;
/** Slots due, slots held now. */
export const MEMBER_QUOTA: u32 = 20;
export const MEMBER_HELD: u32 = 24;
/** Slots that it takes in this step, and its heap of those that it has been offered. */
export const MEMBER_ROOM: u32 = 28;
export const MEMBER_HEAP: u32 = 32;
export const MEMBER_OFFERED: u32 = 36;
export const MEMBER_BYTES: u32 = 40;

/** An entry while slots are matched: cost and slot in a u64. */
export const OFFER_BYTES: u32 = 8;
/** An entry while slots are moved: f64 ratio, slot, receiver. */
export const MOVE_RATIO: u32 = 0;
export const MOVE_SLOT: u32 = 8;
export const MOVE_RECEIVER: u32 = 12;
export const MOVE_BYTES: u32 = 16;

/** Members that a slot is compared with at once: of more, those from a place of its own on. */
export const MEMBERS_COMPARED_MAX: u32 = 512;
/** Largest table that can be asked for. */
export const SLOTS_ASKED_MAX: u32 = 1048576;

// --- Scratch: what the writer hands over, and working space -------------------------------------

/** Routes, packed. */
export const SCRATCH_RECORDS: u32 = 0;
export const SCRATCH_RECORDS_BYTES: u32 = 1572864;
/** The way through the prefix trie, and the groups around where it is: u32 each, one a bit. */
export const SCRATCH_WAY: u32 = 1572864;
export const SCRATCH_AROUND: u32 = 1576960;
/** Cells, u32 each: those of a node of six bits, and those that longer prefixes cover. */
export const SCRATCH_CELLS: u32 = 1577984;
export const SCRATCH_COVER: u32 = 1578240;
/** One bit a cell: set where longer prefixes stand inside it. */
export const SCRATCH_MARKS: u32 = 1579264;
/** Where nodes are made before they are shared. */
export const SCRATCH_MADE: u32 = 1579296;
/** Regions that are being painted, one inside the other (see FRAME). */
export const SCRATCH_FRAMES: u32 = 1580032;
/** Runs of a region: address, two u64, group, u32; then the longest prefix among them, u32. */
export const SCRATCH_RUNS: u32 = 1582080;
export const SCRATCH_RUNS_LONGEST: u32 = 1582528;
/** Work that the call under way may still do, u32. */
export const SCRATCH_WORK: u32 = 1582532;
export const SCRATCH_BYTES: u32 = 1582592;

/** A region that is being painted: its prefix, and the bits before its values and with them. */
export const FRAME_HIGH: u32 = 0;
export const FRAME_LOW: u32 = 8;
export const FRAME_FROM: u32 = 16;
export const FRAME_TO: u32 = 20;
/** Where the words of its values stand: in the node itself, or in scratch memory. */
export const FRAME_CELLS: u32 = 24;
/** FRAME_NEW, FRAME_OLD, FRAME_COPY or FRAME_IN_PLACE. */
export const FRAME_MODE: u32 = 28;
/** The trie's node under which its longer prefixes stand, and the group around them. */
export const FRAME_TOP: u32 = 32;
export const FRAME_GROUP: u32 = 36;
/** One bit a value, in u64 words: set where it is still to be made. */
export const FRAME_PENDING: u32 = 40;
/** One bit a value of a node of six bits: set where the frame is the user of a node. */
export const FRAME_OWNED: u32 = 72;
export const FRAME_BYTES: u32 = 80;
/** Regions inside each other: 26, 32, 40 and so on to 120 bits. */
export const FRAMES_MAX: u32 = 13;

/** All values are made anew; some of a node, of which none differs yet; then, of its copy. */
export const FRAME_NEW: u32 = 0;
export const FRAME_OLD: u32 = 1;
export const FRAME_COPY: u32 = 2;
/** Some values, in the direct node that readers see. */
export const FRAME_IN_PLACE: u32 = 3;

// --- Flow tally: distinct flows, exact and then sampled (assembly/flow/tally.ts) ----------------

/** Flows in the table. */
export const TALLY_COUNT: u32 = 0;
/** A flow is in the sample while this many bits of its hash are 0: each stands for 2^bits. */
export const TALLY_SAMPLE_BITS: u32 = 4;
/** Whether the whole table is in use, and not only its first TALLY_SMALL_MAX entries. */
export const TALLY_IS_WHOLE: u32 = 8;
/** Flows in the table of each adjacency, u32. */
export const TALLY_ADJACENCIES: u32 = 64;
/** u64 entries: 48 bits of hash, 16 of adjacency; 0 is free. */
export const TALLY_ENTRIES: u32 = 262208;
export const TALLY_ENTRIES_MAX: u32 = 2097152;
/** Entries while there are few flows, so that counting them leaves the caches to forwarding. */
export const TALLY_SMALL_MAX: u32 = 65536;
export const TALLY_BYTES: u32 = 17039424;

// --- Reference FIB: a node for four bits of the address (assembly/fib/reference.ts) -------------

/** Best group of each of the 16 values of the four bits, u16. */
export const NODE_BEST: u32 = 0;
/** Child of each value, u32, 0 for none. */
export const NODE_CHILDREN: u32 = 32;
/** Group of each prefix that ends in the node, u16, at 2^length + bits; index 0 and 1 are free. */
export const NODE_PREFIXES: u32 = 96;
/** Prefixes and children held: a node with none is returned to its pool. */
export const NODE_USERS: u32 = 96;
export const NODE_BYTES: u32 = 160;
/** Answer of a match that found no route: no prefix has this length. */
export const MATCH_NONE: u32 = 255;

/**
 * A route as the writer hands it over, group 0 to withdraw it; the update leaves the group that
 * the prefix had before in its place. IPv4: address (host order), length, group, all u32.
 */
export const ROUTE4_ADDRESS: u32 = 0;
export const ROUTE4_LENGTH: u32 = 4;
export const ROUTE4_GROUP: u32 = 8;
export const ROUTE4_BYTES: u32 = 12;
/** IPv6: address (two u64, host order, high first), length u32, group u32. */
export const ROUTE6_HIGH: u32 = 0;
export const ROUTE6_LOW: u32 = 8;
export const ROUTE6_LENGTH: u32 = 16;
export const ROUTE6_GROUP: u32 = 20;
export const ROUTE6_BYTES: u32 = 24;

// --- Flow record: what the parser found, one a packet -------------------------------------------

/** IPv4: a u32 in host order, the rest 0. IPv6: two u64 in host order, high first. */
export const FLOW_SOURCE: u32 = 0;
export const FLOW_DESTINATION: u32 = 16;
export const FLOW_SOURCE_PORT: u32 = 32;
export const FLOW_DESTINATION_PORT: u32 = 34;
/** Upper-layer protocol: behind the extension headers in IPv6. */
export const FLOW_PROTOCOL: u32 = 36;
/** 4 or 6, 0 where the packet has no IP header that could be read. */
export const FLOW_FAMILY: u32 = 37;
export const FLOW_FLAGS: u32 = 38;
/** TTL or hop limit as received. */
export const FLOW_TTL: u32 = 39;
/** Address of the IP header in memory. */
export const FLOW_NETWORK: u32 = 40;
/** Bytes of the IP packet as its header says. */
export const FLOW_NETWORK_BYTES: u32 = 44;
/** Bytes of it that were captured. */
export const FLOW_CAPTURED_BYTES: u32 = 48;
/** Bytes from the IP header to the transport header, u16; 0 where that was not reached. */
export const FLOW_TRANSPORT: u32 = 52;
/** SEGMENT_…, u8: where in its connection a packet stands. */
export const FLOW_SEGMENT: u32 = 54;
/** STEERED_…, u8: why the flow hash is not that of the packet's own addresses and ports. */
export const FLOW_STEERED: u32 = 55;
/**
 * Flow hash, u64, where FLOW_HASHED is set: the slot is its low bits. Before that, a fragment's
 * identification.
 */
export const FLOW_HASH: u32 = 56;
export const FLOW_BYTES: u32 = 64;

/** The ports were read. */
export const FLOW_HAS_PORTS: u32 = 1;
/** Part of a fragmented datagram: hashed by addresses and protocol, the first fragment too. */
export const FLOW_FRAGMENT: u32 = 2;
/** The addresses were read: the family alone is known from the link header. */
export const FLOW_HAS_ADDRESSES: u32 = 4;
export const FLOW_HASHED: u32 = 8;
/** Came in a tunnel that ends here: the record is that of the packet inside. */
export const FLOW_DECAPSULATED: u32 = 16;

/** Not TCP. */
export const SEGMENT_NONE: u32 = 0;
/** TCP with SYN and without ACK: a connection that begins. */
export const SEGMENT_OPENS: u32 = 1;
/** All other TCP, and what belongs to a connection: later fragments, ICMP errors about it. */
export const SEGMENT_FOLLOWS: u32 = 2;

/** The hash is that of the packet's own addresses and ports. */
export const STEERED_NOT: u32 = 0;
/** An ICMP error: the flow that it quotes, its ends swapped. */
export const STEERED_QUOTED: u32 = 1;
/** A tunnel: the flow inside. */
export const STEERED_INNER: u32 = 2;
/** A later fragment: the flow of its first one. */
export const STEERED_TRACKED: u32 = 3;
/** QUIC: the connection id. */
export const STEERED_CONNECTION: u32 = 4;
/** An ICMP error that names no flow: copied to all next hops of its group. */
export const STEERED_COPIED: u32 = 5;

// --- Batch: columns of BATCH_MAX u32 each, unless said ------------------------------------------

/** In: address of the frame in memory, captured bytes, original bytes, link type. */
export const BATCH_OFFSETS: u32 = 0;
export const BATCH_LENGTHS: u32 = 1024;
export const BATCH_ORIGINAL_LENGTHS: u32 = 2048;
export const BATCH_LINK_TYPES: u32 = 3072;
/** In: nanoseconds since 1970, u64. */
export const BATCH_TIMESTAMPS: u32 = 4096;
/** Out: VERDICT_…, drop reason, group, adjacency, slot. */
export const BATCH_VERDICTS: u32 = 6144;
export const BATCH_REASONS: u32 = 7168;
export const BATCH_GROUPS: u32 = 8192;
export const BATCH_ADJACENCIES: u32 = 9216;
export const BATCH_SLOTS: u32 = 10240;
/** Out: the frame as it leaves: address, captured bytes, original bytes. */
export const BATCH_OUT_OFFSETS: u32 = 11264;
export const BATCH_OUT_LENGTHS: u32 = 12288;
export const BATCH_OUT_ORIGINAL_LENGTHS: u32 = 13312;
/** Out, by batchPrefixLengths alone: length of the prefix that matched. */
export const BATCH_PREFIX_LENGTHS: u32 = 14336;
/** Flow records of FLOW_BYTES. */
export const BATCH_FLOWS: u32 = 15360;
/** Between the stages: destinations in network order, their packets, their groups. */
export const BATCH_PACKED4: u32 = 31744;
export const BATCH_PACKETS4: u32 = 32768;
export const BATCH_GROUPS4: u32 = 33792;
export const BATCH_PACKED6: u32 = 34816;
export const BATCH_PACKETS6: u32 = 38912;
export const BATCH_GROUPS6: u32 = 39936;
/** After the lookup, where destinations stood: records of one family's flows without a hash yet. */
export const BATCH_WAITING: u32 = 34816;
/** How many packets stand in the packed columns. */
export const BATCH_COUNT4: u32 = 40960;
export const BATCH_COUNT6: u32 = 40964;
/** Between the stages: flow records of what a packet carries, quotes, and carries in the quote. */
export const BATCH_STEERED: u32 = 41024;
/** In: number of each packet in its capture, f64; packets that are taken out take it along. */
export const BATCH_NUMBERS: u32 = 41344;
/** Between the stages: adjacency of the server that a packet's connection id names. */
export const BATCH_SERVERS: u32 = 43392;
/** Between the stages: sources in network order, and their meters. */
export const BATCH_SOURCES: u32 = 44416;
export const BATCH_METERS: u32 = 48512;
/** Out, where tunnels end here: the number of the last one whose end a packet came to. */
export const BATCH_TUNNELS: u32 = 49536;
/** Between rewriting and leaving: adjacencies of a packet's hop list, HOPS_MAX u16, 0 for none. */
export const BATCH_HOPS: u32 = 50560;
/** Where there are two flow keys: a packet's hash under the other one, u64. */
export const BATCH_OTHER_HASHES: u32 = 52608;
export const BATCH_BYTES: u32 = 54656;

/** What became of a packet. */
export const VERDICT_DROP: u32 = 0;
export const VERDICT_FORWARD: u32 = 1;
export const VERDICT_PUNT: u32 = 2;

/** A slot column's value for packets whose group has no table. */
export const SLOT_NONE: u32 = 2139062143;
/** Each of its four bytes, so that a fill sets a column to it. */
export const SLOT_NONE_BYTE: u32 = 127;

// --- Steering -----------------------------------------------------------------------------------

/** Later fragments go where their first one goes: by its ports, in a table (see FRAGMENTS). */
export const STEER_TRACK: u32 = 1;
/** Tunnels go by the flow inside: IP in IP of all four kinds, GRE, VXLAN, GTP-U, MPLS in IP. */
export const STEER_IPIP: u32 = 2;
export const STEER_GRE: u32 = 4;
export const STEER_VXLAN: u32 = 8;
export const STEER_GTP: u32 = 16;
export const STEER_MPLS: u32 = 32;
/** All of them; and those that may be UDP. */
export const STEER_TUNNELS: u32 = 62;
/** QUIC goes by its connection id, where that names a server. */
export const STEER_QUIC: u32 = 64;
export const STEER_UDP: u32 = 120;
/** Tunnels inside each other that are looked into. */
export const TUNNELS_MAX: u32 = 2;
/** Extension headers of a GTP-U packet that are walked. */
export const GTP_EXTENSIONS_MAX: u32 = 8;

// --- Tracked fragments, one region a worker (assembly/forward/fragments.ts) ----------------------

/** Whether the batch under way holds released frames: nothing is held again. */
export const FRAGMENTS_RELEASING: u32 = 0;
/** Frames that wait for their first fragment, and the place of the next one. */
export const FRAGMENTS_WAITING: u32 = 4;
export const FRAGMENTS_NEXT: u32 = 8;
/** Counters, u64: later fragments that took their first one's hash. */
export const FRAGMENTS_TRACKED: u32 = 16;
/** Frames that were held; those released behind their first one, and those without it. */
export const FRAGMENTS_HELD: u32 = 24;
export const FRAGMENTS_RELEASED: u32 = 32;
export const FRAGMENTS_EXPIRED: u32 = 40;
/** Fragments that found no room, in the table or to wait. */
export const FRAGMENTS_OVERFLOW: u32 = 48;
/** Records of held frames, then the table, then the held frames. */
export const FRAGMENTS_RECORDS: u32 = 64;
export const FRAGMENTS_TABLE: u32 = 16448;
export const FRAGMENTS_FRAMES: u32 = 278592;
export const FRAGMENTS_BYTES: u32 = 819264;

/** Datagrams that are tracked: buckets of two cache lines, two datagrams each. */
export const FRAGMENT_BUCKETS: u32 = 2048;
export const FRAGMENT_WAYS: u32 = 2;
/** A datagram is forgotten so long after its last fragment: reassembly gives up earlier. */
export const FRAGMENT_MS: u32 = 60000;
/** Addresses as in a flow record. */
export const FRAGMENT_SOURCE: u32 = 0;
export const FRAGMENT_DESTINATION: u32 = 16;
/** The hash that its fragments go by, u64. */
export const FRAGMENT_HASH: u32 = 32;
/** Identification, then protocol << 8 | family. */
export const FRAGMENT_ID: u32 = 40;
export const FRAGMENT_KIND: u32 = 44;
/** When its last fragment came, in milliseconds that wrap. */
export const FRAGMENT_SEEN: u32 = 48;
/** FRAGMENT_FREE, …, u16. */
export const FRAGMENT_STATE: u32 = 52;
/** SEGMENT_… of the later ones, u8: where the first one stands in a connection, they follow. */
export const FRAGMENT_SEGMENT: u32 = 54;
/** The hash under the other of two flow keys, u64, 0 where it is not known; and which, u8. */
export const FRAGMENT_OTHER_KEY: u32 = 55;
export const FRAGMENT_OTHER: u32 = 56;
export const FRAGMENT_BYTES: u32 = 64;

/** Nothing is known. */
export const FRAGMENT_FREE: u32 = 0;
/** The first one was seen: all go by its hash. */
export const FRAGMENT_KNOWN: u32 = 1;
/** Later ones wait for it. */
export const FRAGMENT_WAITING: u32 = 2;
/** One went by addresses and protocol alone, so all do. */
export const FRAGMENT_STATELESS: u32 = 3;

/** Frames that can wait, a power of two; bytes of each; and how long. */
export const HELD_MAX: u32 = 256;
export const HELD_FRAME_MAX: u32 = 2048;
export const HELD_FRAME_BYTES: u32 = 2112;
export const HELD_MS: u32 = 1000;
/** A held frame: its input columns, its datagram, when it came, HELD_…, what to go by. */
export const HELD_TIMESTAMP: u32 = 0;
export const HELD_NUMBER: u32 = 8;
export const HELD_HASH: u32 = 16;
export const HELD_LENGTH: u32 = 24;
export const HELD_ORIGINAL_LENGTH: u32 = 28;
export const HELD_LINK_TYPE: u32 = 32;
export const HELD_FRAGMENT: u32 = 36;
export const HELD_SINCE: u32 = 40;
export const HELD_STATE: u32 = 44;
export const HELD_TRACKED: u32 = 48;
export const HELD_SEGMENT: u32 = 52;
export const HELD_OTHER: u32 = 56;
export const HELD_BYTES: u32 = 64;

/** Holds no frame. */
export const HELD_FREE: u32 = 0;
/** Its first fragment has not come. */
export const HELD_WAITING: u32 = 1;
/** To be put into the next batch. */
export const HELD_READY: u32 = 2;

// --- Drop reasons -------------------------------------------------------------------------------

export const DROP_NONE: u32 = 0;
/** A link type that is not served. */
export const DROP_LINK_TYPE: u32 = 1;
/** The capture cut the packet before the end of its headers. */
export const DROP_CAPTURED_SHORT: u32 = 2;
/** The frame itself ends before its headers or before the length that they claim. */
export const DROP_TRUNCATED: u32 = 3;
/** Neither IPv4 nor IPv6. */
export const DROP_ETHERTYPE: u32 = 4;
export const DROP_MPLS: u32 = 5;
export const DROP_PPPOE: u32 = 6;
export const DROP_IPV4_VERSION: u32 = 7;
export const DROP_IPV4_HEADER_LENGTH: u32 = 8;
export const DROP_IPV4_TOTAL_LENGTH: u32 = 9;
export const DROP_IPV4_CHECKSUM: u32 = 10;
export const DROP_IPV4_SOURCE: u32 = 11;
export const DROP_IPV4_DESTINATION: u32 = 12;
export const DROP_IPV6_VERSION: u32 = 13;
export const DROP_IPV6_SOURCE: u32 = 14;
export const DROP_IPV6_DESTINATION: u32 = 15;
export const DROP_IPV6_HOP_BY_HOP: u32 = 16;
export const DROP_MULTICAST: u32 = 17;
export const DROP_BROADCAST: u32 = 18;
export const DROP_NO_ROUTE: u32 = 19;
export const DROP_BLACKHOLE: u32 = 20;
export const DROP_UNREACHABLE: u32 = 21;
export const DROP_PROHIBIT: u32 = 22;
/** TTL or hop limit of 1 or 0 on receipt. */
export const DROP_TTL_EXPIRED: u32 = 23;
/** The route has next hops, and none is up. */
export const DROP_NEXT_HOP_DOWN: u32 = 24;
/** Larger than the link's MTU, and not to be cut: IPv6, or DF is set. */
export const DROP_TOO_BIG: u32 = 25;
/** IPv6: a link-local source, and a destination beyond the link (RFC 4007, 9). */
export const DROP_BEYOND_SCOPE: u32 = 26;
/** Frames to another MAC, and those to a group of stations that carry a packet for one. */
export const DROP_OTHER_MAC: u32 = 27;
export const DROP_GROUP_MAC: u32 = 28;
/** A hop-by-hop option that asks to be reported where it is not known (RFC 8200, 4.2). */
export const DROP_IPV6_OPTION: u32 = 29;
/** The source is in a prefix that is dropped. */
export const DROP_SOURCE_BLACKHOLE: u32 = 30;
/** More than the prefix of the source lets through. */
export const DROP_RATE_LIMIT: u32 = 31;
/** To the end of a tunnel, from a source that may not send there. */
export const DROP_TUNNEL_SOURCE: u32 = 32;
/** UDP or GUE headers that contradict themselves, or ask for what is not served. */
export const DROP_TUNNEL_HEADER: u32 = 33;
/** GUE that carries something else than IPv4 and IPv6. */
export const DROP_TUNNEL_PROTOCOL: u32 = 34;
/** A wrong checksum of outer UDP. */
export const DROP_TUNNEL_CHECKSUM: u32 = 35;
/** Congestion outside, and a packet inside that cannot say so (RFC 6040, 4.2). */
export const DROP_TUNNEL_ECN: u32 = 36;
/** More tunnels inside each other than DECAPSULATIONS_MAX. */
export const DROP_TUNNEL_DEPTH: u32 = 37;
/** More than its route lets through. */
export const DROP_ROUTE_LIMIT: u32 = 38;
/** Reasons in use, this one excluded. */
export const DROP_REASONS: u32 = 39;

// --- Link types (the pcap registry's numbers) ---------------------------------------------------

export const LINK_NULL: u32 = 0;
export const LINK_ETHERNET: u32 = 1;
export const LINK_RAW_BSD: u32 = 12;
export const LINK_RAW_OPENBSD: u32 = 14;
export const LINK_RAW: u32 = 101;
export const LINK_LOOP: u32 = 108;
export const LINK_LINUX_SLL: u32 = 113;
export const LINK_IPV4: u32 = 228;
export const LINK_IPV6: u32 = 229;
export const LINK_LINUX_SLL2: u32 = 276;

// --- Capture walker -----------------------------------------------------------------------------

/** Bytes of a capture that the host reads at a time. */
export const CAPTURE_CHUNK_BYTES: u32 = 1048576;
/** Largest pcapng block that is read whole: the largest packet, and as much for its options. */
export const CAPTURE_BLOCK_BYTES_MAX: u32 = 524288;
/** Room for frames that the walkers need: what is left of a block, and a chunk behind it. */
export const CAPTURE_REGION_BYTES: u32 = CAPTURE_CHUNK_BYTES + CAPTURE_BLOCK_BYTES_MAX;
/** Interfaces that one section of a pcapng file may have: real files have tens. */
export const CAPTURE_INTERFACES_MAX: u32 = 4096;

/** The next record, and the end of what was read: addresses in memory. */
export const CAPTURE_CURSOR: u32 = 0;
export const CAPTURE_END: u32 = 4;
/** Why the walker stopped: CAPTURE_STOP_…; where it names a value, that value. */
export const CAPTURE_STOP: u32 = 8;
export const CAPTURE_VALUE: u32 = 12;
/** Not 0 where the file's byte order is not this machine's. */
export const CAPTURE_SWAPPED: u32 = 16;
/** pcapng: bytes of a block that nobody reads, yet to pass, then its length once more (or 0). */
export const CAPTURE_SKIP: u32 = 20;
export const CAPTURE_SKIPPED_LENGTH: u32 = 24;
/** Interfaces of this section; a pcap file has one. */
export const CAPTURE_INTERFACE_COUNT: u32 = 28;
/** Totals, u64: packets, captured bytes, packets captured short of their original length. */
export const CAPTURE_PACKETS: u32 = 32;
export const CAPTURE_PACKET_BYTES: u32 = 40;
export const CAPTURE_SHORT_PACKETS: u32 = 48;
/** Interface records. */
export const CAPTURE_INTERFACES: u32 = 64;

/** A number of the pcap registry. */
export const INTERFACE_LINK_TYPE: u32 = 0;
/** Bytes that were captured of a packet at most, 0 for all. */
export const INTERFACE_SNAP_BYTES: u32 = 4;
/** How ticks become nanoseconds: TICKS_…, with a factor, u64. */
export const INTERFACE_TICKS: u32 = 8;
export const INTERFACE_FACTOR: u32 = 16;
/** Largest count of ticks whose nanoseconds fit into a u64. */
export const INTERFACE_TICKS_MAX: u32 = 24;
/** Nanoseconds to add, i64. */
export const INTERFACE_OFFSET: u32 = 32;
export const INTERFACE_BYTES: u32 = 40;
export const CAPTURE_BYTES: u32 = CAPTURE_INTERFACES + CAPTURE_INTERFACES_MAX * INTERFACE_BYTES;

/** Ticks times the factor, ticks divided by it, or ticks of 2^-factor seconds. */
export const TICKS_MULTIPLIED: u32 = 0;
export const TICKS_DIVIDED: u32 = 1;
export const TICKS_BINARY: u32 = 2;

/** The batch is full. */
export const CAPTURE_STOP_BATCH: u32 = 0;
/** The next record is not wholly there; the value says how many bytes it needs. */
export const CAPTURE_STOP_MORE: u32 = 1;
/** The block at the cursor is for the host: a section header, or a whole interface description. */
export const CAPTURE_STOP_SECTION: u32 = 2;
export const CAPTURE_STOP_INTERFACE: u32 = 3;
/** Damage: a captured length above PACKET_BYTES_MAX, or above what its block holds. */
export const CAPTURE_STOP_PACKET_LENGTH: u32 = 4;
/** Damage: a block length that is no multiple of 4, or below what its type needs. */
export const CAPTURE_STOP_BLOCK_LENGTH: u32 = 5;
/** A block longer than CAPTURE_BLOCK_BYTES_MAX that would have to be read. */
export const CAPTURE_STOP_BLOCK_LONG: u32 = 6;
/** Damage: the length at the end of a block is not the one at its start. */
export const CAPTURE_STOP_TRAILER: u32 = 7;
/** Damage: a packet of an interface that the section has not described. */
export const CAPTURE_STOP_UNKNOWN_INTERFACE: u32 = 8;

/**
 * Link type of a pcapng custom block, which counts as a packet, as it does in Wireshark: nothing
 * that a capture holds goes uncounted. No file can name it: link types there are u16.
 */
export const LINK_CUSTOM_BLOCK: u32 = 65536;
