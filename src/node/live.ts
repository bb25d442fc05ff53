/** Live ports by the names of interfaces. */

import { FrameSender } from "../io/frame-sender.ts";
import { loadLibc } from "../io/libc.ts";
import type { LivePort } from "../io/live-port.ts";
import { type LivePortOptions, PacketRingPort } from "../io/packet-ring.ts";
import type { Forwarder } from "../router/forwarder.ts";

export type { Device, LiveMode, LivePort, PortCounters } from "../io/live-port.ts";
export { type LivePortOptions, ringBytesFor } from "../io/packet-ring.ts";

/**
 * Opens an interface of the machine as a port of a forwarder, whose limit ringBytes must have room
 * for its rings (ringBytesFor). Throws ENVIRONMENT where a right, the interface or the optional
 * package koffi is missing, CAPACITY where there is no room.
 */
export async function openInterface(
  forwarder: Forwarder,
  options: LivePortOptions,
): Promise<LivePort> {
  return PacketRingPort.open(forwarder.engine, await loadLibc(), options);
}

/** Opens an interface to send frames by. Throws ENVIRONMENT as openInterface does. */
export async function openFrameSender(device: string): Promise<FrameSender> {
  return FrameSender.open(await loadLibc(), device);
}
