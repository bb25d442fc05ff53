/** What the main thread and the loop's worker tell each other. */

import type { VlanTag } from "../engine/adjacency.ts";
import type { MemoryPlan } from "../engine/memory-plan.ts";
import type { WantedMode } from "../io/open-port.ts";
import type { Address } from "../net/address.ts";
import type { Mac } from "../net/mac.ts";
import type { KnownNeighbor, LinkInterface } from "./neighbors/table.ts";

/** An interface that the loop serves. */
export interface LoopLink extends LinkInterface {
  readonly name: string;
  readonly device: string;
  /** VLAN tags of its frames, the outer one first. */
  readonly tags: readonly VlanTag[];
  /** How its packets come and go. */
  readonly mode: WantedMode;
  /** Bytes of the largest IP packet: what is used, what is configured, and what the device says. */
  readonly mtu: number;
  readonly mtuWanted: number;
  readonly deviceMtu: number;
}

/** The router's MAC on the TAP. */
export const TAP_MAC: Mac = [2, 0, 0, 0xfb, 0, 2];

/** Frames of its rings: little is for the router itself. */
export const TAP_FRAMES = 256;

/** Largest IP packet that comes by it: that of any link. */
export function tapMtu(links: readonly Pick<LoopLink, "deviceMtu">[]): number {
  return links.reduce((most, { deviceMtu }) => Math.max(most, deviceMtu), 1500);
}

/** The MAC of the kernel's end of the TAP. */
export function kernelMac(mac: Mac): Mac {
  const [a, b, c, d, e, f] = mac;
  return [a, b, c, d, e, f ^ 1];
}

/** What the worker is started with. */
export interface LoopStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  readonly links: readonly LoopLink[];
  /** Name of the TAP that packets to the router's own addresses go to; none unless given. */
  readonly tap: string | undefined;
  /** Whether what is dropped is told packet by packet. */
  readonly tellsDrops: boolean;
  /** See LOOP. */
  readonly shared: SharedArrayBuffer;
}

/** Cells (i32) of the memory that both look at. */
export const LOOP = {
  /** Not 0: the loop ends. */
  stop: 0,
  /** Not 0: packets are forwarded; before, only neighbours are heard. */
  isForwarding: 1,
  /** Moves on with each turn of the loop: what the watchdog looks at. */
  turns: 2,
  /** Frames that neighbours sent, and packets to own addresses, as they were handed on. */
  neighborFrames: 3,
  toKernel: 4,
  fromKernel: 5,
  /** Packets that waited until the MAC of their host was known, and those that waited in vain. */
  waited: 6,
  waitedInVain: 7,
  /** Batches by the time that they took, as TIMES says. */
  times: 16,
} as const;

/** Upper bounds of a batch's time in seconds; one cell more counts what took longer. */
export const TIMES: readonly number[] = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2, 1e-1,
];

/** Bytes of those cells. */
export const LOOP_BYTES = 4 * 64;

/** What each port counted, in the order of its cells (f64), which follow: see PortCounters. */
export const PORT_COUNTS = [
  "received",
  "kernelDropped",
  "cut",
  "checksumsFinished",
  "sent",
  "full",
  "tooLong",
  "refused",
] as const;

/** Bytes of all that both look at: the cells, the seconds that batches took, and the ports. */
export function sharedBytes(ports: number): number {
  return LOOP_BYTES + 8 * (1 + ports * PORT_COUNTS.length);
}

/** To the worker. */
export type LoopRequest =
  | { readonly kind: "pin"; readonly link: number; readonly address: Address }
  | { readonly kind: "verify"; readonly link: number }
  /** Packets to a host have their route: those that wait for it are sent. */
  | { readonly kind: "resume"; readonly link: number; readonly address: Address }
  | { readonly kind: "neighbors" };

/** A packet that was dropped, as it came in. */
export interface DroppedPacket {
  /** Number of the interface. */
  readonly input: number;
  readonly frame: Uint8Array;
  readonly timestampNs: bigint;
  /** As drop-reasons.ts names it. */
  readonly reason: number;
}

/** From the worker. */
export type LoopEvent =
  | { readonly kind: "ready"; readonly ports: readonly string[] }
  | { readonly kind: "found"; readonly link: number; readonly address: Address; readonly mac: Mac }
  | { readonly kind: "lost"; readonly link: number; readonly address: Address }
  | { readonly kind: "neighbors"; readonly neighbors: readonly KnownNeighbor[] }
  /** Packets that were dropped, and how many more were that could not be told. */
  | { readonly kind: "dropped"; readonly packets: readonly DroppedPacket[]; readonly lost: number }
  | { readonly kind: "warning"; readonly what: string }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly what: string;
      readonly where: string | undefined;
      readonly hint: string;
    };
