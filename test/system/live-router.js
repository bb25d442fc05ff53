/**
 * A router over live ports, for tests: one JSON argument says what it has, SIGTERM ends it, and its
 * counters are its last line.
 */

import { createForwarder, openInterface, ringBytesFor } from "../../dist/src/index.js";
import { loadLibc } from "../../dist/src/io/load-libc.js";

const POLL_MS = 5;
const POLL_BYTES = 8;
const POLL_IN = 1;
/** Rings of an interface whose frames are as long as veth takes them. */
const FRAMES = 32_768;
const MTU = 65_535;

const { routes, interfaces, links, devices, mode, tags = [] } = JSON.parse(process.argv[2] ?? "{}");
const libc = await loadLibc();
const forwarder = await createForwarder({
  routes,
  interfaces,
  replies: { rate: Number.POSITIVE_INFINITY },
  limits: { ringBytes: devices.length * ringBytesFor(MTU, FRAMES) },
});
const { engine } = forwarder;
for (const [nextHop, link] of links) forwarder.setLink(nextHop, link);
/** @type {import("../../dist/src/io/live-port.js").LivePort[]} */
const ports = [];
for (const device of devices) {
  const number = ports.length + 1;
  const options = { device, number, frames: FRAMES, mode, mtu: MTU, tags: tags[ports.length] };
  ports.push(await openInterface(forwarder, options));
}
let isStopped = false;
process.once("SIGTERM", () => {
  isStopped = true;
});
const waits = new DataView(new ArrayBuffer(ports.length * POLL_BYTES));
for (const [index, { descriptor }] of ports.entries()) {
  waits.setInt32(index * POLL_BYTES, descriptor, true);
  waits.setInt16(index * POLL_BYTES + 4, POLL_IN, true);
}
console.log("ready");
while (!isStopped) {
  let received = 0;
  for (const port of ports) received += forward(port);
  if (received > 0) continue;
  libc.poll(new Uint8Array(waits.buffer), ports.length, POLL_MS);
  await new Promise((resolve) => setImmediate(resolve));
}
const counters = ports.map((port) => port.counters);
for (const port of ports) port[Symbol.dispose]();
console.log(JSON.stringify({ counters: forwarder.counters, ports: counters }));

/** @param {import("../../dist/src/io/live-port.js").LivePort} port */
function forward(port) {
  const count = port.receive();
  if (count === 0) return 0;
  engine.interfaces.input = port.number;
  engine.process();
  for (const each of ports) each.transmit(engine.batch);
  port.release();
  return count;
}
