/**
 * Walks the records of a pcap file (draft-ietf-opsawg-pcap, section 5).
 *
 *   0         4          8                12                16
 *   | seconds | fraction | captured bytes | original bytes  | the packet, captured bytes long …
 *
 * The host has read the file header: interface 0 holds the link type, and as its factor the
 * nanoseconds of one unit of the fraction. A fraction of more than a second is taken as it is.
 * The 16 bytes stay free for the forwarder, which composes an Ethernet header before the packet.
 */

import {
  BATCH_MAX,
  BATCH_TIMESTAMPS,
  CAPTURE_STOP_BATCH,
  CAPTURE_STOP_MORE,
  CAPTURE_STOP_PACKET_LENGTH,
  PACKET_BYTES_MAX,
} from "../layout";
import { headerBatch } from "../memory/header";
import { captureAppend, captureInterface, captureState, captureStop, captureWord } from "./state";

const RECORD_BYTES: u32 = 16;
const SECOND: u64 = 1000000000;

/**
 * Fills the batch with at most `max` packets and returns how many. `stop` says why there are no
 * more: the batch is full, the next record is not wholly there, or its length is impossible.
 */
export function pcapWalk(max: u32): u32 {
  const capture = captureState();
  const described = captureInterface(capture, 0);
  const timestamps = headerBatch() + BATCH_TIMESTAMPS;
  const limit = min<u32>(max, BATCH_MAX);
  const end = capture.end;
  let cursor = capture.cursor;
  let packet: u32 = 0;
  captureStop(capture, CAPTURE_STOP_BATCH, 0);
  for (; packet < limit; packet++) {
    const left = end - cursor;
    if (left < RECORD_BYTES) {
      captureStop(capture, CAPTURE_STOP_MORE, RECORD_BYTES);
      break;
    }
    const captured = captureWord(capture, cursor + 8);
    if (captured > PACKET_BYTES_MAX) {
      captureStop(capture, CAPTURE_STOP_PACKET_LENGTH, captured);
      break;
    }
    if (left - RECORD_BYTES < captured) {
      captureStop(capture, CAPTURE_STOP_MORE, RECORD_BYTES + captured);
      break;
    }
    const seconds = <u64>captureWord(capture, cursor);
    const fraction = <u64>captureWord(capture, cursor + 4);
    const original = captureWord(capture, cursor + 12);
    const frame = cursor + RECORD_BYTES;
    captureAppend(capture, packet, described.linkType, frame, captured, original);
    store<u64>(timestamps + (packet << 3), seconds * SECOND + fraction * described.factor);
    cursor = frame + captured;
  }
  capture.cursor = cursor;
  return packet;
}
