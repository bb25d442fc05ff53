/** Compares a measurement with an earlier one, by the ratios to the reference. */

import * as v from "valibot";
import { AnyfibError } from "../src/net/errors.ts";
import type { Results } from "./harness.ts";
import { REFERENCE_NAME } from "./reference.ts";
import { type Row, rowKey } from "./rows.ts";

/** A row that got slower than is allowed. */
export interface Regression {
  readonly row: Row;
  readonly baseRatio: number;
  /** Part that it got slower by: 0.08 for 8 %. */
  readonly slower: number;
}

/** What comes of a comparison. */
export interface Comparison {
  /** Rows that both measurements have. */
  readonly compared: number;
  /** Rows of this measurement that the base has not. */
  readonly unknown: number;
  readonly regressions: readonly Regression[];
  /** Whether both come from the same processor model and Node. */
  readonly isSameMachine: boolean;
}

/** What a comparison reads of a file; there may be more. */
export interface Base {
  readonly rows: readonly BaseRow[];
  readonly machine: { readonly cpu: string; readonly node: string };
}

type BaseRow = v.InferOutput<typeof BASE_ROW>;

const BASE_ROW = v.object({
  name: v.string(),
  family: v.picklist(["ipv4", "ipv6", "both"]),
  table: v.string(),
  pattern: v.string(),
  groups: v.exactOptional(v.number()),
  groups_placement: v.exactOptional(v.picklist(["table", "clustered", "random"])),
  workers: v.exactOptional(v.number()),
  updates_per_second: v.exactOptional(v.number()),
  caches: v.exactOptional(v.picklist(["warm", "cold"])),
  ratio_to_reference: v.pipe(v.number(), v.gtValue(0)),
  reference: v.optional(v.string(), REFERENCE_NAME),
});

const BASE = v.object({
  rows: v.array(BASE_ROW),
  machine: v.object({ cpu: v.string(), node: v.string() }),
});

/** Reads what `--json` printed. Throws INPUT_SYNTAX for anything else. */
export function parseBase(text: string, file: string): Base {
  try {
    return v.parse(BASE, JSON.parse(text));
  } catch (cause) {
    throw new AnyfibError({
      code: "INPUT_SYNTAX",
      what: `no results of a benchmark${v.isValiError(cause) ? `: ${cause.message}` : ""}`,
      where: file,
      hint: "give a file that anyfib bench --export-json wrote",
      cause,
    });
  }
}

/** Rows of one key measured the same thing beside the same reference. */
function comparedKey(row: BaseRow | Row): string {
  return `${rowKey(row)} | ${row.reference}`;
}

/** Compares row by row; slower by more than `failOver`, a part, is a regression. */
export function compareResults(results: Results, base: Base, failOver: number): Comparison {
  const known = new Map(base.rows.map((row) => [comparedKey(row), row.ratio_to_reference]));
  const regressions: Regression[] = [];
  let compared = 0;
  for (const row of results.rows) {
    const baseRatio = known.get(comparedKey(row));
    if (baseRatio === undefined) continue;
    compared += 1;
    const slower = row.ratio_to_reference / baseRatio - 1;
    if (slower > failOver) regressions.push({ row, baseRatio, slower });
  }
  const { cpu, node } = results.machine;
  return {
    compared,
    unknown: results.rows.length - compared,
    regressions,
    isSameMachine: cpu === base.machine.cpu && node === base.machine.node,
  };
}
