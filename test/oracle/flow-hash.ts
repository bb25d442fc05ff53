/** The flow hash as it is documented: SipHash-1-3 over the tuple as it stands on the wire. */

import { u16 } from "./ip-packets.ts";
import { sipHash } from "./siphash.ts";

/** A flow; the addresses in network order. */
export interface WireTuple {
  readonly source: ArrayLike<number>;
  readonly destination: ArrayLike<number>;
  readonly protocol: number;
  readonly ports?: { readonly source: number; readonly destination: number };
  readonly isFragment: boolean;
}

/** source | destination | source port | destination port | protocol; fragments have no ports. */
export function flowHash(key: Uint8Array, tuple: WireTuple): bigint {
  const ports = tuple.isFragment ? undefined : tuple.ports;
  const message = Uint8Array.from([
    ...Array.from(tuple.source),
    ...Array.from(tuple.destination),
    ...u16(ports?.source ?? 0),
    ...u16(ports?.destination ?? 0),
    tuple.protocol,
  ]);
  return sipHash(key, message, { compression: 1, finalisation: 3 });
}
