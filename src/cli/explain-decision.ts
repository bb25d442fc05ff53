/** Why routes of MRT tables were chosen: the tables read once more, for some prefixes alone. */

import { loadMrt } from "../node/mrt.ts";
import type { OpenBytes } from "../node/open.ts";
import type { VrpTable } from "../rib/origin-validation.ts";
import { ImportedRoutes } from "../sources/imported-routes.ts";
import type { RouteRow } from "../sources/mrt.ts";
import type { ChoiceOptions } from "../sources/route-chooser.ts";
import { AskedRoutes, type Outcome } from "./decided-routes.ts";
import { judgeBy } from "./origin-states.ts";
import { emptyRib } from "./rib-files.ts";

/** An MRT file, and how its routes are chosen. */
export interface Dump {
  readonly file: string;
  readonly choice: ChoiceOptions;
}

/** What decisions are told of. */
export interface DecisionInputs {
  readonly dumps: readonly Dump[];
  readonly vrps: VrpTable | undefined;
  /** Opens the files again. */
  readonly open: OpenBytes;
}

/** A route of a prefix, and what the decision made of it. */
export interface DecidedRoute {
  readonly row: RouteRow;
  readonly outcome: Outcome;
}

/** The routes of prefixes, each from the last file that has it. Throws what opening throws. */
export async function decisionsOf(
  { dumps, vrps, open }: DecisionInputs,
  prefixes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly DecidedRoute[]>> {
  const decisions = new Map<string, readonly DecidedRoute[]>();
  if (prefixes.size === 0) return decisions;
  for (const { file, choice } of dumps) {
    const own = new Map<string, DecidedRoute[]>();
    const rows = {
      add: () => undefined,
      addDecided: (row: RouteRow, outcome: Outcome) => {
        const routes = own.get(row.prefix ?? "") ?? [];
        routes.push({ row, outcome });
        own.set(row.prefix ?? "", routes);
      },
    };
    const rib = emptyRib();
    const { decision = {}, imports = {} } = choice;
    const imported = new ImportedRoutes(rib.attributeSets, rib.peers, imports);
    const judge = judgeBy(vrps, rib);
    const makers = { ...choice, ...rib, rows, decision, judge, imported };
    const asked = new AskedRoutes(makers, [...prefixes]);
    await loadMrt(file, { ...rib, ...asked.taker }, open);
    asked.finish();
    for (const [prefix, routes] of own) decisions.set(prefix, routes);
  }
  return decisions;
}
