/** Which writer a test's file name asks for. */

import type { CaptureWriter } from "../../src/io/capture-writer.ts";
import { PcapWriter } from "../../src/io/pcap-writer.ts";
import { PcapngWriter } from "../../src/io/pcapng-writer.ts";
import type { ByteSink } from "../../src/io/port.ts";

/** A writer of the format that the sink's name ends with. */
export function captureWriter(sink: ByteSink): CaptureWriter {
  return sink.name.endsWith(".pcapng") ? new PcapngWriter(sink) : new PcapWriter(sink);
}
