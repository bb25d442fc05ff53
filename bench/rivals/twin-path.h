/**
 * Our packet path in C for plain packets, from parsing to counting, stage by stage as in
 * assembly/forward/batch.ts, with one flow hashed after the other. Packets that are not plain end
 * the program: it has no other path.
 */

#ifndef TWIN_PATH_H
#define TWIN_PATH_H

#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "twin-flow.h"
#include "twin-lookup.h"

/** Places and codes as assembly/layout.ts has them; answers differ where they do not. */
enum {
  HEADER_ADJACENCIES = 16,
  HEADER_ADJACENCY_CAPACITY = 20,
  HEADER_GROUPS = 24,
  GROUPS_RESERVED = 8,
  GROUP_TABLE_MIN = 65536,
  ETHERNET_BYTES = 14,
  HEADER4_BYTES = 20,
  HEADER6_BYTES = 40,
  UDP_BYTES = 8,
  TCP_BYTES = 20,
  PROTOCOL_TCP = 6,
  PROTOCOL_UDP = 17,
};

/** How to reach a next hop, as far as a packet leaves in place. */
struct adjacency {
  uint8_t macs[12];
  uint32_t interface, mtu;
  uint8_t state, encapsulation, tag_bytes, outer_family;
  uint8_t others[16];
  uint8_t header_bytes, outer_ttl;
  uint8_t rest[86];
};

struct packet {
  uint32_t address, length;
};

/** The columns of a batch. */
struct batch {
  struct flow flows[BURST];
  uint8_t packed[BURST * 16];
  uint32_t groups[BURST], adjacencies[BURST], slots[BURST], out_lengths[BURST];
};

struct twin {
  uint8_t *memory;
  int family;
  uint32_t root;
  const uint32_t *groups;
  const struct adjacency *adjacencies;
  struct sip_keys keys;
  uint64_t received, received_bytes, forwarded, forwarded_bytes;
  uint64_t *adjacency_counters, *group_counters;
  struct batch batch;
};

static inline uint16_t half_at(const uint8_t *bytes) {
  uint16_t half;
  memcpy(&half, bytes, sizeof half);
  return half;
}

static inline bool sum_is_valid(const uint8_t *header) {
  uint64_t sum = 0;
  for (uint32_t offset = 0; offset < HEADER4_BYTES; offset += 4) sum += word_at(header, offset);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static inline bool is_far4(uint32_t address) {
  const uint32_t top = address >> 24;
  return top - 1 < 223 && top != 127;
}

static inline bool is_far6(uint64_t high) {
  return (uint32_t)(high >> 48) - 1 < 0xfdff;
}

static inline uint32_t transport_bytes(uint32_t protocol) {
  if (protocol == PROTOCOL_UDP) return UDP_BYTES;
  return protocol == PROTOCOL_TCP ? TCP_BYTES : 0x10000;
}

/** Reads addresses and facts of a plain packet; returns its bytes, 0 where it is none. */
static inline uint32_t parse4(struct flow *flow, const uint8_t *header, uint32_t bytes) {
  if (header[0] != 0x45 || (half_at(header + 6) & 0xff3f) != 0 || !sum_is_valid(header)) return 0;
  const uint32_t total = __builtin_bswap16(half_at(header + 2));
  if (total > bytes || total < HEADER4_BYTES + transport_bytes(header[9])) return 0;
  const uint32_t source = __builtin_bswap32(word_at(header, 12));
  const uint32_t destination = __builtin_bswap32(word_at(header, 16));
  if (!is_far4(source) || !is_far4(destination)) return 0;
  flow->source_high = source;
  flow->source_low = 0;
  flow->destination_high = destination;
  flow->destination_low = 0;
  flow->protocol = header[9];
  flow->ttl = header[8];
  return total;
}

static inline uint32_t parse6(struct flow *flow, const uint8_t *header, uint32_t bytes) {
  if (header[0] >> 4 != 6) return 0;
  const uint32_t payload = __builtin_bswap16(half_at(header + 4));
  if (HEADER6_BYTES + payload > bytes || payload < transport_bytes(header[6])) return 0;
  flow->source_high = __builtin_bswap64(long_at(header, 8));
  flow->source_low = __builtin_bswap64(long_at(header, 16));
  flow->destination_high = __builtin_bswap64(long_at(header, 24));
  flow->destination_low = __builtin_bswap64(long_at(header, 32));
  if (!is_far6(flow->source_high) || !is_far6(flow->destination_high)) return 0;
  flow->protocol = header[6];
  flow->ttl = header[7];
  return HEADER6_BYTES + payload;
}

static inline void parse(struct twin *twin, size_t index, struct packet packet, bool is_ipv4) {
  struct flow *const flow = &twin->batch.flows[index];
  const uint8_t *const frame = twin->memory + packet.address;
  const uint8_t *const header = frame + ETHERNET_BYTES;
  const uint32_t bytes = packet.length - ETHERNET_BYTES;
  const bool is_long = packet.length >= ETHERNET_BYTES + HEADER4_BYTES + UDP_BYTES;
  const bool is_family = is_long && half_at(frame + 12) == (is_ipv4 ? 0x0008 : 0xdd86);
  const uint32_t total =
    !is_family ? 0 : is_ipv4 ? parse4(flow, header, bytes) : parse6(flow, header, bytes);
  if (total == 0) fail("packet %zu is not plain", index);
  const uint8_t *const transport = header + (is_ipv4 ? HEADER4_BYTES : HEADER6_BYTES);
  flow->source_port = __builtin_bswap16(half_at(transport));
  flow->destination_port = __builtin_bswap16(half_at(transport + 2));
  flow->family = is_ipv4 ? 4 : 6;
  flow->flags = 5;
  flow->network = packet.address + ETHERNET_BYTES;
  flow->network_bytes = flow->captured_bytes = total;
  flow->transport = is_ipv4 ? HEADER4_BYTES : HEADER6_BYTES;
  const bool is_tcp = flow->protocol == PROTOCOL_TCP;
  flow->segment = !is_tcp ? 0 : (transport[13] & 0x12) == 0x02 ? 1 : 2;
  flow->steered = 0;
  flow->hash = 0;
  memcpy(twin->batch.packed + (is_ipv4 ? 4 : 16) * index, header + (is_ipv4 ? 16 : 24),
         is_ipv4 ? 4 : 16);
}

/** Chooses the adjacency of each packet; 0 drops it. */
static inline void resolve(struct twin *twin, size_t count, bool is_ipv4) {
  struct batch *const batch = &twin->batch;
  for (size_t i = 0; i < count; i++) {
    struct flow *const flow = &batch->flows[i];
    const uint32_t group = batch->groups[i];
    batch->adjacencies[i] = 0;
    if (group < GROUPS_RESERVED || flow->ttl <= 1) continue;
    const uint32_t word = twin->groups[group];
    if (word < GROUP_TABLE_MIN) {
      batch->adjacencies[i] = word;
      continue;
    }
    flow->hash = is_ipv4 ? sip_flow4(&twin->keys, flow) : sip_flow6(&twin->keys, flow);
    const uint8_t *const table = twin->memory + word;
    const uint32_t slot = (uint32_t)flow->hash & word_at(table, SLOT_TABLE_MASK);
    batch->slots[i] = slot;
    batch->adjacencies[i] = half_at(table + SLOT_TABLE_SLOTS + 2 * slot);
  }
}

/** One off TTL or hop limit (RFC 1624), and the Ethernet header of the next hop. */
static inline void rewrite(struct twin *twin, size_t count, bool is_ipv4) {
  struct batch *const batch = &twin->batch;
  for (size_t i = 0; i < count; i++) {
    const struct adjacency *const adjacency = &twin->adjacencies[batch->adjacencies[i]];
    const struct flow *const flow = &batch->flows[i];
    const bool is_in_place = adjacency->header_bytes == ETHERNET_BYTES;
    if (!is_in_place || flow->network_bytes > adjacency->mtu) fail("packet %zu needs more", i);
    uint8_t *const header = twin->memory + flow->network;
    if (is_ipv4) {
      uint32_t sum = half_at(header + 10) + 1u;
      sum += sum >= 0xffff;
      const uint16_t checksum = (uint16_t)sum;
      header[8]--;
      memcpy(header + 10, &checksum, sizeof checksum);
    } else {
      header[7]--;
    }
    memcpy(header - ETHERNET_BYTES, adjacency->macs, sizeof adjacency->macs);
    const uint16_t ether_type = is_ipv4 ? 0x0008 : 0xdd86;
    memcpy(header - 2, &ether_type, sizeof ether_type);
    batch->out_lengths[i] = flow->network_bytes + ETHERNET_BYTES;
  }
}

static inline void count_packets(struct twin *twin, const struct packet *packets, size_t count) {
  const struct batch *const batch = &twin->batch;
  for (size_t i = 0; i < count; i++) {
    twin->received_bytes += packets[i].length;
    twin->forwarded_bytes += batch->out_lengths[i];
    twin->adjacency_counters[2 * batch->adjacencies[i]] += 1;
    twin->adjacency_counters[2 * batch->adjacencies[i] + 1] += batch->out_lengths[i];
    twin->group_counters[batch->groups[i]] += 1;
  }
  twin->received += count;
  twin->forwarded += count;
}

static inline void forward_batch(
  struct twin *twin, const struct packet *packets, size_t count, bool is_ipv4) {
  struct batch *const batch = &twin->batch;
  for (size_t i = 0; i < count; i++) parse(twin, i, packets[i], is_ipv4);
  const void *const packed = batch->packed;
  if (is_ipv4) twin4(twin->memory, twin->root, packed, batch->groups, count);
  else twin6(twin->memory, twin->root, packed, batch->groups, count);
  resolve(twin, count, is_ipv4);
  for (size_t i = 0; i < count; i++)
    if (batch->adjacencies[i] == 0) fail("packet %zu is dropped", i);
  rewrite(twin, count, is_ipv4);
  count_packets(twin, packets, count);
}

static uint64_t *counters_make(size_t count) {
  uint64_t *const counters = calloc(count, sizeof *counters);
  if (!counters) fail("no memory for counters");
  return counters;
}

/** The twin over a dump of our memory. */
static struct twin *twin_make(const struct arguments *arguments) {
  uint8_t *const memory = items_read(arguments->memory, 1).bytes;
  struct twin *const twin = calloc(1, sizeof *twin);
  if (!twin) fail("no memory");
  const uint32_t capacity = word_at(memory, HEADER + HEADER_ADJACENCY_CAPACITY);
  const uint32_t adjacencies = word_at(memory, HEADER + HEADER_ADJACENCIES);
  *twin = (struct twin){
    .memory = memory,
    .family = arguments->family,
    .root = arguments->root,
    .groups = (const uint32_t *)(memory + word_at(memory, HEADER + HEADER_GROUPS)),
    .adjacencies = (const struct adjacency *)(memory + adjacencies),
    .keys = sip_keys_read(memory),
    .adjacency_counters = counters_make(2 * (size_t)capacity),
    .group_counters = counters_make(65536),
  };
  return twin;
}

#endif
