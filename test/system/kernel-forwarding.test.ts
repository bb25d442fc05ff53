/** The Linux kernel as oracle: what it forwards, and what it answers, byte by byte. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Forwarder } from "../../src/router/forwarder.ts";
import { moduleBytes } from "../setup/modules.ts";
import { craftedPackets } from "./crafted-packets.ts";
import { type KernelFrames, KernelRouter } from "./kernel-router.ts";
import { differences, frameOf, kernelOptions, ORACLE_ROUTER } from "./oracle-router.ts";
import { recordedPackets } from "./recorded-packets.ts";
import { missingTools, notRoot } from "./tools.ts";

/** A busy machine loses frames on the way; none that were lost can look alike. */
const TRIES = { timeout: 120_000, retry: 3 };

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
    ])("forwards and answers %s alike", TRIES, async (_, packetsOf) => {
      const packets = await packetsOf();
      const frames = packets.map(frameOf);
      const theirs = await kernel.send(frames);
      const ours = await ourFrames(frames);
      expect(frames.length).toBeGreaterThan(100);
      expect(differences(ours.towardsSource, theirs.towardsSource)).toEqual([]);
      expect(differences(ours.towardsDestination, theirs.towardsDestination)).toEqual([]);
    });
  },
);

/** What our router sends for the same frames. */
async function ourFrames(frames: readonly Uint8Array[]): Promise<KernelFrames> {
  const replies = { rate: Number.POSITIVE_INFINITY };
  const module = moduleBytes("release");
  const forwarder = await Forwarder.create({ ...ORACLE_ROUTER, replies, module });
  forwarder.setInput("in");
  const { engine } = forwarder;
  const { batch } = engine;
  const towardsSource: Uint8Array[] = [];
  const towardsDestination: Uint8Array[] = [];
  const send = (): void => {
    engine.process();
    for (let packet = 0; packet < batch.count; packet++) {
      for (const { bytes } of engine.leaving.frames(packet)) {
        towardsDestination.push(Uint8Array.from(bytes));
      }
    }
    for (const { frame, interfaceIndex } of engine.replies.list()) {
      const side = interfaceIndex === 1 ? towardsSource : towardsDestination;
      side.push(Uint8Array.from(frame));
    }
    batch.clear();
  };
  for (const frame of frames) {
    if (batch.push(frame)) continue;
    send();
    batch.push(frame);
  }
  send();
  return { towardsSource, towardsDestination };
}
