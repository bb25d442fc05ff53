/** What both walkers do: read words of either byte order, note why they stop, append a packet. */

import {
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  CAPTURE_INTERFACES,
  HEADER,
  HEADER_CAPTURE,
  INTERFACE_BYTES,
} from "../layout";
import { headerBatch } from "../memory/header";
import { Capture, CaptureInterface } from "./records";

/** The state of the one capture that is read. */
export function captureState(): Capture {
  return changetype<Capture>(load<u32>(HEADER, HEADER_CAPTURE));
}

/** The record of an interface below `interfaceCount`. */
export function captureInterface(capture: Capture, id: u32): CaptureInterface {
  const records = changetype<u32>(capture) + CAPTURE_INTERFACES;
  return changetype<CaptureInterface>(records + id * INTERFACE_BYTES);
}

/** Notes why the walker stops; always false, so that a step can end with it. */
export function captureStop(capture: Capture, stop: u32, value: u32): bool {
  capture.stop = stop;
  capture.value = value;
  return false;
}

/** A u32 of the file. */
export function captureWord(capture: Capture, address: u32): u32 {
  const word = load<u32>(address);
  return capture.swapped != 0 ? bswap<u32>(word) : word;
}

/** A u16 of the file. */
export function captureHalf(capture: Capture, address: u32): u32 {
  const half = load<u16>(address);
  return capture.swapped != 0 ? bswap<u16>(half) : half;
}

/** Fills the columns of a packet, its timestamp excepted, and counts it. */
export function captureAppend(
  capture: Capture,
  packet: u32,
  linkType: u32,
  frame: u32,
  captured: u32,
  original: u32,
): void {
  const column = headerBatch() + (packet << 2);
  store<u32>(column, frame, BATCH_OFFSETS);
  store<u32>(column, captured, BATCH_LENGTHS);
  store<u32>(column, original, BATCH_ORIGINAL_LENGTHS);
  store<u32>(column, linkType, BATCH_LINK_TYPES);
  capture.packets += 1;
  capture.packetBytes += captured;
  capture.shortPackets += <u64>(captured < original);
}
