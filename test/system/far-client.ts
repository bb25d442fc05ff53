/**
 * A client of the anycast lab that is far away: between it and the router is a link that takes
 * smaller packets. It has many addresses, so that nobody learns from one connection about others.
 *
 *     d d0 ------ x xc === c c0 - uplink router …
 *     10.3.0.2…      1,280
 */

import type { AnycastLab } from "./anycast-lab.ts";

/** Addresses of the client, of each family, behind these. */
export const FAR_PREFIXES = { 4: "10.3.0.", 6: "fd03::" } as const;
const FIRST_HOST = 2;

const LINES = [
  "c address add 10.4.0.2/24 dev cx",
  "c address add fd04::2/64 dev cx nodad",
  "c route add 10.3.0.0/24 via 10.4.0.1",
  "c route add fd03::/64 via fd04::1",
  "x address add 10.4.0.1/24 dev xc",
  "x address add fd04::1/64 dev xc nodad",
  "x address add 10.3.0.1/24 dev x0",
  "x address add fd03::1/64 dev x0 nodad",
  "x route add default via 10.4.0.2",
  "x route add default via fd04::2",
];
/** Errors of a busy test are not to be rationed. */
const SYSCTLS = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv4.icmp_ratelimit=0",
  "net.ipv6.icmp.ratelimit=0",
  "net.ipv4.icmp_msgs_per_sec=100000",
  "net.ipv4.icmp_msgs_burst=100000",
];

/** The addresses of a client, of one family. */
export function farAddresses(family: 4 | 6, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const host = FIRST_HOST + index;
    return `${FAR_PREFIXES[family]}${family === 4 ? host : host.toString(16)}`;
  });
}

/** Adds the client `d`; the router's configuration leads back to it. */
export function addFarClient(lab: AnycastLab, mtu: number, addresses: number): void {
  for (const part of ["x", "d"]) lab.addPart(part);
  lab.link("x", "xc", "c", "cx");
  lab.link("d", "d0", "x", "x0");
  lab.ip("x", `link set xc mtu ${mtu}`);
  lab.ip("c", `link set cx mtu ${mtu}`);
  for (const line of LINES) {
    const [part = "", ...command] = line.split(" ");
    lab.ip(part, command.join(" "));
  }
  for (const address of farAddresses(4, addresses)) lab.ip("d", `address add ${address}/24 dev d0`);
  for (const address of farAddresses(6, addresses)) {
    lab.ip("d", `address add ${address}/64 dev d0 nodad`);
  }
  lab.ip("d", "route add default via 10.3.0.1");
  lab.ip("d", "route add default via fd03::1");
  for (const part of ["c", "x"]) {
    for (const setting of SYSCTLS) lab.inside(part, "sysctl", "-qw", setting);
  }
  lab.configure({
    sites: ["  back: {next_hop: 10.1.0.2}", '  backv6: {next_hop: "fd01::2"}'],
    routes: [
      "  - {prefix: 10.3.0.0/24, sites: [back]}",
      '  - {prefix: "fd03::/64", sites: [backv6]}',
    ],
  });
}
