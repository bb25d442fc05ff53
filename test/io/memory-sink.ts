/** A byte sink that keeps what it is given. */

import type { ByteSink } from "../../src/io/port.ts";
import { concat } from "./capture-bytes.ts";

/** A sink in memory, and what happened to it. */
export interface MemorySink extends ByteSink {
  readonly bytes: Uint8Array;
  readonly writes: number;
  readonly isClosed: boolean;
}

/** Takes bytes late, as a slow disk does; fails once it holds `most`. */
export function memorySink(name = "test.pcap", most = Number.POSITIVE_INFINITY): MemorySink {
  const parts: Uint8Array[] = [];
  let isClosed = false;
  return {
    name,
    get bytes() {
      return concat(...parts);
    },
    get writes() {
      return parts.length;
    },
    get isClosed() {
      return isClosed;
    },
    async write(bytes: Uint8Array): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.bytes.length + bytes.length > most) throw new Error("full");
      parts.push(bytes.slice());
    },
    async [Symbol.asyncDispose](): Promise<void> {
      isClosed = true;
    },
  };
}
