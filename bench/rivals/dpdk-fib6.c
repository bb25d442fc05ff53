/** DPDK's rte_fib6 of type TRIE: 2^24 entries, then a table of 256 for each byte that is needed. */

#include <errno.h>
#include <rte_errno.h>
#include <rte_fib6.h>
#include <rte_version.h>
#include <stdio.h>
#include <stdlib.h>

#include "dpdk.h"

/** The table, what it is made from, and the stream. */
struct fib6 {
  struct rte_fib6 *fib;
  struct rte_fib6_conf config;
  struct items routes;
  double load_ms;
  uint8_t (*addresses)[RTE_FIB6_IPV6_ADDR_SIZE];
  uint64_t answers[BURST];
};

static void lookup(void *state, size_t first, size_t count) {
  struct fib6 *fib6 = state;
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t left = end - first;
    rte_fib6_lookup_bulk(fib6->fib, fib6->addresses + first, fib6->answers,
                         (int)(left < BURST ? left : BURST));
  }
}

/** Entries spend a bit on "go on in a further table": the rest is a group or a table's index. */
static size_t value_max(unsigned entry_bytes) {
  return entry_bytes == 2 ? INT16_MAX : INT32_MAX;
}

static void configure(struct fib6 *fib6, unsigned entry_bytes) {
  const struct route6 *routes = fib6->routes.bytes;
  struct rte_fib6_conf *config = &fib6->config;
  config->type = RTE_FIB6_TRIE;
  config->max_routes = (int)fib6->routes.count;
  config->trie.nh_sz = entry_bytes == 2 ? RTE_FIB6_TRIE_2B : RTE_FIB6_TRIE_4B;
  for (size_t i = 0; i < fib6->routes.count; i++) {
    if (routes[i].group > value_max(entry_bytes))
      skip("group %u does not fit into %u-byte entries", routes[i].group, entry_bytes);
    if (routes[i].length == 0) config->default_nh = routes[i].group;
  }
}

static void *fib_try(void *state, uint32_t tbl8s) {
  struct fib6 *fib6 = state;
  const double start = clock_ms();
  const struct route6 *routes = fib6->routes.bytes;
  fib6->config.trie.num_tbl8 = tbl8s;
  struct rte_fib6 *fib = rte_fib6_create("rival", 0, &fib6->config);
  if (!fib) fail("rte_fib6_create: %s", dpdk_error());
  for (size_t i = 0; i < fib6->routes.count; i++) {
    if (routes[i].length == 0) continue; // It is what is answered where there is no route.
    const uint8_t length = (uint8_t)routes[i].length;
    const int status = rte_fib6_add(fib, routes[i].address, length, routes[i].group);
    if (status == 0) continue;
    if (status != -ENOSPC) fail("rte_fib6_add of route %zu: %s", i, rte_strerror(-status));
    rte_fib6_free(fib);
    return NULL;
  }
  fib6->load_ms = clock_ms() - start;
  return fib;
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  if (arguments.family != 6) skip("rte_fib6 holds IPv6 only");
  const unsigned width = arguments.entry_bytes;
  if (width != 2 && width != 4) fail("--entry-bytes 2 or 4");
  struct fib6 fib6 = {.routes = items_read(arguments.table, sizeof(struct route6))};
  const struct items stream = items_read(arguments.stream, sizeof *fib6.addresses);
  fib6.addresses = stream.bytes;
  configure(&fib6, width);

  const size_t bound = dpdk_tbl8s_bound(&fib6.routes);
  const size_t max = bound < value_max(width) ? bound : value_max(width);
  const size_t entries = 1 << 24;
  dpdk_start(&arguments, (entries + 256 * max) * width, fib6.routes.count);
  fib6.fib = dpdk_grow(fib6.routes.count, (uint32_t)max, fib_try, &fib6);
  if (!fib6.fib) skip("rte_fib6 wants more further tables than %u-byte entries reach", width);
  if (rte_fib6_select_lookup(fib6.fib, arguments.avx512 ? RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512
                                                        : RTE_FIB6_LOOKUP_TRIE_SCALAR) != 0)
    skip("rte_fib6 has no AVX512 lookup on this machine");

  char name[64];
  snprintf(name, sizeof name, "DPDK rte_fib6 %u-byte %s", width, dpdk_variant(&arguments));
  serve(
    &(struct rival){
      .lookup = lookup,
      .state = &fib6,
      .count = stream.count,
      .answers = fib6.answers,
      .answer_bytes = sizeof *fib6.answers,
    },
    &(struct description){
      .name = name,
      .library = rte_version(),
      .addresses = "in network order",
      .memory_bytes = (entries + 256 * (size_t)fib6.config.trie.num_tbl8) * width,
      .entry_bytes = width,
      .load_ms = fib6.load_ms,
    });
  return EXIT_SUCCESS;
}
