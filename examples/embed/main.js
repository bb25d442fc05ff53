/** A forwarder inside a program: routes and frames from code, verdicts and leaving frames back. */

import { createForwarder, dropReasonName, verdictName } from "anyfib";

/** Two sites share a service; a third, farther away, takes over when both are gone. */
const SERVICE = [
  { nextHop: "10.0.0.11", site: "lon", weight: 2, cost: 10, mac: "02:00:00:00:00:11" },
  { nextHop: "10.0.0.12", site: "ams", weight: 1, cost: 10 },
  { nextHop: "10.0.1.13", site: "nyc", weight: 1, cost: 80 },
];

const forwarder = await createForwarder({
  routes: [
    { prefix: "203.0.113.0/24", nextHops: SERVICE },
    { prefix: "198.51.100.9/32", kind: "blackhole" },
  ],
  key: "000102030405060708090a0b0c0d0e0f",
});

/** The service, a blackhole, no route at all, and a packet that has come too far. */
const FRAMES = [
  udpFrame([203, 0, 113, 53], 1024),
  udpFrame([203, 0, 113, 53], 1025),
  udpFrame([203, 0, 113, 53], 1026),
  udpFrame([198, 51, 100, 9], 1024),
  udpFrame([192, 0, 2, 1], 1024),
  udpFrame([203, 0, 113, 53], 1024, 1),
];

forward();
for (const site of ["lon", "ams"]) {
  const report = forwarder.transaction().down(site).commit();
  const perMillion = Math.round(report.flowsPerMillionMoved);
  console.log(`\n${site} goes down: ${perMillion} of a million flows move`);
  forward();
}

const { received, forwarded, dropped, drops } = forwarder.counters;
console.log(`\n${received} received = ${forwarded} forwarded + ${dropped} dropped`, drops);

/** Pushes the frames into the batch, processes it, and prints what became of each. */
function forward() {
  const batch = forwarder.batch();
  for (const frame of FRAMES) {
    if (!batch.push(frame)) throw new Error("the batch is full");
  }
  forwarder.process(batch);
  for (let packet = 0; packet < batch.count; packet++) {
    const verdict = verdictName(batch.verdicts[packet] ?? 0);
    if (verdict !== "forward") {
      console.log(`  ${packet}: ${verdict} ${dropReasonName(batch.reasons[packet] ?? 0)}`);
      continue;
    }
    const nextHop = forwarder.nextHop(batch.nextHops[packet] ?? 0);
    // A view on linear memory: send or copy it before the next batch.
    const leaving = batch.leavingFrame(packet);
    const mac = [...leaving.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0"));
    const ttl = leaving[14 + 8];
    console.log(`  ${packet}: forward to ${nextHop?.site}, MAC ${mac.join(":")}, TTL ${ttl}`);
  }
}

/**
 * An Ethernet frame that holds a UDP packet from 192.0.2.7 without payload.
 * @param {readonly number[]} destination
 * @param {number} sourcePort
 * @param {number} [ttl]
 */
function udpFrame(destination, sourcePort, ttl = 64) {
  const frame = new Uint8Array(14 + 20 + 8);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  frame.set([0x45, 0, 0, 28, 0, 0, 0, 0, ttl, 17, 0, 0, 192, 0, 2, 7, ...destination], 14);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  view.setUint16(24, ~(sum + (sum >>> 16)));
  view.setUint16(34, sourcePort);
  view.setUint16(36, 53);
  view.setUint16(38, 8);
  return frame;
}
