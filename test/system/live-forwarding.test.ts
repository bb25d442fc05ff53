/** Packets through live ports: what kernel-forwarding.test.ts finds the kernel to send for them. */

import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { craftedPackets } from "./crafted-packets.ts";
import { KernelRouter } from "./kernel-router.ts";
import {
  differencesOf,
  dueFrames,
  frameOf,
  kernelOptions,
  ORACLE_ROUTER,
} from "./oracle-router.ts";
import { recordedPackets } from "./recorded-packets.ts";
import { missingTools, notRoot } from "./tools.ts";

const SCRIPT = path.join(import.meta.dirname, "live-router.js");
const BUILT = path.join(import.meta.dirname, "../../dist/src/io/packet-ring.js");
const DEVICES = ["in0", "out0"];

const TIMEOUT_MS = 120_000;

const why =
  missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

describe.skipIf(why !== undefined)(`live ports (${why ?? "in namespaces"})`, () => {
  let rig: KernelRouter;

  beforeAll(() => {
    rig = new KernelRouter({ ...kernelOptions("anyfib-live"), forwards: false });
  });

  afterAll(() => {
    rig[Symbol.dispose]();
  });

  /** Starts the router and waits until its ports are open. */
  async function start() {
    const options = { ...ORACLE_ROUTER, links: [], devices: DEVICES };
    const child = rig.spawnInside(SCRIPT, JSON.stringify(options));
    let printed = "";
    let complained = "";
    child.stdout.on("data", (text) => {
      printed += String(text);
    });
    child.stderr.on("data", (text) => {
      complained += String(text);
    });
    const ended = once(child, "exit");
    while (!printed.includes("ready")) {
      const isOver = await Promise.race([once(child.stdout, "data"), ended.then(() => true)]);
      if (isOver === true) throw new Error(`the router ended: ${complained}`);
    }
    return {
      stop: async (signal: NodeJS.Signals) => {
        child.kill(signal);
        await ended;
        return printed.trim().split("\n").at(-1) ?? "";
      },
    };
  }

  test.each([
    ["crafted packets", craftedPackets],
    ["packets of real captures", recordedPackets],
  ])("forward and answer %s as the kernel does", { timeout: TIMEOUT_MS }, async (_, packetsOf) => {
    const frames = (await packetsOf()).map(frameOf);
    const due = await dueFrames(frames);
    const router = await start();
    const { differences, sent } = await differencesOf(rig, frames, due);
    const report = JSON.parse(await router.stop("SIGTERM"));
    expect(differences).toEqual([]);
    const { received, forwarded, punted, dropped } = report.counters;
    expect(received).toBe(sent);
    expect(forwarded + punted + dropped).toBe(received);
    expect(report.ports[0]).toMatchObject({ kernelDropped: 0, cut: 0 });
  });

  /** Packet sockets in the router's namespace. */
  const sockets = (): number => rig.inside("cat", "/proc/net/packet").trim().split("\n").length - 1;
  /** Packets that the kernel's own IPv4 saw. */
  const seenByKernel = (): number => {
    const [, count = ""] = /IpInReceives +(\d+)/.exec(rig.inside("nstat", "-asz")) ?? [];
    return Number(count);
  };

  test("keep the kernel out, and leave nothing behind however they end", async () => {
    const frame = frameOf(ipv4Packet());
    for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
      const router = await start();
      expect(sockets()).toBe(2 * DEVICES.length);
      const before = seenByKernel();
      await rig.send([frame]);
      expect(seenByKernel()).toBe(before);
      await router.stop(signal);
      expect(sockets()).toBe(0);
      await rig.send([frame]);
      expect(seenByKernel()).toBe(before + 1);
    }
  });
});
