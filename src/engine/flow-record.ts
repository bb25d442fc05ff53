/** Flow records as values: what the parser found in a packet, for reports. */

import {
  FLOW_BYTES,
  FLOW_DECAPSULATED,
  FLOW_DESTINATION,
  FLOW_DESTINATION_PORT,
  FLOW_FAMILY,
  FLOW_FLAGS,
  FLOW_FRAGMENT,
  FLOW_HAS_ADDRESSES,
  FLOW_HAS_PORTS,
  FLOW_HASH,
  FLOW_PROTOCOL,
  FLOW_SEGMENT,
  FLOW_SOURCE,
  FLOW_SOURCE_PORT,
  FLOW_STEERED,
  FLOW_TTL,
  SEGMENT_FOLLOWS,
  SEGMENT_NONE,
  SEGMENT_OPENS,
  STEERED_CONNECTION,
  STEERED_COPIED,
  STEERED_INNER,
  STEERED_QUOTED,
  STEERED_TRACKED,
} from "../../assembly/layout.ts";
import type { Address } from "../net/address.ts";
import type { Batch } from "./batch.ts";

/** What a flow is told by. */
export interface FlowTuple {
  readonly source: Address;
  readonly destination: Address;
  /** Upper-layer protocol number: behind the extension headers in IPv6. */
  readonly protocol: number;
  /** Present where the packet holds the transport header. */
  readonly ports?: { readonly source: number; readonly destination: number };
  /** Part of a fragmented datagram, whose ports do not count. */
  readonly isFragment?: boolean;
  /** IPv6 alone: the flow label, 20 bits; counts where the hash's fields name it. */
  readonly flowLabel?: number;
  /** TCP alone: whether the packet opens a connection, or belongs to one. */
  readonly segment?: Segment;
}

/** Where in its connection a TCP packet stands. */
export type Segment = "opens" | "follows";

/** Whose flow a packet goes with, where not its own. */
export type Steering = "quoted" | "inner" | "tracked" | "connection" | "copied";

const SEGMENTS: ReadonlyMap<number, Segment> = new Map([
  [SEGMENT_OPENS, "opens"],
  [SEGMENT_FOLLOWS, "follows"],
]);
const SEGMENT_CODES = { opens: SEGMENT_OPENS, follows: SEGMENT_FOLLOWS } as const;
const STEERINGS: ReadonlyMap<number, Steering> = new Map([
  [STEERED_QUOTED, "quoted"],
  [STEERED_INNER, "inner"],
  [STEERED_TRACKED, "tracked"],
  [STEERED_CONNECTION, "connection"],
  [STEERED_COPIED, "copied"],
]);

/** What the parser found in a packet. */
export interface FlowRecord extends FlowTuple {
  readonly isFragment: boolean;
  /** TTL or hop limit as received. */
  readonly ttl: number;
  /** Absent where the packet goes by its own addresses and ports. */
  readonly steered?: Steering;
  /** Present where it came in a tunnel that ends here. */
  readonly isOpened?: true;
}

function readAddress(view: DataView, at: number, isIpv4: boolean): Address {
  if (isIpv4) return { family: 4, value: view.getUint32(at, true) };
  return { family: 6, high: view.getBigUint64(at, true), low: view.getBigUint64(at + 8, true) };
}

/** What the packet path read from a packet of the batch; undefined where it has no addresses. */
export function readFlow(batch: Batch, packet: number): FlowRecord | undefined {
  const view = batch.flows;
  const start = packet * FLOW_BYTES;
  const flags = view.getUint8(start + FLOW_FLAGS);
  if ((flags & FLOW_HAS_ADDRESSES) === 0) return undefined;
  const isIpv4 = view.getUint8(start + FLOW_FAMILY) === 4;
  const segment = SEGMENTS.get(view.getUint8(start + FLOW_SEGMENT));
  const steered = STEERINGS.get(view.getUint8(start + FLOW_STEERED));
  const record = {
    source: readAddress(view, start + FLOW_SOURCE, isIpv4),
    destination: readAddress(view, start + FLOW_DESTINATION, isIpv4),
    protocol: view.getUint8(start + FLOW_PROTOCOL),
    isFragment: (flags & FLOW_FRAGMENT) !== 0,
    ttl: view.getUint8(start + FLOW_TTL),
    ...(segment === undefined ? {} : { segment }),
    ...(steered === undefined ? {} : { steered }),
    ...((flags & FLOW_DECAPSULATED) === 0 ? {} : { isOpened: true as const }),
  };
  if ((flags & FLOW_HAS_PORTS) === 0) return record;
  const source = view.getUint16(start + FLOW_SOURCE_PORT, true);
  const destination = view.getUint16(start + FLOW_DESTINATION_PORT, true);
  return { ...record, ports: { source, destination } };
}

/** The hash by which a packet of the batch was led; of one that needed none, what was there. */
export function readHash(batch: Batch, packet: number): bigint {
  return batch.flows.getBigUint64(packet * FLOW_BYTES + FLOW_HASH, true);
}

function writeAddress(view: DataView, at: number, address: Address): void {
  if (address.family === 4) view.setUint32(at, address.value, true);
  else {
    view.setBigUint64(at, address.high, true);
    view.setBigUint64(at + 8, address.low, true);
  }
}

/** Writes a flow into a record's bytes, as the parser would have. */
export function writeFlow(view: DataView, flow: FlowTuple): void {
  for (let at = 0; at < FLOW_BYTES; at += 8) view.setBigUint64(at, 0n);
  writeAddress(view, FLOW_SOURCE, flow.source);
  writeAddress(view, FLOW_DESTINATION, flow.destination);
  view.setUint16(FLOW_SOURCE_PORT, flow.ports?.source ?? 0, true);
  view.setUint16(FLOW_DESTINATION_PORT, flow.ports?.destination ?? 0, true);
  view.setUint8(FLOW_PROTOCOL, flow.protocol);
  view.setUint8(FLOW_FAMILY, flow.destination.family);
  const segment = flow.segment === undefined ? SEGMENT_NONE : SEGMENT_CODES[flow.segment];
  view.setUint8(FLOW_SEGMENT, segment);
  const ports = flow.ports === undefined ? 0 : FLOW_HAS_PORTS;
  const fragment = flow.isFragment === true ? FLOW_FRAGMENT : 0;
  view.setUint8(FLOW_FLAGS, FLOW_HAS_ADDRESSES | ports | fragment);
}
