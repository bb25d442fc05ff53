/** How an adjacency is written: what a packet gets in front of it on the way to a next hop. */

import {
  ADJACENCY_ENCAPSULATION,
  ADJACENCY_HEADER_BYTES,
  ADJACENCY_HOPS,
  ADJACENCY_INTERFACE,
  ADJACENCY_MACS,
  ADJACENCY_MTU,
  ADJACENCY_OUTER_DESTINATION,
  ADJACENCY_OUTER_FAMILY,
  ADJACENCY_OUTER_SOURCE,
  ADJACENCY_OUTER_TTL,
  ADJACENCY_TAG_BYTES,
  ADJACENCY_TAGS,
  ENCAPSULATION_GRE,
  ENCAPSULATION_GUE,
  ENCAPSULATION_IPIP,
  ENCAPSULATION_NONE,
  HOPS_MAX,
} from "../../assembly/layout.ts";
import { type Address, addressToBytes } from "../net/address.ts";
import type { Mac } from "../net/mac.ts";

/** `ipip` is an IP header in front of an IP packet, whatever the two families are. */
export type EncapsulationKind = "ipip" | "gre" | "gue";

/** A tunnel to the next hop; both addresses have one family. */
export interface Encapsulation {
  readonly kind: EncapsulationKind;
  readonly source: Address;
  readonly destination: Address;
  /** TTL or hop limit of the outer header: 64 unless said. */
  readonly ttl?: number;
  /** Of `gue`: names the servers that a packet's slot belonged to before; none unless said. */
  readonly hopList?: boolean;
}

/** A VLAN tag. */
export interface VlanTag {
  /** 0x8100, or 0x88a8 for the outer one of two (IEEE 802.1ad). */
  readonly tpid: number;
  /** Priority, drop eligibility and VLAN id. */
  readonly tci: number;
}

/** How to reach a next hop. */
export interface AdjacencyFields {
  readonly destination: Mac;
  readonly source: Mac;
  readonly interfaceIndex: number;
  /** Bytes of the largest IP packet that the link takes. */
  readonly mtu: number;
  /** The outer one first, at most two; none unless said. */
  readonly tags?: readonly VlanTag[];
  readonly encapsulation?: Encapsulation;
}

const KINDS: Readonly<Record<EncapsulationKind, number>> = {
  ipip: ENCAPSULATION_IPIP,
  gre: ENCAPSULATION_GRE,
  gue: ENCAPSULATION_GUE,
};
/** What stands between the outer IP header and the packet. */
const SHIM_BYTES: Readonly<Record<EncapsulationKind, number>> = { ipip: 0, gre: 4, gue: 12 };
const ETHERNET_BYTES = 14;
const TAG_BYTES = 4;
const OUTER_TTL = 64;

/** Hops that a list of an encapsulation may have, where slots keep so many previous owners. */
function hopsOf(encapsulation: Encapsulation | undefined, previousOwners: number): number {
  if (encapsulation?.kind !== "gue" || encapsulation.hopList !== true) return 0;
  return Math.min(previousOwners, HOPS_MAX);
}

/** Bytes of the longest hop list that an encapsulation puts in front of a packet. */
function hopListBytes(hops: number, encapsulation: Encapsulation | undefined): number {
  return hops === 0 ? 0 : 4 + hops * (encapsulation?.destination.family === 4 ? 4 : 16);
}

/** Bytes that an encapsulation puts between link header and packet, a hop list aside. */
export function encapsulationBytes(encapsulation: Encapsulation | undefined): number {
  if (encapsulation === undefined) return 0;
  const outer = encapsulation.destination.family === 4 ? 20 : 40;
  return outer + SHIM_BYTES[encapsulation.kind];
}

/**
 * Writes the record at `start`, all but state and identity, where slots keep so many previous
 * owners. The MTU leaves room for the longest hop list, whether a packet has one or not: what fits
 * does not change with the tables.
 */
export function writeAdjacencyRecord(
  view: DataView,
  start: number,
  fields: AdjacencyFields,
  previousOwners = 0,
): void {
  const { tags = [], encapsulation } = fields;
  const outerBytes = encapsulationBytes(encapsulation);
  const bytes = new Uint8Array(view.buffer);
  bytes.set([...fields.destination, ...fields.source], start + ADJACENCY_MACS);
  view.setUint32(start + ADJACENCY_INTERFACE, fields.interfaceIndex, true);
  const hops = hopsOf(encapsulation, previousOwners);
  const room = fields.mtu - outerBytes - hopListBytes(hops, encapsulation);
  view.setUint32(start + ADJACENCY_MTU, Math.max(room, 0), true);
  view.setUint8(start + ADJACENCY_HOPS, hops);
  const headerBytes = ETHERNET_BYTES + tags.length * TAG_BYTES + outerBytes;
  view.setUint8(start + ADJACENCY_HEADER_BYTES, headerBytes);
  view.setUint8(start + ADJACENCY_TAG_BYTES, tags.length * TAG_BYTES);
  for (const [index, { tpid, tci }] of tags.entries()) {
    view.setUint16(start + ADJACENCY_TAGS + index * TAG_BYTES, tpid);
    view.setUint16(start + ADJACENCY_TAGS + index * TAG_BYTES + 2, tci);
  }
  view.setUint8(start + ADJACENCY_ENCAPSULATION, ENCAPSULATION_NONE);
  view.setUint8(start + ADJACENCY_OUTER_FAMILY, 0);
  if (encapsulation === undefined) return;
  const { kind, source, destination, ttl = OUTER_TTL } = encapsulation;
  bytes.set(addressToBytes(source), start + ADJACENCY_OUTER_SOURCE);
  bytes.set(addressToBytes(destination), start + ADJACENCY_OUTER_DESTINATION);
  view.setUint8(start + ADJACENCY_OUTER_TTL, ttl);
  view.setUint8(start + ADJACENCY_OUTER_FAMILY, destination.family);
  view.setUint8(start + ADJACENCY_ENCAPSULATION, KINDS[kind]);
}
