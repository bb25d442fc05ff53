/** `anyfib run` as an anycast router, with real stations around it in namespaces. */

import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AnycastLab, type LabProcess } from "./anycast-lab.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const why =
  missingTools("ip", "sysctl", "nstat") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

const CONNECTIONS = 60;
/** Long enough for several rounds of all connections. */
const WHILE_MS = 700;
/** Longer than packets wait for a host. */
const WAIT_MS = 3500;

async function stopped(router: LabProcess, signal?: NodeJS.Signals): Promise<number | null> {
  const ended = once(router, "exit");
  if (signal !== undefined) router.kill(signal);
  const [status] = await ended;
  return status;
}

describe.skipIf(why !== undefined)(`anyfib run (${why ?? "in namespaces"})`, () => {
  let lab: AnycastLab;

  beforeEach(() => {
    lab = new AnycastLab("anyfib-run");
  });

  afterEach(() => lab[Symbol.dispose]());

  test("answers ARP and Neighbor Discovery, and ends when its time is over", async () => {
    const router = await lab.router("--for", "4");
    for (const own of ["10.1.0.1", "fd01::1"]) {
      lab.inside("c", process.execPath, "-e", probe(own));
      expect(lab.inside("c", "ip", "neighbor", "show", own)).toMatch(/lladdr .* REACHABLE|DELAY/);
    }
    expect(await stopped(router)).toBe(0);
  });

  test("keeps first packets to a host until it answers ARP, records what it drops", async () => {
    const capture = path.join(lab.folder, "drops.pcapng");
    const router = await lab.router("--capture", capture);
    lab.inside("s1", process.execPath, "-e", probe("10.1.0.2"));
    lab.inside("s1", process.execPath, "-e", probe("10.1.0.99"));
    expect(lab.inside("c", "nstat", "-asz", "UdpNoPorts")).toMatch(/UdpNoPorts +1 /);
    lab.inside("c", process.execPath, "-e", probe("198.51.100.1"));
    await sleep(WAIT_MS);
    const { waited, waited_in_vain, interfaces } = Object(lab.control("show"));
    expect({ waited, waited_in_vain }).toEqual({ waited: 1, waited_in_vain: 1 });
    const names = interfaces.map((one: { interface: string }) => one.interface);
    expect(names).toEqual(["uplink", "site1", "site2", "site3", "anyfib0"]);
    expect(interfaces[0].sent).toBeGreaterThan(0);
    expect(await stopped(router, "SIGTERM")).toBe(0);
    const recorded = readFileSync(capture, "latin1");
    expect(recorded).toContain("no_route");
    expect(recorded).not.toContain("ethertype");
  });

  test.each(["203.0.113.1", "2001:db8::1"])(
    "a site of %s goes and comes back: connections of the others stay",
    async (address) => {
      await lab.servers();
      const router = await lab.router();
      const site = address.includes(":") ? "s2v6" : "s2";
      const drained = await lab.client(address, CONNECTIONS);
      await sleep(WHILE_MS);
      expect(lab.control("drain", site)).toMatchObject({ state: "drain" });
      await sleep(WHILE_MS);
      lab.control("undrain", site);
      await sleep(WHILE_MS);
      const whole = { connections: CONNECTIONS, broken: 0, lost: 0 };
      const first = await drained.end();
      expect(first).toMatchObject(whole);
      expect(Object.keys(first.sites).sort()).toEqual(["s1", "s2", "s3"]);
      expect(lab.control("down", site)).toMatchObject({ state: "down" });
      const survivors = await lab.client(address, CONNECTIONS);
      await sleep(WHILE_MS);
      expect(lab.control("up", site)).toMatchObject({ state: "up" });
      await sleep(WHILE_MS);
      const second = await survivors.end();
      expect(second).toMatchObject(whole);
      expect(Object.keys(second.sites).sort()).toEqual(["s1", "s3"]);
      const third = await lab.client(address, CONNECTIONS);
      await sleep(WHILE_MS);
      expect(Object.keys((await third.end()).sites).sort()).toEqual(["s1", "s2", "s3"]);
      expect(await stopped(router, "SIGTERM")).toBe(0);
    },
  );

  test("a lost link moves its flows alone, and a broken file changes nothing", async () => {
    await lab.servers();
    const router = await lab.router();
    lab.ip("s3", "link set e0 down");
    await sleep(200);
    expect(lab.control("next-hops")).toEqual(
      expect.arrayContaining([expect.objectContaining({ site: "s3", state: "down" })]),
    );
    const client = await lab.client("203.0.113.1", CONNECTIONS);
    await sleep(WHILE_MS);
    lab.configure({ more: "routes: [" });
    router.kill("SIGHUP");
    await sleep(WHILE_MS);
    lab.configure();
    lab.reconnect("s3");
    await sleep(WHILE_MS);
    expect(lab.control("next-hops")).toEqual(
      expect.arrayContaining([expect.objectContaining({ site: "s3", state: "up" })]),
    );
    const report = await client.end();
    expect(report).toMatchObject({ connections: CONNECTIONS, broken: 0, lost: 0 });
    expect(await stopped(router, "SIGTERM")).toBe(0);
  });
});

/** A datagram to an address, so that the kernel asks who has it. */
function probe(address: string): string {
  const type = address.includes(":") ? "udp6" : "udp4";
  const open = `const s=require("dgram").createSocket("${type}")`;
  return `${open};s.send("x",9,"${address}",()=>setTimeout(()=>s.close(),300))`;
}
