/** What the rival programs share: arguments, table and stream files, turns and digests. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Addresses of one lookup call: what a packet loop takes from its port at once. */
enum { BURST = 256 };

/** The command line, `--name value` each; see arguments_read() for what may be left out. */
struct arguments {
  int family;           /**< 4 or 6 */
  const char *table;    /**< file of struct route4 or struct route6 */
  const char *stream;   /**< file of addresses in network order, 4 or 16 bytes each */
  unsigned entry_bytes; /**< width of a table's entry, where the rival has a choice */
  bool avx512;          /**< `--vector avx512`, else scalar */
  bool huge_pages;      /**< `--pages 2m`, else pages of 4 KiB */
  const char *memory;   /**< the twin's: file of our linear memory from its first byte */
  uint32_t root;        /**< the twin's: where the table's root is in it */
  size_t table_bytes;   /**< the twin's: bytes that lookups read */
};

/** A row of an IPv4 table file; `address` is in host order, `group` 1 to 65535. */
struct route4 {
  uint32_t address, length, group;
};

/** A row of an IPv6 table file; `address` is in network order. */
struct route6 {
  uint8_t address[16];
  uint32_t length, group;
};

/** A file read whole: `count` items of the size that was asked for. */
struct items {
  void *bytes;
  size_t count;
};

/** What the first line says of a rival. */
struct description {
  const char *name;
  const char *library;       /**< its name and version */
  const char *addresses;     /**< in which form the lookup takes them */
  size_t memory_bytes;       /**< of the tables that a lookup reads */
  unsigned entry_bytes;
  double load_ms; /**< from the rows of the table file to a table that answers */
};

/** A table that answers a stream of `count` addresses. */
struct rival {
  /** Runs before each sample, and before a digest, and is not timed; may be left out. */
  void (*prepare)(void *state);
  /** Looks addresses `first` to `first + count` up, in bursts; the last burst's answers stay. */
  void (*lookup)(void *state, size_t first, size_t count);
  void *state;
  size_t count;
  const void *answers;   /**< group ids of the last burst, 0 for no route */
  unsigned answer_bytes; /**< width of an answer: 4 or 8 */
};

/** Reads the command line; ends the program with a usage line when it is wrong. */
struct arguments arguments_read(int count, char **values);

/** Reads a file of items; ends the program with a message when it cannot. */
struct items items_read(const char *file, size_t item_bytes);

/** Milliseconds of a clock that only goes forward. */
double clock_ms(void);

/** Says why this rival takes no part, and ends the program well. */
_Noreturn void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Ends the program with a message on stderr. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Prints the description, then obeys stdin, a line each, until `quit` or its end:
 * `turn SECONDS` prints the nanoseconds a lookup of each sample that fits, as a JSON array;
 * `digest` prints the digest of the answers to the whole stream.
 */
void serve(const struct rival *rival, const struct description *description);
