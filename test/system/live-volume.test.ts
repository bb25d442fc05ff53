/**
 * 100,000 packets of both families, in both directions at once: each backend sends what the kernel
 * sends for them, byte by byte, and each flow in order.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelRouter } from "./kernel-router.ts";
import { startLiveRouter } from "./live-router.ts";
import { flowOf, numberedFrames, numberOf, SIDES, type Side } from "./numbered-frames.ts";
import { kernelOptions, ORACLE_ROUTER } from "./oracle-router.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/io/packet-ring.js");
const why =
  missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

/** Frames each way. */
const COUNT = 50_000;
/** A second, each way. */
const RATE = 12_000;
/** A busy machine loses frames: they are sent again so often. */
const PASSES = 6;
const MTU = 1500;
const TIMEOUT_MS = 120_000;

/** Frames by their numbers, for each way. */
type Came = Readonly<Record<Side, ReadonlyMap<number, string>>>;

/** Sends all, those that are lost again, and returns what came; throws where a flow is mixed up. */
async function exchangeAll(rig: KernelRouter): Promise<Came> {
  const frames = numberedFrames(COUNT);
  const came = { towardsSource: new Map(), towardsDestination: new Map() };
  for (let pass = 0; pass < PASSES; pass++) {
    const missing = (side: Side) => frames[side].filter((_, number) => !came[side].has(number));
    const [towardsSource = [], towardsDestination = []] = SIDES.map(missing);
    if (towardsSource.length + towardsDestination.length === 0) break;
    const sent = await rig.exchange({ towardsSource, towardsDestination }, RATE);
    for (const side of SIDES) take(came[side], sent[side]);
  }
  return came;
}

function take(came: Map<number, string>, frames: readonly Uint8Array[]): void {
  const last = new Map<number, number>();
  for (const frame of frames) {
    const number = numberOf(frame);
    if (number === undefined) continue;
    const flow = flowOf(number);
    const before = last.get(flow) ?? -1;
    if (number <= before) throw new Error(`flow ${flow}: ${number} behind ${before}`);
    last.set(flow, number);
    came.set(number, Buffer.from(frame).toString("hex"));
  }
}

describe.skipIf(why !== undefined)(`${2 * COUNT} packets (${why ?? "in namespaces"})`, () => {
  const options = (name: string) => ({ ...kernelOptions(name), mtu: MTU });
  let theirs: Came;
  let rig: KernelRouter;
  let taps: KernelRouter;

  beforeAll(async () => {
    using kernel = new KernelRouter(options("anyfib-volume-kernel"));
    theirs = await exchangeAll(kernel);
    rig = new KernelRouter({ ...options("anyfib-volume"), forwards: false });
    taps = new KernelRouter({ ...options("anyfib-volume-taps"), forwards: false, adopts: true });
  }, TIMEOUT_MS);

  afterAll(() => {
    rig[Symbol.dispose]();
    taps[Symbol.dispose]();
  });

  test.each(["packet_ring", "packet_mmsg", "tap"])("%s: as the kernel sends them", async (mode) => {
    const isTap = mode === "tap";
    const devices = isTap ? ["src0", "dst0"] : ["in0", "out0"];
    const used = isTap ? taps : rig;
    const router = await startLiveRouter(used, { ...ORACLE_ROUTER, devices, mode });
    if (isTap) taps.adopt();
    const ours = await exchangeAll(used);
    await router.stop("SIGTERM");
    for (const side of SIDES) {
      expect([theirs[side].size, ours[side].size]).toEqual([COUNT, COUNT]);
      const differing = [...ours[side]].filter(
        ([number, frame]) => theirs[side].get(number) !== frame,
      );
      expect(differing.slice(0, 3)).toEqual([]);
    }
  });
});
