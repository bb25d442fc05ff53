/** VRPs and ASPAs in the JSON of routinator (`json`, `jsonext`), rpki-client and StayRTR. */

import { prefixCells } from "../../net/bytes.ts";
import type { ElementTaker, TextPlace } from "./json-elements.ts";
import type { VrpEntry } from "./vrp-entry.ts";
import { type AspaEntry, type DamagedEntry, readAspa, readTime, readVrp } from "./vrp-entry.ts";

/** Arrays of VRPs: by their key, or the document itself. */
const VRP_ARRAYS: ReadonlySet<string> = new Set(["roas", ""]);
/** Arrays of ASPAs: routinator's and rpki-client's, then those of earlier rpki-clients. */
const ASPA_ARRAYS: ReadonlySet<string> = new Set([
  "aspas",
  "provider_authorizations.ipv4",
  "provider_authorizations.ipv6",
]);

/** What an object came to. */
export type JsonEntry = VrpEntry | AspaEntry | DamagedEntry;

/** Takes entries of a document. */
export interface EntryTaker {
  readonly take: (entry: JsonEntry, place: TextPlace) => void;
  readonly fail: ElementTaker["fail"];
}

/** Turns the objects of a document into entries. */
export class VrpJson implements ElementTaker {
  readonly #taker: EntryTaker;
  readonly #decoder = new TextDecoder();
  readonly #cells = prefixCells();
  /** Whether an array of VRPs or ASPAs stands in the document. */
  hasEntries = false;

  constructor(taker: EntryTaker) {
    this.#taker = taker;
  }

  wants(name: string): boolean {
    const isKnown = VRP_ARRAYS.has(name) || ASPA_ARRAYS.has(name);
    this.hasEntries ||= isKnown;
    return isKnown;
  }

  take(name: string, bytes: Uint8Array, place: TextPlace): void {
    this.#taker.take(this.#entry(name, bytes), place);
  }

  fail(place: TextPlace, what: string): never {
    return this.#taker.fail(place, what);
  }

  #entry(name: string, bytes: Uint8Array): JsonEntry {
    const fields = this.#parsed(bytes);
    if (fields === undefined) return { kind: "damaged", what: "this is no JSON object" };
    if (ASPA_ARRAYS.has(name)) {
      const customer = fields.customer ?? fields.customer_asid;
      const providers = fields.providers ?? fields.provider_asids;
      return readAspa({ customer, providers, expires: fields.expires });
    }
    const { prefix, maxLength, asn: as, expires } = fields;
    return readVrp(
      { prefix, maxLength, as, expires: expires ?? lastEnd(fields.source) },
      this.#cells,
    );
  }

  #parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
    try {
      // cast: the text begins with a brace, so JSON.parse gives an object.
      return JSON.parse(this.#decoder.decode(bytes)) as Readonly<Record<string, unknown>>;
    } catch {
      return undefined;
    }
  }
}

/** When the last of a VRP's sources ends, as `jsonext` tells them; undefined where none says. */
function lastEnd(sources: unknown): number | undefined {
  if (!Array.isArray(sources)) return undefined;
  const ends = sources.map((source) => readTime(Object(Object(source).validity).notAfter));
  const known = ends.filter((end) => end !== undefined);
  return known.length === ends.length && known.length > 0 ? Math.max(...known) : undefined;
}
