/** What `anyfib ctl` may ask of a running router. */

import { AnyfibError } from "../net/errors.ts";
import { markedRouteRows, sourceRows } from "../replay/report.ts";
import type { LookupResult } from "../router/lookups.ts";
import type { Loop, NamedCounters } from "../router/loop.ts";
import type { Router } from "../router/router.ts";
import type { ControlVerb } from "../telemetry/control-socket.ts";

/** Routes that one answer may hold. */
const ROUTES_MAX = 10_000;

/** What the verbs act on. */
export interface VerbParts {
  readonly router: Router;
  readonly loop: Loop;
  readonly started: number;
  readonly reload: () => Promise<object>;
  /** What origin validation came to; undefined where nothing is validated. */
  readonly rpki: () => object | undefined;
  /** Routes of the configuration and its tables, as text. */
  readonly dump: () => readonly string[];
}

function only(verb: string, args: readonly string[], what: readonly string[]): readonly string[] {
  if (args.length === what.length) return args;
  throw new AnyfibError({
    code: "USAGE",
    what: `${verb} with ${args.length} arguments`,
    where: "ctl",
    hint: `anyfib ctl ${[verb, ...what].join(" ")}`,
  });
}

/** A lookup as it is answered. */
function routeView({ prefix, group }: LookupResult) {
  return {
    prefix,
    kind: group.kind,
    next_hops: group.nextHops.map(({ nextHop, share }) => ({ next_hop: nextHop.name, share })),
  };
}

/** The verbs by name. */
export function controlVerbs(parts: VerbParts): ReadonlyMap<string, ControlVerb> {
  const { router, loop } = parts;
  const want =
    (verb: string, state: "up" | "down" | "drain"): ControlVerb =>
    (args) =>
      router.want(only(verb, args, ["NEXTHOP|SITE"])[0] ?? "", state);
  return new Map<string, ControlVerb>([
    ["show", () => statusOf(parts)],
    ["routes", (args) => args.map((address) => routeView(router.forwarder.lookup(address)))],
    ["next-hops", () => router.views()],
    ["neighbors", () => loop.neighbors()],
    ["up", want("up", "up")],
    ["undrain", want("undrain", "up")],
    ["down", want("down", "down")],
    ["drain", want("drain", "drain")],
    [
      "weight",
      (args) => {
        const [name = "", weight = ""] = only("weight", args, ["NEXTHOP|SITE", "WEIGHT"]);
        return router.weigh(name, /^\d+$/.test(weight) ? Number(weight) : Number.NaN);
      },
    ],
    ["reload", parts.reload],
    ["table-dump", () => bounded(parts.dump())],
  ]);
}

function bounded(routes: readonly string[]) {
  return { routes: routes.slice(0, ROUTES_MAX), more: Math.max(routes.length - ROUTES_MAX, 0) };
}

/** The state in numbers, as `show` and SIGUSR2 tell it. */
export function statusOf({ router, loop, started, rpki }: VerbParts) {
  const { received, forwarded, punted, dropped, drops, receivedBytes, forwardedBytes } =
    router.forwarder.counters;
  const numbers = loop.numbers();
  return {
    pid: process.pid,
    uptime_seconds: Math.round((performance.now() - started) / 1000),
    key_id: router.forwarder.keyId,
    ports: loop.ports,
    next_hops: router.views().length,
    next_hops_up: router.serving,
    received,
    forwarded,
    punted,
    dropped,
    received_bytes: receivedBytes,
    forwarded_bytes: forwardedBytes,
    drops,
    sources: sourceRows(router.forwarder),
    marked_routes: markedRouteRows(router.forwarder),
    tunnels: router.forwarder.tunnels.counters(),
    neighbor_frames: numbers.neighborFrames,
    to_kernel: numbers.toKernel,
    from_kernel: numbers.fromKernel,
    waited: numbers.waited,
    waited_in_vain: numbers.waitedInVain,
    ...(rpki() === undefined ? {} : { rpki: rpki() }),
    interfaces: numbers.ports.map(interfaceView),
  };
}

function interfaceView(port: NamedCounters) {
  const { name, received, sent, kernelDropped, checksumsFinished, tooLong } = port;
  const { cut, full, refused } = port;
  return {
    interface: name,
    received,
    kernel_dropped: kernelDropped,
    cut,
    checksums_finished: checksumsFinished,
    sent,
    full,
    too_long: tooLong,
    refused,
  };
}
