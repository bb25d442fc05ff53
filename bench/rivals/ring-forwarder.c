/**
 * Forwards IPv4 from one interface to another by the same rings as anyfib, with one next hop:
 *
 *   ring-forwarder IN OUT OUT-MAC NEXT-HOP-MAC
 *
 * No table, no flow hash, no counters but the rings': what this mechanism can do at best.
 */

#include "ring-socket.h"

#include <linux/bpf.h>
#include <poll.h>
#include <sys/syscall.h>

enum {
  BATCH = 256,
  SPINS = 50,
  SLEEP_MS = 5,
  ETHERNET_BYTES = 14,
  IPV4_BYTES = 20,
  TTL = 8,
  CHECKSUM = 10,
  ATTACH_TCX_INGRESS = 46,
};

/** Keeps the kernel from handling what comes in too. */
static void drop_in_kernel(const char *device) {
  const struct bpf_insn drop[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2},
      {.code = BPF_JMP | BPF_EXIT},
  };
  union bpf_attr load = {0};
  load.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  load.insn_cnt = 2;
  load.insns = (uint64_t)(uintptr_t)drop;
  load.license = (uint64_t)(uintptr_t) "GPL";
  const int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  if (program < 0) die("bpf");
  union bpf_attr link = {0};
  link.link_create.prog_fd = (uint32_t)program;
  link.link_create.target_fd = if_nametoindex(device);
  link.link_create.attach_type = ATTACH_TCX_INGRESS;
  if (syscall(SYS_bpf, BPF_LINK_CREATE, &link, 64) < 0) die("bpf link");
}

/** Rewrites a packet for its next hop; whether it is to be forwarded. */
static int rewrite(uint8_t *frame, uint32_t length, const uint8_t macs[12]) {
  uint8_t *packet = frame + ETHERNET_BYTES;
  if (length < ETHERNET_BYTES + IPV4_BYTES || frame[12] != 8 || frame[13] != 0) return 0;
  if (packet[0] >> 4 != 4 || packet[TTL] < 2) return 0;
  packet[TTL] -= 1;
  uint16_t checksum;
  memcpy(&checksum, packet + CHECKSUM, sizeof checksum);
  const uint32_t sum = (uint32_t)ntohs(checksum) + 0x100;
  checksum = htons((uint16_t)(sum + (sum >> 16)));
  memcpy(packet + CHECKSUM, &checksum, sizeof checksum);
  memcpy(frame, macs, 12);
  return 1;
}

/** Forwards what is there, at most a batch; returns how many packets there were. */
static int turn(struct ring *in, struct ring *out, const uint8_t macs[12]) {
  int count = 0;
  int sent = 0;
  for (; count < BATCH; count++) {
    struct tpacket2_hdr *from = ring_frame(in);
    if (!(__atomic_load_n(&from->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
    uint8_t *frame = (uint8_t *)from + from->tp_mac;
    const int whole = from->tp_snaplen == from->tp_len;
    if (whole && rewrite(frame, from->tp_len, macs)) sent += ring_send(out, frame, from->tp_len);
    __atomic_store_n(&from->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    ring_next(in);
  }
  if (sent > 0) ring_kick(out);
  return count;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  uint8_t macs[12];
  mac_read(argv[4], macs);
  mac_read(argv[3], macs + 6);
  drop_in_kernel(argv[1]);
  struct ring out = ring_open(argv[2], 0);
  struct ring in = ring_open(argv[1], 1);
  puts("ready");
  fflush(stdout);
  for (int idle = 0;;) {
    idle = turn(&in, &out, macs) > 0 ? 0 : idle + 1;
    struct pollfd wait = {.fd = in.socket, .events = POLLIN};
    if (idle > SPINS) poll(&wait, 1, SLEEP_MS);
  }
}
