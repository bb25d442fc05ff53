/** Looks addresses up in a table: one by one with all that is known, then many in one call. */

import { fileURLToPath } from "node:url";
import { createForwarder, loadTable, parseAddress } from "anyfib";

const ADDRESSES = ["203.0.113.53", "198.51.100.7", "198.51.100.200", "2001:db8:a::53", "192.0.2.1"];

const { table } = await loadTable(fileURLToPath(new URL("routes.txt", import.meta.url)));
const forwarder = await createForwarder({ tables: [table] });

for (const address of ADDRESSES) {
  const { prefix, group } = forwarder.lookup(address);
  const nextHops = group.nextHops.map(({ nextHop, weight }) => `${nextHop.name}*${weight}`);
  console.log(prefix === null ? `${address} no route` : `${address} ${prefix} ${nextHops.join()}`);
}

// Of several next hops, the flow decides: the same flow always gets the same one.
const source = parseAddress("192.0.2.7");
if (source === undefined) throw new Error("no address");
for (const port of [1024, 1025, 1026]) {
  const ports = { source: port, destination: 443 };
  const { nextHop } = forwarder.lookup("203.0.113.53", { source, protocol: 6, ports });
  console.log(`192.0.2.7:${port} to 203.0.113.53:443 goes to ${nextHop?.name}`);
}

// Many at once: a call for a block of addresses answers with group ids.
const block = Uint32Array.from({ length: 65_536 }, (_, host) => 0xc6330000 + host);
const groups = forwarder.lookupMany(block);
const routed = groups.filter((id) => id !== 0).length;
console.log(`${routed} of the ${block.length} addresses of 198.51.0.0/16 have a route`);
