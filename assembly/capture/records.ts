/** Views of the walkers' state in memory (layout.ts, CAPTURE and INTERFACE). */

/** Where the walker stands in what the host has read. */
@unmanaged
export class Capture {
  cursor: u32;
  end: u32;
  stop: u32;
  value: u32;
  swapped: u32;
  skip: u32;
  skippedLength: u32;
  interfaceCount: u32;
  packets: u64;
  packetBytes: u64;
  shortPackets: u64;
}

/** What a capture says about the packets of one interface. */
@unmanaged
export class CaptureInterface {
  linkType: u32;
  snapBytes: u32;
  ticks: u32;
  unused: u32;
  factor: u64;
  ticksMax: u64;
  offset: i64;
}
