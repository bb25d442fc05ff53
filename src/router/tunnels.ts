/** Tunnels that end at the router, as programs and configurations write them. */

import type { Engine } from "../engine/engine.ts";
import type { TunnelCounts, TunnelEnd, TunnelKind } from "../engine/tunnel-ends.ts";
import { formatAddress, isMulticast, isUnspecified, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { maskAddress } from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import type { RouteTable } from "../rib/route-table.ts";
import { prefixOf } from "./route-input.ts";

/** A tunnel that ends here: packets to its addresses are taken apart. */
export interface TunnelInput {
  /** What reports call it. */
  readonly name: string;
  /** Addresses of the router's, of either family. */
  readonly addresses: readonly string[];
  /** Both unless said: `ipip` is protocols 4 and 41, `gue` is UDP. */
  readonly kinds?: readonly TunnelKind[];
  /** UDP port of GUE: 6080 unless said. */
  readonly port?: number;
  /** Outer sources that may send: addresses and prefixes; all unless said. */
  readonly sources?: readonly string[];
  /**
   * Whether a packet of GUE whose inside no route leads on goes to the next hop of its list; false
   * unless said.
   */
  readonly secondChance?: boolean;
}

/** A tunnel and what came by it. */
export interface TunnelCounters extends TunnelCounts {
  readonly tunnel: string;
}

const GUE_PORT = 6080;
const PORT_MAX = 65_535;

function fault(name: string, what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what: `tunnel ${quoted(name)}: ${what}`, hint });
}

/** The tunnel of an input; throws USAGE where it is none, or its ends are among those taken. */
export function tunnelEnd(input: TunnelInput, taken: Map<string, string>): TunnelEnd {
  const {
    name,
    kinds = ["ipip", "gue"],
    port = GUE_PORT,
    sources = [],
    secondChance = false,
  } = input;
  if (!(Number.isInteger(port) && port > 0 && port <= PORT_MAX)) {
    throw fault(name, `port ${port}`, `give 1 to ${PORT_MAX}`);
  }
  if (input.addresses.length === 0 || kinds.length === 0) {
    throw fault(name, "it ends nowhere", "give it addresses of the router's, and kinds");
  }
  const addresses = input.addresses.map((text) => {
    const address = parseAddress(text);
    if (address !== undefined && !isMulticast(address) && !isUnspecified(address)) return address;
    throw fault(name, `${quoted(text)} is no address of a router`, "write 192.0.2.1");
  });
  for (const address of addresses) {
    for (const kind of kinds) {
      const end = `${formatAddress(address)} ${kind === "gue" ? `UDP port ${port}` : kind}`;
      const owner = taken.get(end);
      if (owner !== undefined) {
        throw fault(name, `${quoted(owner)} ends at ${end} too`, "give each end to one tunnel");
      }
      taken.set(end, name);
    }
  }
  return { addresses, kinds, port, sources: sources.map(prefixOf), secondChance };
}

/** The tunnels of a forwarder. */
export class Tunnels {
  readonly #engine: Engine;
  /** Their names, by number from 1. */
  #names: readonly string[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Lets these tunnels follow those that there were; counts go on where the names are the same.
   * Throws USAGE for what is no tunnel, CAPACITY for too many, with everything as it was.
   */
  replace(inputs: readonly TunnelInput[]): void {
    const taken = new Map<string, string>();
    this.#engine.tunnels.set(inputs.map((input) => tunnelEnd(input, taken)));
    const names = inputs.map(({ name }) => name);
    if (names.join() !== this.#names.join()) this.reset();
    this.#names = names;
  }

  /** What came by each, in the order in which they were given. */
  counters(): readonly TunnelCounters[] {
    return this.#names.map((tunnel, index) => ({
      tunnel,
      ...this.#engine.tunnels.read(index + 1),
    }));
  }

  /** The last tunnel whose end a packet of the batch came to; undefined for none. */
  of(packet: number): string | undefined {
    if (this.#names.length === 0) return undefined;
    return this.#names[(this.#engine.batch.tunnels[packet] ?? 0) - 1];
  }

  /** Sets all counts to 0. */
  reset(): void {
    this.#engine.tunnels.reset();
  }
}

/** Adds what tunnels bring along: what else goes to their ends is punted. */
export function addTunnelRoutes(table: RouteTable, tunnels: readonly TunnelInput[]): void {
  const local = table.internTarget({ kind: "local" });
  for (const { addresses } of tunnels) {
    for (const text of addresses) {
      const address = parseAddress(text);
      if (address === undefined) continue;
      table.add(maskAddress(address, address.family === 4 ? 32 : 128), local);
    }
  }
}
