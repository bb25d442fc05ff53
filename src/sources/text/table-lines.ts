/**
 * Tables of lines. Two readers share the work: a fast one takes the lines that full tables consist
 * of, straight from bytes, and leaves all others, errors included, to a thorough one.
 *
 *     PREFIX                                  fast, where the next hops of prefixes alone are known
 *     PREFIX LIST                             fast, from the second time that the list is seen
 *     any other, `ip route`, # comment, ""    thorough
 */

import {
  asciiBytes,
  CR,
  HASH,
  LF,
  maskHostBits,
  prefixCells,
  readPrefix,
  SPACE,
  TAB,
} from "../../net/bytes.ts";
import { formatPrefix, prefixFromCells } from "../../net/prefix.ts";
import { quoted } from "../../net/printable.ts";
import { type IpRoute, IpRoutes, isRouteKind } from "./ip-route.ts";
import {
  isAttribute,
  isContinuation,
  readAttributes,
  readIpRoute,
  type Word,
  wordsOf,
} from "./ip-route-line.ts";
import { NextHopCache } from "./next-hop-cache.ts";
import { parseNextHops } from "./next-hops.ts";
import type { TableBuilder } from "./table-builder.ts";

/** Bytes of a line, its end excluded. */
const LINE_BYTES_MAX = 65_536;

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** Whether a line that starts with `byte` may go on with the one above, or is passed over. */
function mayContinue(byte: number | undefined): boolean {
  return isBlank(byte) || byte === CR || byte === LF || byte === HASH;
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

/** Where the word that starts at `start` ends; a comment ends it too. */
function wordEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte === LF || byte === CR || byte === HASH || isBlank(byte)) break;
    at++;
  }
  return at;
}

/** Reads the lines of one table. */
export class TableLines {
  readonly #builder: TableBuilder;
  readonly #routes: IpRoutes;
  readonly #cache = new NextHopCache();
  readonly #cells = prefixCells();
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  /** What a piece ended with before its line did. */
  #carry = new Uint8Array(0);
  /** The line at hand. */
  #line = 1;
  /** A route that the next line may go on with. */
  #open: IpRoute | undefined;

  constructor(builder: TableBuilder) {
    this.#builder = builder;
    this.#routes = new IpRoutes(builder);
  }

  push(piece: Uint8Array): void {
    const bytes = this.#withCarry(piece);
    // A line is ready once the first byte behind it is there: it says whether a route goes on.
    const ready = bytes.subarray(0, -1).lastIndexOf(LF) + 1;
    this.#readLines(bytes, ready);
    this.#carry = bytes.slice(ready);
    this.#checkLength(bytes.length - ready - (bytes.at(-1) === LF ? 1 : 0));
  }

  end(): void {
    this.#readLines(this.#carry, this.#carry.length);
    this.#closeRoute();
  }

  #withCarry(piece: Uint8Array): Uint8Array {
    if (this.#carry.length === 0) return piece;
    const bytes = new Uint8Array(this.#carry.length + piece.length);
    bytes.set(this.#carry);
    bytes.set(piece, this.#carry.length);
    return bytes;
  }

  #checkLength(lineBytes: number): void {
    if (lineBytes <= LINE_BYTES_MAX) return;
    const place = { line: this.#line, column: 1 };
    this.#builder.fail(place, `a line of over ${LINE_BYTES_MAX} bytes`, "is this a table of text?");
  }

  /** Reads the lines up to `end`, where a line ends. */
  #readLines(bytes: Uint8Array, end: number): void {
    let at = 0;
    while (at < end) {
      const next = this.#open === undefined ? this.#readFast(bytes, at, end) : -1;
      at = next >= 0 ? next : this.#readThoroughly(bytes, at, end);
      this.#line++;
    }
  }

  /** Adds the route of a plain line and returns where the next line starts; -1 for other lines. */
  #readFast(bytes: Uint8Array, start: number, end: number): number {
    const prefixEnd = readPrefix(bytes, start, end, this.#cells);
    if (prefixEnd < 0) return -1;
    const { family } = this.#cells;
    const listStart = skipBlanks(bytes, prefixEnd, end);
    const listEnd = wordEnd(bytes, listStart, end);
    const isAlone = listStart === listEnd;
    if (!isAlone && listStart === prefixEnd) return -1;
    const target = isAlone
      ? this.#builder.defaultTarget(family)
      : this.#cache.find(bytes, listStart, listEnd, family);
    if (target < 0) return -1;
    let at = skipBlanks(bytes, listEnd, end);
    if (at < end && bytes[at] === CR) at++;
    if (at >= end || bytes[at] !== LF || at - start > LINE_BYTES_MAX) return -1;
    // A prefix alone may be a route of `ip`, whose next hops stand in the lines below.
    if (isAlone && mayContinue(bytes[at + 1])) return -1;
    this.#add(target);
    return at + 1;
  }

  /** Adds the prefix in the cells. */
  #add(target: number): void {
    const cells = this.#cells;
    if (maskHostBits(cells)) {
      this.#builder.warnHostBits(this.#line, formatPrefix(prefixFromCells(cells)));
    }
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = cells.words;
    if (cells.family === 4) this.#builder.table.add4(w0, cells.length, target);
    else this.#builder.table.add6(w0, w1, w2, w3, cells.length, target);
  }

  /** Reads any line and returns where the next one starts. */
  #readThoroughly(bytes: Uint8Array, start: number, end: number): number {
    const found = bytes.indexOf(LF, start);
    const lineEnd = found < 0 ? end : found;
    this.#checkLength(lineEnd - start);
    const text = this.#decode(bytes.subarray(start, lineEnd)).replace(/#.*$/s, "").trimEnd();
    const words = wordsOf(text, this.#line);
    const [first] = words;
    if (first !== undefined) this.#readWords(text, first, words);
    return Math.min(lineEnd + 1, end);
  }

  /** Text of UTF-8; of other bytes a character each, so that a message can show them. */
  #decode(bytes: Uint8Array): string {
    try {
      return this.#utf8.decode(bytes);
    } catch {
      return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    }
  }

  #readWords(text: string, first: Word, words: readonly Word[]): void {
    if (isContinuation(first.text)) {
      this.#continueRoute(first, words);
      return;
    }
    this.#closeRoute();
    const second = words[1];
    if (second === undefined || isRouteKind(first.text) || isAttribute(second.text)) {
      this.#open = readIpRoute(this.#builder, first, words.slice(1));
    } else {
      this.#readList(first, second, text.slice(second.column - 1));
    }
  }

  #continueRoute(first: Word, words: readonly Word[]): void {
    if (this.#open === undefined) {
      const what = `${quoted(first.text)} without a route before it`;
      this.#builder.fail(first, what, "it goes on with the line above, which ends in a prefix");
    }
    readAttributes(this.#builder, this.#open, words);
  }

  #closeRoute(): void {
    if (this.#open !== undefined) this.#routes.add(this.#open);
    this.#open = undefined;
  }

  /** Adds `PREFIX LIST`, and has the fast reader know the list from now on. */
  #readList(first: Word, second: Word, list: string): void {
    const builder = this.#builder;
    const parsed = builder.parsePrefix(first.text, first);
    const { family } = parsed.prefix;
    const nextHops = parseNextHops(builder, list, family, second);
    const target = builder.table.internTarget({ kind: "via", nextHops });
    builder.add(parsed, target, first.line);
    if (list === second.text) this.#cache.keep(asciiBytes(list), family, target);
  }
}
