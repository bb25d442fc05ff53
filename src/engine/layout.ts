/** The layout's names that rooms above the engine need, so that engine/ alone reads the layout. */

export {
  BATCH_MAX,
  FLOW_BYTES,
  FLOW_HASH,
  FLOW_SEGMENT,
  GROUP_ID_BLACKHOLE,
  GROUP_ID_LOCAL,
  GROUP_ID_NONE,
  GROUP_ID_PROHIBIT,
  GROUP_ID_UNREACHABLE,
  GROUPS_MAX,
  GROUPS_RESERVED,
  MATCH_NONE as NO_PREFIX,
  SEGMENT_FOLLOWS,
  SEGMENT_NONE,
  SLOT_NONE as NO_SLOT,
  SLOTS_MAX,
  SLOTS_MIN,
  SLOTS_PER_NEXT_HOP,
  VERDICT_FORWARD,
  WEIGHT_MAX,
} from "../../assembly/layout.ts";
