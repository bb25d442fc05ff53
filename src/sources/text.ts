/** Text tables: recognises lines or JSON by the first bytes and reads either, piece by piece. */

import { IpRoutes } from "./text/ip-route.ts";
import { readIpRouteJson } from "./text/ip-route-json.ts";
import { JsonObjects } from "./text/json-objects.ts";
import { TableBuilder, type TextTableOptions, type TextTableResult } from "./text/table-builder.ts";
import { TableLines } from "./text/table-lines.ts";

export type {
  DefaultNextHops,
  TableWarning,
  TextTableOptions,
  TextTableResult,
} from "./text/table-builder.ts";

/** Blank bytes in front of the first sign that says which form a table has. */
const LEADING_BLANKS_MAX = 65_536;
/** The byte order mark in UTF-8. */
const MARK = [0xef, 0xbb, 0xbf] as const;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/** A reader of one form. */
interface Form {
  push(bytes: Uint8Array): void;
  end(): void;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Whether `bytes` start as text in UTF-16 does, which Windows programs write. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** Bytes of the mark that `bytes` start with, 0 for none. */
function markBytes(bytes: Uint8Array): number {
  return MARK.every((byte, index) => bytes[index] === byte) ? MARK.length : 0;
}

/**
 * Reads a text table that comes in pieces. Routes are added as they are read: after an error the
 * caller drops them, as `readTextTable` does.
 */
export class TextTableParser {
  readonly #builder: TableBuilder;
  /** The start of the text, until it says which form follows. */
  #head = new Uint8Array(0);
  #form: Form | undefined;

  /** Throws AnyfibError USAGE for a default next hop that its family cannot have. */
  constructor(options: TextTableOptions) {
    this.#builder = new TableBuilder(options);
  }

  /** Takes the next bytes, which may be overwritten afterwards. */
  push(bytes: Uint8Array): void {
    if (this.#form !== undefined) {
      this.#form.push(bytes);
      return;
    }
    const head = new Uint8Array(this.#head.length + bytes.length);
    head.set(this.#head);
    head.set(bytes, this.#head.length);
    this.#head = head;
    const hasSign = head.length >= MARK.length && !head.subarray(markBytes(head)).every(isSpace);
    if (hasSign || head.length > LEADING_BLANKS_MAX) this.#start();
  }

  /** Ends the text; throws AnyfibError TABLE_SYNTAX where it held no route. */
  end(): TextTableResult {
    const form = this.#form ?? this.#start();
    form.end();
    return this.#builder.finish();
  }

  /** Chooses the form by the first sign and hands it what was held back. */
  #start(): Form {
    const head = this.#head.subarray(markBytes(this.#head));
    if (isUtf16(head)) {
      this.#builder.fail({ line: 1, column: 1 }, "text in UTF-16", "save the table as UTF-8");
    }
    const sign = head.find((byte) => !isSpace(byte));
    const isJson = sign === OPEN_ARRAY || sign === OPEN_OBJECT;
    const form = isJson ? this.#jsonForm() : new TableLines(this.#builder);
    this.#form = form;
    form.push(head);
    return form;
  }

  #jsonForm(): Form {
    const routes = new IpRoutes(this.#builder);
    return new JsonObjects(this.#builder, (bytes, place) => {
      routes.add(readIpRouteJson(this.#builder, bytes, place));
    });
  }
}

/**
 * Reads a whole text table into `options.table` and says how many routes it had and what looked
 * odd. Throws AnyfibError: TABLE_SYNTAX with `name:line:column` for what cannot be read, USAGE
 * where a prefix alone has no default next hop, CAPACITY for too many routes; and whatever
 * `chunks` throws. After an error the table holds the routes that it held before.
 */
export async function readTextTable(
  chunks: AsyncIterable<Uint8Array>,
  options: TextTableOptions,
): Promise<TextTableResult> {
  const mark = options.table.mark();
  try {
    const parser = new TextTableParser(options);
    for await (const chunk of chunks) parser.push(chunk);
    return parser.end();
  } catch (error) {
    options.table.rewind(mark);
    throw error;
  }
}
