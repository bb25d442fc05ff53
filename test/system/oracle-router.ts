/** Our router as the kernel's is in kernel-router.ts, and how what the two sent is compared. */

import { addressBytes } from "../oracle/ip-packets.ts";
import { ADDRESSES, type KernelRouterOptions, MACS } from "./kernel-router.ts";

/** MTU of the link behind the router. */
const MTU = 1280;
const IN_MTU = 65_535;
/** Kinds of route, and a prefix of each family that has it. */
const KINDS = [
  ["blackhole", "10.99.1.0/24", "2001:db8:991::/48"],
  ["unreachable", "10.99.2.0/24", "2001:db8:992::/48"],
  ["prohibit", "10.99.3.0/24", "2001:db8:993::/48"],
] as const;

const { source4, source6, destination4, destination6 } = ADDRESSES;
const { in4, in6, inLocal, out4, out6, outLocal } = ADDRESSES;

function via(prefix: string, nextHop: string, name: "in" | "out", mac: string) {
  return { prefix, nextHops: [{ nextHop, via: name, mac }] };
}

/** Interfaces, neighbours and routes, for a forwarder. */
export const ORACLE_ROUTER = {
  interfaces: [
    {
      name: "in",
      mac: MACS.in,
      mtu: IN_MTU,
      addresses: [`${in4}/24`, `${in6}/64`, `${inLocal}/64`],
    },
    {
      name: "out",
      mac: MACS.out,
      mtu: MTU,
      addresses: [`${out4}/24`, `${out6}/64`, `${outLocal}/64`],
    },
  ],
  routes: [
    via("0.0.0.0/0", destination4, "out", MACS.destination),
    via("::/0", destination6, "out", MACS.destination),
    via(`${source4}/32`, source4, "in", MACS.source),
    via(`${source6}/128`, source6, "in", MACS.source),
    ...KINDS.flatMap(([kind, prefix4, prefix6]) => [
      { prefix: prefix4, kind },
      { prefix: prefix6, kind },
    ]),
  ],
};

/** The same for the kernel. */
export function kernelOptions(name: string): KernelRouterOptions {
  return {
    name,
    mtu: MTU,
    routes4: KINDS.map(([kind, prefix]) => `${kind} ${prefix}`),
    routes6: KINDS.map(([kind, , prefix]) => `${kind} ${prefix}`),
  };
}

/** An Ethernet frame to the router, from its neighbour. */
export function frameOf(packet: Uint8Array): Uint8Array {
  const etherType = (packet[0] ?? 0) >>> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00];
  const macs = [MACS.in, MACS.source].flatMap((text) =>
    text.split(":").map((pair) => Number.parseInt(pair, 16)),
  );
  return Uint8Array.from([...macs, ...etherType, ...packet]);
}

/** The router's addresses, as bytes in text. */
const ROUTER_ADDRESSES = new Set(
  Object.values(ADDRESSES).map((text) => String(addressBytes(text))),
);

/** Frames that one of the two sent oftener, as text; what may differ in ICMP errors is left out. */
export function differences(
  ours: readonly Uint8Array[],
  theirs: readonly Uint8Array[],
): readonly string[] {
  const surplus = new Map<string, number>();
  const add = (frames: readonly Uint8Array[], sign: number): void => {
    for (const frame of frames) {
      const text = Buffer.from(comparable(frame)).toString("hex");
      surplus.set(text, (surplus.get(text) ?? 0) + sign);
    }
  };
  add(ours, 1);
  add(theirs, -1);
  return [...surplus]
    .filter(([, count]) => count !== 0)
    .map(([text, count]) => `${count > 0 ? "ours" : "theirs"} alone, ${Math.abs(count)}: ${text}`);
}

/** Routers are free in TOS, identification, DF and TTL of the errors that they send. */
function comparable(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  const isIpv4 = copy[12] === 8;
  const source = String(isIpv4 ? copy.subarray(26, 30) : copy.subarray(22, 38));
  if (!ROUTER_ADDRESSES.has(source)) return copy;
  if (isIpv4) {
    copy.fill(0, 15, 16);
    copy.fill(0, 18, 23);
    copy.fill(0, 24, 26);
  } else {
    copy.fill(0, 15, 18);
    copy.fill(0, 21, 22);
  }
  return copy;
}
