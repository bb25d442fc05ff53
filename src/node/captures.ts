/** Captures from files and standard input. */

import { type Capture, type CaptureOptions, openCaptureSource } from "../io/capture.ts";
import type { ByteSource } from "../io/port.ts";
import { RememberedBytes } from "../io/remembered-bytes.ts";
import type { Forwarder } from "../router/forwarder.ts";
import { openBytes } from "./open.ts";

export type { Capture } from "../io/capture.ts";

/**
 * Opens a capture over a forwarder, whose batch it fills: a path, or `-` for standard input; gzip,
 * bzip2 and zstd are seen through. Throws FILE, CAPTURE_FORMAT or CAPTURE_CUT.
 */
export async function openCapture(
  path: string,
  forwarder: Forwarder,
  options: CaptureOptions = {},
): Promise<Capture> {
  return openCaptureSource(await openBytes(path), forwarder.engine, options);
}

/**
 * What opens a capture again and again, one at a time: read and decompressed once, where it is no
 * longer than REMEMBERED_BYTES_MAX. Throws what `openCapture` throws, and USAGE where longer
 * standard input is opened again.
 */
export function reopenedCapture(
  path: string,
  forwarder: Forwarder,
  options: CaptureOptions = {},
): () => Promise<Capture> {
  const bytes = new RememberedBytes(() => openBytes(path));
  const open = (source: ByteSource) => openCaptureSource(source, forwarder.engine, options);
  return async () => open(await bytes.open());
}
