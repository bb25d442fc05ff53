/**
 * The station on both sides of a forwarder:
 *
 *   ring-probe flood SOURCE DESTINATION ROUTER-MAC MILLISECONDS     as many packets as it can send;
 *                                                                   prints those that arrived a second
 *   ring-probe latency SOURCE DESTINATION ROUTER-MAC COUNT          one packet in flight; prints the
 *                                                                   nanoseconds of each
 *
 * Packets have 60 bytes and 1,024 flows of UDP.
 */

#include "ring-socket.h"

#include <time.h>

enum {
  PACKET_BYTES = 60,
  FLOWS = 1024,
  FLOW_PORT = 34,
  BURST = 64,
  LOST_NS = 100000000,
  WARM_MS = 200,
};

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/** Packets that an interface took in so far. */
static uint64_t arrived(const char *device) {
  char path[96];
  snprintf(path, sizeof path, "/sys/class/net/%s/statistics/rx_packets", device);
  FILE *file = fopen(path, "r");
  unsigned long long count = 0;
  if (file == NULL || fscanf(file, "%llu", &count) != 1) die(path);
  fclose(file);
  return count;
}

/** UDP from 192.0.2.1 to 198.51.100.9, whose checksum is not used. */
static void packet_make(uint8_t frame[PACKET_BYTES], const char *router) {
  static const uint8_t header[] = {8,  0, 0x45, 0, 0, 46, 0, 0, 0,   0,  64,  17, 0, 0,
                                   192, 0, 2,    1, 198, 51, 100, 9, 0x40, 0, 0,  53, 0, 26};
  memset(frame, 0, PACKET_BYTES);
  mac_read(router, frame);
  memcpy(frame + 6, "\2\0\0\0\0\x77", 6);
  memcpy(frame + 12, header, sizeof header);
  uint32_t sum = 0;
  for (int at = 14; at < 34; at += 2) sum += (uint32_t)(frame[at] << 8 | frame[at + 1]);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  frame[24] = (uint8_t)(sum >> 8);
  frame[25] = (uint8_t)sum;
}

static void flow_set(uint8_t *frame, uint32_t flow) {
  frame[FLOW_PORT] = (uint8_t)(0x40 | (flow >> 8 & 3));
  frame[FLOW_PORT + 1] = (uint8_t)flow;
}

static void flood(struct ring *out, const char *device, uint8_t *frame, int milliseconds) {
  const uint64_t warm = now_ns() + WARM_MS * 1000000ull;
  uint64_t began = 0, first = 0, sent = 0;
  uint64_t end = warm + (uint64_t)milliseconds * 1000000u;
  for (uint32_t flow = 0; now_ns() < end;) {
    for (int count = 0; count < BURST; count++) {
      flow_set(frame, flow = (flow + 1) % FLOWS);
      sent += (uint64_t)ring_send(out, frame, PACKET_BYTES);
    }
    ring_kick(out);
    if (began == 0 && now_ns() >= warm) {
      began = now_ns();
      first = arrived(device);
      sent = 0;
    }
  }
  const double seconds = (double)(now_ns() - began) / 1e9;
  printf("%.0f %.0f\n", (double)(arrived(device) - first) / seconds, (double)sent / seconds);
}

static void latency(struct ring *out, struct ring *in, uint8_t *frame, int count) {
  for (int number = 0; number < count; number++) {
    flow_set(frame, (uint32_t)number);
    const uint64_t began = now_ns();
    if (!ring_send(out, frame, PACKET_BYTES)) die("no room");
    ring_kick(out);
    for (int came = 0; !came && now_ns() - began < LOST_NS;) {
      struct tpacket2_hdr *header = ring_frame(in);
      if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) continue;
      const uint8_t *packet = (uint8_t *)header + header->tp_mac;
      came = header->tp_len == PACKET_BYTES && memcmp(packet + FLOW_PORT, frame + FLOW_PORT, 2) == 0;
      __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
      ring_next(in);
    }
    printf("%llu\n", (unsigned long long)(now_ns() - began));
    usleep(200);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  uint8_t frame[PACKET_BYTES];
  packet_make(frame, argv[4]);
  struct ring out = ring_open(argv[2], 0);
  if (strcmp(argv[1], "flood") == 0) {
    flood(&out, argv[3], frame, atoi(argv[5]));
    return 0;
  }
  struct ring in = ring_open(argv[3], 1);
  latency(&out, &in, frame, atoi(argv[5]));
  return 0;
}
