/** Connection ids of QUIC that name servers, as a program writes them. */

import type { ServerId } from "../engine/server-ids.ts";
import { decodeHex } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";

/** Servers that put an id of their own into the connection ids that they give. */
export interface QuicOptions {
  /** UDP port of the servers: 443 unless said. */
  readonly port?: number;
  /** By next hop or site: the id that follows the connection id's first octet, hexadecimal. */
  readonly servers: Readonly<Record<string, string>>;
}

const PORT = 443;
const ID_BYTES_MAX = 16;

/** The port of the servers. */
export function quicPort({ port = PORT }: QuicOptions): number {
  return port;
}

/** Ids with their adjacencies. Throws USAGE for what is no id, and what `adjacencyOf` throws. */
export function quicServers(
  { servers }: QuicOptions,
  adjacencyOf: (nextHop: string) => number,
): readonly ServerId[] {
  return Object.entries(servers).map(([nextHop, text]) => {
    const id = decodeHex(text);
    if (id !== undefined && id.length >= 1 && id.length <= ID_BYTES_MAX) {
      return { id, adjacency: adjacencyOf(nextHop) };
    }
    throw new AnyfibError({
      code: "USAGE",
      what: `${quoted(text)} is no server id`,
      hint: `give 1 to ${ID_BYTES_MAX} bytes in hexadecimal`,
      detail: { nextHop },
    });
  });
}
