/**
 * Our whole packet path in C, over a dump of our linear memory.
 *
 * The stream is a pair of numbers a packet: where its frame stands in the dump, and its length.
 */

#include "twin-path.h"

/** Frames are forwarded in place, and their TTL of 64 lasts for so many passes. */
enum { PASSES_PER_COPY = 60 };

struct path {
  struct twin *twin;
  const struct packet *packets;
  size_t count;
  uint8_t *fresh; /**< the frames as they were */
  size_t passes;
};

/** Puts the frames back as they were, before their TTL runs out. */
static void refresh(struct path *path) {
  uint8_t *const frames = path->twin->memory + path->packets->address;
  const struct packet *const last = &path->packets[path->count - 1];
  const size_t bytes = last->address + last->length - path->packets->address;
  if (!path->fresh) {
    path->fresh = malloc(bytes);
    if (!path->fresh) fail("no memory for the frames");
    memcpy(path->fresh, frames, bytes);
  }
  if (path->passes++ % PASSES_PER_COPY == 0) memcpy(frames, path->fresh, bytes);
}

static void forward(void *state, size_t first, size_t count) {
  struct path *const path = state;
  struct twin *const twin = path->twin;
  if (first == 0) refresh(path);
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t left = end - first < BURST ? end - first : BURST;
    if (twin->family == 4) forward_batch(twin, path->packets + first, left, true);
    else forward_batch(twin, path->packets + first, left, false);
  }
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  const struct items stream = items_read(arguments.stream, sizeof(struct packet));
  struct path path = {
    .twin = twin_make(&arguments),
    .packets = stream.bytes,
    .count = stream.count,
  };
  serve(
    &(struct rival){
      .lookup = forward,
      .state = &path,
      .count = stream.count,
      .answers = path.twin->batch.adjacencies,
      .answer_bytes = sizeof *path.twin->batch.adjacencies,
    },
    &(struct description){
      .name = "anyfib in C",
      .library = "the same path for plain packets",
      .addresses = "in frames",
      .memory_bytes = arguments.table_bytes,
      .entry_bytes = TWIN_ENTRY_BYTES,
    });
  return EXIT_SUCCESS;
}
