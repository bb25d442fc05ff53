/**
 * Rows of MRT files as Parquet, a row group at a time: what is held is one group.
 *
 *     PAR1 | group of 65,536 rows: its columns, one behind the other | group ... | footer | PAR1
 *
 * Numbers of ASes, preferences and path identifiers are INT64, since u32 has no type of its own
 * that all readers know. Lists are lists of texts.
 */

import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { RouteRow } from "../sources/mrt.ts";

/** Rows of a group: some 10 MiB of a table's, before they are compressed. */
const GROUP_ROWS = 65_536;

/** What a column holds. */
type Kind = "text" | "integer" | "number" | "flag" | "texts";

/** The columns in their order: the fields of a row. */
const COLUMNS = {
  kind: "text",
  time_seconds: "number",
  peer: "text",
  peer_as: "integer",
  prefix: "text",
  path_id: "integer",
  next_hop: "text",
  as_path: "text",
  origin_as: "integer",
  origin: "text",
  local_preference: "integer",
  med: "integer",
  communities: "texts",
  large_communities: "texts",
  extended_communities: "texts",
  atomic_aggregate: "flag",
  aggregator: "text",
  malformed: "flag",
  rpki: "text",
  state_before: "integer",
  state_after: "integer",
} as const satisfies Readonly<Record<keyof RouteRow, Kind>>;

/** An element of the schema, as the writer takes it. */
type Element = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

const TEXT = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const;
const OPTIONAL = { repetition_type: "OPTIONAL" } as const;

/** The elements of a column: a list has three levels. */
function elementsOf(name: string, kind: Kind): readonly Element[] {
  switch (kind) {
    case "text":
      return [{ name, ...OPTIONAL, ...TEXT }];
    case "integer":
      return [{ name, ...OPTIONAL, type: "INT64" }];
    case "number":
      return [{ name, ...OPTIONAL, type: "DOUBLE" }];
    case "flag":
      return [{ name, ...OPTIONAL, type: "BOOLEAN" }];
    case "texts":
      return [
        { name, ...OPTIONAL, converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "REQUIRED", ...TEXT },
      ];
  }
}

/** Gathers rows and makes groups of them. */
export class ParquetRows {
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #rows: RouteRow[] = [];

  constructor() {
    const columns = Object.entries(COLUMNS);
    const root: Element = { name: "rows", num_children: columns.length };
    const schema = [root, ...columns.flatMap(([name, kind]) => elementsOf(name, kind))];
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy: "anyfib" });
  }

  add(row: RouteRow): void {
    this.#rows.push(row);
    if (this.#rows.length === GROUP_ROWS) this.#writeGroup();
  }

  /** The bytes of the groups that were filled since it was asked for last. */
  take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    // Its offset goes on: what was taken is written.
    this.#bytes.index = 0;
    return bytes;
  }

  /** The last group and the footer. */
  end(): Uint8Array {
    if (this.#rows.length > 0) this.#writeGroup();
    void this.#writer.finish();
    return this.take();
  }

  #writeGroup(): void {
    const rows = this.#rows;
    this.#rows = [];
    const columnData = Object.entries(COLUMNS).map(([name, kind]) => ({
      name,
      // cast: the names of COLUMNS are fields of a row.
      data: rows.map((row) => cellOf(row[name as keyof RouteRow], kind)),
    }));
    // Only a writer that flushes by itself would give a promise.
    void this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS });
  }
}

function cellOf(value: RouteRow[keyof RouteRow], kind: Kind): unknown {
  if (value === undefined || value === null) return undefined;
  return kind === "integer" ? BigInt(Number(value)) : value;
}
