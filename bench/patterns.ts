/** Streams of addresses to look up: drawn from a table by a pattern, the same for a seed. */

import type { RouteColumns } from "../src/engine/fib-tables.ts";
import { AnyfibError } from "../src/net/errors.ts";
import { Random } from "../src/replay/random.ts";

/**
 * The patterns. `random`: over all of the family's space. `covered`: over the space that the table
 * covers, /0 apart. `prefix`: in a prefix, each as likely. `zipf`: packets of FLOWS flows, each in
 * a prefix of its own, the r-th with a share of 1 / r. `sequential`: consecutive IPv4 addresses, or
 * IPv6 /64 networks, from the first address of a prefix on. `longest`: in one of the LONGEST
 * longest prefixes, which cost the most. `miss`: where only /0 matches, but for the first bits of a
 * prefix. `capture`: the destinations of a capture.
 */
export const PATTERNS = [
  "random",
  "covered",
  "prefix",
  "zipf",
  "sequential",
  "longest",
  "miss",
  "capture",
] as const;

/** A pattern by its name. */
export type Pattern = (typeof PATTERNS)[number];

/** Addresses of a stream, unless said. */
export const STREAM_ADDRESSES = 2 ** 20;

/** What a stream is drawn from. */
export interface StreamOptions {
  readonly family: 4 | 6;
  /** In the order of addresses, then lengths, each prefix once. */
  readonly routes: RouteColumns;
  /** Addresses; STREAM_ADDRESSES unless said. */
  readonly count?: number;
  /** Same seed, same stream; 1 unless said. */
  readonly seed?: number;
  /** For `capture`: its destinations of the family, packed as the stream is. */
  readonly capture?: Uint8Array;
}

const FLOWS = 100_000;
const LONGEST = 1024;
/** A miss shares so many bits with a prefix, so that the search does not end at the root. */
const SHARED_BITS = { 4: 16, 6: 32 } as const;
/** Candidates for a miss: where so many in a row have a route, nearly all addresses have. */
const CANDIDATES_MAX = 100_000;

/** Bytes of an address of a family. */
export function addressBytes(family: 4 | 6): 4 | 16 {
  return family === 4 ? 4 : 16;
}

/** Packed addresses in network order. Throws USAGE where there is nothing to draw from. */
export function addressStream(pattern: Pattern, options: StreamOptions): Uint8Array {
  if (pattern === "capture") return repeated(options);
  const random = new Random(options.seed ?? 1);
  const stream = new Stream(options);
  if (pattern === "random") {
    stream.fill((address) => {
      for (let word = 0; word < address.length; word++) address[word] = random.u32();
    });
  } else {
    FILLS[pattern](stream, new Prefixes(options, random), random);
  }
  return stream.bytes;
}

type Fill = (stream: Stream, prefixes: Prefixes, random: Random) => void;

const FILLS: Readonly<Record<Exclude<Pattern, "random" | "capture">, Fill>> = {
  covered: (stream, prefixes, random) => {
    const rows = prefixes.outermost();
    const draw = new WeightedDraw(rows.map((row) => 2 ** -prefixes.length(row)));
    stream.fill((address) => prefixes.draw(rows[draw.next(random)] ?? 0, address));
  },
  prefix: (stream, prefixes) => {
    stream.fill((address) => prefixes.draw(prefixes.row(), address));
  },
  zipf: (stream, prefixes, random) => {
    const flows = Array.from({ length: FLOWS }, () =>
      prefixes.draw(prefixes.row(), stream.newAddress()),
    );
    const draw = new WeightedDraw(flows.map((_, rank) => 1 / (rank + 1)));
    stream.fill((address) => address.set(flows[draw.next(random)] ?? []));
  },
  longest: (stream, prefixes, random) => {
    const rows = prefixes.longest();
    stream.fill((address) => prefixes.draw(rows[random.below(rows.length)] ?? 0, address));
  },
  miss: fillMisses,
  sequential: (stream, prefixes) => {
    const first = prefixes.first(prefixes.row());
    const place = first.length === 1 ? 0 : 1;
    stream.fill((address, index) => {
      const sum = (first[place] ?? 0) + index;
      address.set(first);
      address[place] = sum;
      if (place > 0 && sum >= 2 ** 32) address[place - 1] = (first[place - 1] ?? 0) + 1;
    });
  },
};

function fillMisses(stream: Stream, prefixes: Prefixes): void {
  const rows = Uint32Array.from(prefixes.outermost());
  stream.fill((address) => {
    for (let candidate = 0; candidate < CANDIDATES_MAX; candidate++) {
      prefixes.draw(prefixes.row(), address, SHARED_BITS[address.length === 1 ? 4 : 6]);
      if (!prefixes.areCovering(rows, address)) return;
    }
    throw nothingToDraw("hardly any address has no route", "choose another pattern");
  });
}

function nothingToDraw(what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, where: "--pattern", hint });
}

/** The addresses of a capture, from the first on again where they are fewer than asked for. */
function repeated({ family, count = STREAM_ADDRESSES, capture }: StreamOptions): Uint8Array {
  if (capture === undefined || capture.length === 0) {
    throw nothingToDraw(`the capture has no IPv${family} packet`, "give one that has");
  }
  const bytes = new Uint8Array(count * addressBytes(family));
  for (let at = 0; at < bytes.length; at += capture.length) {
    bytes.set(capture.subarray(0, bytes.length - at), at);
  }
  return bytes;
}

/** A stream that is being made. */
class Stream {
  readonly bytes: Uint8Array;
  readonly #width: number;

  constructor({ family, count = STREAM_ADDRESSES }: StreamOptions) {
    this.bytes = new Uint8Array(count * addressBytes(family));
    this.#width = addressBytes(family) / 4;
  }

  /** Words of an address, in host order. */
  newAddress(): Uint32Array {
    return new Uint32Array(this.#width);
  }

  /** Makes all addresses, each from the words that `make` leaves. */
  fill(make: (address: Uint32Array, index: number) => void): void {
    const view = new DataView(this.bytes.buffer);
    const address = this.newAddress();
    let at = 0;
    for (let index = 0; at < this.bytes.length; index++) {
      make(address, index);
      for (let word = 0; word < address.length; word++, at += 4) {
        view.setUint32(at, address[word] ?? 0);
      }
    }
  }
}

/** The prefixes of a table longer than /0. */
class Prefixes {
  readonly #routes: RouteColumns;
  readonly #width: number;
  readonly #rows: Uint32Array;
  readonly #random: Random;

  constructor({ family, routes }: StreamOptions, random: Random) {
    this.#routes = routes;
    this.#width = addressBytes(family) / 4;
    this.#random = random;
    this.#rows = Uint32Array.from({ length: routes.count }, (_, row) => row).filter(
      (row) => this.length(row) > 0,
    );
    if (this.#rows.length === 0) {
      throw nothingToDraw(`the table has no IPv${family} route`, "give one that has, or -4 or -6");
    }
  }

  /** A row, each as likely. */
  row(): number {
    return this.#rows[this.#random.below(this.#rows.length)] ?? 0;
  }

  length(row: number): number {
    return this.#routes.lengths[row] ?? 0;
  }

  /** The first address of a prefix. */
  first(row: number): Uint32Array {
    return this.#routes.words.subarray(row * this.#width, (row + 1) * this.#width);
  }

  /** Draws an address that shares `shared` bits with a prefix, or all, into `address`. */
  draw(row: number, address: Uint32Array, shared = 128): Uint32Array {
    const length = Math.min(this.length(row), shared);
    for (let word = 0; word < address.length; word++) {
      const bits = Math.min(Math.max(length - 32 * word, 0), 32);
      const hostMask = bits === 32 ? 0 : 0xffffffff >>> bits;
      const first = (this.#routes.words[row * this.#width + word] ?? 0) & ~hostMask;
      address[word] = hostMask === 0 ? first : first | (this.#random.u32() & hostMask);
    }
    return address;
  }

  /** The LONGEST longest prefixes. */
  longest(): Uint32Array {
    return this.#rows.toSorted((a, b) => this.length(b) - this.length(a)).subarray(0, LONGEST);
  }

  /** Rows that no other row covers: all space of the table is theirs, and they do not overlap. */
  outermost(): readonly number[] {
    const outermost: number[] = [];
    let last = -1;
    for (const row of this.#rows) {
      if (last >= 0 && this.#covers(last, this.first(row))) continue;
      outermost.push(row);
      last = row;
    }
    return outermost;
  }

  /** Whether one of the outermost rows covers an address: the last that begins in front of it. */
  areCovering(outermost: Uint32Array, address: Uint32Array): boolean {
    let [first, end] = [0, outermost.length];
    while (first < end) {
      const middle = (first + end) >>> 1;
      if (isBehind(this.first(outermost[middle] ?? 0), address)) end = middle;
      else first = middle + 1;
    }
    const row = outermost[first - 1];
    return row !== undefined && this.#covers(row, address);
  }

  #covers(row: number, address: Uint32Array): boolean {
    const length = this.length(row);
    for (let word = 0; 32 * word < length; word++) {
      const bits = Math.min(length - 32 * word, 32);
      const own = this.#routes.words[row * this.#width + word] ?? 0;
      if ((own ^ (address[word] ?? 0)) >>> (32 - bits) !== 0) return false;
    }
    return true;
  }
}

/** Whether an address is greater than another. */
function isBehind(address: Uint32Array, other: Uint32Array): boolean {
  for (const [word, value] of address.entries()) {
    const difference = value - (other[word] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** Draws indices by weight. */
class WeightedDraw {
  readonly #sums: Float64Array;

  constructor(weights: readonly number[]) {
    let sum = 0;
    this.#sums = Float64Array.from(weights, (weight) => {
      sum += weight;
      return sum;
    });
  }

  next(random: Random): number {
    const part = (random.u32() + random.u32() / 2 ** 32) / 2 ** 32;
    const wanted = part * (this.#sums.at(-1) ?? 0);
    let [first, last] = [0, this.#sums.length - 1];
    while (first < last) {
      const middle = (first + last) >>> 1;
      if ((this.#sums[middle] ?? 0) <= wanted) first = middle + 1;
      else last = middle;
    }
    return first;
  }
}
