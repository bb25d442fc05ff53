/** The Linux kernel as oracle: what it forwards, and what it answers, byte by byte. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { craftedPackets } from "./crafted-packets.ts";
import { KernelRouter } from "./kernel-router.ts";
import { differencesOf, dueFrames, frameOf, kernelOptions } from "./oracle-router.ts";
import { recordedPackets } from "./recorded-packets.ts";
import { missingTools, notRoot } from "./tools.ts";

const TIMEOUT_MS = 120_000;

const why = missingTools("ip", "tcpdump", "tcpreplay", "ethtool") ?? notRoot();

describe.skipIf(why !== undefined)(
  `forwarding as the kernel does (${why ?? "in namespaces"})`,
  () => {
    let kernel: KernelRouter;

    beforeAll(() => {
      kernel = new KernelRouter(kernelOptions("anyfib-oracle"));
    });

    afterAll(() => kernel[Symbol.dispose]());

    test.each([
      ["crafted packets", craftedPackets],
      ["packets of real captures", recordedPackets],
    ])("forwards and answers %s alike", { timeout: TIMEOUT_MS }, async (_, packetsOf) => {
      const frames = (await packetsOf()).map(frameOf);
      expect(frames.length).toBeGreaterThan(100);
      const { differences } = await differencesOf(kernel, frames, await dueFrames(frames));
      expect(differences).toEqual([]);
    });
  },
);
