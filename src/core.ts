/** anyfib/core: the forwarder for browsers and workers, without Node. */

import type { ModuleInput } from "./engine/instantiate.ts";
import { Forwarder } from "./router/forwarder.ts";
import type { ForwarderOptions } from "./router/forwarder-options.ts";

export type { AdjacencyFields, Encapsulation, VlanTag } from "./engine/adjacency.ts";
export type { Batch, FrameInfo } from "./engine/batch.ts";
export type { Counters } from "./engine/counters.ts";
export {
  dropReasonName,
  dropReasonNames,
  type Verdict,
  verdictName,
} from "./engine/drop-reasons.ts";
export { type FlowRecord, type FlowTuple, readFlow } from "./engine/flow-record.ts";
export type { HashAlgorithm, HashField } from "./engine/hash.ts";
export type { ModuleInput } from "./engine/instantiate.ts";
export { NO_PREFIX, NO_SLOT } from "./engine/layout.ts";
export type { LeavingFrame } from "./engine/leaving.ts";
export type { Limits } from "./engine/memory-plan.ts";
export type { Reply, ReplyLimit } from "./engine/replies.ts";
export type { RouterInterface } from "./engine/router-interfaces.ts";
export type { FragmentMode, SteeringOptions, Tunnel } from "./engine/steering.ts";
export { Capture, type CaptureInfo, type CaptureOptions, openCaptureSource } from "./io/capture.ts";
export type { ByteSink, ByteSource } from "./io/port.ts";
export { type Address, formatAddress, parseAddress } from "./net/address.ts";
export { AnyfibError, type ErrorCode } from "./net/errors.ts";
export { formatPrefix, type Prefix, parsePrefix } from "./net/prefix.ts";
export { RouteTable } from "./rib/route-table.ts";
export type { Forwarder, NextHopCounters } from "./router/forwarder.ts";
export type { HashOptions } from "./router/hash-options.ts";
export type { InterfaceOptions } from "./router/interfaces.ts";
export type { FlowSlot, GroupInfo, LookupResult } from "./router/lookups.ts";
export type { ServingMember } from "./router/member-set.ts";
export type { KnownNextHop, NextHopState } from "./router/next-hops.ts";
export type { QuicOptions } from "./router/quic.ts";
export type { MeterInput, NextHopInput, RouteInput } from "./router/route-input.ts";
export type { Snapshot } from "./router/snapshot.ts";
export type { CommitReport, Transaction } from "./router/transaction.ts";
export type { TunnelCounters, TunnelInput } from "./router/tunnels.ts";

/** What createForwarder takes; all of it may be left out. */
export interface CreateForwarderOptions extends Omit<ForwarderOptions, "module"> {
  /** The compiled module, or where it is; unless given, the one beside this file. */
  readonly module?: URL | ModuleInput;
}

/**
 * Makes a forwarder: one WebAssembly module over one memory, planned for the given tables, routes
 * and limits. Throws CAPACITY where they do not fit, LAYOUT for a module of another version.
 */
export async function createForwarder(options: CreateForwarderOptions = {}): Promise<Forwarder> {
  const { module = new URL("../wasm/release.wasm", import.meta.url), ...rest } = options;
  return Forwarder.create({ ...rest, module: module instanceof URL ? fetch(module) : module });
}
