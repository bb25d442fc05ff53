/** Live ports by the names of interfaces. */

import { FrameSender } from "../io/frame-sender.ts";
import type { LivePort, LivePortOptions } from "../io/live-port.ts";
import { loadLibc } from "../io/load-libc.ts";
import { openLivePort, type WantedMode } from "../io/open-port.ts";
import type { Forwarder } from "../router/forwarder.ts";

export type {
  Device,
  LiveMode,
  LivePort,
  LivePortOptions,
  PortCounters,
} from "../io/live-port.ts";
export type { WantedMode } from "../io/open-port.ts";
export { ringBytesFor } from "../io/ring-size.ts";

/**
 * Opens an interface of the machine as a port of a forwarder: by kernel rings, or by messages where
 * the kernel maps none, unless a mode is asked for. The forwarder's limit ringBytes must have room
 * (ringBytesFor). Throws ENVIRONMENT where a right, the interface or the optional package koffi is
 * missing, CAPACITY where there is no room.
 */
export async function openInterface(
  forwarder: Forwarder,
  options: LivePortOptions & { readonly mode?: WantedMode },
): Promise<LivePort> {
  return openLivePort(forwarder.engine, await loadLibc(), options).port;
}

/** Opens an interface to send frames by. Throws ENVIRONMENT as openInterface does. */
export async function openFrameSender(device: string): Promise<FrameSender> {
  return FrameSender.open(await loadLibc(), device);
}
