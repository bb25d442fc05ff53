/** Generates the packets of a capture of any size, the same for the same seed. */

import { AnyfibError } from "../net/errors.ts";
import type { Prefix } from "../net/prefix.ts";
import { type FrameFields, FrameTemplate, PROTOCOL_TCP, PROTOCOL_UDP } from "./generate-frames.ts";
import { checkCount } from "./generate-options.ts";
import { SERVICE_PREFIXES } from "./generate-table.ts";
import { mix32, Random } from "./random.ts";

/** What a capture is to be like. */
export interface GenerateCaptureOptions {
  /** 10,000 unless said. */
  readonly packets?: number;
  /** Distinct flows, exactly where there are as many packets; 1,000 unless said. */
  readonly flows?: number;
  /**
   * Bytes of a frame without its check sequence, 60 to 9,014; or, unless said, the IMIX of 7
   * frames of 60, 4 of 590 and 1 of 1,514 bytes. Frames are never shorter than their headers,
   * which take 74 bytes at most.
   */
  readonly size?: number | "imix";
  /** Both, flow by flow at random, unless said. */
  readonly family?: 4 | 6;
  /** Same seed, same capture; 1 unless said. */
  readonly seed?: number;
  /** Where flows go, each prefix alike; unless said, the services of generated tables. */
  readonly destinations?: readonly Prefix[];
}

/** A packet; its bytes are overwritten by the next one. */
export interface GeneratedPacket {
  readonly frame: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly timestampNs: bigint;
  readonly originalLength: number;
}

/** Addresses of clients are numbered through 24 bits, of which each has four flows at most. */
const FLOWS_MAX = 2 ** 24;
const FLOWS_PER_CLIENT = 4;
const PACKETS_MAX = 2 ** 32;
const FRAME_BYTES_MIN = 60;
const FRAME_BYTES_MAX = 9014;

/** Frame sizes by their parts in the mix. */
const IMIX = [60, 60, 60, 60, 60, 60, 60, 590, 590, 590, 590, 1514] as const;

/** 2025-01-01T00:00:00Z, in nanoseconds. */
const START_NS = 1_735_689_600_000_000_000n;
/** Gaps are 1 to 20,000 ns: about 100,000 packets a second. */
const GAP_NS_MAX = 20_000;

/** Clients: 10.0.0.0/8 and fd00:c::/104. */
const CLIENTS4 = 0x0a000000;
const CLIENTS6_HIGH = 0xfd00000c;
const CLIENT_MASK = 0xffffff;
/** Odd, so that multiplying by it gives every client another address. */
const CLIENT_STEP = 0x9e3779;
/** Ephemeral ports, in as many equal parts as a client has flows. */
const PORT_FIRST = 1024;
const PORTS = 64_512;
/** What RFC 2544 tests with: the echo and the discard service. */
const SERVICE_PORTS = [7, 9] as const;

/** A prefix to draw addresses from: its words, and the bits of each that are drawn. */
interface Destination {
  readonly words: readonly number[];
  readonly hostMasks: readonly number[];
}

function destinationOf(prefix: Prefix): Destination {
  const { high, low } = prefix.family === 4 ? { high: 0n, low: 0n } : prefix;
  const words =
    prefix.family === 4
      ? [prefix.address]
      : [high >> 32n, high, low >> 32n, low].map((half) => Number(BigInt.asUintN(32, half)));
  const hostMasks = words.map((_, word) => {
    const bits = Math.min(Math.max(prefix.length - 32 * word, 0), 32);
    return bits === 32 ? 0 : 0xffffffff >>> bits;
  });
  return { words, hostMasks };
}

/** The flows of a capture: everything about one follows from its number. */
class Flows {
  readonly #seed: number;
  readonly #families: readonly (4 | 6)[];
  readonly #destinations: Readonly<Record<4 | 6, readonly Destination[]>>;
  /** Bytes of payload that each flow has sent. */
  readonly #sent: Uint32Array;
  readonly fields: FrameFields = {
    source: new Uint32Array(4),
    destination: new Uint32Array(4),
    sourcePort: 0,
    destinationPort: 0,
    flowLabel: 0,
    sequence: 0,
  };

  constructor(count: number, seed: number, destinations: readonly Prefix[]) {
    const of = (family: 4 | 6): readonly Destination[] =>
      destinations.filter((prefix) => prefix.family === family).map(destinationOf);
    this.#seed = mix32(seed ^ Math.floor(seed / 2 ** 32));
    this.#destinations = { 4: of(4), 6: of(6) };
    this.#families = ([4, 6] as const).filter((family) => this.#destinations[family].length > 0);
    this.#sent = new Uint32Array(count);
  }

  family(flow: number): 4 | 6 {
    return this.#families[this.#draw(flow, 0) % this.#families.length] ?? 4;
  }

  protocol(flow: number): number {
    return this.#draw(flow, 1) % 2 === 0 ? PROTOCOL_UDP : PROTOCOL_TCP;
  }

  /** Fills the fields for the next packet of a flow. */
  next(flow: number, payloadBytes: number): FrameFields {
    const { fields } = this;
    const family = this.family(flow);
    this.#client(flow, family);
    const ends = this.#destinations[family];
    const { words = [], hostMasks = [] } = ends[this.#draw(flow, 2) % ends.length] ?? {};
    for (let word = 0; word < words.length; word++) {
      const host = this.#draw(flow, 3 + word) & (hostMasks[word] ?? 0);
      fields.destination[word] = (words[word] ?? 0) | host;
    }
    fields.destinationPort = SERVICE_PORTS[this.#draw(flow, 7) % SERVICE_PORTS.length] ?? 0;
    fields.flowLabel = this.#draw(flow, 8) >>> 12;
    const sent = this.#sent[flow] ?? 0;
    fields.sequence = (this.#draw(flow, 9) + sent) >>> 0;
    this.#sent[flow] = sent + payloadBytes;
    return fields;
  }

  /** Source address and port: another pair for every flow. */
  #client(flow: number, family: 4 | 6): void {
    const { fields } = this;
    const client = Math.floor(flow / FLOWS_PER_CLIENT);
    const host = (Math.imul(client, CLIENT_STEP) + this.#seed) & CLIENT_MASK;
    fields.source[0] = family === 4 ? CLIENTS4 + host : CLIENTS6_HIGH;
    fields.source[3] = host;
    const part = (PORTS / FLOWS_PER_CLIENT) * (flow % FLOWS_PER_CLIENT);
    fields.sourcePort = PORT_FIRST + ((mix32(client ^ this.#seed) + part) % PORTS);
  }

  /** A u32 that belongs to a flow; another one for every `purpose`, 0 to 15. */
  #draw(flow: number, purpose: number): number {
    return mix32(Math.imul(flow * 16 + purpose, 0x9e3779b1) ^ this.#seed);
  }
}

/**
 * A flow that has begun: which ranks are likelier as in Zipf's law with exponent 1, by powers of
 * two: ranks 1, 2 to 3, 4 to 7 and so on are equally likely together.
 */
function drawFlow(random: Random, begun: number): number {
  const octave = 2 ** random.below(32 - Math.clz32(begun));
  const rank = octave + random.below(octave);
  return rank <= begun ? rank - 1 : random.below(begun);
}

/** Options with their defaults; a family shows in the destinations. */
type WholeOptions = Required<Omit<GenerateCaptureOptions, "family">>;

/** Throws USAGE for options that cannot be meant; returns the destinations that are left. */
function checkOptions(options: WholeOptions, family: 4 | 6 | undefined): readonly Prefix[] {
  checkCount("packets", options.packets, 0, PACKETS_MAX);
  checkCount("flows", options.flows, 1, FLOWS_MAX);
  checkCount("seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  if (options.size !== "imix") checkCount("size", options.size, FRAME_BYTES_MIN, FRAME_BYTES_MAX);
  const left = options.destinations.filter((end) => family === undefined || end.family === family);
  if (left.length > 0) return left;
  throw new AnyfibError({
    code: "USAGE",
    what: `no destination${family === undefined ? "" : ` of IPv${family}`}`,
    hint: "give prefixes to send packets to",
  });
}

/**
 * The packets of a capture: Ethernet frames of UDP and of TCP in mid-connection, half of the flows
 * each, with right checksums and TTL 64. A flow's first packet comes at an even pace through the
 * capture; every other packet belongs to a flow that has begun, the r-th of them with a chance of
 * about 1 / r. Timestamps grow by 1 to 20,000 ns. Clients are in 10.0.0.0/8 and fd00:c::/32.
 * Throws USAGE for a number out of range.
 */
export function generateCapture(options: GenerateCaptureOptions = {}): Generator<GeneratedPacket> {
  const { packets = 10_000, flows = 1000, size = "imix", seed = 1, family } = options;
  const { destinations = SERVICE_PREFIXES } = options;
  const given = { packets, flows, size, seed, destinations };
  return capturePackets({ ...given, destinations: checkOptions(given, family) });
}

function* capturePackets(options: WholeOptions): Generator<GeneratedPacket> {
  const { packets, flows, size, seed, destinations } = options;
  const random = new Random(seed);
  const all = new Flows(Math.min(flows, packets), seed, destinations);
  const templateOf = templates();
  const pace = Math.min(flows / packets, 1);
  let begun = 0;
  let elapsedNs = 0;
  for (let packet = 0; packet < packets; packet++) {
    const isFirst = Math.floor(packet * pace) >= begun;
    const flow = isFirst ? begun++ : drawFlow(random, begun);
    const bytes = size === "imix" ? (IMIX[random.below(IMIX.length)] ?? 0) : size;
    const template = templateOf(all.family(flow), all.protocol(flow), bytes);
    template.patch(all.next(flow, template.payloadBytes));
    elapsedNs += 1 + random.below(GAP_NS_MAX);
    const { frame } = template;
    yield { frame, timestampNs: START_NS + BigInt(elapsedNs), originalLength: frame.length };
  }
}

/** Templates by family, protocol and size, each made when it is first needed. */
function templates(): (family: 4 | 6, protocol: number, bytes: number) => FrameTemplate {
  const known = new Map<number, FrameTemplate>();
  return (family, protocol, bytes) => {
    const key = (bytes * 16 + family) * 256 + protocol;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = new FrameTemplate(family, protocol, bytes);
    known.set(key, made);
    return made;
  };
}
