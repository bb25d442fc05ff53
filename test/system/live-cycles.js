/**
 * Opens and closes live ports, or a whole loop in its worker, so many times: `MODE TURNS`. Prints
 * descriptors, mappings, threads and resident memory after a tenth of the turns, or 25, and in the
 * end.
 */

import { readdirSync, readFileSync } from "node:fs";
import { createForwarder, openInterface, ringBytesFor } from "../../dist/src/index.js";
import { readModule } from "../../dist/src/node/module.js";
import { Loop } from "../../dist/src/router/loop.js";

const [mode = "", turns = ""] = process.argv.slice(2);
const MTU = 1500;
const DEVICES = ["in0", "out0"];
const shared = await readModule("shared");
const forwarder = await createForwarder({
  interfaces: DEVICES.map((name) => ({ name })),
  limits: { ringBytes: 4 * ringBytesFor(MTU) },
  shared: true,
  module: shared,
});
const module = await WebAssembly.compile(shared);

const count = Number(turns);
/** Memory is touched for the first time, and code compiled, until then. */
const warm = Math.max(Math.ceil(count / 10), 25);
for (let turn = 0; turn < warm; turn++) await cycle();
const before = state();
for (let turn = warm; turn < count; turn++) await cycle();
console.log(JSON.stringify({ before, after: state() }));

async function cycle() {
  if (mode === "loop") await cycleLoop();
  else await cyclePorts();
}

async function cyclePorts() {
  /** @type {import("../../dist/src/io/live-port.js").LivePort[]} */
  const ports = [];
  for (const [index, name] of DEVICES.entries()) {
    const device = mode === "tap" ? `t${index}` : name;
    const wanted = /** @type {import("../../dist/src/io/open-port.js").WantedMode} */ (mode);
    ports.push(await openInterface(forwarder, { device, number: index + 1, mode: wanted }));
  }
  for (const port of ports) {
    port.receive();
    port.release();
    port[Symbol.dispose]();
  }
}

async function cycleLoop() {
  const loop = await Loop.start({
    engine: forwarder.engine,
    module,
    links: DEVICES.map((device, index) => ({
      number: index + 1,
      name: device,
      device,
      tags: [],
      mode: "auto",
      mtu: MTU,
      mtuWanted: MTU,
      deviceMtu: MTU,
      mac: [2, 0, 0, 0, 10, index + 1],
      addresses: [],
    })),
    onEvent: () => undefined,
    onEnd: (error) => {
      throw error;
    },
  });
  loop.forward();
  await loop[Symbol.asyncDispose]();
}

function state() {
  globalThis.gc?.();
  const lines = readFileSync("/proc/self/maps", "latin1").split("\n");
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    rings: lines.filter((line) => line.includes("socket:")).length,
    threads: readdirSync("/proc/self/task").length,
    megabytes: process.memoryUsage().rss / 2 ** 20,
  };
}
