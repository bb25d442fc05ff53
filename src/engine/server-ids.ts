/** Servers that name themselves in the connection ids of QUIC that they give out. */

import {
  HEADER,
  HEADER_SERVERS,
  SERVER_ADJACENCY,
  SERVER_BYTES,
  SERVERS_BYTES,
  SERVERS_COUNT,
  SERVERS_ENTRIES,
  SERVERS_ID_BYTES,
  SERVERS_MAX,
  SERVERS_PORT,
} from "../../assembly/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import type { MemoryPlan } from "./memory-plan.ts";

/** A server's id, and the adjacency that leads to it. */
export interface ServerId {
  readonly id: Uint8Array;
  readonly adjacency: number;
}

/** The servers of an engine. */
export class ServerIds {
  readonly #view: DataView;
  readonly #start: number;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.#view = new DataView(memory.buffer);
    this.#start = plan.servers;
  }

  /** Tells the packet path where they are. */
  initialise(): void {
    this.#view.setUint32(HEADER + HEADER_SERVERS, this.#start, true);
  }

  /** Sets all of them; ids are of one length. Throws CAPACITY for too many, USAGE for others. */
  set(port: number, servers: readonly ServerId[]): void {
    const idBytes = servers[0]?.id.length ?? 0;
    if (servers.length > SERVERS_MAX) {
      throw new AnyfibError({
        code: "CAPACITY",
        what: `${servers.length} servers with ids`,
        hint: `give at most ${SERVERS_MAX}`,
        detail: { servers: servers.length },
      });
    }
    if (servers.some(({ id }) => id.length !== idBytes)) {
      throw new AnyfibError({
        code: "USAGE",
        what: "server ids of different lengths",
        hint: "give all of them as many bytes",
      });
    }
    const bytes = new Uint8Array(this.#view.buffer, this.#start, SERVERS_BYTES);
    bytes.fill(0);
    this.#view.setUint32(this.#start + SERVERS_ID_BYTES, idBytes, true);
    this.#view.setUint32(this.#start + SERVERS_PORT, port, true);
    for (const [index, { id, adjacency }] of servers.entries()) {
      const entry = SERVERS_ENTRIES + index * SERVER_BYTES;
      bytes.set(id, entry);
      this.#view.setUint32(this.#start + entry + SERVER_ADJACENCY, adjacency, true);
    }
    this.#view.setUint32(this.#start + SERVERS_COUNT, servers.length, true);
  }
}
