/** dnsperf in the anycast lab: queries at a rate, and how many of them were not answered. */

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { AnycastLab, LabProcess } from "./anycast-lab.ts";

/** Sockets that it asks from, which is as many flows. */
const CLIENTS = 200;
const TIMEOUT_SECONDS = 2;

/** What dnsperf saw. */
export interface Answers {
  readonly sent: number;
  readonly lost: number;
}

/** Queries that go on for so many seconds. */
export class QueryLoad {
  readonly #child: LabProcess;
  #printed = "";

  constructor(lab: AnycastLab, address: string, options: { rate: number; seconds: number }) {
    const file = path.join(lab.folder, "queries");
    writeFileSync(file, "site.example TXT\n");
    const { rate, seconds } = options;
    const numbers = { Q: rate, l: seconds, c: CLIENTS, t: TIMEOUT_SECONDS, q: rate };
    const flags = Object.entries(numbers).flatMap(([flag, value]) => [`-${flag}`, String(value)]);
    this.#child = lab.spawn("c", "dnsperf", "-s", address, "-d", file, ...flags);
    this.#child.stdout.on("data", (data) => {
      this.#printed += String(data);
    });
    this.#child.stderr.on("data", () => undefined);
  }

  /** Waits for its end. */
  async answers(): Promise<Answers> {
    if (this.#child.exitCode === null) await once(this.#child, "close");
    return { sent: this.#count("sent"), lost: this.#count("lost") };
  }

  #count(what: string): number {
    const [, count] = new RegExp(`Queries ${what}: +(\\d+)`).exec(this.#printed) ?? [];
    if (count === undefined) throw new Error(`dnsperf: ${this.#printed}`);
    return Number(count);
  }
}
