/**
 * Packets in VLANs through live ports, one tag on one side and two on the other: what the kernel
 * sends for them without tags (kernel-forwarding.test.ts), tagged.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
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
import { type Tag, tagged, taggedStation } from "./tagged-frames.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/io/packet-ring.js");
const TIMEOUT_MS = 120_000;
/** The largest frame that a TAP's station sends, with its tag. */
const TAP_BYTES_MAX = 65_531;

const CUSTOMER = 0x8100;
const SERVICE = 0x88a8;
const TAGS: { readonly in: readonly Tag[]; readonly out: readonly Tag[] } = {
  in: [[CUSTOMER, 10]],
  out: [
    [SERVICE, 100],
    [CUSTOMER, 20],
  ],
};
/** Tags that are not the port's: none, another id, another kind, one more. */
const STRANGERS: readonly (readonly Tag[])[] = [
  [],
  [[CUSTOMER, 11]],
  [[SERVICE, 10]],
  [
    [CUSTOMER, 10],
    [CUSTOMER, 10],
  ],
];
/** The MTU of the link behind the router, and room for its tags. */
const MTU_TAGGED = 1288;

const why =
  missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

function tagsOf(tags: readonly Tag[]) {
  return tags.map(([tpid, tci]) => ({ tpid, tci }));
}

describe.skipIf(why !== undefined)(`VLANs (${why ?? "in namespaces"})`, () => {
  let rig: KernelRouter;

  afterEach(() => rig[Symbol.dispose]());

  test.each(["packet_ring", "packet_mmsg", "tap"])(
    "%s: tagged as their interfaces are, and deaf to other tags",
    { timeout: TIMEOUT_MS },
    async (mode) => {
      const isTap = mode === "tap";
      const options = { ...kernelOptions("anyfib-vlan"), mtu: MTU_TAGGED, forwards: false };
      rig = new KernelRouter({ ...options, adopts: isTap });
      const devices = isTap ? ["src0", "dst0"] : ["in0", "out0"];
      const tags = [tagsOf(TAGS.in), tagsOf(TAGS.out)];
      const router = await startLiveRouter(rig, { ...ORACLE_ROUTER, devices, mode, tags });
      if (isTap) rig.adopt();
      const most = isTap ? TAP_BYTES_MAX : Number.POSITIVE_INFINITY;
      const frames = craftedPackets()
        .map(frameOf)
        .filter(({ length }) => length <= most);
      const [plain = new Uint8Array()] = frames;
      const strangers = STRANGERS.map((others) => tagged(plain, others));
      const station = taggedStation(rig, TAGS, strangers);
      const due = await dueFrames(frames);
      const { differences, sent } = await differencesOf(station, frames, due);
      const { counters, ports } = reportOf(await router.stop("SIGTERM"));
      expect(differences).toEqual([]);
      expect(counters.received).toBe(sent);
      expect(ports[1]).toMatchObject({ tooLong: 0, refused: 0 });
    },
  );
});
