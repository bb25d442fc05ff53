/** What a running router's counters mean that an operator has to put right. */

import type { NamedCounters } from "../router/loop.ts";

/** Warns of interfaces whose frames are merged before they come here: once for each. */
export class CutWarnings {
  readonly #warned = new Set<string>();
  readonly #warn: (warning: string) => void;

  constructor(warn: (warning: string) => void) {
    this.#warn = warn;
  }

  /** Looks at the counters once. */
  look(ports: readonly NamedCounters[]): void {
    for (const { name, cut } of ports) {
      if (cut === 0 || this.#warned.has(name)) continue;
      this.#warned.add(name);
      this.#warn(
        `${name}: frames that are longer than its MTU are dropped: an offload merges them; ` +
          "ethtool -K DEVICE gro off lro off, and tso off gso off at a virtual link's other end",
      );
    }
  }
}
