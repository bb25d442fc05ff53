/** Whose flow a packet goes with, where it is not the one of its own addresses and ports. */

import { flowHash } from "../flow/hash";
import {
  FLOW_FRAGMENT,
  FLOW_HAS_PORTS,
  FLOW_HASHED,
  SEGMENT_FOLLOWS,
  SEGMENT_NONE,
  STEERED_QUOTED,
} from "../layout";
import { Flow } from "../memory/records";
import { quotedParse } from "../packet/quoted";

/** Whether a packet may go with another flow: most do not, and cost this test alone. */
export function steerMay(flow: Flow): bool {
  return (flow.flags & (FLOW_FRAGMENT | FLOW_HAS_PORTS)) != FLOW_HAS_PORTS;
}

/** Gives a parsed packet the hash of the flow that it goes with; `steered` is working space. */
export function packetSteer(flow: Flow, steered: Flow): void {
  if (flow.flags & FLOW_FRAGMENT) return;
  if (quotedParse(steered, flow)) flowFollow(flow, steered, STEERED_QUOTED);
}

/** Lets a packet go where another flow goes. */
function flowFollow(flow: Flow, other: Flow, steered: u32): void {
  flow.hash = flowHash(other);
  flow.flags |= <u8>FLOW_HASHED;
  flow.steered = <u8>steered;
  if (other.segment != SEGMENT_NONE) flow.segment = <u8>SEGMENT_FOLLOWS;
}
