/**
 * A filter tree compiled for one link type: functions over a frame's bytes, as tcpdump's machine
 * would go through them. A load beyond the captured bytes ends the whole program: the frame does
 * not match, whatever the expression says of it (pcap-filter(7) has no word for "unknown").
 *
 * `vlan` moves all that follows it, to the right in the text, behind the tag.
 */

import type { Prefix } from "../../net/prefix.ts";
import { type LinkPlace, linkPlace } from "./link.ts";
import type { Direction, FilterNode, LinkProtocol } from "./node.ts";

/** Beyond the captured bytes. */
const BEYOND = -1;
const NO = 0;
const YES = 1;
type Answer = typeof BEYOND | typeof NO | typeof YES;

/** A frame: `length` bytes from `start` on. */
interface FrameBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
}

type Test = (frame: FrameBytes) => Answer;

const IPV4_FRAGMENT = 6;
const FRAGMENT_OFFSET_MASK = 0x1fff;
const IPV4_PROTOCOL = 9;
const IPV6_NEXT_HEADER = 6;
const IPV6_FRAGMENT = 44;
const IPV6_BYTES = 40;
const PORTS: readonly number[] = [6, 17, 132];
/** Where source and destination stand behind the link header. */
const ADDRESS_PLACES = {
  ip: [12, 16],
  arp: [14, 24],
  rarp: [14, 24],
  ip6: [8, 24],
} as const;

/** Compiles a tree; undefined for a link type that no filter can look into. Throws for `vlan`. */
export function compileFilter(
  node: FilterNode,
  linkType: number,
): ((frame: FrameBytes) => boolean) | undefined {
  const link = linkPlace(linkType);
  if (link === undefined) return undefined;
  const test = new Compiler(link).compile(node);
  return (frame) => test(frame) === YES;
}

function byteAt({ bytes, start, length }: FrameBytes, at: number): number {
  return at < length ? (bytes[start + at] ?? 0) : BEYOND;
}

function wordAt({ bytes, start, length }: FrameBytes, at: number): number {
  if (at + 2 > length) return BEYOND;
  return ((bytes[start + at] ?? 0) << 8) | (bytes[start + at + 1] ?? 0);
}

function answer(value: number, is: boolean): Answer {
  if (value === BEYOND) return BEYOND;
  return is ? YES : NO;
}

function all(...tests: readonly Test[]): Test {
  return (frame) => {
    for (const test of tests) {
      const found = test(frame);
      if (found !== YES) return found;
    }
    return YES;
  };
}

function any(...tests: readonly Test[]): Test {
  return (frame) => {
    for (const test of tests) {
      const found = test(frame);
      if (found !== NO) return found;
    }
    return NO;
  };
}

class Compiler {
  #link: LinkPlace;

  constructor(link: LinkPlace) {
    this.#link = link;
  }

  compile(node: FilterNode): Test {
    switch (node.kind) {
      case "and":
        return all(this.compile(node.left), this.compile(node.right));
      case "or":
        return any(this.compile(node.left), this.compile(node.right));
      case "not":
        return not(this.compile(node.of));
      case "link":
        return this.#carries(node.protocol);
      case "vlan":
        return this.#vlan(node.id);
      case "protocol":
        return this.#protocol(node.number, node.family);
      case "address":
        return this.#address(node.protocol, node.direction, node.prefix);
      case "port":
        return this.#port(node);
    }
  }

  #carries(protocol: LinkProtocol): Test {
    const { carries, payload } = this.#link;
    return (frame) => carries(protocol, (at) => byteAt(frame, at), payload);
  }

  /** The tag's id; then everything stands four bytes further. */
  #vlan(id: number | undefined): Test {
    const { tag } = this.#link;
    const { isTagged, idAt, behind } = tag();
    this.#link = behind;
    const tagged: Test = (frame) => {
      const word = wordAt(frame, isTagged.at);
      return answer(word, isTagged.values.includes(word));
    };
    if (id === undefined) return tagged;
    return all(tagged, (frame) => {
      const word = wordAt(frame, idAt);
      return answer(word, (word & 0xfff) === id);
    });
  }

  #byteIs(offset: number, value: number): Test {
    const at = this.#link.payload + offset;
    return (frame) => {
      const byte = byteAt(frame, at);
      return answer(byte, byte === value);
    };
  }

  #protocol(number: number, family: "ip" | "ip6" | "both"): Test {
    const four = all(this.#carries("ip"), this.#byteIs(IPV4_PROTOCOL, number));
    const six = all(
      this.#carries("ip6"),
      any(
        all(this.#byteIs(IPV6_NEXT_HEADER, IPV6_FRAGMENT), this.#byteIs(IPV6_BYTES, number)),
        this.#byteIs(IPV6_NEXT_HEADER, number),
      ),
    );
    if (family === "both") return any(four, six);
    return family === "ip" ? four : six;
  }

  #address(protocol: LinkProtocol | undefined, direction: Direction, prefix: Prefix): Test {
    const candidates: readonly LinkProtocol[] =
      prefix.family === 4 ? ["ip", "arp", "rarp"] : ["ip6"];
    const chosen = candidates.filter((one) => protocol === undefined || one === protocol);
    return any(
      ...chosen.map((one) => {
        const [source, destination] = ADDRESS_PLACES[one];
        return all(
          this.#carries(one),
          ends(direction, this.#inPrefix(source, prefix), this.#inPrefix(destination, prefix)),
        );
      }),
    );
  }

  /** Words of four bytes, as the machine compares them, most significant first. */
  #inPrefix(offset: number, prefix: Prefix): Test {
    const at = this.#link.payload + offset;
    const bits = prefixBytes(prefix);
    const tests = Array.from({ length: Math.ceil(prefix.length / 32) }, (_, word): Test => {
      const most = Math.min(prefix.length - 32 * word, 32);
      return (frame) => {
        if (at + 4 * word + 4 > frame.length) return BEYOND;
        for (let bit = 0; bit < most; bit += 8) {
          const index = 4 * word + bit / 8;
          const mask = most - bit >= 8 ? 0xff : (0xff << (8 - (most - bit))) & 0xff;
          const byte = frame.bytes[frame.start + at + index] ?? 0;
          if (((byte ^ (bits[index] ?? 0)) & mask) !== 0) return NO;
        }
        return YES;
      };
    });
    return all(...tests);
  }

  #port(node: Extract<FilterNode, { kind: "port" }>): Test {
    const protocols = node.protocol === undefined ? PORTS : [node.protocol];
    const { payload } = this.#link;
    const isFirst: Test = (frame) => {
      const word = wordAt(frame, payload + IPV4_FRAGMENT);
      return answer(word, (word & FRAGMENT_OFFSET_MASK) === 0);
    };
    const port4 = (offset: number): Test => {
      return (frame) => {
        const first = byteAt(frame, payload);
        if (first === BEYOND) return BEYOND;
        return inRange(wordAt(frame, payload + (first & 15) * 4 + offset), node);
      };
    };
    const port6 = (offset: number): Test => {
      return (frame) => inRange(wordAt(frame, payload + IPV6_BYTES + offset), node);
    };
    const of = (family: "ip" | "ip6"): Test => {
      const isIpv4 = family === "ip";
      const place = isIpv4 ? IPV4_PROTOCOL : IPV6_NEXT_HEADER;
      const port = isIpv4 ? port4 : port6;
      const numbers = ends(node.direction, port(0), port(2));
      const each = protocols.map((number) =>
        all(this.#byteIs(place, number), ...(isIpv4 ? [isFirst] : []), numbers),
      );
      return all(this.#carries(family), any(...each));
    };
    return any(of("ip"), of("ip6"));
  }
}

function not(test: Test): Test {
  return (frame) => {
    const found = test(frame);
    if (found === BEYOND) return BEYOND;
    return found === YES ? NO : YES;
  };
}

function ends(direction: Direction, source: Test, destination: Test): Test {
  if (direction === "src") return source;
  if (direction === "dst") return destination;
  return direction === "both" ? all(source, destination) : any(source, destination);
}

function inRange(value: number, { from, to }: { readonly from: number; readonly to: number }) {
  return answer(value, value >= from && value <= to);
}

function prefixBytes(prefix: Prefix): Uint8Array {
  const view = new DataView(new ArrayBuffer(prefix.family === 4 ? 4 : 16));
  if (prefix.family === 4) {
    view.setUint32(0, prefix.address);
  } else {
    view.setBigUint64(0, prefix.high);
    view.setBigUint64(8, prefix.low);
  }
  return new Uint8Array(view.buffer);
}
