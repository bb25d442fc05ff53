/** Tables and captures that the verbs are run on. */

import { captureBytes, query4, query6 } from "../replay/replay-rig.ts";

/** Two sites by weight and a far one, one route of each other kind. */
export const SITES_YAML = `sites:
  lon: {next_hop: 10.0.0.11, cost: 10, weight: 2}
  ams: {next_hop: 10.0.0.12, cost: 10, mac: "02:00:5e:00:00:12"}
  nyc: {next_hop: 10.0.1.13, cost: 80}
  six: {next_hop: "fe80::1%eth0"}
routes:
  - {prefix: 203.0.113.0/24, sites: [lon, ams, nyc]}
  - {prefix: 203.0.113.202/32, kind: blackhole}
  - {prefix: "2001:db8:a::/48", sites: [six]}
`;

/** 600 queries of as many flows over IPv4, 100 over IPv6, some that are dropped. */
export const PACKETS = [
  ...Array.from({ length: 600 }, (_, port) => query4(port)),
  ...Array.from({ length: 100 }, (_, port) => query6(port)),
  query4(1, "203.0.113.202"),
  query4(1, "192.0.2.1"),
  query6(1, "2001:db8:a::1", 1),
];

/** They as a capture file, nanoseconds apart. */
export const CAPTURE = captureBytes(PACKETS);
