/** The Linux kernel as oracle: what it forwards, and what it answers, byte by byte. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { parseMac } from "../../src/net/mac.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { addressBytes } from "../oracle/ip-packets.ts";
import { moduleBytes } from "../setup/modules.ts";
import { craftedPackets } from "./crafted-packets.ts";
import { ADDRESSES, type KernelFrames, KernelRouter, MACS } from "./kernel-router.ts";
import { recordedPackets } from "./recorded-packets.ts";
import { missingTools } from "./tools.ts";

const MTU = 1280;
/** Kinds of route, and a prefix of each family that has it. */
const KINDS = [
  ["blackhole", "10.99.1.0/24", "2001:db8:991::/48"],
  ["unreachable", "10.99.2.0/24", "2001:db8:992::/48"],
  ["prohibit", "10.99.3.0/24", "2001:db8:993::/48"],
] as const;
/** The router's addresses, as bytes in text. */
const ROUTER_ADDRESSES = new Set(
  Object.values(ADDRESSES).map((text) => String(addressBytes(text))),
);
const INPUT = 1;
const OUTPUT = 2;

const why = missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ?? namespaceFault();

function namespaceFault(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  return undefined;
}

/** Our router, with the kernel's interfaces, neighbours and routes. */
async function ourRouter(): Promise<Forwarder> {
  const { source4, source6, destination4, destination6 } = ADDRESSES;
  const via = (prefix: string, nextHop: string) => ({ prefix, nextHops: [{ nextHop }] });
  const routes = [
    via("0.0.0.0/0", destination4),
    via("::/0", destination6),
    via(`${source4}/32`, source4),
    via(`${source6}/128`, source6),
    ...KINDS.flatMap(([kind, prefix4, prefix6]) => [
      { prefix: prefix4, kind },
      { prefix: prefix6, kind },
    ]),
  ];
  const forwarder = await Forwarder.create({ routes, module: moduleBytes("release") });
  const mac = (text: string) => parseMac(text) ?? [0, 0, 0, 0, 0, 0];
  const towards = (nextHops: readonly string[], destination: string, number: number): void => {
    const source = mac(number === INPUT ? MACS.in : MACS.out);
    const mtu = number === INPUT ? 65_535 : MTU;
    for (const nextHop of nextHops) {
      const link = { destination: mac(destination), source, interfaceIndex: number, mtu };
      forwarder.setLink(nextHop, link);
    }
  };
  towards([source4, source6], MACS.source, INPUT);
  towards([destination4, destination6], MACS.destination, OUTPUT);
  const { engine } = forwarder;
  const known = (text: string, length: number) => {
    const address = parseAddress(text);
    return address === undefined ? [] : [{ address, length }];
  };
  const { in4, in6, inLocal, out4, out6, outLocal } = ADDRESSES;
  const attach = (number: number, text: string, four: string, six: string, local: string): void =>
    engine.interfaces.set(number, {
      mac: mac(text),
      addresses: [...known(four, 24), ...known(six, 64), ...known(local, 64)],
      checksMac: true,
    });
  attach(INPUT, MACS.in, in4, in6, inLocal);
  attach(OUTPUT, MACS.out, out4, out6, outLocal);
  engine.interfaces.input = INPUT;
  engine.replies.set({ rate: Number.POSITIVE_INFINITY });
  return forwarder;
}

describe.skipIf(why !== undefined)(
  `forwarding as the kernel does (${why ?? "in namespaces"})`,
  () => {
    let kernel: KernelRouter;

    beforeAll(() => {
      kernel = new KernelRouter({
        name: "anyfib-oracle",
        mtu: MTU,
        routes4: KINDS.map(([kind, prefix]) => `${kind} ${prefix}`),
        routes6: KINDS.map(([kind, , prefix]) => `${kind} ${prefix}`),
      });
    });

    afterAll(() => kernel[Symbol.dispose]());

    test.each([
      ["crafted packets", craftedPackets],
      ["packets of real captures", recordedPackets],
    ])(
      "forwards and answers %s alike",
      async (_, packetsOf) => {
        const packets = await packetsOf();
        const frames = packets.map(frameOf);
        const theirs = await kernel.send(frames);
        const ours = await ourFrames(frames);
        expect(frames.length).toBeGreaterThan(100);
        expect(differences(ours.towardsSource, theirs.towardsSource)).toEqual([]);
        expect(differences(ours.towardsDestination, theirs.towardsDestination)).toEqual([]);
      },
      120_000,
    );
  },
);

/** An Ethernet frame to the router, from its neighbour. */
function frameOf(packet: Uint8Array): Uint8Array {
  const etherType = (packet[0] ?? 0) >>> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00];
  const macs = [MACS.in, MACS.source].flatMap((text) => parseMac(text) ?? []);
  return Uint8Array.from([...macs, ...etherType, ...packet]);
}

/** What our router sends for the same frames. */
async function ourFrames(frames: readonly Uint8Array[]): Promise<KernelFrames> {
  const { engine } = await ourRouter();
  const { batch } = engine;
  const towardsSource: Uint8Array[] = [];
  const towardsDestination: Uint8Array[] = [];
  const send = (): void => {
    engine.process();
    for (let packet = 0; packet < batch.count; packet++) {
      for (const { bytes } of engine.leaving.frames(packet)) {
        towardsDestination.push(Uint8Array.from(bytes));
      }
    }
    for (const { frame, interfaceIndex } of engine.replies.list()) {
      const side = interfaceIndex === INPUT ? towardsSource : towardsDestination;
      side.push(Uint8Array.from(frame));
    }
    batch.clear();
  };
  for (const frame of frames) {
    if (batch.push(frame)) continue;
    send();
    batch.push(frame);
  }
  send();
  return { towardsSource, towardsDestination };
}

/** Frames that one of the two sent oftener, as text; what may differ in ICMP errors is left out. */
function differences(
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
