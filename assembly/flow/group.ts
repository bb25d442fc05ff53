/** Groups, read side: from a group and a flow's hash to the adjacency that carries the flow. */

import { GROUP_EMPTY, GROUP_SINGLE, SLOT_NONE } from "../layout";
import { flowHash } from "./hash";
import { Flow, Group } from "../memory/records";

/** The slot of a flow in a group's table; SLOT_NONE where the group needs none, and no hash. */
export function groupSlot(group: Group, flow: Flow): u32 {
  if (group.kind <= GROUP_SINGLE) return SLOT_NONE;
  return <u32>flowHash(flow) & group.slotMask;
}

/** The adjacency behind a slot that groupSlot gave, 0 where no next hop is up. */
export function groupAdjacency(group: Group, slot: u32): u32 {
  if (slot != SLOT_NONE) return load<u16>(group.target + (slot << 1));
  return group.kind == GROUP_EMPTY ? 0 : group.target;
}
