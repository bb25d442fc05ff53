/** Captures from files and standard input. */

import { type Capture, type CaptureOptions, openCaptureSource } from "../io/capture.ts";
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
