/** Where a link header ends and how it says what it carries, for all link types that are served. */

import { AnyfibError } from "../../net/errors.ts";
import type { LinkProtocol } from "./node.ts";

/** Reads a byte of the frame; negative beyond the captured ones. */
type ByteAt = (at: number) => number;

/** A tag, and what stands behind it. */
interface TagPlace {
  /** Where its type stands, and the types that tags have. */
  readonly isTagged: { readonly at: number; readonly values: readonly number[] };
  readonly idAt: number;
  readonly behind: LinkPlace;
}

/** A link header, perhaps with tags. */
export interface LinkPlace {
  /** Where the packet begins. */
  readonly payload: number;
  /** 1 where it carries packets of the protocol, 0 where not, -1 where that was not captured. */
  readonly carries: (protocol: LinkProtocol, byteAt: ByteAt, payload: number) => 1 | 0 | -1;
  /** The place of a tag; throws USAGE where the link type has none. */
  readonly tag: () => TagPlace;
}

/** Numbers of the pcap registry. */
const LINK = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

const ETHER_TYPES: Readonly<Record<LinkProtocol, number>> = {
  ip: 0x0800,
  ip6: 0x86dd,
  arp: 0x0806,
  rarp: 0x8035,
};
const TAG_TYPES = [0x8100, 0x88a8, 0x9100];
const TAG_BYTES = 4;
/** Address families of the BSDs' loopback header. */
const FAMILIES: Readonly<Record<LinkProtocol, readonly number[]>> = {
  ip: [2],
  ip6: [24, 28, 30, 10],
  arp: [],
  rarp: [],
};

function noTags(): never {
  throw new AnyfibError({
    code: "USAGE",
    what: "the capture's link type has no VLAN tags",
    where: "filter",
    hint: "leave vlan out",
  });
}

/** A header that has an ethertype at `typeAt`. */
function typed(typeAt: number, payload: number, hasTags: boolean): LinkPlace {
  return {
    payload,
    carries: (protocol, byteAt) => {
      const low = byteAt(typeAt + 1);
      if (low < 0) return -1;
      return ((byteAt(typeAt) << 8) | low) === ETHER_TYPES[protocol] ? 1 : 0;
    },
    tag: hasTags
      ? () => ({
          isTagged: { at: typeAt, values: TAG_TYPES },
          idAt: payload,
          behind: typed(typeAt + TAG_BYTES, payload + TAG_BYTES, true),
        })
      : noTags,
  };
}

/** Packets without a header: their version tells. */
const RAW: LinkPlace = {
  payload: 0,
  carries: (protocol, byteAt) => {
    if (protocol !== "ip" && protocol !== "ip6") return 0;
    const first = byteAt(0);
    if (first < 0) return -1;
    return first >>> 4 === (protocol === "ip" ? 4 : 6) ? 1 : 0;
  },
  tag: noTags,
};

/** Packets of one family alone. */
function only(family: LinkProtocol): LinkPlace {
  return { payload: 0, carries: (protocol) => (protocol === family ? 1 : 0), tag: noTags };
}

/** A family in the byte order of whoever captured it. */
const LOOPBACK: LinkPlace = {
  payload: 4,
  carries: (protocol, byteAt) => {
    const last = byteAt(3);
    if (last < 0) return -1;
    const family = last === 0 ? byteAt(0) : last;
    return FAMILIES[protocol].includes(family) ? 1 : 0;
  },
  tag: noTags,
};

const PLACES: ReadonlyMap<number, LinkPlace> = new Map([
  [LINK.ethernet, typed(12, 14, true)],
  [LINK.linuxSll, typed(14, 16, false)],
  [LINK.linuxSll2, typed(0, 20, false)],
  [LINK.raw, RAW],
  [LINK.rawBsd, RAW],
  [LINK.rawOpenBsd, RAW],
  [LINK.ipv4, only("ip")],
  [LINK.ipv6, only("ip6")],
  [LINK.null, LOOPBACK],
  [LINK.loop, LOOPBACK],
]);

/** The header of a link type; undefined for one that is not served. */
export function linkPlace(linkType: number): LinkPlace | undefined {
  return PLACES.get(linkType);
}
