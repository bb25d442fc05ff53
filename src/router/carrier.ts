/**
 * Whether interfaces have a link, as the kernel's files say: looked at every few milliseconds, and
 * whenever somebody says that there is news. The kernel may hold its own news back for a second.
 */

import { readFileSync } from "node:fs";

/** How often: a lost link is known after so many milliseconds at most. */
const POLL_MS = 10;

/** Whether an interface is up and has a link; false where there is no such interface. */
export function hasCarrier(device: string): boolean {
  try {
    // The file cannot be read while the interface is down.
    return readFileSync(`/sys/class/net/${device}/carrier`, "latin1").startsWith("1");
  } catch {
    return false;
  }
}

/** Calls `onChange` whenever one of the devices loses its link or gets it back. */
export class CarrierWatch implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #states = new Map<string, boolean>();
  readonly #onChange: (device: string, isUp: boolean) => void;

  constructor(devices: readonly string[], onChange: (device: string, isUp: boolean) => void) {
    this.#onChange = onChange;
    for (const device of devices) this.#states.set(device, true);
    this.look();
    this.#timer = setInterval(() => this.look(), POLL_MS);
  }

  /** Looks once. */
  look(): void {
    for (const [device, wasUp] of this.#states) {
      const isUp = hasCarrier(device);
      if (isUp === wasUp) continue;
      this.#states.set(device, isUp);
      this.#onChange(device, isUp);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
