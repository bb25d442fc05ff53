/** Starts and stops of live ports; test/long/io has more of them. */

import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { KernelRouter } from "./kernel-router.ts";
import { cycle } from "./live-cycles.ts";
import { kernelOptions } from "./oracle-router.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/io/packet-ring.js");
const why =
  missingTools("ip", "ethtool") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

const STARTS = 50;

describe.skipIf(why !== undefined)(`${STARTS} starts (${why ?? "in namespaces"})`, () => {
  let rig: KernelRouter;

  beforeAll(() => {
    rig = new KernelRouter({ ...kernelOptions("anyfib-cycles"), mtu: 1500, forwards: false });
    // Large rings are another test's.
    rig.ip("router", "link set in0 mtu 1500");
  });

  afterAll(() => rig[Symbol.dispose]());

  test.each(["packet_ring", "packet_mmsg", "tap", "loop"])("%s: nothing stays", (mode) => {
    cycle(rig, mode, STARTS);
  });
});
