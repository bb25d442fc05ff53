/**
 * Forwards IPv4 from one interface to another in plain JavaScript over npm cap, with one next hop:
 *
 *   cap-forwarder IN OUT OUT-MAC NEXT-HOP-MAC
 *
 * What packets cost that cross into JavaScript one by one. Started by the benchmark of live
 * forwarding, with ANYFIB_RIVALS naming the folder that the package is in.
 */

import { npmPackage } from "./npm-package.ts";

/** Of the package, what is used here. */
interface Cap {
  open(device: string, filter: string, bufferBytes: number, packet: Buffer): string;
  setMinBytes(bytes: number): void;
  on(event: "packet", take: (length: number, isCut: boolean) => void): void;
  send(packet: Buffer, length: number): void;
}

const RING_BYTES = 10 * 1024 * 1024;
const FRAME_BYTES_MAX = 65_535;
const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const ETHERTYPE = 12;
const ETHERTYPE_IPV4 = 0x0800;
const VERSION = ETHERNET_BYTES;
const TTL = ETHERNET_BYTES + 8;
const CHECKSUM = ETHERNET_BYTES + 10;

/** Rewrites a frame for its next hop; whether it is to be forwarded. */
function rewrite(frame: Buffer, length: number, macs: Uint8Array): boolean {
  if (length < ETHERNET_BYTES + IPV4_BYTES) return false;
  if (frame.readUInt16BE(ETHERTYPE) !== ETHERTYPE_IPV4) return false;
  const ttl = frame[TTL] ?? 0;
  if ((frame[VERSION] ?? 0) >> 4 !== 4 || ttl < 2) return false;
  frame[TTL] = ttl - 1;
  const sum = frame.readUInt16BE(CHECKSUM) + 0x100;
  frame.writeUInt16BE((sum + (sum >> 16)) & 0xffff, CHECKSUM);
  frame.set(macs);
  return true;
}

const [input = "", output = "", ownMac = "", nextHopMac = ""] = process.argv.slice(2);
const found = npmPackage("cap");
if ("skip" in found) throw new Error(found.skip);
// The package has no types; a version of another shape fails at its first call.
const { Cap } = found.exports as { readonly Cap: new () => Cap };
const macs = Buffer.from(`${nextHopMac}${ownMac}`.replaceAll(":", ""), "hex");
const frame = Buffer.alloc(FRAME_BYTES_MAX);
const [from, to] = [new Cap(), new Cap()];
from.open(input, "ip and inbound", RING_BYTES, frame);
to.open(output, "less 1", RING_BYTES, Buffer.alloc(FRAME_BYTES_MAX));
from.setMinBytes?.(0);
from.on("packet", (length) => {
  if (rewrite(frame, length, macs)) to.send(frame, length);
});
console.log("ready");
