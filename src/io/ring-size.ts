/** How much memory the rings of a port take. */

import { MESSAGES_BYTES } from "../engine/message-ring.ts";

/** Frames of each ring, unless said. */
export const RING_FRAMES = 2048;
/** A block of a kernel's ring, in which frames do not cross borders. */
export const BLOCK_BYTES = 65_536;

const FRAME_BYTES_MIN = 2048;
/** Header and address in front of a packet, and behind them room for tags and outer headers. */
const OVERHEAD_BYTES = 68;
export const RESERVED_BYTES = 96;
/** Ethernet header, and one tag. */
const LINK_BYTES = 18;

/** Bytes that the rings of a port of an interface take: for limit ringBytes. */
export function ringBytesFor(mtu: number, frames = RING_FRAMES): number {
  // Of small frames there are most: it may be opened with a smaller MTU.
  const messages = Math.ceil((frames * MESSAGES_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
  return 2 * ringBytes(frameBytesFor(mtu), frames) + messages;
}

/** As many frames of the usual size as are asked for, or as many bytes of larger ones. */
export function ringBytes(frameBytes: number, frames: number): number {
  return Math.max(frames * FRAME_BYTES_MIN, frameBytes, BLOCK_BYTES);
}

/** Frames of the rings that system calls serve. */
export function messageFrames(mtu: number, frames = RING_FRAMES) {
  const frameBytes = frameBytesFor(mtu);
  const sending = ringBytes(frameBytes, frames) / frameBytes;
  // One batch is taken in at a time: half as many do.
  return { frameBytes, sending, receiving: Math.max(sending / 2, 1) };
}

/** Bytes of the largest packet that rings hold which were made for an MTU. */
export function largestPacket(mtu: number): number {
  return frameBytesFor(mtu) - OVERHEAD_BYTES - RESERVED_BYTES - LINK_BYTES;
}

/** Bytes of a frame that holds any packet of an interface. */
export function frameBytesFor(mtu: number): number {
  const needed = OVERHEAD_BYTES + RESERVED_BYTES + LINK_BYTES + mtu;
  return Math.max(FRAME_BYTES_MIN, 2 ** Math.ceil(Math.log2(needed)));
}
