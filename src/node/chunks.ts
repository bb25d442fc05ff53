/** What a source brings, in pieces. */

import type { ByteSource } from "../io/port.ts";

/** Bytes asked of a source at a time. */
const CHUNK_BYTES = 256 * 1024;

/** What a source brings, in pieces; each is overwritten by the next. */
export async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const count = await source.read(buffer);
    if (count === 0) return;
    yield buffer.subarray(0, count);
  }
}
