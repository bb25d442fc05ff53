/** Flow records and their SipHash-1-3 in C, as assembly/flow/ has them. */

#ifndef TWIN_FLOW_H
#define TWIN_FLOW_H

#include <stdint.h>
#include <string.h>

/** Places and codes as assembly/layout.ts has them; answers differ where they do not. */
enum {
  HEADER = 65536,
  HEADER_KEY0 = 64,
  HEADER_KEY1 = 72,
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

/** The halves of the flow hash's key. */
struct sip_keys {
  uint64_t key0, key1;
};

/** The key of a dump of our memory. */
static inline struct sip_keys sip_keys_read(const uint8_t *memory) {
  struct sip_keys keys;
  memcpy(&keys.key0, memory + HEADER + HEADER_KEY0, sizeof keys.key0);
  memcpy(&keys.key1, memory + HEADER + HEADER_KEY1, sizeof keys.key1);
  return keys;
}

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
static inline uint64_t sip_hash(const struct sip_keys *keys, const uint64_t *words, int count) {
  uint64_t v[4] = {
    keys->key0 ^ 0x736f6d6570736575, keys->key1 ^ 0x646f72616e646f6d,
    keys->key0 ^ 0x6c7967656e657261, keys->key1 ^ 0x7465646279746573,
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

static inline uint64_t sip_flow4(const struct sip_keys *keys, const struct flow *flow) {
  const uint64_t source = __builtin_bswap32((uint32_t)flow->source_high);
  const uint64_t destination = __builtin_bswap32((uint32_t)flow->destination_high);
  const uint64_t words[2] = {source | destination << 32, rest_of(flow, 13)};
  return sip_hash(keys, words, 2);
}

static inline uint64_t sip_flow6(const struct sip_keys *keys, const struct flow *flow) {
  const uint64_t words[5] = {
    __builtin_bswap64(flow->source_high),      __builtin_bswap64(flow->source_low),
    __builtin_bswap64(flow->destination_high), __builtin_bswap64(flow->destination_low),
    rest_of(flow, 37),
  };
  return sip_hash(keys, words, 5);
}

#endif
