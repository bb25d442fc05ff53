/** Whose flow a packet goes with, where it is not the one of its own addresses and ports. */

import { flowHash } from "../flow/hash";
import {
  BATCH_STEERED,
  FLOW_FRAGMENT,
  FLOW_HAS_PORTS,
  FLOW_HASHED,
  HEADER,
  HEADER_STEER,
  SEGMENT_FOLLOWS,
  SEGMENT_NONE,
  STEER_TRACK,
  STEERED_QUOTED,
} from "../layout";
import { batchFlow } from "../memory/header";
import { Flow } from "../memory/records";
import { quotedParse } from "../packet/quoted";
import { firstTrack, laterTrack } from "./fragments";

/** Whether a packet may go with another flow: most do not, and cost this test alone. */
export function steerMay(flow: Flow): bool {
  return (flow.flags & (FLOW_FRAGMENT | FLOW_HAS_PORTS)) != FLOW_HAS_PORTS;
}

/**
 * Gives a packet of the batch the hash of the flow that it goes with; false where it was taken out
 * of the batch, to wait for the first fragment of its datagram.
 */
export function packetSteer(worker: u32, batch: u32, packet: u32): bool {
  const flow = batchFlow(batch, packet);
  const steered = changetype<Flow>(batch + BATCH_STEERED);
  if ((flow.flags & FLOW_FRAGMENT) == 0) {
    flowSteer(flow, steered);
    return true;
  }
  if ((load<u32>(HEADER, HEADER_STEER) & STEER_TRACK) == 0) return true;
  if (flow.transport == 0) return laterTrack(worker, batch, packet);
  const id = <u32>flow.hash;
  wholeHash(flow, steered);
  firstTrack(worker, batch, packet, id);
  return true;
}

/** Hashes a first fragment as if it were the whole datagram. */
function wholeHash(flow: Flow, steered: Flow): void {
  flow.flags &= <u8>~FLOW_FRAGMENT;
  flowSteer(flow, steered);
  flowHash(flow);
  flow.flags |= <u8>FLOW_FRAGMENT;
}

function flowSteer(flow: Flow, steered: Flow): void {
  if (quotedParse(steered, flow)) flowFollow(flow, steered, STEERED_QUOTED);
}

/** Lets a packet go where another flow goes. */
function flowFollow(flow: Flow, other: Flow, steered: u32): void {
  flow.hash = flowHash(other);
  flow.flags |= <u8>FLOW_HASHED;
  flow.steered = <u8>steered;
  if (other.segment != SEGMENT_NONE) flow.segment = <u8>SEGMENT_FOLLOWS;
}
