/**
 * Replays a capture, takes the busiest site down, replays it again, and says which flows moved.
 *
 * Takes a capture and its tables as arguments; without them, the samples of the package.
 */

import { fileURLToPath } from "node:url";
import {
  createForwarder,
  formatAddress,
  loadTable,
  openCapture,
  RouteTable,
  readFlow,
  verdictName,
} from "anyfib";

/** @typedef {import("anyfib").Forwarder} Forwarder */

const samples = ["capture.pcapng", "table.txt", "sites.yaml"].map((name) =>
  fileURLToPath(new URL(`../../samples/${name}`, import.meta.url)),
);
const [capture = "", ...tables] = process.argv.length > 3 ? process.argv.slice(2) : samples;

const table = new RouteTable();
for (const file of tables) await loadTable(file, { table });
const forwarder = await createForwarder({ tables: [table] });

const before = await replay(forwarder, capture);
const { received, forwarded, punted, dropped, drops } = forwarder.counters;
console.log(`${received} packets = ${forwarded} forwarded + ${punted} punted + ${dropped} dropped`);
console.log(`drop reasons: ${JSON.stringify(drops)}`);
printShares(forwarder);

const [busiest] = forwarder.nextHopCounters().toSorted((a, b) => b.packets - a.packets);
if (busiest === undefined) throw new Error("the tables name no next hop");
const { adjacency, name, site } = busiest.nextHop;
const { microseconds } = forwarder.transaction().down(name).commit();
forwarder.resetCounters();
console.log(`\n${site ?? name} goes down: ${microseconds} µs`);

const after = await replay(forwarder, capture);
printShares(forwarder);
const moved = [...before].filter(([flow, nextHop]) => after.get(flow) !== nextHop);
const needless = moved.filter(([, nextHop]) => nextHop !== adjacency);
console.log(`${moved.length} of ${before.size} flows moved, ${needless.length} of them needlessly`);

/**
 * Forwards every packet of a capture; returns the adjacency of each flow that was forwarded.
 * @param {Forwarder} through
 * @param {string} file
 */
async function replay(through, file) {
  /** @type {Map<string, number>} */
  const adjacencies = new Map();
  const packets = await openCapture(file, through);
  try {
    for await (const batch of packets) noteFlows(through.process(batch), adjacencies);
  } finally {
    // Node 20 has no `await using`, which would do this.
    await packets[Symbol.asyncDispose]();
  }
  return adjacencies;
}

/**
 * Notes the adjacency of each flow that a batch forwarded.
 * @param {import("anyfib").Batch} batch
 * @param {Map<string, number>} adjacencies
 */
function noteFlows(batch, adjacencies) {
  for (let packet = 0; packet < batch.count; packet++) {
    const flow = readFlow(batch, packet);
    if (flow === undefined || verdictName(batch.verdicts[packet] ?? 0) !== "forward") continue;
    adjacencies.set(flowKey(flow), batch.nextHops[packet] ?? 0);
  }
}

/**
 * Equal keys are one flow: all fragments of a datagram go one way, so their ports do not count.
 * @param {import("anyfib").FlowRecord} flow
 */
function flowKey({ source, destination, protocol, ports, isFragment }) {
  const ends = `${formatAddress(source)} ${formatAddress(destination)} ${protocol}`;
  return isFragment || ports === undefined ? ends : `${ends} ${ports.source} ${ports.destination}`;
}

/**
 * Prints next hops that got packets, and what their weights were due.
 * @param {Forwarder} of
 */
function printShares(of) {
  const { forwarded: total } = of.counters;
  for (const { nextHop, packets, targetPackets } of of.nextHopCounters()) {
    if (packets === 0) continue;
    const [share, due] = [packets, targetPackets].map((part) => (100 * part) / total);
    const who = (nextHop.site ?? nextHop.name).padEnd(16);
    console.log(`  ${who} ${packets} packets, ${share?.toFixed(1)} % (due ${due?.toFixed(1)} %)`);
  }
}
