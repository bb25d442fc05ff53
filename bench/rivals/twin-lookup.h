/**
 * The lookups of assembly/fib/fib4.ts and fib6.ts in C, stage by stage, for compilers to do with as
 * they like, without recent answers (answers.ts). Tables without a default route; the formats are
 * drawn in assembly/fib/nodes.ts.
 */

#ifndef TWIN_LOOKUP_H
#define TWIN_LOOKUP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Groups in nodes of runs are u16. */
#define TWIN_ENTRY_BYTES 2

enum {
  KIND_MASK = 7,
  KIND_WORDS = 1,
  KIND_DIRECT = 2,
  KIND_LONG = 3,
  WORD_MIN = 65536,
  ROUND = 256,
};

static inline uint32_t word_at(const uint8_t *memory, uint32_t address) {
  uint32_t word;
  memcpy(&word, memory + address, sizeof word);
  return word;
}

static inline uint32_t group_at(const uint8_t *memory, uint32_t address) {
  uint16_t group;
  memcpy(&group, memory + address, sizeof group);
  return group;
}

static inline uint64_t long_at(const uint8_t *memory, uint32_t address) {
  uint64_t word;
  memcpy(&word, memory + address, sizeof word);
  return word;
}

static inline uint32_t runs_to(uint64_t runs, uint32_t value) {
  return (uint32_t)__builtin_popcountll(runs << (~value & 63));
}

/** Group of a value of 16 bits in a line of 8 or 16 runs. */
static inline uint32_t line_group(const uint8_t *memory, uint32_t word, uint32_t value) {
  const uint32_t node = word & ~(uint32_t)KIND_MASK;
  const uint32_t most = word & 1 ? 16 : 8;
  uint32_t runs = 0;
  for (uint32_t run = 0; run < most; run++) runs += group_at(memory, node + 2 * run) <= value;
  return group_at(memory, node + 2 * most + 2 * (runs - 1));
}

static inline uint32_t long_group(
  const uint8_t *memory, uint32_t word, uint64_t high, uint64_t low) {
  const uint32_t node = word - KIND_LONG;
  uint32_t run = 0;
  for (uint32_t step = 8; step != 0; step >>= 1) {
    const uint32_t first = node + 16 * (run + step);
    const uint64_t first_high = long_at(memory, first);
    if (first_high < high || (first_high == high && long_at(memory, first + 8) <= low)) run += step;
  }
  return group_at(memory, node + 256 + 2 * run);
}

/** Group of one address in a region that may have routes longer than /24. */
static uint32_t deep_group4(const uint8_t *memory, uint32_t word, uint32_t address) {
  const uint32_t node = word & ~(uint32_t)KIND_MASK;
  const uint32_t runs = runs_to(long_at(memory, node), address >> 8);
  if ((word & KIND_MASK) == 0) return group_at(memory, node + 6 + 2 * runs);
  const uint32_t leaf = word_at(memory, node + 4 + 4 * runs);
  if (leaf < WORD_MIN) return leaf;
  if ((leaf & KIND_MASK) != KIND_DIRECT) return line_group(memory, leaf, address & 0xffff);
  return word_at(memory, leaf - KIND_DIRECT + 4 * (address & 255));
}

static void twin4(
  const uint8_t *memory, uint32_t root, const uint32_t *addresses, uint32_t *groups,
  size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint32_t address[8], word[8], kinds = 0;
    for (size_t k = 0; k < 8; k++) address[k] = __builtin_bswap32(addresses[i + k]);
    for (size_t k = 0; k < 8; k++) word[k] = word_at(memory, root + (address[k] >> 14) * 4);
    for (size_t k = 0; k < 8; k++) kinds |= word[k];
    if (__builtin_expect((kinds & KIND_MASK) != 0, 0)) {
      for (size_t k = 0; k < 8; k++) groups[i + k] = deep_group4(memory, word[k], address[k]);
      continue;
    }
    for (size_t k = 0; k < 8; k++) {
      const uint32_t runs = runs_to(long_at(memory, word[k]), address[k] >> 8);
      groups[i + k] = group_at(memory, word[k] + 6 + 2 * runs);
    }
  }
  for (; i < count; i++) {
    const uint32_t address = __builtin_bswap32(addresses[i]);
    groups[i] = deep_group4(memory, word_at(memory, root + (address >> 14) * 4), address);
  }
}

/** Group of an address below a word that is reached with 32 bits or more. */
static uint32_t deep_group(
  const uint8_t *memory, uint32_t word, const uint8_t *address, uint32_t byte) {
  for (; word >= WORD_MIN; byte++) {
    if ((word & KIND_MASK) == KIND_LONG) {
      uint64_t high = long_at(address, 0);
      uint64_t low = long_at(address, 8);
      return long_group(memory, word, __builtin_bswap64(high), __builtin_bswap64(low));
    }
    if ((word & KIND_MASK) != KIND_DIRECT) {
      const uint32_t window = byte & ~1u;
      return line_group(memory, word, (uint32_t)address[window] << 8 | address[window + 1]);
    }
    word = word_at(memory, word - KIND_DIRECT + 4 * (uint32_t)address[byte]);
  }
  return word;
}

static void twin6(
  const uint8_t *memory, uint32_t root, const uint8_t *addresses, uint32_t *groups,
  size_t count) {
  static uint32_t nodes[ROUND + 1], lines[ROUND + 1], further[ROUND + 1];
  size_t node_count = 0, line_count = 0, further_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t bytes = word_at(addresses, 16 * i);
    const uint32_t word = word_at(memory, root + (bytes & 0xffff) * 4);
    const uint32_t offset = (bytes >> 12 & 0xff0) | (bytes >> 28 & 0xc);
    const uint32_t next = word_at(memory, (word & ~7u) + (offset & -(word & 1)));
    groups[i] = next;
    nodes[node_count] = i;
    node_count += next >= WORD_MIN;
  }
  for (size_t entry = 0; entry < node_count; entry++) {
    const uint32_t i = nodes[entry];
    const uint32_t node = groups[i] - KIND_WORDS;
    const uint32_t runs = runs_to(long_at(memory, node), addresses[16 * (size_t)i + 3]);
    const uint32_t word = word_at(memory, node + 4 + 4 * runs);
    const uint32_t is_node = word >= WORD_MIN;
    groups[i] = word;
    lines[line_count] = i;
    line_count += is_node & word >> 2;
    further[further_count] = i;
    further_count += is_node & ~word >> 2;
  }
  for (size_t entry = 0; entry < line_count; entry++) {
    const uint8_t *address = addresses + 16 * (size_t)lines[entry];
    const uint32_t value = (uint32_t)address[4] << 8 | address[5];
    groups[lines[entry]] = line_group(memory, groups[lines[entry]], value);
  }
  for (size_t entry = 0; entry < further_count; entry++) {
    const uint32_t i = further[entry];
    groups[i] = deep_group(memory, groups[i], addresses + 16 * (size_t)i, 4);
  }
}

#endif
