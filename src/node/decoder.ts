/** What the decoders of all formats share: their shape, and what they say of damaged input. */

import type { ByteWindow } from "../io/byte-window.ts";
import { AnyfibError } from "../net/errors.ts";

/**
 * Decodes what a window yields, piece by piece; a piece holds until the next is asked for.
 * Consumes input before the output that it made is yielded. Throws DECOMPRESSION (with what was
 * decoded before already yielded), anything else that its library throws, and what the source does.
 */
export type Decoder = (window: ByteWindow) => AsyncGenerator<Uint8Array, void, undefined>;

/** The stream is over where its format does not allow it. */
export function endsInside(name: string, format: string): AnyfibError {
  return new AnyfibError({
    code: "DECOMPRESSION",
    what: `the ${format} stream ends in mid-stream`,
    where: name,
    hint: "fetch the file again; what comes before the cut was read",
  });
}

/** The stream breaks its format's rules. */
export function damagedStream(
  name: string,
  format: string,
  reason: string,
  cause?: unknown,
): AnyfibError {
  return new AnyfibError({
    code: "DECOMPRESSION",
    what: `the ${format} stream is damaged: ${reason}`,
    where: name,
    hint: "fetch the file again; what comes before the damage was read",
    cause,
  });
}

/** The stream keeps its format's rules, but needs more than the decoder gives. */
export function notDecoded(name: string, format: string, reason: string): AnyfibError {
  return new AnyfibError({
    code: "DECOMPRESSION",
    what: `the ${format} stream is not decoded here: ${reason}`,
    where: name,
    hint: "decompress it outside, and give it as a file or through standard input (-)",
  });
}
