/** What goes wrong around a running router: interfaces that go, kill -9, more than it can take. */

import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADDRESSES, AnycastLab, type LabProcess, PORT } from "./anycast-lab.ts";
import { missingTools, notRoot } from "./tools.ts";

const MAIN = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const why =
  missingTools("ip", "sysctl", "ping") ??
  notRoot() ??
  (existsSync(MAIN) ? undefined : "not built: npm run build");

const CONNECTIONS = 20;
const EVERY_MS = 20;
const RECOVERY_MS = 1000;
const WHILE_MS = 1500;
/** An answer that waited for nothing, on a machine with others at work. */
const PROMPT_MS = 5;
const CONTROL_MS = 2000;

describe.skipIf(why !== undefined)(`a running router (${why ?? "in namespaces"})`, () => {
  let lab: AnycastLab;

  beforeEach(() => {
    lab = new AnycastLab("anyfib-faults");
  });

  afterEach(() => lab[Symbol.dispose]());

  /** Milliseconds of each answer of a name to a client's datagram, sorted; silence is left out. */
  const answers = (address: string): readonly number[] =>
    JSON.parse(lab.inside("c", process.execPath, "-e", exchanges(address)));
  const middle = (times: readonly number[]): number => times[times.length >>> 1] ?? Infinity;
  const packetSockets = (): number =>
    lab.inside("r", "cat", "/proc/net/packet").trim().split("\n").length - 1;
  const sees = (device: string): boolean =>
    lab.inside("r", "ls", "/sys/class/net").split("\n").includes(device);

  test.each(["packet_ring", "packet_mmsg"])(
    "%s: an interface that goes down and comes up, and another MTU, under load",
    async (mode) => {
      lab.configure({ mode });
      await lab.servers();
      const router = await lab.router();
      const events = heard(router);
      const client = await lab.client(ADDRESSES[0], CONNECTIONS, EVERY_MS);
      await sleep(WHILE_MS);
      lab.ip("r", "link set uplink down");
      await sleep(WHILE_MS);
      lab.ip("r", "link set uplink up");
      await sleep(RECOVERY_MS);
      const before = await client.seen();
      await sleep(WHILE_MS);
      const after = await client.seen();
      expect(after.asked).toBeGreaterThan(before.asked);
      // A query is lost when its answer is overdue: those of the time without a link are by now.
      const { lost } = await client.end();
      expect(lost - after.lost).toBe(0);
      expect(after.broken).toBe(0);
      const times = answers(ADDRESSES[0]);
      expect(times).toHaveLength(EXCHANGES);
      expect(middle(times)).toBeLessThan(PROMPT_MS);

      for (const mtu of [1400, 1500]) {
        lab.ip("c", `link set c0 mtu ${mtu}`);
        lab.ip("r", `link set uplink mtu ${mtu}`);
        await sleep(RECOVERY_MS);
        expect(events()).toContainEqual(expect.objectContaining({ interface: "uplink", mtu }));
        // The site is told by the router, as the kernel there finds out.
        const path = mtu === 1500 ? "1500" : "1400";
        expect(lab.inside("s1", ...largePing("10.1.0.2", mtu))).toContain(" 0% packet loss");
        if (mtu === 1400) {
          expect(() => lab.inside("s1", ...largePing("10.1.0.2", 1500))).toThrow();
          expect(lab.inside("s1", "ip", "route", "get", "10.1.0.2")).toContain(`mtu ${path}`);
          lab.ip("s1", "route flush cache");
        }
      }
    },
  );

  test.each(["packet_ring", "packet_mmsg"])(
    "%s: kill -9 leaves nothing behind, and the next start works",
    async (mode) => {
      lab.configure({ mode });
      await lab.servers();
      for (let turn = 0; turn < 2; turn++) {
        const router = await lab.router();
        expect(packetSockets()).toBeGreaterThanOrEqual(4);
        expect(sees("anyfib0")).toBe(true);
        expect(answers(ADDRESSES[turn] ?? "").length).toBe(EXCHANGES);
        const ended = once(router, "exit");
        lab.inside("r", "kill", "-KILL", String(Object(lab.control("show")).pid));
        await ended;
        expect(packetSockets()).toBe(0);
        expect(sees("anyfib0")).toBe(false);
      }
    },
  );

  /** Sends to the router as fast as it can. */
  function startFlood(): LabProcess {
    const capture = path.join(lab.folder, "flood.pcap");
    const frames = ["--packets", "1000", "--flows", "500", "--size", "60"];
    lab.inside("c", process.execPath, MAIN, "gen", "capture", "-4", ...frames, "-w", capture);
    const device = lab.inside("r", "cat", "/sys/class/net/uplink/address").trim();
    const table = path.join(lab.folder, "flood.yaml");
    const site = `sites: {r: {next_hop: 10.1.0.1, mac: "${device}"}}`;
    writeFileSync(table, `${site}\nroutes: [{prefix: 0.0.0.0/0, sites: [r]}]\n`);
    const send = ["replay", "-r", capture, "--table", table, "-i", "c0", "-t", "-l", "1000000"];
    return lab.spawn("c", process.execPath, MAIN, ...send);
  }

  test("the control socket answers while more comes than can be forwarded", async () => {
    lab.configure({ routes: ["  - {prefix: 0.0.0.0/0, sites: [s1, s2, s3]}"] });
    await lab.servers();
    await lab.router();
    const flood = startFlood();
    await sleep(WHILE_MS);
    const before = Object(lab.control("show")).received;
    for (let turn = 0; turn < 5; turn++) {
      const began = performance.now();
      lab.control("next-hops");
      expect(performance.now() - began).toBeLessThan(CONTROL_MS);
    }
    const after = Object(lab.control("show"));
    flood.kill("SIGKILL");
    expect(after.received - before).toBeGreaterThan(10_000);
    await sleep(RECOVERY_MS);
    expect(answers(ADDRESSES[0]).length).toBe(EXCHANGES);
  });
});

const EXCHANGES = 20;

/** Asks a name server's neighbour a few times, one after another. */
function exchanges(address: string): string {
  return `const d=require("dgram"),t=[];let n=${EXCHANGES};
  (function ask(){if(n--===0){console.log(JSON.stringify(t.sort((a,b)=>a-b)));return}
  const s=d.createSocket("udp${address.includes(":") ? 6 : 4}"),b=performance.now();
  const l=setTimeout(()=>{s.close();ask()},500);
  s.on("message",()=>{t.push(performance.now()-b);clearTimeout(l);s.close();setTimeout(ask,10)});
  s.send("x",${PORT},"${address}")})()`;
}

/** A packet of so many bytes that may not be cut. */
function largePing(address: string, bytes: number): readonly string[] {
  return ["ping", "-c", "2", "-W", "1", "-M", "do", "-s", String(bytes - 28), address];
}

/** The log of a router from now on. */
function heard(router: LabProcess): () => readonly unknown[] {
  let text = "";
  router.stderr.on("data", (data) => {
    text += String(data);
  });
  return () =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
}
