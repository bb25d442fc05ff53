/** NSD as the server of a site: what it is told, in one folder. */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The zone of a site: `site.example` tells the site, `large.example` has over 6,000 bytes. */
export const ZONE = "example.";
const LARGE_STRINGS = 24;
const STRING_BYTES = 250;
/** The longest answer that leaves in one datagram, and in fragments. */
const ANSWER_BYTES = 8192;

/** Writes configuration and zone of a site; returns the path of the configuration. */
export function configureNsd(folder: string, site: string, addresses: readonly string[]): string {
  const home = path.join(folder, site);
  mkdirSync(home, { recursive: true });
  const strings = Array.from(
    { length: LARGE_STRINGS },
    (_, index) => `"${String(index).padEnd(STRING_BYTES, "x")}"`,
  );
  const zone = [
    `$ORIGIN ${ZONE}`,
    "@ 60 IN SOA ns hostmaster 1 3600 600 86400 60",
    "@ 60 IN NS ns",
    "ns 60 IN A 203.0.113.1",
    `site 60 IN TXT "${site}"`,
    `large 60 IN TXT ${strings.join(" ")}`,
  ];
  writeFileSync(path.join(home, "zone"), `${zone.join("\n")}\n`);
  const config = [
    "server:",
    ...addresses.map((address) => `  ip-address: ${address}`),
    '  username: ""',
    `  zonesdir: "${home}"`,
    `  pidfile: "${home}/nsd.pid"`,
    `  zonelistfile: "${home}/zone.list"`,
    `  xfrdfile: "${home}/xfrd.state"`,
    `  xfrdir: "${home}"`,
    '  database: ""',
    `  ipv4-edns-size: ${ANSWER_BYTES}`,
    `  ipv6-edns-size: ${ANSWER_BYTES}`,
    // Otherwise a client gets 200 answers a second.
    "  rrl-ratelimit: 0",
    "  rrl-whitelist-ratelimit: 0",
    "remote-control:",
    "  control-enable: no",
    "zone:",
    "  name: example",
    "  zonefile: zone",
  ];
  const file = path.join(home, "nsd.conf");
  writeFileSync(file, `${config.join("\n")}\n`);
  return file;
}
