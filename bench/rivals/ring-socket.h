/** Packet sockets' rings of the second version, as src/io/packet-ring.ts makes them. */

#ifndef RING_SOCKET_H
#define RING_SOCKET_H

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  FRAME_BYTES = 2048,
  FRAMES = 2048,
  BLOCK_BYTES = 65536,
  RESERVED_BYTES = 96,
  SEND_FRAME = 32,
  PROTOCOL_ALL = 3,
};

/** A ring and its socket; `at` is the frame that comes next. */
struct ring {
  int socket;
  uint8_t *frames;
  uint32_t at;
};

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline void option(int socket, int name, const void *value, socklen_t bytes) {
  if (setsockopt(socket, SOL_PACKET, name, value, bytes) != 0) die("setsockopt");
}

static inline void option_set(int socket, int name, int value) {
  option(socket, name, &value, sizeof value);
}

/** A ring of an interface: to receive, or to send. */
static inline struct ring ring_open(const char *device, int receives) {
  struct ring ring = {.socket = socket(AF_PACKET, SOCK_RAW, 0), .at = 0};
  if (ring.socket < 0) die("socket");
  option_set(ring.socket, PACKET_VERSION, TPACKET_V2);
  if (receives) {
    option_set(ring.socket, PACKET_IGNORE_OUTGOING, 1);
    option_set(ring.socket, PACKET_RESERVE, RESERVED_BYTES);
  } else {
    option_set(ring.socket, PACKET_LOSS, 1);
    option_set(ring.socket, PACKET_QDISC_BYPASS, 1);
  }
  struct tpacket_req request = {
      .tp_block_size = BLOCK_BYTES,
      .tp_block_nr = FRAMES * FRAME_BYTES / BLOCK_BYTES,
      .tp_frame_size = FRAME_BYTES,
      .tp_frame_nr = FRAMES,
  };
  option(ring.socket, receives ? PACKET_RX_RING : PACKET_TX_RING, &request, sizeof request);
  const int flags = MAP_SHARED | MAP_POPULATE;
  ring.frames = mmap(NULL, (size_t)FRAMES * FRAME_BYTES, PROT_READ | PROT_WRITE, flags,
                     ring.socket, 0);
  if (ring.frames == MAP_FAILED) die("mmap");
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = receives ? htons(PROTOCOL_ALL) : 0,
      .sll_ifindex = (int)if_nametoindex(device),
  };
  if (bind(ring.socket, (struct sockaddr *)&address, sizeof address) != 0) die(device);
  return ring;
}

static inline struct tpacket2_hdr *ring_frame(const struct ring *ring) {
  return (struct tpacket2_hdr *)(ring->frames + (size_t)ring->at * FRAME_BYTES);
}

static inline void ring_next(struct ring *ring) {
  ring->at = ring->at + 1 == FRAMES ? 0 : ring->at + 1;
}

/** Has the kernel send what waits. */
static inline void ring_kick(const struct ring *ring) {
  sendto(ring->socket, NULL, 0, MSG_DONTWAIT, NULL, 0);
}

/** Copies a frame into a sending ring; whether there was room. */
static inline int ring_send(struct ring *ring, const uint8_t *frame, uint32_t length) {
  struct tpacket2_hdr *to = ring_frame(ring);
  const uint32_t status = __atomic_load_n(&to->tp_status, __ATOMIC_ACQUIRE);
  if (status & (TP_STATUS_SEND_REQUEST | TP_STATUS_SENDING)) return 0;
  memcpy((uint8_t *)to + SEND_FRAME, frame, length);
  to->tp_len = length;
  __atomic_store_n(&to->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
  ring_next(ring);
  return 1;
}

static inline void mac_read(const char *text, uint8_t mac[6]) {
  const int read = sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3,
                          mac + 4, mac + 5);
  if (read != 6) exit(2);
}

#endif
