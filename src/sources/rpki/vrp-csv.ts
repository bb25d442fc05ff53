/** VRPs in the CSV of routinator (`csv`, `csvcompat`, `csvext`) and rpki-client. */

import { prefixCells } from "../../net/bytes.ts";
import { type DamagedEntry, readVrp, type VrpEntry, type VrpFields } from "./vrp-entry.ts";

/** A line of a CSV file. */
const LINE_BYTES_MAX = 65_536;

/** Which column has which name, in any of the forms; small letters. */
const COLUMNS: Readonly<Record<keyof VrpFields, readonly string[]>> = {
  as: ["asn"],
  prefix: ["ip prefix", "prefix"],
  maxLength: ["max length", "maxlength"],
  expires: ["expires", "not after"],
};

/** What is done with the lines of a file; both take the line's number, from 1. */
export interface LineTaker {
  readonly take: (entry: VrpEntry | DamagedEntry, line: number) => void;
  readonly fail: (line: number, what: string) => never;
}

/** Follows the lines of one file. */
export class VrpCsv {
  readonly #taker: LineTaker;
  readonly #decoder = new TextDecoder();
  readonly #cells = prefixCells();
  #rest = "";
  #line = 0;
  #columns: ReadonlyMap<keyof VrpFields, number> | undefined;

  constructor(taker: LineTaker) {
    this.#taker = taker;
  }

  /** Takes the next bytes, which may be overwritten afterwards. */
  push(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
    if (this.#rest.length > LINE_BYTES_MAX) {
      this.#taker.fail(this.#line + 1, `a line of over ${LINE_BYTES_MAX} bytes`);
    }
  }

  end(): void {
    this.#take(this.#rest + this.#decoder.decode());
    if (this.#columns === undefined) this.#taker.fail(Math.max(this.#line, 1), "there are no VRPs");
  }

  #take(text: string): void {
    this.#line += 1;
    const cells = cellsOf(text);
    if (cells.length === 1 && cells[0] === "") return;
    if (this.#columns === undefined) {
      this.#columns = this.#header(cells);
      return;
    }
    const of = (field: keyof VrpFields): string | undefined =>
      cells[this.#columns?.get(field) ?? -1] || undefined;
    const fields = { as: of("as"), prefix: of("prefix"), maxLength: of("maxLength") };
    this.#taker.take(readVrp({ ...fields, expires: of("expires") }, this.#cells), this.#line);
  }

  #header(cells: readonly string[]): ReadonlyMap<keyof VrpFields, number> {
    const names = cells.map((cell) => cell.toLowerCase());
    const found = new Map<keyof VrpFields, number>();
    for (const [field, known] of Object.entries(COLUMNS)) {
      const column = names.findIndex((name) => known.includes(name));
      // cast: the keys of COLUMNS are fields.
      if (column >= 0) found.set(field as keyof VrpFields, column);
    }
    if (!found.has("as") || !found.has("prefix")) {
      this.#taker.fail(this.#line, "this is no file of VRPs: its first line names no columns");
    }
    return found;
  }
}

/** The cells of a line, without blanks and quotes around them; none of them has commas. */
function cellsOf(line: string): readonly string[] {
  return line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}
