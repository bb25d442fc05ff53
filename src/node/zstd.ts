/**
 * Decodes Zstandard (RFC 8878), all its frames, block by block through fzstd.
 *
 *   frame   magic 4 | header 2 to 14 | blocks … | checksum 4, where the header says so
 *   block   last 1 bit, type 2 bits, size 21 bits | content
 *
 * The frames are taken apart here, so that a step makes one block at most, and windows and blocks
 * beyond their limits are refused before memory is taken for them. Checksums are not verified:
 * fzstd does not.
 */

import { Decompress } from "fzstd";
import type { ByteWindow } from "../io/byte-window.ts";
import { damagedStream, endsInside, notDecoded } from "./decoder.ts";

/** Farthest reference that fzstd reads right: 2^25, what zstd uses up to its level 20. */
const WINDOW_BYTES_MAX = 32 * 1024 * 1024;
const BLOCK_BYTES_MAX = 128 * 1024;
/** The longest of what is taken at once: a block, its header and a checksum. */
const STEP_BYTES_MAX = BLOCK_BYTES_MAX + 16;

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const MAGIC_BYTES = 4;
const SKIPPABLE_HEADER_BYTES = 8;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const BLOCK_HEADER_BYTES = 3;
const BLOCK_RLE = 1;
const CHECKSUM_BYTES = 4;

/** Room that the window needs. */
export const ZSTD_WINDOW_BYTES = 2 * STEP_BYTES_MAX;

/** A Decoder. */
export async function* decodeZstd(window: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  while (await window.fill(1)) {
    await need(window, MAGIC_BYTES);
    const magic = window.view.getUint32(0, true);
    if (magic === MAGIC) yield* decodeFrame(window);
    else if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) await skipFrame(window);
    else throw damagedStream(window.name, "zstd", `no frame starts at ${window.offset}`);
  }
}

async function need(window: ByteWindow, bytes: number): Promise<void> {
  if (!(await window.fill(bytes))) throw endsInside(window.name, "zstd");
}

async function skipFrame(window: ByteWindow): Promise<void> {
  await need(window, SKIPPABLE_HEADER_BYTES);
  let left = SKIPPABLE_HEADER_BYTES + window.view.getUint32(4, true);
  while (left > 0) {
    await need(window, 1);
    const passed = Math.min(left, window.length);
    window.consume(passed);
    left -= passed;
  }
}

async function* decodeFrame(window: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  const header = await readFrameHeader(window);
  const decoded: Uint8Array[] = [];
  const decompress = new Decompress((piece) => decoded.push(piece));
  push(window, decompress, header.bytes, false);
  for (let isLast = false; !isLast; ) {
    await need(window, BLOCK_HEADER_BYTES);
    const [low = 0, middle = 0, high = 0] = window.bytes;
    isLast = (low & 1) === 1;
    const size = (low | (middle << 8) | (high << 16)) >> 3;
    if (size > BLOCK_BYTES_MAX) {
      throw damagedStream(window.name, "zstd", `a block of ${size} bytes at ${window.offset}`);
    }
    const content = ((low >> 1) & 3) === BLOCK_RLE ? 1 : size;
    const checksum = isLast && header.hasChecksum ? CHECKSUM_BYTES : 0;
    await need(window, BLOCK_HEADER_BYTES + content + checksum);
    push(window, decompress, BLOCK_HEADER_BYTES + content + checksum, isLast);
    yield* decoded.splice(0);
  }
}

/** Hands the window's next bytes to fzstd, as a copy: it keeps what it cannot decode yet. */
function push(window: ByteWindow, decompress: Decompress, bytes: number, isLast: boolean): void {
  const { offset } = window;
  try {
    decompress.push(window.bytes.slice(0, bytes), isLast);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw damagedStream(window.name, "zstd", `${reason} at ${offset}`, error);
  }
  window.consume(bytes);
}

/** Checks a frame header; it stays in the window. */
async function readFrameHeader(
  window: ByteWindow,
): Promise<{ readonly bytes: number; readonly hasChecksum: boolean }> {
  await need(window, MAGIC_BYTES + 1);
  const descriptor = window.bytes[MAGIC_BYTES] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag;
  const idBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const bytes = MAGIC_BYTES + 1 + windowBytes + idBytes + sizeBytes;
  await need(window, bytes);
  if (idBytes > 0) throw notDecoded(window.name, "zstd", "it needs a dictionary");
  const held = isSingleSegment
    ? contentSize(window.view, bytes - sizeBytes, sizeBytes)
    : windowSize(window.bytes[MAGIC_BYTES + 1] ?? 0);
  if (held > WINDOW_BYTES_MAX) {
    const mebibytes = Math.ceil(held / 2 ** 20);
    const reason = `its window of ${mebibytes} MiB is above ${WINDOW_BYTES_MAX / 2 ** 20} MiB`;
    throw notDecoded(window.name, "zstd", reason);
  }
  return { bytes, hasChecksum: (descriptor & 4) !== 0 };
}

/** RFC 8878 section 3.1.1.1.4. */
function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/** RFC 8878 section 3.1.1.1.2: an exponent of 5 bits, a mantissa of 3. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
