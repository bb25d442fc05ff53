/** The client of the anycast lab: what it has seen so far, and in the end. */

import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { LabProcess } from "./anycast-lab.ts";

/** What a client saw. */
export interface Seen {
  /** Connections that opened, and those that broke. */
  readonly connections: number;
  readonly broken: number;
  readonly asked: number;
  readonly lost: number;
  /** By site: connections that stand there now, and those that broke. */
  readonly sites: Readonly<
    Record<string, { readonly connections: number; readonly broken: number }>
  >;
}

/** Keeps connections and queries going until it ends. */
export class AnycastClient {
  readonly #child: LabProcess;
  readonly #lines: Interface;

  constructor(child: LabProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout });
  }

  /** What it saw so far. */
  async seen(): Promise<Seen> {
    const line = once(this.#lines, "line");
    this.#child.stdin.write("\n");
    return JSON.parse(String((await line)[0]));
  }

  /** Ends it; returns what it saw. */
  async end(): Promise<Seen> {
    const line = once(this.#lines, "line");
    this.#child.stdin.end();
    const [text] = await line;
    await once(this.#child, "close");
    return JSON.parse(String(text));
  }
}
