/** The updates that `replay --updates` names, and what they did. */

import { METERS_MAX } from "../engine/layout.ts";
import { DEFAULT_LIMITS, type Limits } from "../engine/memory-plan.ts";
import { loadMrt } from "../node/mrt.ts";
import type { Ribs } from "../node/tables.ts";
import type { UpdateReport } from "../replay/report.ts";
import { ReroutedFlows } from "../replay/rerouted-flows.ts";
import {
  RouteUpdates,
  type RouteUpdatesOptions,
  type UpdateClock,
} from "../replay/route-updates.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { MrtRecording } from "../sources/mrt-recording.ts";
import type { TableOptions } from "./tables.ts";
import type { Terminal } from "./terminal.ts";

/** Flags about updates. */
export interface UpdateFlags {
  readonly updates?: readonly string[];
  readonly clock?: UpdateClock;
}

/** Damaged records of a file that are told one by one. */
const TOLD_MAX = 10;

/** Reads recorded updates in order. Throws FILE, and what reading throws. */
export async function readUpdates(
  terminal: Terminal,
  files: readonly string[],
  ribs: Ribs,
): Promise<MrtRecording> {
  const rib = ribs.of();
  const recording = new MrtRecording(rib);
  for (const file of files) {
    let damaged = 0;
    await loadMrt(file, {
      attributeSets: rib.sets,
      peers: rib.peers,
      takeUpdate: (update) => recording.take(update),
      takeState: (state) => recording.take(state),
      onDamaged: ({ offset, what }) => {
        damaged += 1;
        if (damaged <= TOLD_MAX) terminal.note(`warning: ${file}@${offset}: ${what}; passed over`);
      },
    });
    const more = damaged - TOLD_MAX;
    if (more > 0) terminal.note(`warning: ${file}: ${more} more damaged records`);
  }
  return recording;
}

/** Room for the routes that they announce, and for their sources, beyond those of the tables. */
export function roomFor(
  recording: MrtRecording,
  { limits = {}, sources }: Pick<TableOptions, "limits" | "sources">,
): Partial<Limits> {
  const { ipv4, ipv6 } = recording.announced();
  const { routes4 = DEFAULT_LIMITS.routes4, routes6 = DEFAULT_LIMITS.routes6 } = limits;
  const room = { routes4: Math.max(routes4, ipv4), routes6: Math.max(routes6, ipv6) };
  if (!recording.rib.dropsSources) return { ...limits, ...room };
  const meters = Math.min(sources.length + recording.rib.prefixes + ipv4 + ipv6, METERS_MAX);
  return { ...limits, ...room, meters };
}

/** Updates that happen during a replay, and the flows that they move. */
export class FollowedUpdates {
  readonly routes: RouteUpdates;
  readonly flows: ReroutedFlows;

  constructor(forwarder: Forwarder, options: RouteUpdatesOptions) {
    this.routes = new RouteUpdates(forwarder, options);
    this.flows = new ReroutedFlows(forwarder);
  }

  /** What they did to routes, and to flows. */
  report(): UpdateReport {
    const { counts } = this.routes;
    const { moved, movedNeedlessly, tcpBroken } = this.flows;
    return {
      applied: counts.applied,
      left: counts.left,
      routes_changed: counts.routesChanged,
      not_installed: counts.notInstalled,
      commits: counts.commits,
      longest_commit_microseconds: counts.longestCommitMicroseconds,
      flows_moved: moved,
      flows_moved_needlessly: movedNeedlessly,
      tcp_established_broken: tcpBroken,
    };
  }
}
