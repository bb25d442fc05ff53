/** Frames in VLANs: tags put on what a station sends, and taken off what it gets. */

import type { KernelFrames } from "./kernel-router.ts";

/** A tag: its kind and its id. */
export type Tag = readonly [tpid: number, id: number];

const MACS_BYTES = 12;
const TAG_BYTES = 4;

function bytesOf(tags: readonly Tag[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(tags.length * TAG_BYTES));
  for (const [index, [tpid, id]] of tags.entries()) {
    view.setUint16(index * TAG_BYTES, tpid);
    view.setUint16(index * TAG_BYTES + 2, id);
  }
  return new Uint8Array(view.buffer);
}

/** A frame with tags behind its addresses, the outer one first. */
export function tagged(frame: Uint8Array, tags: readonly Tag[]): Uint8Array {
  const rest = frame.subarray(MACS_BYTES);
  return Uint8Array.from([...frame.subarray(0, MACS_BYTES), ...bytesOf(tags), ...rest]);
}

/** A frame without its tags; one that has others stays as it is. */
export function untagged(frame: Uint8Array, tags: readonly Tag[]): Uint8Array {
  const own = bytesOf(tags);
  const end = MACS_BYTES + own.length;
  const has = frame.subarray(MACS_BYTES, end);
  if (String(has) !== String(own)) return frame;
  return Uint8Array.from([...frame.subarray(0, MACS_BYTES), ...frame.subarray(end)]);
}

/** What sends frames to a router and tells what that sent. */
export interface FrameStation {
  send(frames: readonly Uint8Array[]): Promise<KernelFrames>;
}

/** A station whose frames are in the VLANs of the router's interfaces; with each come strangers. */
export function taggedStation(
  station: FrameStation,
  tags: { readonly in: readonly Tag[]; readonly out: readonly Tag[] },
  strangers: readonly Uint8Array[],
): FrameStation {
  return {
    send: async (frames) => {
      const own = frames.map((frame) => tagged(frame, tags.in));
      const { towardsSource, towardsDestination } = await station.send([...own, ...strangers]);
      return {
        towardsSource: towardsSource.map((frame) => untagged(frame, tags.in)),
        towardsDestination: towardsDestination.map((frame) => untagged(frame, tags.out)),
      };
    },
  };
}
