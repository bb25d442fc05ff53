/** Decodes gzip (RFC 1952), all its members, through Node's zlib. */

import { createGunzip, type Gunzip } from "node:zlib";
import type { ByteWindow } from "../io/byte-window.ts";
import { damagedStream, endsInside } from "./decoder.ts";

/** Input a step: what one of them may grow to, at most 1,032 times as much, is held at a time. */
const STEP_BYTES = 16 * 1024;
const OUTPUT_BYTES = 64 * 1024;

/** A Decoder. The stream flows freely, since a step at a time is written: it never holds back. */
export async function* decodeGzip(window: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  const decoded: Uint8Array[] = [];
  gunzip.on("data", (piece: Uint8Array) => decoded.push(piece));
  const failed = new Promise<Error>((resolve) => gunzip.once("error", resolve));
  try {
    while (await window.fill(1)) {
      const step = window.bytes.subarray(0, STEP_BYTES);
      const failure = await Promise.race([written(gunzip, step), failed]);
      window.consume(step.length);
      yield* decoded.splice(0);
      if (failure) throw damagedStream(window.name, "gzip", failure.message, failure);
    }
    const failure = await Promise.race([ended(gunzip), failed]);
    yield* decoded.splice(0);
    // All input was decoded without an error before: only the end can be missing.
    if (failure) throw endsInside(window.name, "gzip");
  } finally {
    gunzip.destroy();
  }
}

function written(gunzip: Gunzip, bytes: Uint8Array): Promise<undefined> {
  return new Promise((resolve) => gunzip.write(bytes, () => resolve(undefined)));
}

function ended(gunzip: Gunzip): Promise<undefined> {
  return new Promise((resolve) => {
    gunzip.once("end", () => resolve(undefined));
    gunzip.end();
  });
}
