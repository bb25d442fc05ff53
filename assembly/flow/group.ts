/** Groups, read side: from a group and a flow's hash to the adjacency that carries the flow. */

import { GROUP_EMPTY, GROUP_SINGLE, SLOT_NONE } from "../layout";
import { headerGroup } from "../memory/header";
import { Flow, Group } from "../memory/records";
import { flowHash } from "./hash";

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

/** The adjacency that a group gives the flow whose record is at `flow`: for tools, not packets. */
export function groupChoose(id: u32, flow: u32): u32 {
  const group = headerGroup(id);
  return groupAdjacency(group, groupSlot(group, changetype<Flow>(flow)));
}
