/**
 * The same path in C between two packet rings, over a dump of our linear memory in which the rings
 * lie: assembly/ring/packet-ring.ts and the path, without sockets. The kernel's part, filling one
 * ring and emptying the other, is played between samples.
 *
 * The stream is a pair of numbers a packet: where it stands in the receiving ring, and its length.
 */

#include "twin-path.h"

/** Places as assembly/layout.ts has them; frames as packet(7) has them. */
enum {
  HEADER_PORTS = 352,
  PORT_BYTES = 128,
  PORT_IN = 2,
  PORT_OUT = 1,
  PORT_RX = 0,
  PORT_TX = 20,
  FRAME_LENGTH = 4,
  FRAME_CAPTURED = 8,
  FRAME_PACKET = 12,
  FRAME_SEND = 32,
  STATUS_FREE = 0,
  STATUS_USER = 1,
  STATUS_SEND = 1,
};

struct ring {
  uint8_t *start;
  uint32_t frames, frame_bytes, next;
};

struct rings {
  struct twin *twin;
  const struct packet *packets;
  size_t count;
  uint8_t *fresh; /**< the receiving ring as it was */
  struct ring in, out;
  uint64_t received, sent, full;
  struct packet batch[BURST];
};

static struct ring ring_of(uint8_t *memory, uint32_t port, uint32_t field) {
  const uint32_t record = word_at(memory, HEADER + HEADER_PORTS) + port * PORT_BYTES + field;
  return (struct ring){
    .start = memory + word_at(memory, record),
    .frames = word_at(memory, record + 4),
    .frame_bytes = word_at(memory, record + 8),
  };
}

static inline uint8_t *ring_next(struct ring *ring) {
  uint8_t *const frame = ring->start + (size_t)ring->next * ring->frame_bytes;
  ring->next = ring->next + 1 == ring->frames ? 0 : ring->next + 1;
  return frame;
}

static inline uint32_t *status_of(uint8_t *frame) {
  return (uint32_t *)frame;
}

/** Takes a batch of frames, which stay taken until release(). */
static inline size_t receive(struct rings *rings) {
  size_t count = 0;
  for (; count < BURST; count++) {
    uint8_t *const frame = rings->in.start + (size_t)rings->in.next * rings->in.frame_bytes;
    if (!(__atomic_load_n(status_of(frame), __ATOMIC_ACQUIRE) & STATUS_USER)) break;
    ring_next(&rings->in);
    const uint32_t length = word_at(frame, FRAME_LENGTH);
    if (word_at(frame, FRAME_CAPTURED) < length) fail("a frame is cut");
    const size_t address = (size_t)(frame - rings->twin->memory) + half_at(frame + FRAME_PACKET);
    rings->batch[count] = (struct packet){(uint32_t)address, length};
  }
  rings->received += count;
  return count;
}

static inline void transmit(struct rings *rings, size_t count) {
  const struct twin *const twin = rings->twin;
  for (size_t i = 0; i < count; i++) {
    if (twin->adjacencies[twin->batch.adjacencies[i]].interface != PORT_OUT) continue;
    uint8_t *const frame = rings->out.start + (size_t)rings->out.next * rings->out.frame_bytes;
    if (__atomic_load_n(status_of(frame), __ATOMIC_ACQUIRE) != STATUS_FREE) {
      rings->full += 1;
      continue;
    }
    ring_next(&rings->out);
    const uint32_t length = twin->batch.out_lengths[i];
    const uint8_t *const packet =
      twin->memory + twin->batch.flows[i].network - ETHERNET_BYTES;
    memcpy(frame + FRAME_SEND, packet, length);
    memcpy(frame + FRAME_LENGTH, &length, sizeof length);
    __atomic_store_n(status_of(frame), STATUS_SEND, __ATOMIC_RELEASE);
    rings->sent += 1;
  }
}

/** Gives the frames of a batch back to the kernel. */
static inline void release(struct rings *rings, size_t count) {
  struct ring *const in = &rings->in;
  uint32_t frame = (in->next + in->frames - (uint32_t)count) % in->frames;
  for (size_t i = 0; i < count; i++) {
    uint8_t *const at = in->start + (size_t)frame * in->frame_bytes;
    __atomic_store_n(status_of(at), STATUS_FREE, __ATOMIC_RELEASE);
    frame = frame + 1 == in->frames ? 0 : frame + 1;
  }
}

/** What the kernel does between samples. */
static void refill(void *state) {
  struct rings *const rings = state;
  const size_t bytes = (size_t)rings->in.frames * rings->in.frame_bytes;
  if (!rings->fresh) {
    rings->fresh = malloc(bytes);
    if (!rings->fresh) fail("no memory for the ring");
    memcpy(rings->fresh, rings->in.start, bytes);
  }
  for (size_t i = 0; i < rings->count; i++) {
    const struct packet *const packet = &rings->packets[i];
    const uint8_t *const from = rings->fresh + i * rings->in.frame_bytes;
    uint8_t *const frame = rings->in.start + i * rings->in.frame_bytes;
    memcpy(rings->twin->memory + packet->address, from + half_at(from + FRAME_PACKET),
           packet->length);
    *status_of(frame) = STATUS_USER;
  }
  for (size_t i = 0; i < rings->out.frames; i++)
    *status_of(rings->out.start + i * rings->out.frame_bytes) = STATUS_FREE;
  rings->in.next = rings->out.next = 0;
}

static void forward(void *state, size_t first, size_t count) {
  struct rings *const rings = state;
  for (const size_t end = first + count; first < end; first += BURST) {
    const size_t taken = receive(rings);
    if (taken == 0) fail("the ring is empty");
    if (rings->twin->family == 4) forward_batch(rings->twin, rings->batch, taken, true);
    else forward_batch(rings->twin, rings->batch, taken, false);
    transmit(rings, taken);
    release(rings, taken);
  }
  if (rings->full > 0) fail("the sending ring is full");
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  const struct items stream = items_read(arguments.stream, sizeof(struct packet));
  struct twin *const twin = twin_make(&arguments);
  struct rings rings = {
    .twin = twin,
    .packets = stream.bytes,
    .count = stream.count,
    .in = ring_of(twin->memory, PORT_IN, PORT_RX),
    .out = ring_of(twin->memory, PORT_OUT, PORT_TX),
  };
  serve(
    &(struct rival){
      .prepare = refill,
      .lookup = forward,
      .state = &rings,
      .count = stream.count,
      .answers = twin->batch.adjacencies,
      .answer_bytes = sizeof *twin->batch.adjacencies,
    },
    &(struct description){
      .name = "anyfib in C",
      .library = "the same path for plain packets, between rings",
      .addresses = "in frames of a ring",
      .memory_bytes = arguments.table_bytes,
      .entry_bytes = TWIN_ENTRY_BYTES,
    });
  return EXIT_SUCCESS;
}
