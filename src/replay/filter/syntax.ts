/**
 * Filter expressions as text: the common part of tcpdump's language (pcap-filter(7)).
 *
 *   expression = term { ("and" | "or" | "&&" | "||") term }      equal precedence, left to right
 *   term       = ("not" | "!") term | "(" expression ")" | primitive
 *   primitive  = [protocol] [direction] [type] value | protocol | "vlan" [id]
 *
 * A value alone takes the protocol, direction and type of the primitive before it, as in
 * `port 53 or 80`.
 */

import { parseAddress } from "../../net/address.ts";
import { AnyfibError } from "../../net/errors.ts";
import { parsePrefix } from "../../net/prefix.ts";
import { quoted } from "../../net/printable.ts";
import type { Direction, FilterNode, LinkProtocol, Qualifiers } from "./node.ts";

const LINK_WORDS: readonly string[] = ["ip", "ip6", "arp", "rarp"];
/** Upper-layer protocols by their words, and the families whose packets they are looked for in. */
const PROTOCOL_WORDS: ReadonlyMap<string, readonly [number, "ip" | "ip6" | "both"]> = new Map([
  ["tcp", [6, "both"]],
  ["udp", [17, "both"]],
  ["sctp", [132, "both"]],
  ["icmp", [1, "ip"]],
  ["icmp6", [58, "ip6"]],
  ["igmp", [2, "ip"]],
  ["ah", [51, "both"]],
  ["esp", [50, "both"]],
  ["pim", [103, "both"]],
]);
const WITH_PORTS: readonly string[] = ["tcp", "udp", "sctp"];
const TYPES: readonly string[] = ["host", "net", "port", "portrange", "proto"];
const PORT_MAX = 65_535;
const VLAN_MAX = 4095;
const PROTOCOL_MAX = 255;
/** More nesting than this is no filter that a person wrote. */
const DEPTH_MAX = 64;

const TOKEN = /\s*(?:(&&|\|\||[()!])|([^\s()!&|]+))/y;

/** Reads an expression; throws USAGE with what is wrong and how tcpdump can stand in. */
export function parseFilter(text: string): FilterNode {
  const tokens = tokensOf(text);
  if (tokens.length === 0) throw fault(text, "the filter is empty", "give an expression");
  return new Parser(text, tokens).parse();
}

function fault(text: string, what: string, hint?: string): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what,
    where: `filter ${quoted(text)}`,
    hint: hint ?? "try tcpdump -r FILE -w - 'EXPRESSION' | anyfib replay -r -",
  });
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const [, sign, word] = TOKEN.exec(text) ?? [];
    if (sign === undefined && word === undefined) {
      throw fault(text, `${quoted(text.slice(at, at + 1))} is no part of a filter`);
    }
    const signs: Readonly<Record<string, string>> = { "&&": "and", "||": "or", "!": "not" };
    tokens.push(sign === undefined ? (word ?? "") : (signs[sign] ?? sign));
  }
  return tokens;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;
  /** Of the primitive before. */
  #last: Qualifiers | undefined;

  constructor(text: string, tokens: readonly string[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  parse(): FilterNode {
    const node = this.#expression(0);
    const [rest] = this.#tokens.slice(this.#at);
    if (rest === undefined) return node;
    throw fault(this.#text, `${quoted(rest)} follows what is complete`);
  }

  #expression(depth: number): FilterNode {
    let left = this.#term(depth);
    for (;;) {
      const word = this.#tokens[this.#at];
      if (word !== "and" && word !== "or") return left;
      this.#at += 1;
      left = { kind: word, left, right: this.#term(depth) };
    }
  }

  #term(depth: number): FilterNode {
    if (depth > DEPTH_MAX) throw fault(this.#text, "too many parentheses", "use fewer");
    const word = this.#tokens[this.#at];
    if (word === "not") {
      this.#at += 1;
      return { kind: "not", of: this.#term(depth + 1) };
    }
    if (word !== "(") return this.#primitive();
    this.#at += 1;
    const inner = this.#expression(depth + 1);
    if (this.#tokens[this.#at] !== ")") throw fault(this.#text, "a parenthesis is not closed");
    this.#at += 1;
    return inner;
  }

  #primitive(): FilterNode {
    const first = this.#tokens[this.#at];
    if (first === undefined) throw fault(this.#text, "something is missing at its end");
    if (first === "vlan") return this.#vlan();
    const protocol = this.#protocol();
    const direction = this.#direction();
    const type = this.#type();
    const value = this.#tokens[this.#at];
    const hasValue = value !== undefined && !["and", "or", "not", "(", ")"].includes(value);
    const isAlone = direction === undefined && type === undefined;
    if (protocol !== undefined && isAlone && !(hasValue && isValue(value))) {
      return protocolNode(protocol);
    }
    if (!hasValue) throw fault(this.#text, `${quoted(first)} needs a value`);
    this.#at += 1;
    const given = { protocol, direction: direction ?? "either", type } as const;
    const isBare = protocol === undefined && isAlone;
    const last = isBare ? this.#last : undefined;
    const qualifiers = last ?? { ...given, type: type ?? "host" };
    this.#last = qualifiers;
    return this.#node(qualifiers, value);
  }

  #vlan(): FilterNode {
    this.#at += 1;
    const id = this.#tokens[this.#at] ?? "";
    if (!/^\d+$/.test(id)) return { kind: "vlan", id: undefined };
    this.#at += 1;
    return { kind: "vlan", id: this.#number(id, VLAN_MAX) };
  }

  #protocol(): string | undefined {
    const word = this.#tokens[this.#at] ?? "";
    if (!LINK_WORDS.includes(word) && !PROTOCOL_WORDS.has(word)) return undefined;
    this.#at += 1;
    return word;
  }

  /** `src`, `dst`, `src or dst`, `src and dst`. */
  #direction(): Direction | undefined {
    const [first, joint, second] = this.#tokens.slice(this.#at, this.#at + 3);
    if (first !== "src" && first !== "dst") return undefined;
    const isPair = (second === "src" || second === "dst") && second !== first;
    if (isPair && (joint === "or" || joint === "and")) {
      this.#at += 3;
      return joint === "or" ? "either" : "both";
    }
    this.#at += 1;
    return first;
  }

  #type(): Qualifiers["type"] | undefined {
    const word = this.#tokens[this.#at] ?? "";
    const type = TYPES.find((known) => known === word);
    if (type === undefined) return undefined;
    this.#at += 1;
    if (type === "host" || type === "net" || type === "port") return type;
    return type === "portrange" ? type : "proto";
  }

  #node({ protocol, direction, type }: Qualifiers, value: string): FilterNode {
    if (type === "port" || type === "portrange") {
      this.#check(protocol, ["", ...WITH_PORTS], type);
      const number = protocol === undefined ? undefined : PROTOCOL_WORDS.get(protocol)?.[0];
      const [first = "", last = first] = type === "port" ? [value] : value.split("-");
      const from = this.#number(first, PORT_MAX);
      const to = this.#number(last, PORT_MAX);
      const [least, most] = from <= to ? [from, to] : [to, from];
      return { kind: "port", protocol: number, direction, from: least, to: most };
    }
    if (type === "proto") {
      this.#check(protocol, ["", "ip", "ip6"], type);
      const [known] = PROTOCOL_WORDS.get(value.replace(/^\\/, "")) ?? [];
      const number = known ?? this.#number(value, PROTOCOL_MAX);
      const family = protocol === "ip" || protocol === "ip6" ? protocol : "both";
      return { kind: "protocol", number, family };
    }
    this.#check(protocol, ["", ...LINK_WORDS], type);
    return this.#addresses(linkProtocol(protocol), direction, type, value);
  }

  #addresses(
    protocol: LinkProtocol | undefined,
    direction: Direction,
    type: "host" | "net",
    value: string,
  ): FilterNode {
    const prefix = type === "net" ? this.#net(value) : hostPrefix(value);
    const isOther = prefix?.family === 6 ? protocol !== "ip6" : protocol === "ip6";
    if (prefix !== undefined && (protocol === undefined || !isOther)) {
      return { kind: "address", protocol, direction, prefix };
    }
    throw fault(this.#text, `${quoted(value)} is no ${type} of that family`);
  }

  /** `10.0.0.0/8`, `10.1` for 10.1.0.0/16, `10.0.0.0 mask 255.0.0.0`. */
  #net(value: string) {
    if (value.includes("/") || value.includes(":")) {
      const parsed = parsePrefix(value);
      if (parsed?.hadHostBits) {
        throw fault(this.#text, `${value} has bits beyond its length`, "clear them");
      }
      return parsed?.prefix ?? hostPrefix(value);
    }
    const parts = value.split(".");
    const whole = [...parts, "0", "0", "0"].slice(0, 4).join(".");
    const [word, mask = ""] = this.#tokens.slice(this.#at, this.#at + 2);
    if (word !== "mask") return parsePrefix(`${whole}/${8 * parts.length}`)?.prefix;
    this.#at += 2;
    const bits = parseAddress(mask);
    const length = bits?.family === 4 ? Math.clz32(~bits.value >>> 0) : Number.NaN;
    return parsePrefix(`${whole}/${length}`)?.prefix;
  }

  #number(text: string, most: number): number {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (value <= most) return value;
    throw fault(this.#text, `${quoted(text)} is no number from 0 to ${most}`);
  }

  #check(protocol: string | undefined, allowed: readonly string[], type: string): void {
    if (allowed.includes(protocol ?? "")) return;
    throw fault(this.#text, `${protocol} has no ${type}`, `leave one of them out`);
  }
}

/** Whether a word is a value rather than another primitive's first word. */
function isValue(word: string): boolean {
  return parseAddress(word) !== undefined;
}

function hostPrefix(value: string) {
  return parsePrefix(`${value}/${value.includes(":") ? 128 : 32}`)?.prefix;
}

function linkProtocol(word: string | undefined): LinkProtocol | undefined {
  if (word === "ip" || word === "ip6" || word === "arp" || word === "rarp") return word;
  return undefined;
}

function protocolNode(word: string): FilterNode {
  const link = linkProtocol(word);
  if (link !== undefined) return { kind: "link", protocol: link };
  const [number, family] = PROTOCOL_WORDS.get(word) ?? [0, "both"];
  return { kind: "protocol", number, family };
}
