/** DPDK's rte_fib of type DIR24_8: 2^24 entries, and 256 more behind a /24 with longer prefixes. */

#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_version.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpdk.h"

/** The table, and the stream in host order, which is what rte_fib takes. */
struct fib4 {
  struct rte_fib *fib;
  uint32_t *addresses;
  uint64_t answers[BURST];
};

static void lookup(void *state, size_t first, size_t count) {
  struct fib4 *fib4 = state;
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t left = end - first;
    rte_fib_lookup_bulk(fib4->fib, fib4->addresses + first, fib4->answers,
                        (int)(left < BURST ? left : BURST));
  }
}

/** Entries spend a bit on "go on in the second table": the rest is a group or a table's index. */
static uint64_t value_max(unsigned entry_bytes) {
  return (UINT64_C(1) << (8 * entry_bytes - 1)) - 1;
}

/** The second tables that rte_fib wants: one for each /24 with longer prefixes, at least one. */
static uint32_t tbl8_count(const struct items *table) {
  const struct route4 *routes = table->bytes;
  uint8_t *seen = calloc(1 << 24, 1);
  if (!seen) fail("out of memory");
  uint32_t count = 0;
  for (size_t i = 0; i < table->count; i++) {
    const uint32_t top = routes[i].address >> 8;
    if (routes[i].length <= 24 || seen[top]) continue;
    seen[top] = 1;
    count++;
  }
  free(seen);
  return count == 0 ? 1 : count;
}

static void check_groups(const struct items *table, unsigned entry_bytes) {
  const struct route4 *routes = table->bytes;
  const uint64_t max = value_max(entry_bytes);
  for (size_t i = 0; i < table->count; i++)
    if (routes[i].group > max)
      skip("group %u does not fit into %u-byte entries, which hold up to %lu", routes[i].group,
           entry_bytes, (unsigned long)max);
}

static struct rte_fib *fib_create(const struct items *table, struct rte_fib_conf *config) {
  const struct route4 *routes = table->bytes;
  for (size_t i = 0; i < table->count; i++)
    if (routes[i].length == 0) config->default_nh = routes[i].group;
  struct rte_fib *fib = rte_fib_create("rival", 0, config);
  if (!fib) fail("rte_fib_create: %s", dpdk_error());
  for (size_t i = 0; i < table->count; i++) {
    if (routes[i].length == 0) continue;
    const uint8_t length = (uint8_t)routes[i].length;
    const int status = rte_fib_add(fib, routes[i].address, length, routes[i].group);
    if (status != 0) fail("rte_fib_add of route %zu: %s", i, rte_strerror(-status));
  }
  return fib;
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  if (arguments.family != 4) skip("rte_fib holds IPv4 only");
  const unsigned width = arguments.entry_bytes;
  if (width != 1 && width != 2 && width != 4 && width != 8) fail("--entry-bytes 1, 2, 4 or 8");
  const struct items table = items_read(arguments.table, sizeof(struct route4));
  const struct items stream = items_read(arguments.stream, sizeof(uint32_t));
  check_groups(&table, width);
  const uint32_t tbl8s = tbl8_count(&table);
  if (tbl8s > value_max(width))
    skip("%u /24s have longer prefixes; %u-byte entries reach %lu", tbl8s, width,
         (unsigned long)value_max(width));
  const size_t memory_bytes = ((size_t)(1 << 24) + 256 * (size_t)tbl8s) * width;
  dpdk_start(&arguments, memory_bytes, table.count);

  struct fib4 fib4 = {.addresses = stream.bytes};
  struct rte_fib_conf config = {
    .type = RTE_FIB_DIR24_8,
    .max_routes = (int)table.count,
    .dir24_8 = {.nh_sz = (enum rte_fib_dir24_8_nh_sz)__builtin_ctz(width), .num_tbl8 = tbl8s},
  };
  const double start = clock_ms();
  fib4.fib = fib_create(&table, &config);
  const double load_ms = clock_ms() - start;
  if (rte_fib_select_lookup(fib4.fib, arguments.avx512 ? RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512
                                                       : RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO) != 0)
    skip("rte_fib has no AVX512 lookup on this machine");
  for (size_t i = 0; i < stream.count; i++)
    fib4.addresses[i] = __builtin_bswap32(fib4.addresses[i]);

  char name[64];
  snprintf(name, sizeof name, "DPDK rte_fib %u-byte %s", width, dpdk_variant(&arguments));
  serve(
    &(struct rival){
      .lookup = lookup,
      .state = &fib4,
      .count = stream.count,
      .answers = fib4.answers,
      .answer_bytes = sizeof *fib4.answers,
    },
    &(struct description){
      .name = name,
      .library = rte_version(),
      .addresses = "in host order, swapped before the clock starts",
      .memory_bytes = memory_bytes,
      .entry_bytes = width,
      .load_ms = load_ms,
    });
  return EXIT_SUCCESS;
}
