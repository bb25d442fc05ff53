/** Which format a capture is written in. */

import type { CaptureWriter } from "./capture-writer.ts";
import { PcapWriter } from "./pcap-writer.ts";
import { PcapngWriter } from "./pcapng-writer.ts";
import type { ByteSink } from "./port.ts";

/** A writer of pcapng where the sink's name ends so, of pcap otherwise; it owns the sink. */
export function captureWriter(sink: ByteSink): CaptureWriter {
  return sink.name.endsWith(".pcapng") ? new PcapngWriter(sink) : new PcapWriter(sink);
}
