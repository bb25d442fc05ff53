/** Live ports: where packets come in from a network and leave for one. */

import type { VlanTag } from "../engine/adjacency.ts";
import type { Batch } from "../engine/batch.ts";
import type { Mac } from "../net/mac.ts";

/** How a port meets the kernel. */
export type LiveMode = "packet_ring" | "packet_mmsg" | "tap" | "tun";

/** What a port counted since it was opened: frames. */
export interface PortCounters {
  readonly received: number;
  /** Dropped by the kernel, as nobody took them in time. */
  readonly kernelDropped: number;
  /** Longer than a frame of the ring, or merged by an offload: dropped. */
  readonly cut: number;
  /** Checksums that the sender had left to its network card, and that were finished here. */
  readonly checksumsFinished: number;
  readonly sent: number;
  /** Not sent, as the kernel had no room. */
  readonly full: number;
  /** Not sent, as they were too long. */
  readonly tooLong: number;
  /** Not sent, as the kernel refused them. */
  readonly refused: number;
}

/** How a port is opened. */
export interface LivePortOptions {
  /** Name of the interface; of a TAP or TUN, which is made where it is not there. */
  readonly device: string;
  /** Number of the router's interface. */
  readonly number: number;
  /** Frames of each ring: a power of two, 2,048 unless said. */
  readonly frames?: number;
  /** Bytes of the largest IP packet of a TAP or TUN, where they are more than its MTU. */
  readonly mtu?: number;
  /**
   * VLAN tags of the port's frames, the outer one first: others are not heard, and these are taken
   * off and put on. None for frames without tags. All frames are heard as they come unless said.
   */
  readonly tags?: readonly VlanTag[];
  /** Whether the kernel handles what comes in as well; it does not unless said. */
  readonly isShared?: boolean;
}

/** An interface of the machine. */
export interface Device {
  readonly name: string;
  /** The kernel's number. */
  readonly index: number;
  readonly mac: Mac;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
}

/**
 * A live port of an engine. Its number is that of the router's interface that it stands for: the
 * packets that leave by it are those whose adjacency has that number.
 *
 *     count = port.receive();  engine.process();
 *     for (const each of ports) each.transmit();
 *     port.release();
 */
export interface LivePort extends Disposable {
  readonly number: number;
  readonly mode: LiveMode;
  readonly device: Device;
  /** Whether the kernel leaves the port's packets alone. */
  readonly isExclusive: boolean;
  /** For poll: readable when frames are there. */
  readonly descriptor: number;
  /** Fills the engine's batch with frames that are there; returns how many. */
  receive(): number;
  /** Hands over what leaves by this port, of the batch and of the replies; returns how many. */
  transmit(batch: Batch): number;
  /** Hands over one frame that the host made; false, and counted, where there is no room. */
  send(frame: Uint8Array): boolean;
  /** Gives the frames of the batch back: they are gone from memory afterwards. */
  release(): void;
  readonly counters: PortCounters;
}
