/** DPDK's rte_lpm6, the older IPv6 table: 2^24 entries, then a table of 256 for each byte. */

#include <errno.h>
#include <rte_errno.h>
#include <rte_lpm6.h>
#include <rte_version.h>
#include <stdlib.h>

#include "dpdk.h"

/** Tables that an entry's 21 bits can name. */
enum { TBL8S_MAX = 1 << 21 };

/** Of an entry: a group or a table's index, the prefix length, flags. */
enum { ENTRY_BYTES = 4 };

/** The table, what it is made from, and the stream. */
struct lpm6 {
  struct rte_lpm6 *lpm;
  struct items routes;
  uint32_t tbl8s;
  double load_ms;
  uint8_t (*addresses)[RTE_LPM6_IPV6_ADDR_SIZE];
  int32_t answers[BURST];
};

static void lookup(void *state, size_t first, size_t count) {
  struct lpm6 *lpm6 = state;
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t left = end - first;
    rte_lpm6_lookup_bulk_func(lpm6->lpm, lpm6->addresses + first, lpm6->answers,
                              (unsigned)(left < BURST ? left : BURST));
  }
}

/** It has no /0: two halves stand in for it, of group 0 where there is no default route. */
static void add_default(const struct lpm6 *lpm6, struct rte_lpm6 *lpm) {
  const struct route6 *routes = lpm6->routes.bytes;
  uint32_t group = 0;
  for (size_t i = 0; i < lpm6->routes.count; i++)
    if (routes[i].length == 0) group = routes[i].group;
  uint8_t half[16] = {0};
  if (rte_lpm6_add(lpm, half, 1, group) != 0) fail("rte_lpm6_add of ::/1");
  half[0] = 0x80;
  if (rte_lpm6_add(lpm, half, 1, group) != 0) fail("rte_lpm6_add of 8000::/1");
}

static void *lpm_try(void *state, uint32_t tbl8s) {
  struct lpm6 *lpm6 = state;
  const double start = clock_ms();
  const struct route6 *routes = lpm6->routes.bytes;
  const struct rte_lpm6_config config = {
    .max_rules = (uint32_t)lpm6->routes.count + 2,
    .number_tbl8s = tbl8s,
  };
  struct rte_lpm6 *lpm = rte_lpm6_create("rival", 0, &config);
  if (!lpm) fail("rte_lpm6_create: %s", dpdk_error());
  add_default(lpm6, lpm); // First: a table's own ::/1 takes its place.
  for (size_t i = 0; i < lpm6->routes.count; i++) {
    if (routes[i].length == 0) continue;
    const uint8_t length = (uint8_t)routes[i].length;
    const int status = rte_lpm6_add(lpm, routes[i].address, length, routes[i].group);
    if (status == 0) continue;
    if (status != -ENOSPC) fail("rte_lpm6_add of route %zu: %s", i, rte_strerror(-status));
    rte_lpm6_free(lpm);
    return NULL;
  }
  lpm6->tbl8s = tbl8s;
  lpm6->load_ms = clock_ms() - start;
  return lpm;
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  if (arguments.family != 6) skip("rte_lpm6 holds IPv6 only");
  if (arguments.avx512) skip("rte_lpm6 has no AVX512 lookup");
  struct lpm6 lpm6 = {.routes = items_read(arguments.table, sizeof(struct route6))};
  const struct items stream = items_read(arguments.stream, sizeof *lpm6.addresses);
  lpm6.addresses = stream.bytes;

  const size_t bound = dpdk_tbl8s_bound(&lpm6.routes);
  const size_t max = bound < TBL8S_MAX ? bound : TBL8S_MAX;
  const size_t entries = 1 << 24;
  dpdk_start(&arguments, (entries + 256 * max) * ENTRY_BYTES, lpm6.routes.count);
  lpm6.lpm = dpdk_grow(lpm6.routes.count, (uint32_t)max, lpm_try, &lpm6);
  if (!lpm6.lpm) skip("rte_lpm6 wants more than %d further tables", TBL8S_MAX);

  serve(
    &(struct rival){
      .lookup = lookup,
      .state = &lpm6,
      .count = stream.count,
      .answers = lpm6.answers,
      .answer_bytes = sizeof *lpm6.answers,
    },
    &(struct description){
      .name = "DPDK rte_lpm6 bulk",
      .library = rte_version(),
      .addresses = "in network order",
      .memory_bytes = (entries + 256 * (size_t)lpm6.tbl8s) * ENTRY_BYTES,
      .entry_bytes = ENTRY_BYTES,
      .load_ms = lpm6.load_ms,
    });
  return EXIT_SUCCESS;
}
