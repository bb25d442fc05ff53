/** Kinds of route that have no next hop, and their groups in the data plane. */

import {
  GROUP_ID_BLACKHOLE,
  GROUP_ID_LOCAL,
  GROUP_ID_PROHIBIT,
  GROUP_ID_UNREACHABLE,
} from "../engine/layout.ts";
import type { RouteTarget, TerminalKind } from "../rib/route.ts";

/** Groups of the kinds of route that have no next hop. */
export const GROUP_OF_KIND: Readonly<Record<TerminalKind, number>> = {
  local: GROUP_ID_LOCAL,
  blackhole: GROUP_ID_BLACKHOLE,
  unreachable: GROUP_ID_UNREACHABLE,
  prohibit: GROUP_ID_PROHIBIT,
};

/** The kind of a route that leads to a reserved group; "via" for all others. */
export function kindOfGroup(id: number): RouteTarget["kind"] {
  if (id === GROUP_ID_LOCAL) return "local";
  if (id === GROUP_ID_BLACKHOLE) return "blackhole";
  if (id === GROUP_ID_UNREACHABLE) return "unreachable";
  return id === GROUP_ID_PROHIBIT ? "prohibit" : "via";
}
