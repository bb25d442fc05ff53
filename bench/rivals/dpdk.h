/** Starting DPDK as a library: no ports, no files, no pinned thread. */

#pragma once

#include "common.h"

/**
 * Starts DPDK with memory for tables of `table_bytes` and the routes behind them.
 * Ends the program with a skip when it will not start.
 */
void dpdk_start(const struct arguments *arguments, size_t table_bytes, size_t routes);

/** What ends a rival's name: the kind of lookup, and of pages where they are not the usual. */
const char *dpdk_variant(const struct arguments *arguments);

/** Why DPDK refused: its name for the last error. */
const char *dpdk_error(void);

/** Makes a table with so many further tables and fills it; NULL when they do not suffice. */
typedef void *dpdk_try(void *state, uint32_t tbl8s);

/**
 * Tries with ever more further tables, up to `max`, until all IPv6 routes fit: DPDK reserves more
 * than it uses, and by rules of its own, so that nobody can say beforehand. NULL when none do.
 */
void *dpdk_grow(size_t routes, uint32_t max, dpdk_try *try, void *state);

/** Further tables that IPv6 routes need at most: one each for every byte past the third. */
size_t dpdk_tbl8s_bound(const struct items *table);
