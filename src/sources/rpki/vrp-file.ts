/**
 * Files of VRPs, as routinator and rpki-client write them: JSON or CSV, told by the first sign.
 * A damaged entry is told of with its line and passed over; a file that is cut counts up to there.
 */

import { AnyfibError } from "../../net/errors.ts";
import type { VrpChanges } from "../../rib/origin-validation.ts";
import { JsonElements, type TextPlace } from "./json-elements.ts";
import { VrpCsv } from "./vrp-csv.ts";
import type { AspaEntry, DamagedEntry, VrpEntry } from "./vrp-entry.ts";
import { VrpJson } from "./vrp-json.ts";

/** Blank bytes in front of the first sign. */
const LEADING_BLANKS_MAX = 65_536;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const HINT = "give JSON or CSV as routinator or rpki-client writes it";

/** What a file is read with. */
export interface VrpFileOptions {
  /** The file, as messages name it. */
  readonly name: string;
  /** Takes the VRPs, as announcements. */
  readonly changes: VrpChanges;
  /** Seconds since 1970: what ended before is left out. Nothing is unless given. */
  readonly now?: number;
  readonly takeAspa?: (aspa: AspaEntry) => void;
  /** Told of each entry that was passed over, and of its line. */
  readonly onDamaged?: (entry: { readonly line: number; readonly what: string }) => void;
}

/** What a file held. */
export interface VrpCounts {
  /** Entries that were taken; some may be the same VRP. */
  readonly vrps: number;
  readonly aspas: number;
  readonly expired: number;
  readonly damaged: number;
}

/** A reader of one form. */
interface Form {
  push(bytes: Uint8Array): void;
  end(): void;
}

/**
 * Reads a file of VRPs. Throws INPUT_SYNTAX with file, line and column for what is no such file or
 * is cut, and what `chunks` throws; VRPs that were read before have been taken.
 */
export async function readVrpFile(
  chunks: AsyncIterable<Uint8Array>,
  options: VrpFileOptions,
): Promise<VrpCounts> {
  const reader = new VrpFileReader(options);
  for await (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

/** Takes the entries of one file. */
class VrpFileReader {
  readonly #options: VrpFileOptions;
  /** The start of the text, until it says which form follows. */
  #head = new Uint8Array(0);
  #form: Form | undefined;
  #json: VrpJson | undefined;
  readonly #counts = { vrps: 0, aspas: 0, expired: 0, damaged: 0 };

  constructor(options: VrpFileOptions) {
    this.#options = options;
  }

  push(bytes: Uint8Array): void {
    if (this.#form !== undefined) {
      this.#form.push(bytes);
      return;
    }
    const head = new Uint8Array(this.#head.length + bytes.length);
    head.set(this.#head);
    head.set(bytes, this.#head.length);
    this.#head = head;
    if (head.some((byte) => byte > 0x20) || head.length > LEADING_BLANKS_MAX) this.#start();
  }

  end(): VrpCounts {
    (this.#form ?? this.#start()).end();
    if (this.#json !== undefined && !this.#json.hasEntries) {
      this.#fail({ line: 1, column: 1 }, 'there are no VRPs: it has no array "roas"');
    }
    return this.#counts;
  }

  #start(): Form {
    const head = this.#head;
    const sign = head.find((byte) => byte > 0x20);
    if (sign === undefined) this.#fail({ line: 1, column: 1 }, "the file is empty");
    const isJson = sign === OPEN_ARRAY || sign === OPEN_OBJECT;
    const form = isJson ? this.#jsonForm() : this.#csvForm();
    this.#form = form;
    form.push(head);
    return form;
  }

  #jsonForm(): Form {
    this.#json = new VrpJson({
      take: (entry, { line }) => this.#take(entry, line),
      fail: (place, what) => this.#fail(place, what),
    });
    return new JsonElements(this.#json);
  }

  #csvForm(): Form {
    return new VrpCsv({
      take: (entry, line) => this.#take(entry, line),
      fail: (line, what) => this.#fail({ line, column: 1 }, what),
    });
  }

  #take(entry: VrpEntry | AspaEntry | DamagedEntry, line: number): void {
    const { changes, now, takeAspa, onDamaged } = this.#options;
    if (entry.kind === "damaged") {
      this.#counts.damaged += 1;
      onDamaged?.({ line, what: entry.what });
    } else if (now !== undefined && entry.expires !== undefined && entry.expires < now) {
      this.#counts.expired += 1;
    } else if (entry.kind === "aspa") {
      this.#counts.aspas += 1;
      takeAspa?.(entry);
    } else {
      this.#counts.vrps += 1;
      changes.announce(entry.family, entry.vrp);
    }
  }

  #fail({ line, column }: TextPlace, what: string): never {
    const { name } = this.#options;
    throw new AnyfibError({
      code: "INPUT_SYNTAX",
      what,
      where: `${name}:${line}:${column}`,
      hint: HINT,
      detail: { name, line, column },
    });
  }
}
