/** What the rival programs share: arguments, table and stream files, turns and digests. */

#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** Lookups of a sample: 100 to 300 µs, shorter than a time slice of the kernel. */
enum { SAMPLE_LOOKUPS = 32768 };

/** Nobody asks for more at once: a turn is about 50 ms. */
enum { TURN_SAMPLES_MAX = 65536 };

_Noreturn void skip(const char *format, ...) {
  va_list values;
  va_start(values, format);
  printf("{\"skip\":\"");
  vprintf(format, values);
  printf("\"}\n");
  va_end(values);
  exit(EXIT_SUCCESS);
}

_Noreturn void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  exit(EXIT_FAILURE);
}

double clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool is_one_of(const char *value, const char *yes, const char *no) {
  if (strcmp(value, yes) == 0) return true;
  if (strcmp(value, no) != 0) fail("%s: neither %s nor %s", value, yes, no);
  return false;
}

static void argument_set(struct arguments *arguments, int name, const char *value) {
  switch (name) {
    case 'f': arguments->family = is_one_of(value, "4", "6") ? 4 : 6; break;
    case 't': arguments->table = value; break;
    case 's': arguments->stream = value; break;
    case 'e': arguments->entry_bytes = (unsigned)strtoul(value, NULL, 10); break;
    case 'v': arguments->avx512 = is_one_of(value, "avx512", "scalar"); break;
    case 'm': arguments->memory = value; break;
    case 'r': arguments->root = (uint32_t)strtoul(value, NULL, 0); break;
    case 'b': arguments->table_bytes = strtoul(value, NULL, 0); break;
    case 'p': arguments->huge_pages = is_one_of(value, "2m", "4k"); break;
    default:
      fail("usage: --family 4|6 --table FILE --stream FILE [--entry-bytes 1|2|4|8]"
           " [--vector scalar|avx512] [--pages 4k|2m]\n"
           "   or: --family 4|6 --memory FILE --root ADDRESS --table-bytes BYTES --stream FILE");
  }
}

struct arguments arguments_read(int count, char **values) {
  static const struct option OPTIONS[] = {
    {"family", required_argument, NULL, 'f'},      {"table", required_argument, NULL, 't'},
    {"stream", required_argument, NULL, 's'},      {"vector", required_argument, NULL, 'v'},
    {"entry-bytes", required_argument, NULL, 'e'}, {"pages", required_argument, NULL, 'p'},
    {"memory", required_argument, NULL, 'm'},      {"root", required_argument, NULL, 'r'},
    {"table-bytes", required_argument, NULL, 'b'}, {NULL, 0, NULL, 0},
  };
  struct arguments arguments = {0};
  int name;
  while ((name = getopt_long(count, values, "", OPTIONS, NULL)) != -1)
    argument_set(&arguments, name, optarg);
  const bool has_table = arguments.table || (arguments.memory && arguments.root);
  const bool is_whole = arguments.family && has_table && arguments.stream;
  if (!is_whole || optind < count) argument_set(&arguments, '?', "");
  return arguments;
}

struct items items_read(const char *file, size_t item_bytes) {
  if (!file) fail("--table FILE or --memory FILE is missing");
  FILE *input = fopen(file, "rb");
  if (!input || fseek(input, 0, SEEK_END) != 0) fail("%s: %s", file, strerror(errno));
  const size_t size = (size_t)ftell(input);
  if (size == 0 || size % item_bytes != 0)
    fail("%s: %zu bytes are not a number of %zu-byte items", file, size, item_bytes);
  rewind(input);
  void *bytes = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
  if (!bytes || fread(bytes, 1, size, input) != size) fail("%s: cannot be read", file);
  fclose(input);
  return (struct items){bytes, size / item_bytes};
}

/** Whether a MiB or more of this process lies on huge pages, of whatever kind. */
static bool has_huge_pages(void) {
  static const char *const KINDS[] = {"AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:",
                                      "Shared_Hugetlb:", "Private_Hugetlb:"};
  FILE *map = fopen("/proc/self/smaps_rollup", "r");
  if (!map) return false;
  char line[256];
  unsigned long kibibytes = 0;
  while (fgets(line, sizeof line, map))
    for (size_t kind = 0; kind < sizeof KINDS / sizeof *KINDS; kind++)
      if (strncmp(line, KINDS[kind], strlen(KINDS[kind])) == 0)
        kibibytes += strtoul(line + strlen(KINDS[kind]), NULL, 10);
  fclose(map);
  return kibibytes >= 1024;
}

/** Takes samples over the next parts of the stream, from `*next` on, for about `seconds`. */
static void turn(const struct rival *rival, double seconds, size_t *next) {
  static double samples[TURN_SAMPLES_MAX];
  const size_t lookups = rival->count < SAMPLE_LOOKUPS ? rival->count : SAMPLE_LOOKUPS;
  const double end = clock_ms() + seconds * 1e3;
  size_t taken = 0;
  double now = clock_ms();
  while (taken < TURN_SAMPLES_MAX && (taken == 0 || now < end)) {
    if (*next + lookups > rival->count) *next = 0;
    if (rival->prepare) rival->prepare(rival->state);
    const double start = rival->prepare ? clock_ms() : now;
    rival->lookup(rival->state, *next, lookups);
    now = clock_ms();
    samples[taken++] = (now - start) * 1e6 / (double)lookups;
    *next += lookups;
  }
  for (size_t i = 0; i < taken; i++) printf("%s%.4f", i == 0 ? "[" : ",", samples[i]);
  puts("]");
}

static uint32_t rotate_left(uint32_t word, int bits) {
  return word << bits | word >> (32 - bits);
}

/** Two hashes over the group ids in stream order: FNV-1a, and a rotating product. */
static void digest(const struct rival *rival) {
  uint32_t a = 0x811c9dc5, b = 0x9747b28c;
  if (rival->prepare) rival->prepare(rival->state);
  for (size_t first = 0; first < rival->count; first += BURST) {
    const size_t left = rival->count - first;
    const size_t count = left < BURST ? left : BURST;
    rival->lookup(rival->state, first, count);
    for (size_t i = 0; i < count; i++) {
      uint32_t group; // The low half of a wider answer: the machine is little-endian.
      memcpy(&group, (const char *)rival->answers + i * rival->answer_bytes, sizeof group);
      a = (a ^ group) * 0x01000193;
      b = rotate_left(b ^ group, 5) * 0x85ebca6b;
    }
  }
  printf("%08x%08x\n", a, b);
}

static void describe(const struct rival *rival, const struct description *description) {
#ifdef __clang__
  const char *const compiler = "clang " __clang_version__;
#else
  const char *const compiler = "gcc " __VERSION__;
#endif
  printf("{\"name\":\"%s\",\"library\":\"%s\",\"compiler\":\"%s\",\"addresses\":\"%s\",",
         description->name, description->library, compiler, description->addresses);
  printf("\"answer\":\"group\",\"stream_count\":%zu,\"memory_bytes\":%zu,", rival->count,
         description->memory_bytes);
  printf("\"entry_bytes\":%u,\"output_bytes\":%u,\"huge_pages\":%s,\"load_ms\":%.1f}\n",
         description->entry_bytes, rival->answer_bytes, has_huge_pages() ? "true" : "false",
         description->load_ms);
}

void serve(const struct rival *rival, const struct description *description) {
  describe(rival, description);
  fflush(stdout);
  char line[64];
  size_t next = 0;
  while (fgets(line, sizeof line, stdin) && strcmp(line, "quit\n") != 0) {
    double seconds;
    if (sscanf(line, "turn %lf", &seconds) == 1) turn(rival, seconds, &next);
    else if (strcmp(line, "digest\n") == 0) digest(rival);
    else fail("%s: neither turn, digest nor quit", line);
    fflush(stdout);
  }
}
