/** The destinations of a capture's packets, as streams of addresses take them. */

import { readFlow } from "../src/engine/flow-record.ts";
import { createForwarder } from "../src/index.ts";
import type { Address } from "../src/net/address.ts";
import { openCapture } from "../src/node/captures.ts";
import { addressBytes, STREAM_ADDRESSES } from "./patterns.ts";

/** Packed addresses in network order, by family. */
export type Destinations = Readonly<Record<4 | 6, Uint8Array>>;

/** Destinations of a family, as many as a stream takes. */
class Gatherer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #used = 0;

  constructor(family: 4 | 6) {
    this.#bytes = new Uint8Array(STREAM_ADDRESSES * addressBytes(family));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get isFull(): boolean {
    return this.#used === this.#bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  add(address: Address): void {
    if (this.isFull) return;
    if (address.family === 4) this.#view.setUint32(this.#used, address.value);
    else {
      this.#view.setBigUint64(this.#used, address.high);
      this.#view.setBigUint64(this.#used + 8, address.low);
    }
    this.#used += addressBytes(address.family);
  }
}

/**
 * Reads the destinations of packets in their order: those of the outermost header. Throws FILE,
 * CAPTURE_FORMAT or CAPTURE_CUT.
 */
export async function captureDestinations(file: string): Promise<Destinations> {
  const forwarder = await createForwarder();
  const { engine } = forwarder;
  const gatherers = { 4: new Gatherer(4), 6: new Gatherer(6) };
  await using capture = await openCapture(file, forwarder);
  while (!(gatherers[4].isFull && gatherers[6].isFull)) {
    const count = await capture.next();
    if (count === 0) break;
    engine.process();
    for (let packet = 0; packet < count; packet++) {
      const destination = readFlow(engine.batch, packet)?.destination;
      if (destination !== undefined) gatherers[destination.family].add(destination);
    }
  }
  return { 4: gatherers[4].bytes, 6: gatherers[6].bytes };
}
