/** Path MTU discovery and fragments behind `anyfib run`: a link beyond it takes 1,280 bytes. */

import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADDRESSES, AnycastLab, PORT } from "./anycast-lab.ts";
import { addFarClient, farAddresses } from "./far-client.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const why =
  missingTools("ip", "sysctl", "nsd", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

const MTU = 1280;
const DOWNLOADS = 90;
const DOWNLOAD_PORT = 8080;
const SITES = ["s1", "s2", "s3"];
const SCRIPT = "path-mtu-peer.js";
const ANSWER_BYTES = 6000;
/** A datagram that each family sends in fragments. */
const QUERY_BYTES = 6000;

/** The kernel as the router: its groups choose by addresses and ports. */
const KERNEL_ROUTER = [
  "address add 10.1.0.1/24 dev uplink",
  "address add fd01::1/64 dev uplink nodad",
  ...[1, 2, 3].flatMap((n) => [
    `address add 10.2.${n}.1/24 dev s${n}`,
    `address add fd02:${n}::1/64 dev s${n} nodad`,
  ]),
  `route add 203.0.113.0/24 ${[1, 2, 3].map((n) => `nexthop via 10.2.${n}.2`).join(" ")}`,
  `route add 2001:db8::/64 ${[1, 2, 3].map((n) => `nexthop via fd02:${n}::2`).join(" ")}`,
  "route add 10.3.0.0/24 via 10.1.0.2",
  "route add fd03::/64 via fd01::2",
];
const KERNEL_SETTINGS = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv4.fib_multipath_hash_policy=1",
  "net.ipv6.fib_multipath_hash_policy=1",
];

describe.skipIf(why !== undefined)(`a path of 1,280 bytes (${why ?? "in namespaces"})`, () => {
  let lab: AnycastLab;

  beforeEach(async () => {
    lab = new AnycastLab("anyfib-pmtu");
    addFarClient(lab, MTU, DOWNLOADS);
    // Otherwise the kernel leaves cutting its segments to a network card that is not there.
    for (const site of SITES) lab.inside(site, "ethtool", "-K", "e0", "tso", "off", "gso", "off");
    for (const site of SITES) await lab.script(site, SCRIPT, "serve", String(DOWNLOAD_PORT));
  });

  afterEach(() => lab[Symbol.dispose]());

  const peer = (...args: readonly string[]): string =>
    lab.inside("d", process.execPath, path.join(import.meta.dirname, SCRIPT), ...args).trim();
  const whole = (address: string): number => {
    const own = farAddresses(address.includes(":") ? 6 : 4, DOWNLOADS);
    return Number(peer("get", address, String(DOWNLOAD_PORT), ...own));
  };

  test("all downloads come whole: errors find the site that they are for", async () => {
    await lab.router();
    for (const address of ADDRESSES) expect(whole(address), address).toBe(DOWNLOADS);
  });

  test("not so behind the kernel's own groups", () => {
    for (const setting of KERNEL_SETTINGS) lab.inside("r", "sysctl", "-qw", setting);
    for (const line of KERNEL_ROUTER) lab.ip("r", line);
    const counts = ADDRESSES.map(whole);
    console.log(`behind the kernel ${counts.join(" and ")} of ${DOWNLOADS} came whole`);
    for (const count of counts) expect(count).toBeLessThan(DOWNLOADS);
  });

  test("a large answer and a large query arrive in fragments", async () => {
    await lab.nameServers();
    await lab.servers();
    await lab.router();
    for (const address of ADDRESSES) {
      expect(Number(peer("ask", address, "large.example"))).toBeGreaterThan(ANSWER_BYTES);
      expect(peer("echo", address, String(PORT), String(QUERY_BYTES))).toMatch(/^s[123]$/);
    }
  });
});
