/** Opens a live port in the mode that is asked for, or in the best one that works here. */

import type { Engine } from "../engine/engine.ts";
import { AnyfibError } from "../net/errors.ts";
import { errnoName, type Libc } from "./libc.ts";
import type { LiveMode, LivePort, LivePortOptions } from "./live-port.ts";
import { MessagePort } from "./message-port.ts";
import { PacketRingPort } from "./packet-ring.ts";
import { TapPort } from "./tap-port.ts";

/** How a port is to meet the kernel. */
export type WantedMode = LiveMode | "auto";

/** A port, and why it is of its mode. */
export interface OpenedPort {
  readonly port: LivePort;
  readonly why: string;
}

/** Throws ENVIRONMENT or CAPACITY where it cannot be opened; `auto` where no mode can. */
export function openLivePort(
  engine: Engine,
  libc: Libc,
  options: LivePortOptions & { readonly mode?: WantedMode },
): OpenedPort {
  const { mode = "auto" } = options;
  const why = "asked for";
  switch (mode) {
    case "packet_ring":
      return { port: PacketRingPort.open(engine, libc, options), why };
    case "packet_mmsg":
      return { port: MessagePort.open(engine, libc, options), why };
    case "tap":
    case "tun":
      return { port: TapPort.open(engine, libc, { ...options, kind: mode }), why };
    case "auto":
      return openBest(engine, libc, options);
  }
}

/** Calls that fail where the kernel maps no rings; messages need none of them. */
const RING_CALLS: ReadonlySet<unknown> = new Set([
  "setsockopt(version)",
  "setsockopt(reserve)",
  "setsockopt(rxRing)",
  "mmap of the ring",
]);

function openBest(engine: Engine, libc: Libc, options: LivePortOptions): OpenedPort {
  try {
    const port = PacketRingPort.open(engine, libc, options);
    return { port, why: "auto: the kernel maps its rings" };
  } catch (error) {
    const { call, errno } = error instanceof AnyfibError ? (error.detail ?? {}) : {};
    if (!RING_CALLS.has(call)) throw error;
    const port = MessagePort.open(engine, libc, options);
    return { port, why: `auto: no rings here, ${call}: ${errnoName(Number(errno))}` };
  }
}
