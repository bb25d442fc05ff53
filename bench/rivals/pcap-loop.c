/**
 * What a program in C does with a capture by libpcap: it reads packet after packet, parses Ethernet,
 * IP and ports, takes one off the TTL with its checksum, and writes the next hop's MACs.
 * No table, no hash, no counters but one a protocol.
 */

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum {
  ETHERNET_BYTES = 14,
  HEADER4_BYTES = 20,
  HEADER6_BYTES = 40,
  PORTS_BYTES = 4,
};

struct loop {
  const char *file;
  pcap_t *capture;
  uint64_t packets[256], bytes[256], ports;
  uint32_t answers[BURST];
};

static inline uint16_t half_at(const uint8_t *bytes) {
  return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t sum_of(const uint8_t *header, uint32_t bytes) {
  uint32_t sum = 0;
  for (uint32_t at = 0; at < bytes; at += 2) sum += half_at(header + at);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/** Checksum and TTL, or hop limit, as the packet leaves, above its protocol; 0 where it does not. */
static uint32_t forward(struct loop *loop, uint8_t *frame, uint32_t length) {
  static const uint8_t MACS[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  uint8_t *const header = frame + ETHERNET_BYTES;
  if (length < ETHERNET_BYTES + HEADER4_BYTES) return 0;
  const uint32_t bytes = length - ETHERNET_BYTES;
  const bool is_ipv4 = half_at(frame + 12) == 0x0800;
  uint32_t transport, protocol, checksum = 0;
  if (is_ipv4) {
    transport = 4 * (header[0] & 15u);
    if (header[0] >> 4 != 4 || transport < HEADER4_BYTES || transport > bytes) return 0;
    if (half_at(header + 2) > bytes || sum_of(header, transport) != 0xffff) return 0;
    if (header[8] <= 1) return 0;
    protocol = header[9];
    header[8]--;
    checksum = half_at(header + 10) + 0x100u;
    checksum += checksum >= 0xffff;
    header[10] = (uint8_t)(checksum >> 8);
    header[11] = (uint8_t)checksum;
  } else {
    transport = HEADER6_BYTES;
    if (half_at(frame + 12) != 0x86dd || bytes < HEADER6_BYTES || header[0] >> 4 != 6) return 0;
    if (header[7] <= 1) return 0;
    protocol = header[6];
    header[7]--;
  }
  if (bytes >= transport + PORTS_BYTES) loop->ports += half_at(header + transport + 2);
  memcpy(frame, MACS, sizeof MACS);
  loop->packets[protocol]++;
  loop->bytes[protocol] += length;
  const uint32_t ttl = is_ipv4 ? header[8] : header[7];
  return (checksum & 0xffff) << 16 | ttl << 8 | protocol;
}

static void open_capture(struct loop *loop) {
  char error[PCAP_ERRBUF_SIZE];
  if (loop->capture) pcap_close(loop->capture);
  loop->capture = pcap_open_offline(loop->file, error);
  if (!loop->capture) fail("%s", error);
  if (pcap_datalink(loop->capture) != DLT_EN10MB) fail("%s: not Ethernet", loop->file);
}

static void lookup(void *state, size_t first, size_t count) {
  struct loop *const loop = state;
  if (first == 0) open_capture(loop);
  for (size_t i = 0; i < count; i++) {
    struct pcap_pkthdr *record;
    const uint8_t *frame;
    if (pcap_next_ex(loop->capture, &record, &frame) != 1) fail("%s: too short", loop->file);
    // libpcap's own buffer, which it reads the next packet over.
    loop->answers[i % BURST] = forward(loop, (uint8_t *)frame, record->caplen);
  }
}

static size_t count_packets(struct loop *loop) {
  struct pcap_pkthdr *record;
  const uint8_t *frame;
  size_t count = 0;
  open_capture(loop);
  while (pcap_next_ex(loop->capture, &record, &frame) == 1) count++;
  return count;
}

int main(int argument_count, char **values) {
  const struct arguments arguments = arguments_read(argument_count, values);
  struct loop *const loop = calloc(1, sizeof *loop);
  if (!loop) fail("no memory");
  loop->file = arguments.stream;
  serve(
    &(struct rival){
      .lookup = lookup,
      .state = loop,
      .count = count_packets(loop),
      .answers = loop->answers,
      .answer_bytes = sizeof *loop->answers,
    },
    &(struct description){
      .name = "libpcap loop in C",
      .library = pcap_lib_version(),
      .addresses = "in a capture",
    });
  return EXIT_SUCCESS;
}
