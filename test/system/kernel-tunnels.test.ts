/**
 * The Linux kernel as oracle where tunnels end: ipip, sit, ip6tnl and GUE (fou) devices open the
 * same packets, and what leaves, and what is answered, is compared byte by byte.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Bytes,
  extension,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
} from "../oracle/ip-packets.ts";
import {
  gueHeader,
  hopList,
  ipipProtocol,
  outerPacket,
  udpDatagram,
  withTraffic,
} from "../oracle/tunnel-packets.ts";
import { ADDRESSES, KernelRouter } from "./kernel-router.ts";
import { differencesOf, dueFrames, frameOf, kernelOptions } from "./oracle-router.ts";
import { missingTools, notRoot, run } from "./tools.ts";

const TIMEOUT_MS = 120_000;
const PORT = 6080;
const TRAFFIC = Array.from({ length: 16 }, (_, n) => [0xb8 | (n >>> 2), 0x28 | (n & 3)] as const);

/** As the kernel has them: devices for any source, each with the kinds of packet that it opens. */
const DEVICES = [
  `link add t4 type ipip mode any local ${ADDRESSES.in4} remote any`,
  `link add t5 type sit mode ip6ip local ${ADDRESSES.in4} remote any`,
  `link add t6 type ip6tnl mode any local ${ADDRESSES.in6} remote any`,
  `fou add port ${PORT} gue`,
  `-6 fou add port ${PORT} gue`,
] as const;

const TUNNELS = [{ name: "all", addresses: [ADDRESSES.in4, ADDRESSES.in6], port: PORT }];

/** Why the kernel cannot open tunnels here; undefined where it can. */
function noTunnels(): string | undefined {
  const lacks = missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ?? notRoot();
  if (lacks !== undefined) return lacks;
  const space = `anyfib-probe-${process.pid}`;
  run("ip", ["netns", "add", space]);
  try {
    for (const line of DEVICES) run("ip", ["-n", space, ...line.split(" ")]);
    return undefined;
  } catch {
    return "the kernel has no ipip, ip6tnl and GUE (fou)";
  } finally {
    run("ip", ["netns", "delete", space]);
  }
}

/** Packets inside, each from a source of its own. */
function inners(): readonly Bytes[] {
  let source = 0;
  const next = (): string => {
    source += 1;
    return `198.18.${source >>> 8}.${source & 255}`;
  };
  const next6 = (): string => {
    source += 1;
    return `2001:db8:18::${source.toString(16)}`;
  };
  const four = [
    {},
    { ttl: 2 },
    { ttl: 1 },
    { ttl: 0 },
    { checksum: 0x1234 },
    { totalLength: 500 },
    { headerWords: 4 },
    { version: 5 },
    { destination: "10.99.1.9" },
    { destination: "10.99.2.9" },
    { destination: "10.99.3.9" },
    { destination: "224.0.0.5" },
    { destination: "127.0.0.1" },
    { options: [1, 1, 1, 0] },
    { fragmentOffset: 8 },
    { payload: new Uint8Array(1300) },
    { payload: new Uint8Array(1300), dontFragment: true },
  ];
  const six = [
    {},
    { hopLimit: 1 },
    { hopLimit: 0 },
    { version: 7 },
    { payloadLength: 900 },
    { destination: "2001:db8:991::9" },
    { destination: "2001:db8:992::9" },
    { destination: "2001:db8:993::9" },
    { destination: "ff02::1" },
    { extensions: [extension(PROTOCOL.hopByHop)] },
    { payload: new Uint8Array(1300) },
  ];
  return [
    ...four.map((fields) => ipv4Packet({ destination: "203.0.113.9", source: next(), ...fields })),
    ...six.map((fields) =>
      ipv6Packet({ destination: "2001:db8:77::9", source: next6(), ...fields }),
    ),
    ...["127.0.0.1", "0.0.0.0", "224.0.0.9"].map((from) =>
      ipv4Packet({ source: from, destination: "203.0.113.9" }),
    ),
    joinBytes(ipv4Packet({ source: next(), destination: "203.0.113.9" }), [1, 2, 3]),
    ...TRAFFIC.map(([, inside], n) =>
      withTraffic(
        n % 2 === 0
          ? ipv4Packet({ source: next(), destination: "203.0.113.9" })
          : ipv6Packet({ source: next6(), destination: "2001:db8:77::9" }),
        inside,
      ),
    ),
  ];
}

/**
 * GUE in every form around a packet, right and wrong ones. Of another protocol in it the kernel
 * tells the sender (protocol unreachable), which a router that forwards does not.
 */
function gues(inner: Uint8Array): readonly Bytes[] {
  return [
    gueHeader(inner),
    Uint8Array.from(inner),
    gueHeader(inner, { data: hopList(0, ["10.0.0.8", "10.0.0.9"]) }),
    gueHeader(inner, { flags: 0x8000 }),
    gueHeader(inner, { variant: 2 }),
    gueHeader(inner, { words: 31 }),
  ];
}

/** Every packet inside, in every tunnel. */
function packets(): readonly Bytes[] {
  const ends = [
    [ADDRESSES.source4, ADDRESSES.in4],
    [ADDRESSES.source6, ADDRESSES.in6],
  ] as const;
  return inners().flatMap((inner, index) =>
    ends.flatMap(([source, destination]) => {
      const traffic = TRAFFIC[index % TRAFFIC.length]?.[0] ?? 0;
      const outer = { source, destination, traffic };
      const proper = gues(inner).slice(0, 1 + (index % 6));
      const udp = (payload: Uint8Array, fields = {}) =>
        outerPacket({
          ...outer,
          protocol: PROTOCOL.udp,
          payload: udpDatagram([source, destination], PORT, payload, fields),
        });
      return [
        outerPacket({ ...outer, protocol: ipipProtocol(inner), payload: inner }),
        ...proper.map((payload) => udp(payload)),
        udp(gueHeader(inner), { checksum: 0 }),
        udp(gueHeader(inner), { checksum: 0x1234 }),
      ];
    }),
  );
}

const why = noTunnels();

describe.skipIf(why !== undefined)(
  `tunnels opened as the kernel does (${why ?? "in namespaces"})`,
  () => {
    let kernel: KernelRouter;

    beforeAll(() => {
      kernel = new KernelRouter(kernelOptions("anyfib-tunnels"));
      for (const line of DEVICES) kernel.ip("router", line);
      for (const device of ["t4", "t5", "t6"]) {
        kernel.ip("router", `link set ${device} up`);
        // Addresses of the device's own would be sources of errors: ::10.77.1.1 of sit.
        kernel.ip("router", `-6 address flush dev ${device}`);
        kernel.inside("sysctl", "-qw", `net.ipv4.conf.${device}.rp_filter=0`);
      }
    }, TIMEOUT_MS);

    afterAll(() => kernel[Symbol.dispose]());

    test("byte by byte", { timeout: TIMEOUT_MS }, async () => {
      const frames = packets().map(frameOf);
      expect(frames.length).toBeGreaterThan(300);
      const { differences } = await differencesOf(
        kernel,
        frames,
        await dueFrames(frames, { tunnels: TUNNELS }),
      );
      expect(differences).toEqual([]);
    });
  },
);
