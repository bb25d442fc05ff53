/** The ports that the loop serves: interfaces by kernel rings, and the TAP to the kernel. */

import type { Engine } from "../engine/engine.ts";
import { takeSocketError } from "../io/af-packet.ts";
import type { Libc } from "../io/libc.ts";
import type { LivePort } from "../io/live-port.ts";
import { loadLibc } from "../io/load-libc.ts";
import { openLivePort } from "../io/open-port.ts";
import { type LoopLink, TAP_FRAMES, tapMtu } from "./loop-messages.ts";

const POLL_BYTES = 8;
const POLL_IN = 1;
/** Something is wrong with a port, mostly that its interface is down: poll returns at once. */
const POLL_FAULTS = 0x38;
const FAULT_MS = 20;

const SHARED =
  "the kernel handles its packets too, which may answer or forward them a second time; " +
  "to keep it out needs CAP_BPF and CAP_NET_ADMIN";

type OpenedTexts = Pick<LoopPorts, "names" | "warnings">;

/** All ports of a loop. */
export class LoopPorts implements Disposable {
  readonly ports: readonly LivePort[];
  /** What each is, for the log. */
  readonly names: readonly string[];
  /** What does not work as it could. */
  readonly warnings: readonly string[];
  readonly #libc: Libc;
  readonly #polls: DataView;

  private constructor(libc: Libc, ports: readonly LivePort[], { names, warnings }: OpenedTexts) {
    this.#libc = libc;
    this.ports = ports;
    this.names = names;
    this.warnings = warnings;
    this.#polls = new DataView(new ArrayBuffer(ports.length * POLL_BYTES));
    for (const [index, { descriptor }] of ports.entries()) {
      this.#polls.setInt32(index * POLL_BYTES, descriptor, true);
    }
  }

  /** Opens all. Throws ENVIRONMENT where one cannot be, with none left open. */
  static async open(
    engine: Engine,
    links: readonly LoopLink[],
    tap: string | undefined,
  ): Promise<LoopPorts> {
    const libc = await loadLibc();
    const ports: LivePort[] = [];
    const names: string[] = [];
    const warnings: string[] = [];
    try {
      for (const { number, device, mode, tags } of links) {
        const { port, why } = openLivePort(engine, libc, { device, number, mode, tags });
        ports.push(port);
        if (!port.isExclusive) warnings.push(`${device}: ${SHARED}`);
        names.push(`${device}: ${port.mode} (${why})`);
      }
      if (tap !== undefined) {
        const sizes = { frames: TAP_FRAMES, mtu: tapMtu(links) };
        const place = { device: tap, number: links.length + 1, mode: "tap" } as const;
        ports.push(openLivePort(engine, libc, { ...place, ...sizes }).port);
        names.push(`${tap}: tap`);
      }
    } catch (error) {
      for (const port of ports) port[Symbol.dispose]();
      throw error;
    }
    return new LoopPorts(libc, ports, { names, warnings });
  }

  /** Sleeps until frames are there, or for so long; a port at fault does not wake it. */
  wait(milliseconds: number): void {
    for (let index = 0; index < this.ports.length; index++) {
      this.#polls.setUint32(index * POLL_BYTES + 4, POLL_IN, true);
    }
    const bytes = new Uint8Array(this.#polls.buffer);
    if (this.#libc.poll(bytes, this.ports.length, milliseconds) <= 0) return;
    const faults = this.#faults();
    if (faults.length === 0) return;
    // Told once that its interface went down, a socket says so until it is asked why.
    for (const { descriptor } of faults) takeSocketError(this.#libc, descriptor);
    if (this.#hasFrames()) return;
    // Otherwise the loop would turn as fast as it can.
    this.#libc.poll(bytes.subarray(0, 0), 0, FAULT_MS);
  }

  [Symbol.dispose](): void {
    for (const port of this.ports) port[Symbol.dispose]();
  }

  #events(index: number): number {
    return this.#polls.getUint16(index * POLL_BYTES + 6, true);
  }

  #faults(): readonly LivePort[] {
    return this.ports.filter((_, index) => (this.#events(index) & POLL_FAULTS) !== 0);
  }

  #hasFrames(): boolean {
    return this.ports.some((_, index) => (this.#events(index) & POLL_IN) !== 0);
  }
}
