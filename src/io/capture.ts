/** Reads captures: a byte stream of pcap or pcapng becomes batches of packets in linear memory. */

import type { Batch } from "../engine/batch.ts";
import {
  CAPTURE_INTERFACES_MAX,
  CAPTURE_REGION_BYTES,
  type CaptureInterface,
  CaptureState,
  type CaptureStop,
  type CaptureTotals,
} from "../engine/capture-state.ts";
import type { Engine } from "../engine/engine.ts";
import { AnyfibError } from "../net/errors.ts";
import { abortable } from "./abortable.ts";
import { ByteWindow } from "./byte-window.ts";
import { type CapturePlace, cutError, formatError } from "./capture-errors.ts";
import { PCAP_HEADER_BYTES, type PcapMagic, pcapInterface, pcapMagic } from "./pcap.ts";
import {
  checkSection,
  PCAPNG_MAGIC,
  pcapngInterface,
  SECTION_START_BYTES,
  sectionStart,
} from "./pcapng.ts";
import type { ByteSource } from "./port.ts";

/** What a reader may ask for. */
export interface CaptureOptions {
  /** Packets after which the capture counts as ended. */
  readonly count?: number;
  /** Ends the reading with ABORTED, even while it waits for bytes. */
  readonly signal?: AbortSignal;
}

/** What is known of a capture: of the packets that were delivered so far. */
export interface CaptureInfo {
  /** As the source is named. */
  readonly file: string;
  readonly format: "pcap" | "pcapng";
  readonly packets: number;
  /** Captured bytes. */
  readonly bytes: number;
  /** Some packet was captured short of its original length. */
  readonly truncated: boolean;
  readonly truncatedPackets: number;
  /** Link types of the interfaces met so far (numbers of the pcap registry), in order. */
  readonly linkTypes: readonly number[];
}

const MAGIC_BYTES = 4;

/** Whether a file whose first four bytes these are is a capture. */
export function isCapture(head: Uint8Array): boolean {
  if (head.length < MAGIC_BYTES) return false;
  const view = new DataView(head.buffer, head.byteOffset, MAGIC_BYTES);
  return view.getUint32(0) === PCAPNG_MAGIC || pcapMagic(view) !== undefined;
}

/**
 * Opens a capture over an engine, whose frame region it fills: one is read at a time. It owns the
 * source from here on. Throws CAPTURE_FORMAT for an unknown format, CAPTURE_CUT for an empty file
 * or a cut header, CAPACITY where the engine has too little room for frames, and what the source
 * throws.
 */
export async function openCaptureSource(
  source: ByteSource,
  engine: Engine,
  options: CaptureOptions = {},
): Promise<Capture> {
  const { signal, count = 0 } = options;
  checkCount(source.name, count);
  const window = new ByteWindow(signal ? abortable(source, signal) : source, engine.batch.frames);
  try {
    checkRoom(engine);
    return new Capture({ source, window, engine, options, opening: await readOpening(window) });
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

function checkCount(name: string, count: number): void {
  if (count >= 0 && (Number.isInteger(count) || count === Number.POSITIVE_INFINITY)) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `count is ${count}`,
    where: name,
    hint: "give a whole number of packets",
    detail: { count },
  });
}

function checkRoom(engine: Engine): void {
  const frameBytes = engine.batch.frames.length;
  if (frameBytes >= CAPTURE_REGION_BYTES) return;
  throw new AnyfibError({
    code: "CAPACITY",
    what: `limit frameBytes is ${frameBytes}`,
    hint: `captures need ${CAPTURE_REGION_BYTES}`,
    detail: { frameBytes, needed: CAPTURE_REGION_BYTES },
  });
}

/** What the start of the file says: a pcapng file's first section is left for the walker. */
type Opening =
  | { readonly format: "pcapng" }
  | { readonly format: "pcap"; readonly magic: PcapMagic; readonly described: CaptureInterface };

async function readOpening(window: ByteWindow): Promise<Opening> {
  const place = { name: window.name, offset: 0 };
  if (!(await window.fill(MAGIC_BYTES))) {
    throw cutError(place, "its magic number", window.length);
  }
  const word = window.view.getUint32(0);
  if (word === PCAPNG_MAGIC) return { format: "pcapng" };
  const magic = pcapMagic(window.view);
  if (magic === undefined) {
    const what = `0x${word.toString(16).padStart(8, "0")} is no magic number of pcap or pcapng`;
    throw formatError(
      place,
      what,
      { magic: word },
      "give a capture as tcpdump or Wireshark write it",
    );
  }
  if (!(await window.fill(PCAP_HEADER_BYTES))) {
    throw cutError(place, "the file header", window.length);
  }
  const described = pcapInterface(window.view, magic, place);
  window.consume(PCAP_HEADER_BYTES);
  return { format: "pcap", magic, described };
}

/** What a capture is made of. */
interface CaptureParts {
  readonly source: ByteSource;
  readonly window: ByteWindow;
  readonly engine: Engine;
  readonly options: CaptureOptions;
  readonly opening: Opening;
}

/** An open capture, made by `openCaptureSource`. */
export class Capture implements AsyncIterable<Batch>, AsyncDisposable {
  readonly #source: ByteSource;
  readonly #window: ByteWindow;
  readonly #engine: Engine;
  readonly #state: CaptureState;
  readonly #format: "pcap" | "pcapng";
  readonly #count: number;
  readonly #linkTypes = new Set<number>();
  #littleEndian = true;
  #totals: CaptureTotals;

  constructor({ source, window, engine, options, opening }: CaptureParts) {
    this.#source = source;
    this.#window = window;
    this.#engine = engine;
    this.#state = new CaptureState(engine.memory, engine.plan);
    this.#format = opening.format;
    this.#count = options.count ?? Number.POSITIVE_INFINITY;
    this.#state.begin(false);
    if (opening.format === "pcap") {
      this.#beginSection(opening.magic.littleEndian);
      this.#addInterface(opening.described);
    }
    this.#totals = this.#state.totals;
  }

  /** What is known so far. */
  get info(): CaptureInfo {
    return {
      file: this.#source.name,
      format: this.#format,
      packets: this.#totals.packets,
      bytes: this.#totals.bytes,
      truncated: this.#totals.shortPackets > 0,
      truncatedPackets: this.#totals.shortPackets,
      linkTypes: [...this.#linkTypes],
    };
  }

  /**
   * Fills the engine's batch and returns its count: 0 at the end of the capture. The packets lie in
   * linear memory until the next call. Throws CAPTURE_CUT or CAPTURE_FORMAT with file and offset,
   * ABORTED, and what the source throws, each once all packets before it were delivered.
   */
  async next(): Promise<number> {
    const { batch } = this.#engine;
    batch.clear();
    const most = Math.min(batch.offsets.length, this.#count - this.#totals.packets);
    if (most <= 0) return 0;
    do {
      batch.count = this.#walk(most);
    } while (batch.count === 0 && (await this.#resume()));
    return batch.count;
  }

  /** The engine's batch, filled anew for each step, up to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    while ((await this.next()) > 0) yield this.#engine.batch;
  }

  /** Closes the source. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }

  #walk(most: number): number {
    const { plan, exports } = this.#engine;
    const window = this.#window;
    const cursor = plan.frames + window.start;
    this.#state.place(cursor, plan.frames + window.end);
    const packets = this.#format === "pcap" ? exports.pcapWalk(most) : exports.pcapngWalk(most);
    window.consume(this.#state.cursor - cursor);
    this.#totals = this.#state.totals;
    return packets >>> 0;
  }

  /** Deals with what the walker stopped at; false at the end of the capture. */
  async #resume(): Promise<boolean> {
    const stop = this.#state.stop;
    switch (stop.kind) {
      case "batch":
        return true;
      case "more":
        return this.#readOn(stop.value);
      case "section":
        await this.#readSection();
        return true;
      case "interface":
        this.#readInterface(stop.value);
        return true;
      default:
        throw damageError(this.#place, stop);
    }
  }

  /** Position of the record that the walker stands at, or is passing over. */
  get #place(): CapturePlace {
    return { name: this.#source.name, offset: this.#window.offset - this.#state.skippedBytes };
  }

  async #readOn(bytes: number): Promise<boolean> {
    if (await this.#window.fill(bytes)) return true;
    const held = this.#window.length + this.#state.skippedBytes;
    if (held === 0) return false;
    throw cutError(this.#place, this.#format === "pcap" ? "a packet's record" : "a block", held);
  }

  async #readSection(): Promise<void> {
    const window = this.#window;
    const part = "a section header";
    if (!(await window.fill(SECTION_START_BYTES))) {
      throw cutError(this.#place, part, window.length);
    }
    const start = sectionStart(window.view, this.#place);
    if (!(await window.fill(start.length))) throw cutError(this.#place, part, window.length);
    checkSection(window.view, start, this.#place);
    this.#beginSection(start.littleEndian);
    window.consume(start.length);
  }

  #readInterface(length: number): void {
    const { view } = this.#window;
    this.#addInterface(pcapngInterface(view, length, this.#littleEndian, this.#place));
    this.#window.consume(length);
  }

  #beginSection(littleEndian: boolean): void {
    this.#littleEndian = littleEndian;
    // WebAssembly reads little-endian, whatever the machine.
    this.#state.beginSection(!littleEndian);
  }

  #addInterface(described: CaptureInterface): void {
    if (!this.#state.addInterface(described)) {
      const what = `a section describes more than ${CAPTURE_INTERFACES_MAX} interfaces`;
      const detail = { most: CAPTURE_INTERFACES_MAX };
      throw formatError(this.#place, what, detail, "split it with editcap or tshark");
    }
    this.#linkTypes.add(described.linkType);
  }
}

function damageError(place: CapturePlace, { kind, value }: CaptureStop): AnyfibError {
  switch (kind) {
    case "packetLength":
      return formatError(place, `a packet of ${value} captured bytes cannot be`, { bytes: value });
    case "blockLength":
      return formatError(place, `a block of ${value} bytes cannot be`, { bytes: value });
    case "blockLong":
      return formatError(place, `a block of ${value} bytes is too long to be read`, {
        bytes: value,
      });
    case "trailer":
      return formatError(place, `a block ends with another length, ${value}`, { trailer: value });
    default: {
      const what = `a packet names interface ${value}, which its section does not describe`;
      return formatError(place, what, { interface: value });
    }
  }
}
