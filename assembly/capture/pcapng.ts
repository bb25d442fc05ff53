/**
 * Walks the blocks of a pcapng file (draft-ietf-opsawg-pcapng, sections 3 and 4).
 *
 *   0      4        8                                            length-4   length
 *   | type | length | body: a multiple of 4 bytes …              | length   |
 *
 *   enhanced packet  8 interface  12 ticks high  16 ticks low  20 captured  24 original  28 data
 *   packet (old)     8 interface u16, drops u16; the rest as in the enhanced packet
 *   simple packet    8 original  12 data; of interface 0, without a timestamp
 *   custom           8 enterprise number  12 data; a packet of LINK_CUSTOM_BLOCK, no timestamp
 *
 * A block of packets counts only when it is wholly there and its two lengths agree. Blocks of other
 * types are passed over in steps, whatever their length. Section headers and interface descriptions
 * are rare: the walker stops at them and the host reads them.
 * The forwarder may write 14 bytes before a packet's data. Before a simple packet these reach into
 * the last two bytes of the block in front: a length that has been checked, never a packet's data.
 */

import {
  BATCH_MAX,
  BATCH_TIMESTAMPS,
  CAPTURE_BLOCK_BYTES_MAX,
  CAPTURE_STOP_BATCH,
  CAPTURE_STOP_BLOCK_LENGTH,
  CAPTURE_STOP_BLOCK_LONG,
  CAPTURE_STOP_INTERFACE,
  CAPTURE_STOP_MORE,
  CAPTURE_STOP_PACKET_LENGTH,
  CAPTURE_STOP_SECTION,
  CAPTURE_STOP_TRAILER,
  CAPTURE_STOP_UNKNOWN_INTERFACE,
  LINK_CUSTOM_BLOCK,
  PACKET_BYTES_MAX,
} from "../layout";
import { headerBatch } from "../memory/header";
import { Capture } from "./records";
import {
  captureAppend,
  captureHalf,
  captureInterface,
  captureState,
  captureStop,
  captureWord,
} from "./state";
import { ticksNanoseconds } from "./timestamp";

const BLOCK_SECTION: u32 = 0x0a0d0d0a;
const BLOCK_INTERFACE: u32 = 1;
const BLOCK_PACKET: u32 = 2;
const BLOCK_SIMPLE_PACKET: u32 = 3;
const BLOCK_ENHANCED_PACKET: u32 = 6;
const BLOCK_CUSTOM: u32 = 0xbad;
/** As above, and not to be copied by programs that change a file. */
const BLOCK_CUSTOM_LOCAL: u32 = 0x40000bad;

/** Type and the two lengths: every block has them. */
const BLOCK_BYTES_MIN: u32 = 12;
const TRAILER_BYTES: u32 = 4;
const PACKET_DATA: u32 = 28;
const SIMPLE_PACKET_DATA: u32 = 12;
const CUSTOM_DATA: u32 = 12;

/**
 * Fills the batch with at most `max` packets and returns how many; `stop` says why there are no
 * more. Called again, it goes on where it stopped.
 */
export function pcapngWalk(max: u32): u32 {
  const capture = captureState();
  const limit = min<u32>(max, BATCH_MAX);
  let packet: u32 = 0;
  captureStop(capture, CAPTURE_STOP_BATCH, 0);
  while (packet < limit) {
    if (!blockPass(capture) || !blockStart(capture)) break;
    const type = captureWord(capture, capture.cursor);
    const length = captureWord(capture, capture.cursor + 4);
    if (!blockIsRead(type, length)) {
      capture.skippedLength = length;
      capture.skip = length - TRAILER_BYTES;
      continue;
    }
    if (!blockIsWhole(capture, type, length)) break;
    if (!blockAppend(capture, packet, type, length)) break;
    capture.cursor += length;
    packet++;
  }
  return packet;
}

/** True for the types whose content matters; a custom block only where it could be a packet. */
function blockIsRead(type: u32, length: u32): bool {
  if (type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET) return true;
  if (type == BLOCK_PACKET || type == BLOCK_INTERFACE) return true;
  if (type != BLOCK_CUSTOM && type != BLOCK_CUSTOM_LOCAL) return false;
  return length <= CUSTOM_DATA + PACKET_BYTES_MAX + TRAILER_BYTES;
}

/** Goes on passing over a block that nobody reads; false where it is not wholly there yet. */
function blockPass(capture: Capture): bool {
  if (capture.skippedLength == 0) return true;
  const passed = min<u32>(capture.skip, capture.end - capture.cursor);
  capture.cursor += passed;
  capture.skip -= passed;
  if (capture.skip != 0) return captureStop(capture, CAPTURE_STOP_MORE, 1);
  if (capture.end - capture.cursor < TRAILER_BYTES) {
    return captureStop(capture, CAPTURE_STOP_MORE, TRAILER_BYTES);
  }
  const trailer = captureWord(capture, capture.cursor);
  if (trailer != capture.skippedLength) return captureStop(capture, CAPTURE_STOP_TRAILER, trailer);
  capture.cursor += TRAILER_BYTES;
  capture.skippedLength = 0;
  return true;
}

/** True where a block other than a section header starts at the cursor with a possible length. */
function blockStart(capture: Capture): bool {
  const cursor = capture.cursor;
  if (capture.end - cursor < BLOCK_BYTES_MIN) {
    return captureStop(capture, CAPTURE_STOP_MORE, BLOCK_BYTES_MIN);
  }
  // Its type reads the same in both byte orders; its length does not, and the host finds out which.
  if (load<u32>(cursor) == BLOCK_SECTION) return captureStop(capture, CAPTURE_STOP_SECTION, 0);
  const length = captureWord(capture, cursor + 4);
  if (length >= BLOCK_BYTES_MIN && (length & 3) == 0) return true;
  return captureStop(capture, CAPTURE_STOP_BLOCK_LENGTH, length);
}

/** True where the block at the cursor is a packet's, is wholly there, and its two lengths agree. */
function blockIsWhole(capture: Capture, type: u32, length: u32): bool {
  const cursor = capture.cursor;
  if (length > CAPTURE_BLOCK_BYTES_MAX) {
    return captureStop(capture, CAPTURE_STOP_BLOCK_LONG, length);
  }
  if (capture.end - cursor < length) return captureStop(capture, CAPTURE_STOP_MORE, length);
  const trailer = captureWord(capture, cursor + length - TRAILER_BYTES);
  if (trailer != length) return captureStop(capture, CAPTURE_STOP_TRAILER, trailer);
  if (type == BLOCK_INTERFACE) return captureStop(capture, CAPTURE_STOP_INTERFACE, length);
  return true;
}

/** Appends the packet of a whole block; false for a bad one. */
function blockAppend(capture: Capture, packet: u32, type: u32, length: u32): bool {
  switch (type) {
    case BLOCK_ENHANCED_PACKET:
      return enhancedPacket(capture, packet, length, false);
    case BLOCK_PACKET:
      return enhancedPacket(capture, packet, length, true);
    case BLOCK_SIMPLE_PACKET:
      return simplePacket(capture, packet, length);
    default:
      return customBlock(capture, packet, length);
  }
}

function enhancedPacket(capture: Capture, packet: u32, length: u32, isOld: bool): bool {
  const cursor = capture.cursor;
  if (length < PACKET_DATA + TRAILER_BYTES) {
    return captureStop(capture, CAPTURE_STOP_BLOCK_LENGTH, length);
  }
  const id = isOld ? captureHalf(capture, cursor + 8) : captureWord(capture, cursor + 8);
  if (id >= capture.interfaceCount) {
    return captureStop(capture, CAPTURE_STOP_UNKNOWN_INTERFACE, id);
  }
  const captured = captureWord(capture, cursor + 20);
  if (captured > min<u32>(length - PACKET_DATA - TRAILER_BYTES, PACKET_BYTES_MAX)) {
    return captureStop(capture, CAPTURE_STOP_PACKET_LENGTH, captured);
  }
  const described = captureInterface(capture, id);
  const high = captureWord(capture, cursor + 12);
  const ticks = ((<u64>high) << 32) | <u64>captureWord(capture, cursor + 16);
  const original = captureWord(capture, cursor + 24);
  captureAppend(capture, packet, described.linkType, cursor + PACKET_DATA, captured, original);
  setTimestamp(packet, ticksNanoseconds(described, ticks));
  return true;
}

function simplePacket(capture: Capture, packet: u32, length: u32): bool {
  const cursor = capture.cursor;
  if (length < SIMPLE_PACKET_DATA + TRAILER_BYTES) {
    return captureStop(capture, CAPTURE_STOP_BLOCK_LENGTH, length);
  }
  if (capture.interfaceCount == 0) {
    return captureStop(capture, CAPTURE_STOP_UNKNOWN_INTERFACE, 0);
  }
  const described = captureInterface(capture, 0);
  const original = captureWord(capture, cursor + 8);
  const snapBytes = described.snapBytes;
  const captured = snapBytes == 0 ? original : min<u32>(original, snapBytes);
  if (captured > min<u32>(length - SIMPLE_PACKET_DATA - TRAILER_BYTES, PACKET_BYTES_MAX)) {
    return captureStop(capture, CAPTURE_STOP_PACKET_LENGTH, captured);
  }
  const frame = cursor + SIMPLE_PACKET_DATA;
  captureAppend(capture, packet, described.linkType, frame, captured, original);
  setTimestamp(packet, 0);
  return true;
}

function customBlock(capture: Capture, packet: u32, length: u32): bool {
  if (length < CUSTOM_DATA + TRAILER_BYTES) {
    return captureStop(capture, CAPTURE_STOP_BLOCK_LENGTH, length);
  }
  const bytes = length - CUSTOM_DATA - TRAILER_BYTES;
  const data = capture.cursor + CUSTOM_DATA;
  captureAppend(capture, packet, LINK_CUSTOM_BLOCK, data, bytes, bytes);
  setTimestamp(packet, 0);
  return true;
}

function setTimestamp(packet: u32, nanoseconds: u64): void {
  store<u64>(headerBatch() + (packet << 3), nanoseconds, BATCH_TIMESTAMPS);
}
