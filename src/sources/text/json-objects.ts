/**
 * Cuts the objects out of JSON arrays that arrive in pieces, since a full table has a hundred
 * megabytes of them. Several arrays may follow each other.
 */

import { LF } from "../../net/bytes.ts";
import { quoted } from "../../net/printable.ts";
import type { Place, TableBuilder } from "./table-builder.ts";

/** One object: room for thousands of next hops. */
const OBJECT_BYTES_MAX = 1_048_576;
const FORM_HINT = "a JSON table is an array of objects, as `ip -j route` prints it";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACES: ReadonlySet<number> = new Set([0x09, LF, 0x0d, 0x20]);

/** What may stand next between the objects. */
type Expected = "array" | "first object" | "object" | "comma";

/** Takes the bytes of one object, and where it starts. */
export type ObjectTaker = (bytes: Uint8Array, place: Place) => void;

/** Finds where objects start and end; what is inside them is the taker's to judge. */
export class JsonObjects {
  readonly #builder: TableBuilder;
  readonly #take: ObjectTaker;
  /** Line and column of the byte at hand. */
  #line = 1;
  #column = 0;
  #expected: Expected = "array";
  /** Brackets open inside the object at hand, 0 between objects. */
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #start: Place = { line: 1, column: 1 };
  /** Bytes of the object at hand that came in earlier pieces. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  constructor(builder: TableBuilder, take: ObjectTaker) {
    this.#builder = builder;
    this.#take = take;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      this.#column++;
      if (this.#depth === 0) {
        this.#between(byte);
        from = at;
      } else {
        this.#inside(byte);
        if (this.#depth === 0) this.#finish(bytes.subarray(from, at + 1));
      }
      if (byte === LF) {
        this.#line++;
        this.#column = 0;
      }
    }
    if (this.#depth > 0) this.#keep(bytes.slice(from));
  }

  end(): void {
    if (this.#depth > 0) this.#builder.fail(this.#start, "an object is cut off", FORM_HINT);
    if (this.#expected !== "array") {
      this.#builder.fail(this.#here(), "the array is cut off", FORM_HINT);
    }
  }

  #here(): Place {
    return { line: this.#line, column: this.#column };
  }

  /** Takes a byte that belongs to no object, or opens one. */
  #between(byte: number): void {
    if (SPACES.has(byte)) return;
    const expected = this.#expected;
    if (byte === OPEN_ARRAY && expected === "array") {
      this.#expected = "first object";
    } else if (byte === COMMA && expected === "comma") {
      this.#expected = "object";
    } else if (byte === CLOSE_ARRAY && (expected === "first object" || expected === "comma")) {
      this.#expected = "array";
    } else if (byte === OPEN_OBJECT && (expected === "first object" || expected === "object")) {
      this.#expected = "comma";
      this.#start = this.#here();
      this.#depth = 1;
    } else {
      const found = quoted(String.fromCharCode(byte));
      this.#builder.fail(this.#here(), `${found} is not expected here`, FORM_HINT);
    }
  }

  /** Follows strings and brackets, to find where the object ends. */
  #inside(byte: number): void {
    if (this.#isString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isString = false;
    } else if (byte === QUOTE) {
      this.#isString = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#depth++;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      this.#depth--;
    }
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.length;
    if (this.#partBytes > OBJECT_BYTES_MAX) {
      this.#builder.fail(this.#start, `an object of over ${OBJECT_BYTES_MAX} bytes`, FORM_HINT);
    }
    this.#parts.push(part);
  }

  #finish(last: Uint8Array): void {
    this.#keep(last);
    const whole = new Uint8Array(this.#partBytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#partBytes = 0;
    this.#take(whole, this.#start);
  }
}
