/** A thousand starts and stops of live ports, in each mode; they need root and its namespaces. */

import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { KernelRouter } from "../../system/kernel-router.ts";
import { cycle } from "../../system/live-cycles.ts";
import { kernelOptions } from "../../system/oracle-router.ts";
import { missingTools, notRoot } from "../../system/tools.ts";

const BUILT = path.join(import.meta.dirname, "../../../dist/src/io/packet-ring.js");
const why =
  missingTools("ip", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

const STARTS = 1000;

describe.skipIf(why !== undefined)(`${STARTS} starts (${why ?? "in namespaces"})`, () => {
  let rig: KernelRouter;

  beforeAll(() => {
    rig = new KernelRouter({ ...kernelOptions("anyfib-cycles"), mtu: 1500, forwards: false });
    rig.ip("router", "link set in0 mtu 1500");
  });

  afterAll(() => rig[Symbol.dispose]());

  test.each(["packet_ring", "packet_mmsg", "tap", "loop"])("%s: nothing stays", (mode) => {
    cycle(rig, mode, STARTS);
  });
});
