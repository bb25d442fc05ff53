/** Our router as the kernel's is in kernel-router.ts, and how what the two sent is compared. */

import { Forwarder } from "../../src/router/forwarder.ts";
import type { ForwarderOptions } from "../../src/router/forwarder-options.ts";
import { addressBytes } from "../oracle/ip-packets.ts";
import { moduleBytes } from "../setup/modules.ts";
import { ADDRESSES, type KernelFrames, type KernelRouterOptions, MACS } from "./kernel-router.ts";
import type { FrameStation } from "./tagged-frames.ts";

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

/** What our router sends for each frame. */
export async function dueFrames(
  frames: readonly Uint8Array[],
  options: Pick<ForwarderOptions, "tunnels"> = {},
): Promise<readonly KernelFrames[]> {
  const replies = { rate: Number.POSITIVE_INFINITY };
  const module = moduleBytes("release");
  const forwarder = await Forwarder.create({ ...ORACLE_ROUTER, ...options, replies, module });
  forwarder.setInput("in");
  const { batch, leaving, replies: answers } = forwarder.engine;
  return frames.map((frame) => {
    batch.push(frame);
    forwarder.engine.process();
    const sent = Array.from(leaving.frames(0), ({ bytes }) => Uint8Array.from(bytes));
    const due = { towardsSource: [] as Uint8Array[], towardsDestination: sent };
    for (const { frame: answer, interfaceIndex } of answers.list()) {
      const side = interfaceIndex === 1 ? due.towardsSource : due.towardsDestination;
      side.push(Uint8Array.from(answer));
    }
    batch.clear();
    return due;
  });
}

/** Times that frames are sent again whose due ones did not all come. */
const RESENDS = 6;

/**
 * Differences between what is due for frames and what a router sends for them, and the count of
 * frames that it got. A busy machine loses frames on the way, and ICMP errors of its own: a frame
 * whose due ones did not all come is sent again. What never comes, and what comes undue, stays.
 */
export async function differencesOf(
  router: FrameStation,
  frames: readonly Uint8Array[],
  due: readonly KernelFrames[],
): Promise<{ readonly differences: readonly string[]; readonly sent: number }> {
  const open = { towardsSource: new Surplus(), towardsDestination: new Surplus() };
  for (const side of SIDES) {
    for (const { [side]: wanted } of due) open[side].add(wanted);
  }
  let missing = frames.map((_, index) => index);
  let sent = 0;
  for (let turn = 0; turn <= RESENDS && missing.length > 0; turn++) {
    const came = await router.send(missing.flatMap((index) => frames.slice(index, index + 1)));
    sent += missing.length;
    for (const side of SIDES) open[side].take(came[side], turn > 0);
    missing = missing.filter((index) =>
      SIDES.some((side) => due[index]?.[side].some((frame) => open[side].lacks(frame))),
    );
  }
  return { differences: SIDES.flatMap((side) => open[side].lines()), sent };
}

const SIDES = ["towardsSource", "towardsDestination"] as const;

/** Frames that are due, by what of them is compared: how many have not come yet. */
class Surplus {
  readonly #counts = new Map<string, number>();

  add(frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#change(comparable(frame), 1);
  }

  /** Takes frames that came; of those sent again, what has come before counts no more. */
  take(frames: readonly Uint8Array[], isAgain: boolean): void {
    for (const text of frames.map(comparable)) {
      if (isAgain && this.#counts.get(text) === 0) continue;
      this.#change(text, -1);
    }
  }

  lacks(frame: Uint8Array): boolean {
    return (this.#counts.get(comparable(frame)) ?? 0) > 0;
  }

  lines(): readonly string[] {
    return [...this.#counts]
      .filter(([, count]) => count !== 0)
      .map(
        ([text, count]) => `${count > 0 ? "ours" : "theirs"} alone, ${Math.abs(count)}: ${text}`,
      );
  }

  #change(text: string, by: number): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + by);
  }
}

/** A frame as text, without what routers are free in: TOS, id, DF and TTL of their own errors. */
function comparable(frame: Uint8Array): string {
  const copy = Buffer.from(frame);
  const isIpv4 = copy[12] === 8;
  const source = String(isIpv4 ? frame.subarray(26, 30) : frame.subarray(22, 38));
  if (!ROUTER_ADDRESSES.has(source)) return copy.toString("hex");
  const free = isIpv4
    ? [
        [15, 16],
        [18, 23],
        [24, 26],
      ]
    : [
        [15, 18],
        [21, 22],
      ];
  for (const [from, to] of free) copy.fill(0, from, to);
  return copy.toString("hex");
}
