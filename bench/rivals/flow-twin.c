/** Our flow hashes and choices in C, over a dump of our linear memory: what they cost natively. */

#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "twin-flow.h"

// One flow after the other, as the scalar form in assembly/ does: compilers may make vectors of it.
#pragma GCC optimize("no-tree-vectorize")

/** Places and codes as assembly/layout.ts has them; answers differ where they do not. */
enum {
  HEADER_HASH_ALGORITHM = 160,
  HEADER_HASH_REGION = 168,
  HASH_SIPHASH = 0,
};

/** The dump, the group's slot table in it, and the addresses of the flows' records. */
struct twin {
  uint8_t *memory;
  const uint32_t *list;
  const uint16_t *slots;
  uint32_t mask;
  struct sip_keys sip_keys;
  uint64_t keys[12];
  uint32_t answers[BURST];
};

static inline uint64_t sip4(const struct twin *twin, const struct flow *flow) {
  return sip_flow4(&twin->sip_keys, flow);
}

static inline uint64_t sip6(const struct twin *twin, const struct flow *flow) {
  return sip_flow6(&twin->sip_keys, flow);
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
  struct twin twin = {.memory = bytes, .list = stream.bytes, .sip_keys = sip_keys_read(bytes)};
  uint32_t algorithm, region;
  read(&algorithm, bytes, HEADER + HEADER_HASH_ALGORITHM, sizeof algorithm);
  read(&region, bytes, HEADER + HEADER_HASH_REGION, sizeof region);
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
