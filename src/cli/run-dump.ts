/** A table as the text that tables are read from. */

import { formatAddress } from "../net/address.ts";
import { formatPrefix } from "../net/prefix.ts";
import { RouteTable } from "../rib/route-table.ts";
import { changedRoutes } from "../router/changed-routes.ts";

/** A line for each route: its prefix, then next hops with weights, or its kind. */
export function tableLines(table: RouteTable): readonly string[] {
  return changedRoutes(new RouteTable(), table).map(({ prefix, target }) => {
    if (target.kind !== "via") return `${formatPrefix(prefix)} ${target.kind}`;
    const hops = target.nextHops.map(
      ({ address, weight }) => `${formatAddress(address)}${weight === 1 ? "" : `*${weight}`}`,
    );
    return `${formatPrefix(prefix)} ${hops.join()}`;
  });
}
