/**
 * Decodes gzip (RFC 1952), all its members, through Node's zlib.
 *
 *   member   1f 8b 08 | flags | 6 | extra, name, comment, checksum as flagged
 *            deflate … | CRC-32 4 | length 4
 *
 * Members are taken apart here and zlib inflates what is in them: its own gzip mode drops what it
 * has decoded when something else follows a member, and never answers where zeros do.
 */

import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import type { ByteWindow } from "../io/byte-window.ts";
import { damagedStream, endsInside } from "./decoder.ts";

/** Input a step: what one of them may grow to, at most 1,032 times as much, is held at a time. */
const STEP_BYTES = 32 * 1024;
const OUTPUT_BYTES = 256 * 1024;

const MAGIC = 0x1f8b08;
const HEADER_BYTES = 10;
const FLAG_CHECKSUM = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const TRAILER_BYTES = 8;

/** A Decoder; zeros behind the last member are padding. */
export async function* decodeGzip(window: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  for (let isFirst = true; await window.fill(1); isFirst = false) {
    if (!isFirst && window.bytes[0] === 0) return skipPadding(window);
    await readHeader(window);
    let checksum = 0;
    let length = 0;
    for await (const piece of inflateMember(window)) {
      checksum = crc32(piece, checksum);
      length = (length + piece.length) >>> 0;
      yield piece;
    }
    await need(window, TRAILER_BYTES);
    const { view } = window;
    if (view.getUint32(0, true) !== checksum || view.getUint32(4, true) !== length) {
      throw damagedStream(window.name, "gzip", `bad checksum at ${window.offset}`);
    }
    window.consume(TRAILER_BYTES);
  }
}

async function need(window: ByteWindow, bytes: number): Promise<void> {
  if (!(await window.fill(bytes))) throw endsInside(window.name, "gzip");
}

async function skipPadding(window: ByteWindow): Promise<void> {
  while (await window.fill(1)) {
    const other = window.bytes.findIndex((byte) => byte !== 0);
    if (other >= 0) throw noMember(window, window.offset + other);
    window.consume(window.length);
  }
}

function noMember(window: ByteWindow, offset: number): Error {
  return damagedStream(window.name, "gzip", `no member starts at ${offset}`);
}

/** Passes over a member's header (RFC 1952 section 2.3). */
async function readHeader(window: ByteWindow): Promise<void> {
  const { offset } = window;
  await need(window, HEADER_BYTES);
  if (window.view.getUint32(0) >>> 8 !== MAGIC) throw noMember(window, offset);
  const flags = window.bytes[3] ?? 0;
  window.consume(HEADER_BYTES);
  if (flags & FLAG_EXTRA) {
    await need(window, 2);
    const extra = 2 + window.view.getUint16(0, true);
    await need(window, extra);
    window.consume(extra);
  }
  if (flags & FLAG_NAME) await skipText(window);
  if (flags & FLAG_COMMENT) await skipText(window);
  if (flags & FLAG_CHECKSUM) {
    await need(window, 2);
    window.consume(2);
  }
}

/** Passes over a text and the zero that ends it. */
async function skipText(window: ByteWindow): Promise<void> {
  let end = -1;
  while (end < 0) {
    await need(window, 1);
    end = window.bytes.indexOf(0);
    window.consume(end < 0 ? window.length : end + 1);
  }
}

/**
 * Inflates up to the end that deflate marks itself; the window then stands behind it. A step is
 * under way in another thread while the reader deals with what the one before it brought.
 */
async function* inflateMember(window: ByteWindow): AsyncGenerator<Uint8Array, void, undefined> {
  const inflate = createInflateRaw({ chunkSize: OUTPUT_BYTES });
  const pieces: Uint8Array[] = [];
  // It flows freely and never holds back, since one step at a time is written.
  inflate.on("data", (piece: Uint8Array) => pieces.push(piece));
  const over = new Promise<"end" | Error>((resolve) => {
    inflate.once("end", () => resolve("end"));
    inflate.once("error", resolve);
  });
  try {
    let pending = takeStep(window, inflate, over);
    for (;;) {
      const { outcome, isCut } = await pending;
      const ready = pieces.splice(0);
      if (outcome === "more") pending = takeStep(window, inflate, over);
      // Its failure comes to light where it is awaited, if ever.
      pending.catch(() => undefined);
      yield* ready;
      if (outcome === "end") return;
      if (outcome === "more") continue;
      if (isCut) throw endsInside(window.name, "gzip");
      throw damagedStream(window.name, "gzip", outcome.message, outcome);
    }
  } finally {
    inflate.destroy();
  }
}

interface Step {
  readonly outcome: "end" | "more" | Error;
  /** Whether there was no input left. */
  readonly isCut: boolean;
}

/** Inflates the window's first bytes and takes those that were used out of it. */
async function takeStep(
  window: ByteWindow,
  inflate: InflateRaw,
  over: Promise<"end" | Error>,
): Promise<Step> {
  const isThere = await window.fill(1);
  const before = inflate.bytesWritten;
  const outcome = isThere
    ? await Promise.race([over, written(inflate, window.bytes)])
    : await finished(inflate, over);
  window.consume(inflate.bytesWritten - before);
  return { outcome, isCut: !isThere };
}

/** Never settles where the deflate stream ends within the step: then it is over. */
function written(inflate: InflateRaw, bytes: Uint8Array): Promise<"more"> {
  const step = bytes.subarray(0, STEP_BYTES);
  return new Promise((resolve) => inflate.write(step, () => resolve("more")));
}

function finished(inflate: InflateRaw, over: Promise<"end" | Error>): Promise<"end" | Error> {
  inflate.end();
  return over;
}
