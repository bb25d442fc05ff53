/** Starting DPDK as a library: no ports, no files, no pinned thread. */

#define _GNU_SOURCE

#include "dpdk.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <stdio.h>

/** Of the RIB that stands behind a table: two nodes a route with a pool's headers, generously. */
enum { RIB_BYTES_PER_ROUTE = 640 };

/** For everything else that DPDK puts on its heap. */
enum { SPARE_BYTES = 64 << 20 };

void dpdk_start(const struct arguments *arguments, size_t table_bytes, size_t routes) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("no affinity");
  int cpu = 0;
  while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed)) cpu++;
  char lcores[32], megabytes[32];
  snprintf(lcores, sizeof lcores, "0@%d", cpu);
  const size_t bytes = table_bytes + routes * RIB_BYTES_PER_ROUTE + SPARE_BYTES;
  snprintf(megabytes, sizeof megabytes, "%zu", bytes >> 20);

  char *values[] = {"rival",         "--no-pci", "--no-telemetry", "--lcores",          lcores,
                    "-m",            megabytes,  "--iova-mode=va", "--log-level=error",
                    "--no-shconf",   "--force-max-simd-bitwidth=512",
                    arguments->huge_pages ? "--in-memory" : "--no-huge"};
  const int count = sizeof values / sizeof *values;
  if (rte_eal_init(count, values) < 0)
    skip("DPDK does not start: %s%s", dpdk_error(),
         arguments->huge_pages ? "; reserve huge pages: sysctl vm.nr_hugepages=512" : "");
  // DPDK pins its main thread; the scheduler shall treat all contenders alike.
  if (sched_setaffinity(0, sizeof allowed, &allowed) != 0) fail("the affinity stays");
}

const char *dpdk_variant(const struct arguments *arguments) {
  if (arguments->huge_pages) return arguments->avx512 ? "AVX512, 2 MB pages" : "scalar, 2 MB pages";
  return arguments->avx512 ? "AVX512" : "scalar";
}

const char *dpdk_error(void) {
  return rte_strerror(rte_errno);
}

void *dpdk_grow(size_t routes, uint32_t max, dpdk_try *try, void *state) {
  uint32_t tbl8s = (uint32_t)routes / 4 + 64;
  for (;;) {
    void *table = try(state, tbl8s < max ? tbl8s : max);
    if (table || tbl8s >= max) return table;
    tbl8s += tbl8s / 4;
  }
}

size_t dpdk_tbl8s_bound(const struct items *table) {
  const struct route6 *routes = table->bytes;
  size_t count = 1;
  for (size_t i = 0; i < table->count; i++)
    if (routes[i].length > 24) count += (routes[i].length + 7) / 8 - 3;
  return count;
}
