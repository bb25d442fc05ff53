/**
 * Cuts the objects out of the arrays of a JSON document that arrives in pieces, since a file of all
 * VRPs has a hundred megabytes of them.
 *
 *     {"metadata": {...}, "roas": [{...}, {...}], "provider_authorizations": {"ipv4": [{...}]}}
 *                                  ^      ^                                            ^
 *                                  roas   roas                 provider_authorizations.ipv4
 *
 * An array is named by the keys that lead to it; one that the document consists of has no name.
 * What the objects hold is the taker's to judge.
 */

import { LF } from "../../net/bytes.ts";
import { quoted } from "../../net/printable.ts";

/** One object: room for thousands of providers. */
const OBJECT_BYTES_MAX = 1_048_576;
const DEPTH_MAX = 32;
const KEY_BYTES_MAX = 256;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Where something stands in a text, from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** What is done with a document. */
export interface ElementTaker {
  /** Whether the objects of an array are wanted. */
  wants(name: string): boolean;
  /** Takes the bytes of an object. */
  take(name: string, bytes: Uint8Array, place: TextPlace): void;
  /** Ends the reading: the document is broken. */
  fail(place: TextPlace, what: string): never;
}

/** An array or object that is open, and the key that leads to it. */
interface Level {
  readonly isArray: boolean;
  readonly name: string;
  /** Of an object: the key read last. */
  key: string;
}

/** Follows one document. */
export class JsonElements {
  readonly #taker: ElementTaker;
  readonly #levels: Level[] = [];
  #line = 1;
  #column = 0;
  #isString = false;
  #isEscaped = false;
  /** Bytes of the string at hand, where it may be a key. */
  #text: number[] = [];
  /** Brackets open inside the object that is cut out, 0 outside of one. */
  #depth = 0;
  #start: TextPlace = { line: 1, column: 1 };
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isOver = false;

  constructor(taker: ElementTaker) {
    this.#taker = taker;
  }

  /** Takes the next bytes, which may be overwritten afterwards. */
  push(bytes: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      this.#column += 1;
      if (this.#depth > 0) {
        this.#inside(byte);
        if (this.#depth === 0) this.#finish(bytes.subarray(from, at + 1));
      } else {
        from = at;
        this.#outside(byte);
      }
      if (byte === LF) {
        this.#line += 1;
        this.#column = 0;
      }
    }
    if (this.#depth > 0) this.#keep(bytes.slice(from));
  }

  end(): void {
    if (!this.#isOver) this.#taker.fail(this.#here(), "the JSON text is cut off");
  }

  #here(): TextPlace {
    return { line: this.#line, column: this.#column };
  }

  /** Follows strings and brackets of an object, to find its end. */
  #inside(byte: number): void {
    if (this.#isString) this.#inString(byte);
    else if (byte === QUOTE) this.#isString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#depth -= 1;
  }

  /** Whether the byte ended the string. */
  #inString(byte: number): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isString = false;
    return !this.#isString;
  }

  #outside(byte: number): void {
    if (this.#isString) {
      if (!this.#inString(byte) && this.#text.length < KEY_BYTES_MAX) this.#text.push(byte);
      return;
    }
    const level = this.#levels.at(-1);
    if (byte === QUOTE && level !== undefined) {
      this.#isString = true;
      this.#text = [];
    } else if (byte === COLON && level !== undefined) {
      level.key = String.fromCharCode(...this.#text);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#open(byte === OPEN_ARRAY);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      this.#close(byte === CLOSE_ARRAY);
    } else if (level === undefined && byte > 0x20) {
      const found = quoted(String.fromCharCode(byte));
      this.#taker.fail(this.#here(), `${found} is not expected here`);
    } else if (byte === COMMA && level !== undefined) level.key = "";
  }

  #open(isArray: boolean): void {
    const parent = this.#levels.at(-1);
    if (parent === undefined && this.#isOver) {
      this.#taker.fail(this.#here(), "there is more than one JSON document");
    }
    if (!isArray && parent?.isArray && this.#taker.wants(parent.name)) {
      this.#depth = 1;
      this.#start = this.#here();
      return;
    }
    if (this.#levels.length === DEPTH_MAX) {
      this.#taker.fail(this.#here(), `JSON of more than ${DEPTH_MAX} levels`);
    }
    const outer = parent?.name ?? "";
    const key = parent?.isArray ? "[]" : (parent?.key ?? "");
    const name = outer === "" ? key : `${outer}.${key}`;
    this.#levels.push({ isArray, name, key: "" });
  }

  #close(isArray: boolean): void {
    const level = this.#levels.pop();
    if (level?.isArray !== isArray) {
      this.#taker.fail(this.#here(), `${isArray ? '"]"' : '"}"'} is not expected here`);
    }
    this.#isOver = this.#levels.length === 0;
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.length;
    if (this.#partBytes > OBJECT_BYTES_MAX) {
      this.#taker.fail(this.#start, `an object of over ${OBJECT_BYTES_MAX} bytes`);
    }
    this.#parts.push(part);
  }

  #finish(last: Uint8Array): void {
    this.#keep(last);
    const whole = this.#parts.length === 1 ? last : joined(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    this.#taker.take(this.#levels.at(-1)?.name ?? "", whole, this.#start);
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
