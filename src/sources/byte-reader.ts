/**
 * Reads big-endian fields one after another, within bounds that may be narrowed for a while.
 *
 *     record      | header | entries ...                    |
 *     narrowed             | attributes |                      what is inside cannot read beyond
 */

/** Ends the reading: something is wrong with the bytes at hand. */
export type Fail = (what: string) => never;

/** Ends the reading of something that is damaged; whoever began it turns it into an outcome. */
export class Malformed extends Error {}

/** A reader of `bytes` that ends with Malformed. */
export function readerOf(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader((what) => {
    throw new Malformed(what);
  });
  reader.open(bytes, 0, bytes.length);
  return reader;
}

/** A position in bytes and how far it may go; each `part` is how an error names what is read. */
export class ByteReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  readonly fail: Fail;

  constructor(fail: Fail) {
    this.fail = fail;
  }

  /** Starts over on other bytes, from `start` up to `end`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Bytes left up to the end. */
  get left(): number {
    return this.#end - this.#at;
  }

  u8(part: string): number {
    this.#need(1, part);
    return this.#bytes[this.#at++] ?? 0;
  }

  u16(part: string): number {
    this.#need(2, part);
    const high = this.#bytes[this.#at++] ?? 0;
    return (high << 8) | (this.#bytes[this.#at++] ?? 0);
  }

  u32(part: string): number {
    this.#need(4, part);
    const at = this.#at;
    const bytes = this.#bytes;
    this.#at = at + 4;
    const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return (bytes[at] ?? 0) * 0x1000000 + low;
  }

  /** The next bytes, at most four, as the upper ones of a word. */
  upper(count: number, part: string): number {
    this.#need(count, part);
    const at = this.#at;
    let word = 0;
    for (let byte = 0; byte < count; byte++)
      word |= (this.#bytes[at + byte] ?? 0) << (24 - 8 * byte);
    this.#at = at + count;
    return word;
  }

  skip(count: number, part: string): void {
    this.#need(count, part);
    this.#at += count;
  }

  /** Ends the bytes after the next `count`; returns what `widen` needs to end that. */
  narrow(count: number, part: string): number {
    this.#need(count, part);
    const outer = this.#end;
    this.#end = this.#at + count;
    return outer;
  }

  /** Goes to where the narrowed bytes end, and may go on beyond them. */
  widen(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }

  /** All bytes, of which those from the position on are left. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The position in `bytes`, to go back to. */
  mark(): number {
    return this.#at;
  }

  /** Goes back to where `mark` was. */
  reset(mark: number): void {
    this.#at = mark;
  }

  /** The bytes that are left, a view; the position stays. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  /** Fails where bytes are left. */
  expectEnd(): void {
    if (this.left > 0) this.fail(`${this.left} bytes are left over`);
  }

  #need(count: number, part: string): void {
    if (count > this.left) this.fail(`it ends within ${part}`);
  }
}
