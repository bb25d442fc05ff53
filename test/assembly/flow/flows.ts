/** Flows for tests of the flow hash: drawn, and as their wire form. */

import type { FlowTuple } from "../../../src/engine/flow-record.ts";
import { type Address, parseAddress } from "../../../src/net/address.ts";
import type { WireTuple } from "../../oracle/flow-hash.ts";
import type { Random } from "../../oracle/random.ts";

/** An address that is one. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** An IPv4 flow from numbers. */
export function flow4(
  source: number,
  destination: number,
  ports: { readonly source: number; readonly destination: number },
  protocol = 17,
): FlowTuple {
  return {
    source: { family: 4, value: source >>> 0 },
    destination: { family: 4, value: destination >>> 0 },
    ports,
    protocol,
  };
}

/** Any flow of a family; a third has no ports. */
export function anyFlow(random: Random, family: 4 | 6): FlowTuple {
  const half = (): bigint => random.bytes(8).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  const end = (): Address =>
    family === 4 ? { family, value: random.below(2 ** 32) } : { family, high: half(), low: half() };
  const ports = { source: random.below(65536), destination: random.below(65536) };
  return {
    source: end(),
    destination: end(),
    protocol: random.below(256),
    ...(random.below(3) === 0 ? {} : { ports }),
    ...(family === 6 ? { flowLabel: random.below(2 ** 20) } : {}),
  };
}

function addressBytes(at: Address): Uint8Array {
  const bytes = new Uint8Array(at.family === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  if (at.family === 4) view.setUint32(0, at.value);
  else {
    view.setBigUint64(0, at.high);
    view.setBigUint64(8, at.low);
  }
  return bytes;
}

/** The flow as it stands on the wire. */
export function wireOf(flow: FlowTuple): WireTuple {
  const { isFragment = false } = flow;
  const [source, destination] = [addressBytes(flow.source), addressBytes(flow.destination)];
  return { ...flow, source, destination, isFragment };
}

/** The other direction. */
export function reversed(flow: FlowTuple): FlowTuple {
  const { source, destination, ports } = flow;
  const back = ports && { source: ports.destination, destination: ports.source };
  return { ...flow, source: destination, destination: source, ...(back ? { ports: back } : {}) };
}
