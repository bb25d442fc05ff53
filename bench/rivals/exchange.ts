/**
 * What a run and its rivals exchange: a table file, and a digest that proves answers equal.
 *
 * A table file has a record a route, its words little-endian, the group 1 to 65535:
 *
 *     IPv4  u32 address in host order | u32 length | u32 group
 *     IPv6  16 bytes of address in network order | u32 length | u32 group
 */

import type { RouteColumns } from "../../src/engine/fib-tables.ts";

/** The records of a table file. */
export function encodeTable(family: 4 | 6, routes: RouteColumns): Uint8Array {
  const width = family === 4 ? 1 : 4;
  const recordBytes = 4 * width + 8;
  const view = new DataView(new ArrayBuffer(routes.count * recordBytes));
  for (let row = 0; row < routes.count; row++) {
    const record = row * recordBytes;
    for (let word = 0; word < width; word++) {
      view.setUint32(record + 4 * word, routes.words[row * width + word] ?? 0, family === 4);
    }
    view.setUint32(record + 4 * width, routes.lengths[row] ?? 0, true);
    view.setUint32(record + 4 * width + 4, routes.groups[row] ?? 0, true);
  }
  return new Uint8Array(view.buffer);
}

/** The routes of a table file. */
export function decodeTable(family: 4 | 6, bytes: Uint8Array): RouteColumns {
  const width = family === 4 ? 1 : 4;
  const recordBytes = 4 * width + 8;
  const count = bytes.length / recordBytes;
  if (!Number.isInteger(count)) throw new Error(`${bytes.length} bytes are no IPv${family} table`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Uint32Array(count * width);
  const lengths = new Uint8Array(count);
  const groups = new Uint32Array(count);
  for (let row = 0; row < count; row++) {
    const record = row * recordBytes;
    for (let word = 0; word < width; word++) {
      words[row * width + word] = view.getUint32(record + 4 * word, family === 4);
    }
    lengths[row] = view.getUint32(record + 4 * width, true);
    groups[row] = view.getUint32(record + 4 * width + 4, true);
  }
  return { count, words, lengths, groups };
}

/** The digest that answers of a kind must have, given ours to the whole stream. */
export function expectedDigest(
  groups: Uint32Array,
  { answer, count }: { readonly answer: "group" | "listed"; readonly count: number },
): string {
  const part = groups.subarray(0, count);
  const answers = answer === "group" ? part : part.map((group) => (group === 0 ? 0 : 1));
  return new AnswerDigest().add(answers).toString();
}

/** Two hashes over group ids in stream order: FNV-1a, and a rotating product. */
export class AnswerDigest {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;

  /** Takes the next answers in. */
  add(groups: Uint32Array): this {
    for (const group of groups) {
      this.#a = Math.imul(this.#a ^ group, 0x01000193);
      const mixed = this.#b ^ group;
      this.#b = Math.imul((mixed << 5) | (mixed >>> 27), 0x85ebca6b);
    }
    return this;
  }

  /** Eight hexadecimal digits of either. */
  toString(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#a) + hex(this.#b);
  }
}
