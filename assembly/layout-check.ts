/** Proof at build time that the views of memory/records.ts lie as layout.ts says. */

import { Capture, CaptureInterface } from "./capture/records";
import {
  ADJACENCY_BYTES,
  ADJACENCY_ENCAPSULATION,
  ADJACENCY_HEADER_BYTES,
  ADJACENCY_HOPS,
  ADJACENCY_IDENTITY,
  ADJACENCY_INTERFACE,
  ADJACENCY_MACS,
  ADJACENCY_MTU,
  ADJACENCY_OUTER_FAMILY,
  ADJACENCY_OUTER_TTL,
  ADJACENCY_STATE,
  ADJACENCY_TAG_BYTES,
  ADJACENCY_TAGS,
  CAPTURE_CURSOR,
  CAPTURE_END,
  CAPTURE_INTERFACE_COUNT,
  CAPTURE_INTERFACES,
  CAPTURE_PACKET_BYTES,
  CAPTURE_PACKETS,
  CAPTURE_SHORT_PACKETS,
  CAPTURE_SKIP,
  CAPTURE_SKIPPED_LENGTH,
  CAPTURE_STOP,
  CAPTURE_SWAPPED,
  CAPTURE_VALUE,
  CHANGE_BEFORE,
  CHANGE_COUNT,
  CHANGE_CURSOR,
  CHANGE_DISPLACED,
  CHANGE_ENTRIES,
  CHANGE_FLAGS,
  CHANGE_GROUP,
  CHANGE_HEAPED,
  CHANGE_LEFT,
  CHANGE_LIST,
  CHANGE_LISTED,
  CHANGE_MEMBER_OF,
  CHANGE_MEMBERS,
  CHANGE_MOVED,
  CHANGE_ORPHANS,
  CHANGE_PHASE,
  CHANGE_SLOTS,
  CHANGE_TABLE,
  ENTRY_BYTES,
  ENTRY_HASH,
  ENTRY_WORD,
  FLOW_BYTES,
  FLOW_CAPTURED_BYTES,
  FLOW_DESTINATION,
  FLOW_DESTINATION_PORT,
  FLOW_FAMILY,
  FLOW_FLAGS,
  FLOW_HASH,
  FLOW_NETWORK,
  FLOW_NETWORK_BYTES,
  FLOW_PROTOCOL,
  FLOW_SEGMENT,
  FLOW_SOURCE,
  FLOW_SOURCE_PORT,
  FLOW_STEERED,
  FLOW_TRANSPORT,
  FLOW_TTL,
  FRAGMENT_BYTES,
  FRAGMENT_DESTINATION,
  FRAGMENT_HASH,
  FRAGMENT_ID,
  FRAGMENT_KIND,
  FRAGMENT_OTHER,
  FRAGMENT_OTHER_KEY,
  FRAGMENT_SEEN,
  FRAGMENT_SEGMENT,
  FRAGMENT_SOURCE,
  FRAGMENT_STATE,
  FRAME_CELLS,
  FRAME_FROM,
  FRAME_GROUP,
  FRAME_HIGH,
  FRAME_LOW,
  FRAME_MODE,
  FRAME_PENDING,
  FRAME_TO,
  FRAME_TOP,
  HELD_BYTES,
  HELD_FRAGMENT,
  HELD_HASH,
  HELD_LENGTH,
  HELD_LINK_TYPE,
  HELD_NUMBER,
  HELD_ORIGINAL_LENGTH,
  HELD_OTHER,
  HELD_SEGMENT,
  HELD_SINCE,
  HELD_STATE,
  HELD_TIMESTAMP,
  HELD_TRACKED,
  INDEX_BYTES,
  INDEX_MASK,
  INDEX_START,
  INDEX_USED,
  INTERFACE_BYTES,
  INTERFACE_FACTOR,
  INTERFACE_LINK_TYPE,
  INTERFACE_OFFSET,
  INTERFACE_SNAP_BYTES,
  INTERFACE_TICKS,
  INTERFACE_TICKS_MAX,
  MEMBER_ADJACENCY,
  MEMBER_BYTES,
  MEMBER_HEAP,
  MEMBER_HELD,
  MEMBER_IDENTITY,
  MEMBER_IS_TARGET,
  MEMBER_OFFERED,
  MEMBER_QUOTA,
  MEMBER_ROOM,
  MEMBER_WEIGHT,
  MOVE_BYTES,
  MOVE_RATIO,
  MOVE_RECEIVER,
  MOVE_SLOT,
  PAGE_FREE,
  PAGE_NEXT,
  PAGE_PREVIOUS,
  PAGE_RECORD_BYTES,
  PAGE_TOUCHED,
  PAGE_USED,
  POOL_BLOCK_BYTES,
  POOL_BYTES,
  POOL_CAPACITY,
  POOL_FREE,
  POOL_START,
  POOL_TOUCHED,
  POOL_USED,
  PORT_BYTES,
  PORT_RECEIVED,
  PORT_RX_FILLED,
  PORT_RX_HELD,
  PORT_RX_MESSAGES,
  PORT_RX_RELEASED,
  PORT_TAG_WORDS,
  PORT_TAGS,
  PORT_TX,
  PORT_TX_FILLED,
  PORT_TX_MESSAGES,
  PORT_TX_SENT,
  RING_ADDED,
  RING_BYTES,
  RING_MASK,
  RING_START,
  RING_TAKEN,
  SLABS_BYTES,
  SLABS_FREE,
  SLABS_PAGES,
  SLABS_RECORDS,
  SLABS_START,
  SLABS_TOUCHED,
  SLABS_USED_BYTES,
  SLABS_USED_PAGES,
  SLOT_TABLE_CHANGED,
  SLOT_TABLE_MASK,
  SLOT_TABLE_OWNERS,
  SLOT_TABLE_RETIRED_EPOCH,
  SLOT_TABLE_RETIRED_NEXT,
  SLOT_TABLE_SLOTS,
  TABLE_DEAD,
  TABLE_DEFAULT_GROUP,
  TABLE_DIRTY,
  TABLE_DIRTY_END,
  TABLE_DIRTY_FIRST,
  TABLE_ENGINE,
  TABLE_LEVELS,
  TABLE_POOL,
  TABLE_PROGRESS,
  TABLE_REGION_BITS,
  TABLE_ROOT,
  TABLE_ROUTES,
  TABLE_STATUS,
  TABLE_TRIE,
  TABLE_USERS,
  TRIE_BYTES,
  TRIE_GROUP,
  TRIE_HIGH,
  TRIE_LENGTH,
  TRIE_LOW,
  TRIE_ONE,
  TRIE_ZERO,
  UPDATE_ATTEMPTS,
  UPDATE_BEFORE,
  UPDATE_BYTES,
  UPDATE_FREEING,
  UPDATE_HIGH,
  UPDATE_LEFT,
  UPDATE_LENGTH,
  UPDATE_LINK,
  UPDATE_LOW,
  UPDATE_OPEN,
  UPDATE_PASSES,
  UPDATE_PHASE,
  UPDATE_REGION,
  UPDATE_ROUTES,
  UPDATE_STAGE,
} from "./layout";
import {
  Adjacency,
  Change,
  Entry,
  Flow,
  Fragment,
  Frame,
  Held,
  Index,
  Member,
  Move,
  Page,
  Pool,
  Port,
  Ring,
  Slabs,
  SlotTable,
  Table,
  TrieNode,
  Update,
} from "./memory/records";

if (offsetof<Pool>("start") != POOL_START) ERROR("Pool.start");
if (offsetof<Pool>("blockBytes") != POOL_BLOCK_BYTES) ERROR("Pool.blockBytes");
if (offsetof<Pool>("capacity") != POOL_CAPACITY) ERROR("Pool.capacity");
if (offsetof<Pool>("used") != POOL_USED) ERROR("Pool.used");
if (offsetof<Pool>("touched") != POOL_TOUCHED) ERROR("Pool.touched");
if (offsetof<Pool>("free") != POOL_FREE) ERROR("Pool.free");
if (offsetof<Pool>() > POOL_BYTES) ERROR("Pool is larger than POOL_BYTES");

if (offsetof<Table>("root") != TABLE_ROOT) ERROR("Table.root");
if (offsetof<Table>("levels") != TABLE_LEVELS) ERROR("Table.levels");
if (offsetof<Table>("defaultGroup") != TABLE_DEFAULT_GROUP) ERROR("Table.defaultGroup");
if (offsetof<Table>("routes") != TABLE_ROUTES) ERROR("Table.routes");
if (offsetof<Table>("engine") != TABLE_ENGINE) ERROR("Table.engine");
if (offsetof<Table>("trie") != TABLE_TRIE) ERROR("Table.trie");
if (offsetof<Table>("status") != TABLE_STATUS) ERROR("Table.status");
if (offsetof<Table>("dirty") != TABLE_DIRTY) ERROR("Table.dirty");
if (offsetof<Table>("dirtyFirst") != TABLE_DIRTY_FIRST) ERROR("Table.dirtyFirst");
if (offsetof<Table>("dirtyEnd") != TABLE_DIRTY_END) ERROR("Table.dirtyEnd");
if (offsetof<Table>("dead") != TABLE_DEAD) ERROR("Table.dead");
if (offsetof<Table>("users") != TABLE_USERS) ERROR("Table.users");
if (offsetof<Table>("regionBits") != TABLE_REGION_BITS) ERROR("Table.regionBits");
if (offsetof<Table>("progress") != TABLE_PROGRESS) ERROR("Table.progress");
if (offsetof<Table>() > TABLE_POOL) ERROR("Table is larger than TABLE_POOL");

if (offsetof<Update>("high") != UPDATE_HIGH) ERROR("Update.high");
if (offsetof<Update>("low") != UPDATE_LOW) ERROR("Update.low");
if (offsetof<Update>("length") != UPDATE_LENGTH) ERROR("Update.length");
if (offsetof<Update>("link") != UPDATE_LINK) ERROR("Update.link");
if (offsetof<Update>("open") != UPDATE_OPEN) ERROR("Update.open");
if (offsetof<Update>("attempts") != UPDATE_ATTEMPTS) ERROR("Update.attempts");
if (offsetof<Update>("freeing") != UPDATE_FREEING) ERROR("Update.freeing");
if (offsetof<Update>("phase") != UPDATE_PHASE) ERROR("Update.phase");
if (offsetof<Update>("stage") != UPDATE_STAGE) ERROR("Update.stage");
if (offsetof<Update>("routes") != UPDATE_ROUTES) ERROR("Update.routes");
if (offsetof<Update>("before") != UPDATE_BEFORE) ERROR("Update.before");
if (offsetof<Update>("region") != UPDATE_REGION) ERROR("Update.region");
if (offsetof<Update>("passes") != UPDATE_PASSES) ERROR("Update.passes");
if (offsetof<Update>("left") != UPDATE_LEFT) ERROR("Update.left");
if (offsetof<Update>() > UPDATE_BYTES) ERROR("Update is larger than UPDATE_BYTES");

if (offsetof<Slabs>("start") != SLABS_START) ERROR("Slabs.start");
if (offsetof<Slabs>("pages") != SLABS_PAGES) ERROR("Slabs.pages");
if (offsetof<Slabs>("touched") != SLABS_TOUCHED) ERROR("Slabs.touched");
if (offsetof<Slabs>("free") != SLABS_FREE) ERROR("Slabs.free");
if (offsetof<Slabs>("records") != SLABS_RECORDS) ERROR("Slabs.records");
if (offsetof<Slabs>("usedBytes") != SLABS_USED_BYTES) ERROR("Slabs.usedBytes");
if (offsetof<Slabs>("usedPages") != SLABS_USED_PAGES) ERROR("Slabs.usedPages");
if (offsetof<Slabs>() > SLABS_BYTES) ERROR("Slabs is larger than SLABS_BYTES");

if (offsetof<Page>("next") != PAGE_NEXT) ERROR("Page.next");
if (offsetof<Page>("previous") != PAGE_PREVIOUS) ERROR("Page.previous");
if (offsetof<Page>("free") != PAGE_FREE) ERROR("Page.free");
if (offsetof<Page>("used") != PAGE_USED) ERROR("Page.used");
if (offsetof<Page>("touched") != PAGE_TOUCHED) ERROR("Page.touched");
if (offsetof<Page>() > PAGE_RECORD_BYTES) ERROR("Page is larger than PAGE_RECORD_BYTES");

if (offsetof<Index>("start") != INDEX_START) ERROR("Index.start");
if (offsetof<Index>("mask") != INDEX_MASK) ERROR("Index.mask");
if (offsetof<Index>("used") != INDEX_USED) ERROR("Index.used");
if (offsetof<Index>() > INDEX_BYTES) ERROR("Index is larger than INDEX_BYTES");

if (offsetof<Entry>("hash") != ENTRY_HASH) ERROR("Entry.hash");
if (offsetof<Entry>("word") != ENTRY_WORD) ERROR("Entry.word");
if (offsetof<Entry>() > ENTRY_BYTES) ERROR("Entry is larger than ENTRY_BYTES");

if (offsetof<Ring>("start") != RING_START) ERROR("Ring.start");
if (offsetof<Ring>("mask") != RING_MASK) ERROR("Ring.mask");
if (offsetof<Ring>("taken") != RING_TAKEN) ERROR("Ring.taken");
if (offsetof<Ring>("added") != RING_ADDED) ERROR("Ring.added");
if (offsetof<Ring>() > RING_BYTES) ERROR("Ring is larger than RING_BYTES");

if (offsetof<TrieNode>("high") != TRIE_HIGH) ERROR("TrieNode.high");
if (offsetof<TrieNode>("low") != TRIE_LOW) ERROR("TrieNode.low");
if (offsetof<TrieNode>("zero") != TRIE_ZERO) ERROR("TrieNode.zero");
if (offsetof<TrieNode>("one") != TRIE_ONE) ERROR("TrieNode.one");
if (offsetof<TrieNode>("group") != TRIE_GROUP) ERROR("TrieNode.group");
if (offsetof<TrieNode>("length") != TRIE_LENGTH) ERROR("TrieNode.length");
if (offsetof<TrieNode>() > TRIE_BYTES) ERROR("TrieNode is larger than TRIE_BYTES");

if (offsetof<Frame>("high") != FRAME_HIGH) ERROR("Frame.high");
if (offsetof<Frame>("low") != FRAME_LOW) ERROR("Frame.low");
if (offsetof<Frame>("from") != FRAME_FROM) ERROR("Frame.from");
if (offsetof<Frame>("to") != FRAME_TO) ERROR("Frame.to");
if (offsetof<Frame>("cells") != FRAME_CELLS) ERROR("Frame.cells");
if (offsetof<Frame>("mode") != FRAME_MODE) ERROR("Frame.mode");
if (offsetof<Frame>("top") != FRAME_TOP) ERROR("Frame.top");
if (offsetof<Frame>("group") != FRAME_GROUP) ERROR("Frame.group");
if (offsetof<Frame>() > FRAME_PENDING) ERROR("Frame reaches into its marks");

if (offsetof<Adjacency>("macsHigh") != ADJACENCY_MACS) ERROR("Adjacency.macsHigh");
if (offsetof<Adjacency>("interfaceIndex") != ADJACENCY_INTERFACE) ERROR("Adjacency.interfaceIndex");
if (offsetof<Adjacency>("mtu") != ADJACENCY_MTU) ERROR("Adjacency.mtu");
if (offsetof<Port>("rxReleased") != PORT_RX_RELEASED) ERROR("Port.rxReleased");
if (offsetof<Port>("tx") != PORT_TX) ERROR("Port.tx");
if (offsetof<Port>("txFilled") != PORT_TX_FILLED) ERROR("Port.txFilled");
if (offsetof<Port>("rxHeld") != PORT_RX_HELD) ERROR("Port.rxHeld");
if (offsetof<Port>("received") != PORT_RECEIVED) ERROR("Port.received");
if (offsetof<Port>("rxFilled") != PORT_RX_FILLED) ERROR("Port.rxFilled");
if (offsetof<Port>("txSent") != PORT_TX_SENT) ERROR("Port.txSent");
if (offsetof<Port>("rxMessages") != PORT_RX_MESSAGES) ERROR("Port.rxMessages");
if (offsetof<Port>("txMessages") != PORT_TX_MESSAGES) ERROR("Port.txMessages");
if (offsetof<Port>("tags") != PORT_TAGS) ERROR("Port.tags");
if (offsetof<Port>("tagOuter") != PORT_TAG_WORDS) ERROR("Port.tagOuter");
if (offsetof<Port>() > PORT_BYTES) ERROR("Port is longer than its record");
if (offsetof<Adjacency>("state") != ADJACENCY_STATE) ERROR("Adjacency.state");
if (offsetof<Adjacency>("encapsulation") != ADJACENCY_ENCAPSULATION)
  ERROR("Adjacency.encapsulation");
if (offsetof<Adjacency>("tagBytes") != ADJACENCY_TAG_BYTES) ERROR("Adjacency.tagBytes");
if (offsetof<Adjacency>("outerFamily") != ADJACENCY_OUTER_FAMILY) ERROR("Adjacency.outerFamily");
if (offsetof<Adjacency>("identity") != ADJACENCY_IDENTITY) ERROR("Adjacency.identity");
if (offsetof<Adjacency>("tags") != ADJACENCY_TAGS) ERROR("Adjacency.tags");
if (offsetof<Adjacency>("headerBytes") != ADJACENCY_HEADER_BYTES) ERROR("Adjacency.headerBytes");
if (offsetof<Adjacency>("hops") != ADJACENCY_HOPS) ERROR("Adjacency.hops");
if (offsetof<Adjacency>("outerTtl") != ADJACENCY_OUTER_TTL) ERROR("Adjacency.outerTtl");
if (offsetof<Adjacency>() > ADJACENCY_BYTES) ERROR("Adjacency is larger than ADJACENCY_BYTES");

if (offsetof<SlotTable>("slotMask") != SLOT_TABLE_MASK) ERROR("SlotTable.slotMask");
if (offsetof<SlotTable>("changed") != SLOT_TABLE_CHANGED) ERROR("SlotTable.changed");
if (offsetof<SlotTable>("owners") != SLOT_TABLE_OWNERS) ERROR("SlotTable.owners");
if (offsetof<SlotTable>("retiredEpoch") != SLOT_TABLE_RETIRED_EPOCH)
  ERROR("SlotTable.retiredEpoch");
if (offsetof<SlotTable>("retiredNext") != SLOT_TABLE_RETIRED_NEXT) ERROR("SlotTable.retiredNext");
if (offsetof<SlotTable>() > SLOT_TABLE_SLOTS) ERROR("SlotTable reaches into its slots");

if (offsetof<Member>("identity") != MEMBER_IDENTITY) ERROR("Member.identity");
if (offsetof<Member>("adjacency") != MEMBER_ADJACENCY) ERROR("Member.adjacency");
if (offsetof<Member>("weight") != MEMBER_WEIGHT) ERROR("Member.weight");
if (offsetof<Member>("isTarget") != MEMBER_IS_TARGET) ERROR("Member.isTarget");
if (offsetof<Member>("quota") != MEMBER_QUOTA) ERROR("Member.quota");
if (offsetof<Member>("held") != MEMBER_HELD) ERROR("Member.held");
if (offsetof<Member>("room") != MEMBER_ROOM) ERROR("Member.room");
if (offsetof<Member>("heap") != MEMBER_HEAP) ERROR("Member.heap");
if (offsetof<Member>("offered") != MEMBER_OFFERED) ERROR("Member.offered");
if (offsetof<Member>() > MEMBER_BYTES) ERROR("Member is larger than MEMBER_BYTES");

if (offsetof<Change>("members") != CHANGE_MEMBERS) ERROR("Change.members");
if (offsetof<Change>("list") != CHANGE_LIST) ERROR("Change.list");
if (offsetof<Change>("entries") != CHANGE_ENTRIES) ERROR("Change.entries");
if (offsetof<Change>("group") != CHANGE_GROUP) ERROR("Change.group");
if (offsetof<Change>("count") != CHANGE_COUNT) ERROR("Change.count");
if (offsetof<Change>("flags") != CHANGE_FLAGS) ERROR("Change.flags");
if (offsetof<Change>("before") != CHANGE_BEFORE) ERROR("Change.before");
if (offsetof<Change>("table") != CHANGE_TABLE) ERROR("Change.table");
if (offsetof<Change>("slots") != CHANGE_SLOTS) ERROR("Change.slots");
if (offsetof<Change>("phase") != CHANGE_PHASE) ERROR("Change.phase");
if (offsetof<Change>("cursor") != CHANGE_CURSOR) ERROR("Change.cursor");
if (offsetof<Change>("orphans") != CHANGE_ORPHANS) ERROR("Change.orphans");
if (offsetof<Change>("left") != CHANGE_LEFT) ERROR("Change.left");
if (offsetof<Change>("moved") != CHANGE_MOVED) ERROR("Change.moved");
if (offsetof<Change>("listed") != CHANGE_LISTED) ERROR("Change.listed");
if (offsetof<Change>("heaped") != CHANGE_HEAPED) ERROR("Change.heaped");
if (offsetof<Change>("displaced") != CHANGE_DISPLACED) ERROR("Change.displaced");
if (offsetof<Change>() > CHANGE_MEMBER_OF) ERROR("Change reaches into its members");

if (offsetof<Move>("ratio") != MOVE_RATIO) ERROR("Move.ratio");
if (offsetof<Move>("slot") != MOVE_SLOT) ERROR("Move.slot");
if (offsetof<Move>("receiver") != MOVE_RECEIVER) ERROR("Move.receiver");
if (offsetof<Move>() > MOVE_BYTES) ERROR("Move is larger than MOVE_BYTES");

if (offsetof<Flow>("sourceHigh") != FLOW_SOURCE) ERROR("Flow.sourceHigh");
if (offsetof<Flow>("destinationHigh") != FLOW_DESTINATION) ERROR("Flow.destinationHigh");
if (offsetof<Flow>("sourcePort") != FLOW_SOURCE_PORT) ERROR("Flow.sourcePort");
if (offsetof<Flow>("destinationPort") != FLOW_DESTINATION_PORT) ERROR("Flow.destinationPort");
if (offsetof<Flow>("protocol") != FLOW_PROTOCOL) ERROR("Flow.protocol");
if (offsetof<Flow>("family") != FLOW_FAMILY) ERROR("Flow.family");
if (offsetof<Flow>("flags") != FLOW_FLAGS) ERROR("Flow.flags");
if (offsetof<Flow>("ttl") != FLOW_TTL) ERROR("Flow.ttl");
if (offsetof<Flow>("network") != FLOW_NETWORK) ERROR("Flow.network");
if (offsetof<Flow>("networkBytes") != FLOW_NETWORK_BYTES) ERROR("Flow.networkBytes");
if (offsetof<Flow>("capturedBytes") != FLOW_CAPTURED_BYTES) ERROR("Flow.capturedBytes");
if (offsetof<Flow>("transport") != FLOW_TRANSPORT) ERROR("Flow.transport");
if (offsetof<Flow>("segment") != FLOW_SEGMENT) ERROR("Flow.segment");
if (offsetof<Flow>("steered") != FLOW_STEERED) ERROR("Flow.steered");
if (offsetof<Flow>("hash") != FLOW_HASH) ERROR("Flow.hash");
if (offsetof<Flow>() > FLOW_BYTES) ERROR("Flow is larger than FLOW_BYTES");

if (offsetof<Capture>("cursor") != CAPTURE_CURSOR) ERROR("Capture.cursor");
if (offsetof<Capture>("end") != CAPTURE_END) ERROR("Capture.end");
if (offsetof<Capture>("stop") != CAPTURE_STOP) ERROR("Capture.stop");
if (offsetof<Capture>("value") != CAPTURE_VALUE) ERROR("Capture.value");
if (offsetof<Capture>("swapped") != CAPTURE_SWAPPED) ERROR("Capture.swapped");
if (offsetof<Capture>("skip") != CAPTURE_SKIP) ERROR("Capture.skip");
if (offsetof<Capture>("skippedLength") != CAPTURE_SKIPPED_LENGTH) ERROR("Capture.skippedLength");
if (offsetof<Capture>("interfaceCount") != CAPTURE_INTERFACE_COUNT) ERROR("Capture.interfaceCount");
if (offsetof<Capture>("packets") != CAPTURE_PACKETS) ERROR("Capture.packets");
if (offsetof<Capture>("packetBytes") != CAPTURE_PACKET_BYTES) ERROR("Capture.packetBytes");
if (offsetof<Capture>("shortPackets") != CAPTURE_SHORT_PACKETS) ERROR("Capture.shortPackets");
if (offsetof<Capture>() > CAPTURE_INTERFACES) ERROR("Capture reaches into its interfaces");

if (offsetof<CaptureInterface>("linkType") != INTERFACE_LINK_TYPE) ERROR("interface linkType");
if (offsetof<CaptureInterface>("snapBytes") != INTERFACE_SNAP_BYTES) ERROR("interface snapBytes");
if (offsetof<CaptureInterface>("ticks") != INTERFACE_TICKS) ERROR("interface ticks");
if (offsetof<CaptureInterface>("factor") != INTERFACE_FACTOR) ERROR("interface factor");
if (offsetof<CaptureInterface>("ticksMax") != INTERFACE_TICKS_MAX) ERROR("interface ticksMax");
if (offsetof<CaptureInterface>("offset") != INTERFACE_OFFSET) ERROR("interface offset");
if (offsetof<CaptureInterface>() > INTERFACE_BYTES) ERROR("CaptureInterface is too large");

if (offsetof<Fragment>("sourceHigh") != FRAGMENT_SOURCE) ERROR("Fragment.sourceHigh");
if (offsetof<Fragment>("destinationHigh") != FRAGMENT_DESTINATION) ERROR("Fragment.destination");
if (offsetof<Fragment>("hash") != FRAGMENT_HASH) ERROR("Fragment.hash");
if (offsetof<Fragment>("id") != FRAGMENT_ID) ERROR("Fragment.id");
if (offsetof<Fragment>("kind") != FRAGMENT_KIND) ERROR("Fragment.kind");
if (offsetof<Fragment>("seen") != FRAGMENT_SEEN) ERROR("Fragment.seen");
if (offsetof<Fragment>("state") != FRAGMENT_STATE) ERROR("Fragment.state");
if (offsetof<Fragment>("segment") != FRAGMENT_SEGMENT) ERROR("Fragment.segment");
if (offsetof<Fragment>("otherKey") != FRAGMENT_OTHER_KEY) ERROR("Fragment.otherKey");
if (offsetof<Fragment>("other") != FRAGMENT_OTHER) ERROR("Fragment.other");
if (offsetof<Fragment>() > FRAGMENT_BYTES) ERROR("Fragment is larger than FRAGMENT_BYTES");

if (offsetof<Held>("timestamp") != HELD_TIMESTAMP) ERROR("Held.timestamp");
if (offsetof<Held>("number") != HELD_NUMBER) ERROR("Held.number");
if (offsetof<Held>("hash") != HELD_HASH) ERROR("Held.hash");
if (offsetof<Held>("length") != HELD_LENGTH) ERROR("Held.length");
if (offsetof<Held>("originalLength") != HELD_ORIGINAL_LENGTH) ERROR("Held.originalLength");
if (offsetof<Held>("linkType") != HELD_LINK_TYPE) ERROR("Held.linkType");
if (offsetof<Held>("fragment") != HELD_FRAGMENT) ERROR("Held.fragment");
if (offsetof<Held>("since") != HELD_SINCE) ERROR("Held.since");
if (offsetof<Held>("state") != HELD_STATE) ERROR("Held.state");
if (offsetof<Held>("tracked") != HELD_TRACKED) ERROR("Held.tracked");
if (offsetof<Held>("segment") != HELD_SEGMENT) ERROR("Held.segment");
if (offsetof<Held>("other") != HELD_OTHER) ERROR("Held.other");
if (offsetof<Held>() > HELD_BYTES) ERROR("Held is larger than HELD_BYTES");
