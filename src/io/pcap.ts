/** The file header of pcap (draft-ietf-opsawg-pcap, section 4): 24 bytes of either byte order. */

import type { CaptureInterface } from "../engine/capture-state.ts";
import { type CapturePlace, formatError } from "./capture-errors.ts";

/** Bytes of the file header. */
export const PCAP_HEADER_BYTES = 24;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;

/** What the magic number says. */
export interface PcapMagic {
  readonly littleEndian: boolean;
  /** Nanoseconds of one unit of a timestamp's fraction. */
  readonly fractionNs: bigint;
}

/** Reads the magic number at the start of a file; undefined where it is none of pcap's. */
export function pcapMagic(view: DataView): PcapMagic | undefined {
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC_MICROSECONDS) return { littleEndian, fractionNs: 1000n };
    if (magic === MAGIC_NANOSECONDS) return { littleEndian, fractionNs: 1n };
  }
  return undefined;
}

/**
 * Reads the rest of the file header. The link type is the low half of its field: the upper holds
 * the length of a frame check sequence and reserved bits. The snapshot length binds nobody: real
 * files hold longer packets. Throws CAPTURE_FORMAT for a version other than 2.4.
 */
export function pcapInterface(
  view: DataView,
  magic: PcapMagic,
  place: CapturePlace,
): CaptureInterface {
  const major = view.getUint16(4, magic.littleEndian);
  const minor = view.getUint16(6, magic.littleEndian);
  if (major !== VERSION_MAJOR || minor !== VERSION_MINOR) {
    const what = `version ${major}.${minor} of pcap is not read`;
    throw formatError(place, what, { major, minor }, "convert it with editcap -F pcap");
  }
  return {
    linkType: view.getUint32(20, magic.littleEndian) & 0xffff,
    snapBytes: 0,
    ticks: { kind: "multiplied", factor: magic.fractionNs },
    offsetNs: 0n,
  };
}
