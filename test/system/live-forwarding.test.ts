/** Packets through live ports: what kernel-forwarding.test.ts finds the kernel to send for them. */

import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ipv4Packet } from "../oracle/ip-packets.ts";
import { craftedPackets } from "./crafted-packets.ts";
import { KernelRouter } from "./kernel-router.ts";
import { reportOf, startLiveRouter } from "./live-router.ts";
import {
  differencesOf,
  dueFrames,
  frameOf,
  kernelOptions,
  ORACLE_ROUTER,
} from "./oracle-router.ts";
import { recordedPackets } from "./recorded-packets.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/io/packet-ring.js");
const DEVICES = ["in0", "out0"];

/** The MAC of a TUN's port, and of what is beyond it. */
const TUN_MACS = ["02:00:00:fb:00:03", "02:00:00:fb:00:02"] as const;
const TUN_ROUTER = {
  interfaces: [
    { name: "in", mac: TUN_MACS[0], mtu: 1500, addresses: ["10.9.1.254/24"] },
    { name: "out", mac: TUN_MACS[0], mtu: 1500, addresses: ["10.9.2.254/24"] },
  ],
  routes: [
    { prefix: "10.9.1.1/32", nextHops: [{ nextHop: "10.9.1.1", via: "in", mac: TUN_MACS[1] }] },
    { prefix: "10.9.2.1/32", nextHops: [{ nextHop: "10.9.2.1", via: "out", mac: TUN_MACS[1] }] },
  ],
};
/** The largest frame that a TAP's station sends. */
const TAP_BYTES_MAX = 65_535;
const TIMEOUT_MS = 120_000;

const why =
  missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

describe.skipIf(why !== undefined)(`live ports (${why ?? "in namespaces"})`, () => {
  let rig: KernelRouter;
  let taps: KernelRouter;

  beforeAll(() => {
    rig = new KernelRouter({ ...kernelOptions("anyfib-live"), forwards: false });
    taps = new KernelRouter({ ...kernelOptions("anyfib-taps"), forwards: false, adopts: true });
  });

  afterAll(() => {
    rig[Symbol.dispose]();
    taps[Symbol.dispose]();
  });

  /** Starts the router and waits until its ports are open. */
  async function start(mode = "auto") {
    const isTap = mode === "tap" || mode === "tun";
    const devices = isTap ? ["src0", "dst0"] : DEVICES;
    const router = mode === "tun" ? TUN_ROUTER : ORACLE_ROUTER;
    return startLiveRouter(isTap ? taps : rig, { ...router, devices, mode });
  }

  test.each([
    ["packet_ring", "crafted packets", craftedPackets],
    ["packet_ring", "packets of real captures", recordedPackets],
    ["packet_mmsg", "crafted packets", craftedPackets],
    ["packet_mmsg", "packets of real captures", recordedPackets],
    ["tap", "crafted packets", craftedPackets],
    ["tap", "packets of real captures", recordedPackets],
  ])("%s: %s as the kernel does", { timeout: TIMEOUT_MS }, async (mode, _, packetsOf) => {
    const isTap = mode === "tap";
    const most = isTap ? TAP_BYTES_MAX : Number.POSITIVE_INFINITY;
    const frames = (await packetsOf()).map(frameOf).filter(({ length }) => length <= most);
    const due = await dueFrames(frames);
    const router = await start(mode);
    if (isTap) taps.adopt();
    const { differences, sent } = await differencesOf(isTap ? taps : rig, frames, due);
    const report = reportOf(await router.stop("SIGTERM"));
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

  test.each([
    ["packet_ring", 2],
    ["packet_mmsg", 1],
  ])("%s: keep the kernel out, and leave nothing behind however they end", async (mode, each) => {
    const frame = frameOf(ipv4Packet());
    for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
      const router = await start(mode);
      expect(sockets()).toBe(each * DEVICES.length);
      const before = seenByKernel();
      await rig.send([frame]);
      expect(seenByKernel()).toBe(before);
      await router.stop(signal);
      expect(sockets()).toBe(0);
      await rig.send([frame]);
      expect(seenByKernel()).toBe(before + 1);
    }
  });

  test.each(["tap", "tun"])("%s: leave nothing behind however they end", async (mode) => {
    const devices = (): string[] =>
      taps
        .inside("ls", "/sys/class/net")
        .trim()
        .split(/\s+/)
        .filter((name) => name !== "lo");
    for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) {
      const before = devices();
      const router = await start(mode);
      expect(devices()).toEqual([...before, "dst0", "src0"].sort());
      // Where packets are on their way through them.
      taps.inside("ip", "link", "set", "src0", "up");
      await router.stop(signal);
      expect(devices()).toEqual(before);
    }
  });

  test("tun: packets without Ethernet, there and back", async () => {
    const router = await start("tun");
    const [near, far] = ["10.9.1.1", "10.9.2.1"];
    taps.adopt();
    taps.move("dst0");
    taps.ip("lab", `address add ${near}/24 dev src0`);
    taps.ip("lab", "route add default dev src0");
    taps.ip("router", `address add ${far}/24 dev dst0`);
    taps.ip("router", "link set dst0 up");
    taps.ip("router", "route add default dev dst0");
    // Nobody listens there, which the kernel beyond the second TUN says, and we bring back.
    expect(taps.inLab(process.execPath, "-e", refusal(far)).trim()).toBe("ECONNREFUSED");
    const { counters } = reportOf(await router.stop("SIGTERM"));
    expect(counters).toMatchObject({ forwarded: 2, punted: 0 });
  });
});

/** Tells the error of a datagram that nobody takes. */
function refusal(address: string): string {
  const open = 'const s=require("dgram").createSocket("udp4")';
  const told = 's.on("error",(e)=>{console.log(e.code);s.close()})';
  return `${open};${told};s.connect(9,"${address}",()=>s.send("x"))`;
}
