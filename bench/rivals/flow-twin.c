/** Our flow hashes and choices in C, over a dump of our linear memory: what they cost natively. */

#include <stdlib.h>
#include <string.h>

#include "common.h"

// One flow after the other, as the scalar form in assembly/ does: compilers may make vectors of it.
#pragma GCC optimize("no-tree-vectorize")

/** Places and codes as assembly/layout.ts has them; answers differ where they do not. */
enum {
  HEADER = 65536,
  HEADER_KEY0 = 64,
  HEADER_KEY1 = 72,
  HEADER_HASH_ALGORITHM = 160,
  HEADER_HASH_REGION = 168,
  HASH_SIPHASH = 0,
  SLOT_TABLE_MASK = 0,
  SLOT_TABLE_SLOTS = 64,
};

/** A flow record: addresses and ports in host order. */
struct flow {
  uint64_t source_high, source_low, destination_high, destination_low;
  uint16_t source_port, destination_port;
  uint8_t protocol, family, flags, ttl;
  uint32_t network, network_bytes, captured_bytes;
  uint16_t transport;
  uint8_t segment, steered;
  uint64_t hash;
};

/** The dump, the group's slot table in it, and the addresses of the flows' records. */
struct twin {
  uint8_t *memory;
  const uint32_t *list;
  const uint16_t *slots;
  uint32_t mask;
  uint64_t key0, key1;
  uint64_t keys[12];
  uint32_t answers[BURST];
};

static inline uint64_t rotate(uint64_t word, int bits) {
  return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate(v[1], 13) ^ v[0];
  v[3] = rotate(v[3], 16) ^ v[2];
  v[0] = rotate(v[0], 32) + v[3];
  v[2] += v[1];
  v[1] = rotate(v[1], 17) ^ v[2];
  v[3] = rotate(v[3], 21) ^ v[0];
  v[2] = rotate(v[2], 32);
}

/** SipHash-1-3 of words of which the last one holds the length. */
static inline uint64_t sip_hash(uint64_t key0, uint64_t key1, const uint64_t *words, int count) {
  uint64_t v[4] = {
    key0 ^ 0x736f6d6570736575, key1 ^ 0x646f72616e646f6d,
    key0 ^ 0x6c7967656e657261, key1 ^ 0x7465646279746573,
  };
  for (int i = 0; i < count; i++) {
    v[3] ^= words[i];
    sip_round(v);
    v[0] ^= words[i];
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 3; i++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/** Ports and protocol as they stand on the wire, and the length of the message. */
static inline uint64_t rest_of(const struct flow *flow, uint64_t length) {
  const uint64_t source = __builtin_bswap16(flow->source_port);
  const uint64_t destination = __builtin_bswap16(flow->destination_port);
  return source | destination << 16 | (uint64_t)flow->protocol << 32 | length << 56;
}

static inline uint64_t sip4(const struct twin *twin, const struct flow *flow) {
  const uint64_t source = __builtin_bswap32((uint32_t)flow->source_high);
  const uint64_t destination = __builtin_bswap32((uint32_t)flow->destination_high);
  const uint64_t words[2] = {source | destination << 32, rest_of(flow, 13)};
  return sip_hash(twin->key0, twin->key1, words, 2);
}

static inline uint64_t sip6(const struct twin *twin, const struct flow *flow) {
  const uint64_t words[5] = {
    __builtin_bswap64(flow->source_high),      __builtin_bswap64(flow->source_low),
    __builtin_bswap64(flow->destination_high), __builtin_bswap64(flow->destination_low),
    rest_of(flow, 37),
  };
  return sip_hash(twin->key0, twin->key1, words, 5);
}

static inline uint64_t mix(uint64_t sum) {
  sum = (sum ^ sum >> 27) * 0x3c79ac492ba7b653;
  sum = (sum ^ sum >> 33) * 0x1c69b3f74ac4ae35;
  return sum ^ sum >> 27;
}

/** The product of two words, the first one below, under two keys. */
static inline uint64_t product(const uint64_t *keys, uint64_t pair) {
  return (keys[0] + (uint32_t)pair) * (keys[1] + (pair >> 32));
}

static inline uint64_t rest_product(const uint64_t *keys, const struct flow *flow) {
  const uint64_t ports = (uint64_t)flow->destination_port << 16 | flow->source_port;
  return (keys[0] + ports) * (keys[1] + flow->protocol);
}

static inline uint64_t multilinear4(const struct twin *twin, const struct flow *flow) {
  const uint64_t *keys = twin->keys;
  const uint64_t addresses = (keys[1] + flow->source_high) * (keys[2] + flow->destination_high);
  return mix(keys[0] + addresses + rest_product(keys + 3, flow));
}

static inline uint64_t multilinear6(const struct twin *twin, const struct flow *flow) {
  const uint64_t *keys = twin->keys;
  const uint64_t source = product(keys + 1, flow->source_high) + product(keys + 3, flow->source_low);
  const uint64_t destination =
    product(keys + 5, flow->destination_high) + product(keys + 7, flow->destination_low);
  return mix(keys[11] + source + destination + rest_product(keys + 9, flow));
}

/** Hashes flows and chooses their slots, burst by burst, by one function for one family. */
#define CHOOSE(name, hash_of)                                                     \
  static void name(void *state, size_t first, size_t count) {                     \
    struct twin *const twin = state;                                              \
    const struct twin fixed = *twin;                                              \
    for (const size_t end = first + count; first < end; first += BURST) {         \
      const size_t left = end - first < BURST ? end - first : BURST;              \
      for (size_t i = 0; i < left; i++) {                                         \
        struct flow *const flow = (void *)(fixed.memory + fixed.list[first + i]); \
        flow->hash = hash_of(&fixed, flow);                                       \
        twin->answers[i] = fixed.slots[flow->hash & fixed.mask];                  \
      }                                                                           \
    }                                                                             \
  }
CHOOSE(choose_sip4, sip4)
CHOOSE(choose_sip6, sip6)
CHOOSE(choose_multilinear4, multilinear4)
CHOOSE(choose_multilinear6, multilinear6)

/** Copies a number of `bytes` bytes out of the dump. */
static void read(void *target, const uint8_t *memory, size_t address, size_t bytes) {
  memcpy(target, memory + address, bytes);
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  const struct items memory = items_read(arguments.memory, 1);
  const struct items stream = items_read(arguments.stream, 4);
  uint8_t *const bytes = memory.bytes;
  struct twin twin = {.memory = bytes, .list = stream.bytes};
  uint32_t algorithm, region;
  read(&algorithm, bytes, HEADER + HEADER_HASH_ALGORITHM, sizeof algorithm);
  read(&region, bytes, HEADER + HEADER_HASH_REGION, sizeof region);
  read(&twin.key0, bytes, HEADER + HEADER_KEY0, sizeof twin.key0);
  read(&twin.key1, bytes, HEADER + HEADER_KEY1, sizeof twin.key1);
  read(twin.keys, bytes, region, sizeof twin.keys);
  read(&twin.mask, bytes, arguments.root + SLOT_TABLE_MASK, sizeof twin.mask);
  twin.slots = (const uint16_t *)(bytes + arguments.root + SLOT_TABLE_SLOTS);
  const bool is_sip = algorithm == HASH_SIPHASH, is_ipv4 = arguments.family == 4;
  serve(
    &(struct rival){
      .lookup = is_sip ? (is_ipv4 ? choose_sip4 : choose_sip6)
                       : (is_ipv4 ? choose_multilinear4 : choose_multilinear6),
      .state = &twin,
      .count = stream.count,
      .answers = twin.answers,
      .answer_bytes = sizeof *twin.answers,
    },
    &(struct description){
      .name = "anyfib in C",
      .library = "the same hash and slot table, a flow at a time",
      .addresses = "in flow records",
      .memory_bytes = arguments.table_bytes,
      .entry_bytes = sizeof *twin.slots,
    });
  return EXIT_SUCCESS;
}
