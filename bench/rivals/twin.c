/** Our own lookup in C, over a dump of our linear memory: what the same algorithm costs natively. */

#include <stdlib.h>

#include "common.h"
#include "twin-lookup.h"

/** The dump, where the table's root stands in it, and the stream in network order. */
struct twin {
  const uint8_t *memory;
  uint32_t root;
  const uint8_t *addresses;
  uint32_t answers[BURST];
};

static void lookup4(void *state, size_t first, size_t count) {
  struct twin *twin = state;
  const uint32_t *addresses = (const uint32_t *)twin->addresses;
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t left = end - first;
    twin4(twin->memory, twin->root, addresses + first, twin->answers, left < BURST ? left : BURST);
  }
}

static void lookup6(void *state, size_t first, size_t count) {
  struct twin *twin = state;
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t left = end - first;
    const uint8_t *addresses = twin->addresses + 16 * first;
    twin6(twin->memory, twin->root, addresses, twin->answers, left < BURST ? left : BURST);
  }
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  const struct items memory = items_read(arguments.memory, 1);
  const struct items stream = items_read(arguments.stream, arguments.family == 4 ? 4 : 16);
  struct twin twin = {
    .memory = memory.bytes,
    .root = arguments.root,
    .addresses = stream.bytes,
  };
  serve(
    &(struct rival){
      .lookup = arguments.family == 4 ? lookup4 : lookup6,
      .state = &twin,
      .count = stream.count,
      .answers = twin.answers,
      .answer_bytes = sizeof *twin.answers,
    },
    &(struct description){
      .name = "anyfib in C",
      .library = "the same tables and lookups",
      .addresses = "in network order",
      .memory_bytes = arguments.table_bytes,
      .entry_bytes = TWIN_ENTRY_BYTES,
    });
  return EXIT_SUCCESS;
}
