/** Packets that a router must treat with care: every edge of every rule, for both families. */

import {
  authentication,
  type Bytes,
  counting,
  type Extension,
  extension,
  fragment,
  type Ipv4Fields,
  type Ipv6Fields,
  icmpError,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
} from "../oracle/ip-packets.ts";
import { seededRandom } from "../oracle/random.ts";
import { ADDRESSES } from "./kernel-router.ts";

const SEED = 20_250_301;
const TTLS = [0, 1, 2, 64, 255];
/** Payload bytes around the MTU of 1,280 and its multiples. */
const SIZES = [0, 1, 7, 8, 520, 1231, 1232, 1233, 1252, 1253, 1260, 1261, 2504, 2600, 8952, 30_000];
/** The default, then the kinds of route that the test has. */
const DESTINATIONS4 = ["203.0.113.9", "10.99.1.9", "10.99.2.9", "10.99.3.9"];
const DESTINATIONS6 = ["2001:db8:77::9", "2001:db8:991::9", "2001:db8:992::9", "2001:db8:993::9"];
const MARTIANS4 = ["0.0.0.0", "127.0.0.1", "224.0.0.5", "255.255.255.255", "239.1.2.3"];
const MARTIANS6 = ["::", "::1", "ff02::1", "ff0e::9"];
/** No operations, router alert (copied), an experiment that is not copied, one that is. */
const OPTIONS = [
  [1, 1, 1, 0],
  [0x94, 4, 0, 0],
  [0x1e, 4, 9, 9],
  [0x9e, 4, 9, 9],
  [0x1e, 6, 1, 2, 3, 4, 0x9e, 6, 5, 6, 7, 8],
];
const ICMP_TYPES = [...Array(44).keys(), 255];
const ICMP6_TYPES = [0, 1, 2, 3, 4, 5, 100, 127, 128, 129, 133, 134, 135, 136, 137, 200, 255];

/** All of them, each from a source of its own, so that a reply tells which one it is about. */
export function craftedPackets(): readonly Bytes[] {
  let source = 0;
  const next4 = (): string => {
    source += 1;
    return `198.18.${source >>> 8}.${source & 255}`;
  };
  const next6 = (): string => {
    source += 1;
    return `2001:db8:18::${source.toString(16)}`;
  };
  const four = (fields: Ipv4Fields): Bytes => ipv4Packet({ source: next4(), ...fields });
  const six = (fields: Ipv6Fields): Bytes => ipv6Packet({ source: next6(), ...fields });
  return [
    ...fields4().map(four),
    ...broken4().map(four),
    ...checksums4(four),
    ...fields6().map(six),
    ...broken6().map(six),
    ...padded(four, six),
  ];
}

function fields4(): readonly Ipv4Fields[] {
  const destinations = DESTINATIONS4.flatMap((destination) =>
    TTLS.flatMap((ttl) =>
      SIZES.flatMap((size) =>
        [true, false].map((dontFragment) => {
          const payload = ports(1000 + size, 53, counting(size));
          return { destination, ttl, payload, dontFragment, identification: size + ttl };
        }),
      ),
    ),
  );
  const [destination = ""] = DESTINATIONS4;
  const fragments = [0, 1, 185, 4000].flatMap((fragmentOffset) =>
    [true, false].flatMap((moreFragments) =>
      [1, 64].flatMap((ttl) =>
        [8, 600, 1600, 2000].map((size) => ({
          ...{ destination, fragmentOffset, moreFragments, ttl },
          payload: counting(size),
        })),
      ),
    ),
  );
  const options = OPTIONS.flatMap((option) =>
    [1, 64].flatMap((ttl) =>
      [8, 1240, 1500, 4000].map((size) => ({
        ...{ destination, ttl, options: option },
        payload: ports(5, 6, counting(size)),
      })),
    ),
  );
  const icmp = ICMP_TYPES.flatMap((type) =>
    [1, 64].map((ttl) => ({
      ...{ destination, ttl, protocol: PROTOCOL.icmp },
      payload: icmpError(type, 0, ipv4Packet()),
    })),
  );
  const bare = [0, 1, 4].map((size) => ({
    ...{ destination, ttl: 1, protocol: PROTOCOL.icmp },
    payload: counting(8).subarray(0, size),
  }));
  return [...destinations, ...fragments, ...options, ...icmp, ...bare];
}

function broken4(): readonly Ipv4Fields[] {
  return [
    ...MARTIANS4.flatMap((address) => [{ source: address }, { destination: address }]),
    ...[0, 3, 5, 6, 15].map((version) => ({ version })),
    ...[0, 1, 4, 6, 15].map((headerWords) => ({ headerWords })),
    ...[0, 19, 20, 21, 28, 35, 37, 60, 1000, 65_535].map((totalLength) => ({ totalLength })),
  ];
}

/** Every packet that the loop makes has its checksum at an edge: 0x0000 cannot be, 0xffff can. */
function checksums4(four: (fields: Ipv4Fields) => Bytes): readonly Bytes[] {
  const { below } = seededRandom(SEED);
  const edges = new Set([0x0000, 0xfeff, 0xff00, 0xffff, 0x00ff, 0x0100, 0xfefe]);
  const found: Bytes[] = [];
  for (let id = 0; id < 65_536; id++) {
    const packet = ipv4Packet({ identification: id, ttl: 2 + below(200) });
    if (edges.has(((packet[10] ?? 0) << 8) | (packet[11] ?? 0))) found.push(packet);
    if (found.length === 40) break;
  }
  const wrong = [0x0000, 0xffff, 0x1234].map((checksum) => four({ checksum }));
  return [...found, ...wrong];
}

/** The header's length in units of eight bytes beyond the first, then its options. */
const HOP_BY_HOP_OPTIONS = [
  [0, 0, 0, 0, 0, 0, 0],
  [1, ...new Uint8Array(14)],
  [0, 1, 4, 0, 0, 0, 0],
  [0, 1, 4, 0, 7, 0, 0],
  [1, 1, 5, 0, 0, 0, 0, 0, 0x1e, 5, 1, 2, 3, 4, 5],
  [1, 1, 6, 0, 0, 0, 0, 0, 0, 0x1e, 4, 1, 2, 3, 4],
  [0, 5, 2, 0, 0, 1, 0],
  [0, 5, 3, 0, 0, 0, 0],
  [0, 0x5e, 4, 1, 2, 3, 4],
  [0, 0x9e, 4, 1, 2, 3, 4],
  [0, 0xde, 4, 1, 2, 3, 4],
  [0, 0, 0, 0x9e, 2, 1, 2],
  [0, 0xc2, 4, 0, 0, 1, 0],
  [0, 0xc2, 4, 0, 2, 0, 0],
  [0, 0x1e, 9, 1, 2, 3, 4],
  [2, ...Array.from({ length: 11 }, () => [0x1e, 0]).flat()],
  [1, ...Array.from({ length: 7 }, () => [0x1e, 0]).flat()],
];

const CHAINS: readonly (readonly Extension[])[] = [
  [],
  [extension(PROTOCOL.hopByHop)],
  [extension(PROTOCOL.hopByHop, 2)],
  ...HOP_BY_HOP_OPTIONS.map((rest) => [{ kind: PROTOCOL.hopByHop, rest }]),
  [extension(PROTOCOL.destinationOptions)],
  [extension(PROTOCOL.destinationOptions, 3), authentication()],
  [fragment(0, true)],
  [fragment(0, false)],
  [fragment(100, true)],
  [fragment(100, false)],
  [extension(PROTOCOL.hopByHop), fragment(0, true)],
];

function fields6(): readonly Ipv6Fields[] {
  const destinations = DESTINATIONS6.flatMap((destination) =>
    TTLS.flatMap((hopLimit) =>
      SIZES.map((size) => ({ destination, hopLimit, payload: ports(9, 53, counting(size)) })),
    ),
  );
  const [destination = ""] = DESTINATIONS6;
  const chains = CHAINS.flatMap((extensions) =>
    [1, 64].flatMap((hopLimit) =>
      [8, 1300].map((size) => ({
        ...{ destination, hopLimit, extensions },
        payload: ports(9, 53, counting(size)),
      })),
    ),
  );
  const icmp = ICMP6_TYPES.flatMap((type) =>
    CHAINS.flatMap((extensions) =>
      [1, 64].map((hopLimit) => ({
        ...{ destination, hopLimit, extensions, protocol: PROTOCOL.icmp6 },
        payload: icmpError(type, 0, ipv6Packet()),
      })),
    ),
  );
  return [...destinations, ...chains, ...icmp];
}

function broken6(): readonly Ipv6Fields[] {
  const [destination = ""] = DESTINATIONS6;
  return [
    ...MARTIANS6.flatMap((address) => [{ source: address }, { destination: address }]),
    ...[0, 4, 5, 7].map((version) => ({ version })),
    ...[0, 1, 8, 15, 16, 17, 100, 65_535].map((payloadLength) => ({ payloadLength })),
    ...[1, 2, 64].map((hopLimit) => ({ source: ADDRESSES.local1, destination, hopLimit })),
    { source: ADDRESSES.local2, destination: DESTINATIONS6[2] ?? "" },
    { destination, extensions: [{ kind: PROTOCOL.hopByHop, rest: [9, 0, 0, 0, 0, 0, 0] }] },
    { destination, protocol: PROTOCOL.hopByHop, payload: [] },
  ];
}

/** Bytes behind the packet, as Ethernet pads short frames. */
function padded(
  four: (fields: Ipv4Fields) => Bytes,
  six: (fields: Ipv6Fields) => Bytes,
): readonly Bytes[] {
  const packets = [1, 64].flatMap((ttl) => [
    four({ destination: "203.0.113.9", ttl, payload: ports(1, 2, counting(0)) }),
    six({ destination: "2001:db8:77::9", hopLimit: ttl, payload: ports(1, 2, counting(0)) }),
  ]);
  return packets.flatMap((packet) => [
    joinBytes(packet, new Uint8Array(18)),
    joinBytes(packet, counting(1300)),
  ]);
}
