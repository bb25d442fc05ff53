/**
 * Metrics for Prometheus. Labels are bounded: interfaces and next hops of the configuration, drop
 * reasons of the data plane; hosts that were learnt from links have no series.
 */

import { createServer, type Server } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import { AnyfibError } from "../net/errors.ts";
import type { LoopNumbers } from "../router/loop.ts";
import { TIMES } from "../router/loop-messages.ts";
import type { Router } from "../router/router.ts";

/** Next hops that have series of their own: more are not exported one by one. */
const NEXT_HOP_SERIES_MAX = 1000;

/** What is measured. */
export interface MetricsParts {
  readonly router: Router;
  readonly numbers: () => LoopNumbers;
}

/** Counters of an interface: field, name and help of the metric. */
const PORT_METRICS = [
  ["received", "received_frames", "Frames that an interface took in."],
  ["kernelDropped", "kernel_dropped_frames", "Frames that nobody took from the kernel in time."],
  ["cut", "cut_frames", "Frames longer than a frame of the ring, or merged by an offload."],
  ["checksumsFinished", "finished_checksums", "Checksums that senders had left to their cards."],
  ["sent", "sent_frames", "Frames that an interface sent."],
  ["full", "full_frames", "Frames not sent, as the kernel had no room."],
  ["tooLong", "too_long_frames", "Frames not sent, as they were too long."],
  ["refused", "refused_frames", "Frames not sent, as the kernel refused them."],
] as const;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** A counter whose values stand elsewhere; labels are those of its samples now unless said. */
function counter(
  registry: Registry,
  name: string,
  help: string,
  read: () => readonly Sample[],
  labelNames = Object.keys(read()[0]?.[0] ?? {}),
) {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, read: () => readonly Sample[]) {
  new Gauge({
    name,
    help,
    labelNames: Object.keys(read()[0]?.[0] ?? {}),
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

/** Registers everything that a router counts. */
export function routerMetrics({ router, numbers }: MetricsParts): Registry {
  const registry = new Registry();
  const { forwarder } = router;
  const one = (value: () => number) => () => [[{}, value()]] as const;
  counter(
    registry,
    "anyfib_received_packets_total",
    "Packets that came in.",
    one(() => forwarder.counters.received),
  );
  counter(
    registry,
    "anyfib_forwarded_packets_total",
    "Packets that left by a next hop.",
    one(() => forwarder.counters.forwarded),
  );
  counter(
    registry,
    "anyfib_punted_packets_total",
    "Packets for the router itself.",
    one(() => forwarder.counters.punted),
  );
  counter(
    registry,
    "anyfib_received_bytes_total",
    "Bytes that came in, link headers included.",
    one(() => forwarder.counters.receivedBytes),
  );
  counter(
    registry,
    "anyfib_forwarded_bytes_total",
    "Bytes of the forwarded packets as they left.",
    one(() => forwarder.counters.forwardedBytes),
  );
  counter(
    registry,
    "anyfib_icmp_copies_total",
    "Copies of ICMP errors that name no flow, besides the packets themselves.",
    one(() => forwarder.engine.copies.counts.copies),
  );
  counter(
    registry,
    "anyfib_icmp_copies_limited_total",
    "ICMP errors that name no flow and that not all next hops got, because of the rate.",
    one(() => forwarder.engine.copies.counts.limited),
  );
  const drops = new Counter({
    name: "anyfib_dropped_packets_total",
    help: "Packets that were dropped, by reason.",
    labelNames: ["reason"],
    registers: [registry],
    collect() {
      this.reset();
      const reasons = Object.entries(forwarder.counters.drops);
      for (const [reason, count] of reasons) this.inc({ reason }, count);
    },
  });
  drops.reset();
  sourceMetrics(registry, router);
  markedMetrics(registry, router);
  tunnelMetrics(registry, router);
  nextHopMetrics(registry, router);
  loopMetrics(registry, numbers);
  return registry;
}

/** Of the prefixes that the configuration names: a reload may name the first. */
function sourceMetrics(registry: Registry, { forwarder }: Router): void {
  const samples = (field: "packets" | "dropped") => () =>
    forwarder.sources.counters().map((row) => [{ source: row.prefix }, row[field]] as const);
  counter(
    registry,
    "anyfib_source_packets_total",
    "Packets that came from a source prefix.",
    samples("packets"),
    ["source"],
  );
  counter(
    registry,
    "anyfib_source_dropped_packets_total",
    "Packets from a source prefix that it dropped.",
    samples("dropped"),
    ["source"],
  );
}

/** Of the routes that the configuration counts or limits. */
function markedMetrics(registry: Registry, { forwarder }: Router): void {
  const samples = (field: "packets" | "dropped") => () =>
    forwarder.marked.counters().map((row) => [{ route: row.prefix }, row[field]] as const);
  counter(
    registry,
    "anyfib_route_packets_total",
    "Packets that took a route that is counted or limited.",
    samples("packets"),
    ["route"],
  );
  counter(
    registry,
    "anyfib_route_dropped_packets_total",
    "Packets beyond the rate of their route.",
    samples("dropped"),
    ["route"],
  );
}

/** Of the tunnels that the configuration names. */
function tunnelMetrics(registry: Registry, { forwarder }: Router): void {
  const samples = (field: "packets" | "dropped") => () =>
    forwarder.tunnels.counters().map((row) => [{ tunnel: row.tunnel }, row[field]] as const);
  counter(
    registry,
    "anyfib_tunnel_packets_total",
    "Packets that came to the end of a tunnel.",
    samples("packets"),
    ["tunnel"],
  );
  counter(
    registry,
    "anyfib_tunnel_dropped_packets_total",
    "Packets that were dropped where their tunnel ends.",
    samples("dropped"),
    ["tunnel"],
  );
}

function nextHopMetrics(registry: Registry, router: Router): void {
  const views = () => {
    const nextHops = router.views().filter((view) => !view.is_host);
    return nextHops.slice(0, NEXT_HOP_SERIES_MAX);
  };
  const labelsOf = (view: { readonly next_hop: string; readonly site: string | null }) => ({
    next_hop: view.next_hop,
    site: view.site ?? "",
  });
  const samples = (value: (view: ReturnType<typeof views>[number]) => number) => () =>
    views().map((view) => [labelsOf(view), value(view)] as const);
  gauge(
    registry,
    "anyfib_next_hop_up",
    "Whether a next hop takes new flows: 1, or 0.",
    samples(({ state }) => Number(state === "up")),
  );
  counter(
    registry,
    "anyfib_next_hop_packets_total",
    "Packets that left by a next hop.",
    samples(({ packets }) => packets),
  );
  counter(
    registry,
    "anyfib_next_hop_bytes_total",
    "Bytes that left by a next hop.",
    samples(({ bytes }) => bytes),
  );
}

function loopMetrics(registry: Registry, numbers: () => LoopNumbers): void {
  const one = (value: (numbers: LoopNumbers) => number) => () => [[{}, value(numbers())]] as const;
  counter(
    registry,
    "anyfib_neighbor_frames_total",
    "ARP and Neighbor Discovery frames that were heard.",
    one(({ neighborFrames }) => neighborFrames),
  );
  counter(
    registry,
    "anyfib_to_kernel_packets_total",
    "Packets to the router's addresses that the kernel got.",
    one(({ toKernel }) => toKernel),
  );
  counter(
    registry,
    "anyfib_waited_packets_total",
    "Packets that waited until the MAC of their host was known, by what became of them.",
    () => [
      [{ result: "sent" }, numbers().waited],
      [{ result: "dropped" }, numbers().waitedInVain],
    ],
  );
  for (const [what, name, help] of PORT_METRICS) {
    counter(registry, `anyfib_interface_${name}_total`, help, () =>
      numbers().ports.map((port) => [{ interface: port.name }, port[what]]),
    );
  }
}

/** How long batches took, in the text that Prometheus reads. */
export function batchTimes({ batchTimes: counts, batchSeconds }: LoopNumbers): string {
  const name = "anyfib_batch_seconds";
  let sum = 0;
  const buckets = [...TIMES, Infinity].map((bound, index) => {
    sum += counts[index] ?? 0;
    const le = bound === Infinity ? "+Inf" : String(bound);
    return `${name}_bucket{le="${le}"} ${sum}`;
  });
  const head = [
    `# HELP ${name} Time that a batch took, from its arrival until it left, in seconds.`,
    `# TYPE ${name} histogram`,
  ];
  const tail = [`${name}_sum ${batchSeconds}`, `${name}_count ${sum}`, ""];
  return [...head, ...buckets, ...tail].join("\n");
}

/** Serves `/metrics` on `HOST:PORT`, `[HOST]:PORT`. Throws CONFIG where it cannot listen there. */
export async function serveMetrics(
  listen: string,
  parts: MetricsParts,
  where: string,
): Promise<Server> {
  const registry = routerMetrics(parts);
  const [, bracketed, plain, port] = listen.match(/^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/) ?? [];
  const host = bracketed ?? plain;
  const fault = (what: string, cause?: unknown) =>
    new AnyfibError({ code: "CONFIG", what, where, hint: "write 127.0.0.1:9179", cause });
  if (host === undefined) throw fault(`metrics cannot listen on ${JSON.stringify(listen)}`);
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    void registry.metrics().then((text) => {
      response.writeHead(200, { "content-type": registry.contentType });
      response.end(text + batchTimes(parts.numbers()));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(fault(`metrics cannot listen on ${listen}: ${error.message}`, error)),
    );
    server.listen(Number(port), host, resolve);
  });
  return server;
}
