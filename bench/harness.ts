/** Measures entry after entry beside the frozen reference, and keeps what there is to know. */

import type { Contender } from "./contender.ts";
import { type Machine, thisCommit, thisMachine } from "./machine.ts";
import { DEFAULT_ROUNDS, race } from "./race.ts";
import { referenceContender } from "./reference.ts";
import { type MeasuredRow, measuredRow, type Row, type RowLabels } from "./rows.ts";

/** A row that is to be measured. */
export interface Entry {
  readonly labels: RowLabels;
  readonly prefixes?: number;
  /** Whether a sample is one operation: its tail is then worth knowing. */
  readonly isEach?: boolean;
  /** Whether samples differ in what they do: halves of the run then differ without noise. */
  readonly isUneven?: boolean;
  /** Makes everything ready. */
  readonly open: () => Promise<Contender>;
  /** Makes a reference of its own ready, at the same work in short turns; the walk unless said. */
  readonly openReference?: () => Promise<Contender>;
  /** What else is known once it was measured. */
  readonly extras?: () => Pick<Row, "stall_max_ns" | "slot_max_mean" | "needless_moves">;
}

/** How to measure. */
export interface MeasureOptions {
  readonly rounds?: number;
  /** Ends the work early; what was measured until then is returned. */
  readonly signal?: AbortSignal;
  /** Told of every row when it is there. */
  readonly onRow?: (row: Row) => void;
}

/** What was measured, and on what. */
export interface Measurement {
  readonly rows: readonly MeasuredRow[];
  readonly machine: Machine;
  readonly commit: string | null;
}

/** A measurement as JSON, to be compared with later ones. */
export interface Results {
  readonly rows: readonly Row[];
  readonly machine: Machine;
  readonly commit: string | null;
}

/** Parts of a round beside a reference at the same work: turns of 6 ms. */
const PARTS = 8;

/** Measures all entries, each in a run of its own. */
export async function measure(
  entries: AsyncIterable<Entry>,
  { rounds = DEFAULT_ROUNDS, signal, onRow }: MeasureOptions = {},
): Promise<Measurement> {
  const measured: MeasuredRow[] = [];
  const walk = referenceContender();
  for await (const entry of entries) {
    if (signal?.aborted) break;
    const contender = await entry.open();
    const reference = (await entry.openReference?.()) ?? walk;
    const parts = reference === walk ? 1 : PARTS;
    try {
      const options = { rounds, parts, ...(signal && { signal }) };
      const pairs = await race([contender], reference, options);
      const [pair] = pairs ?? [];
      if (pair === undefined) break;
      const { details } = contender;
      const { row, samples } = measuredRow(
        { ...entry, details, reference: reference.name, rounds },
        pair,
      );
      const whole = { ...row, ...entry.extras?.() };
      measured.push({ row: whole, samples });
      onRow?.(whole);
    } finally {
      await contender.close();
    }
  }
  return { rows: measured, machine: thisMachine(), commit: thisCommit() };
}

/** A measurement without its samples. */
export function resultsOf({ rows, machine, commit }: Measurement): Results {
  return { rows: rows.map(({ row }) => row), machine, commit };
}
