/** The MRT files that a verb of `anyfib rib` names, read one after another as one stream. */

import { AnyfibError } from "../net/errors.ts";
import { loadMrt } from "../node/mrt.ts";
import { AttributeSets, type MrtOptions, PeerTable } from "../sources/mrt.ts";
import type { Terminal } from "./terminal.ts";

/** Damaged records of a file that are told one by one. */
const TOLD_MAX = 10;

/** What is taken of files, with the sets and peers that all of them share. */
export interface RibTaker
  extends Pick<MrtOptions, "skipsSets" | "takeRib" | "takeUpdate" | "takeState" | "afterChunk"> {
  readonly attributeSets: AttributeSets;
  readonly peers: PeerTable;
}

/** What reading came to. */
export interface RibRead {
  /** Records that were passed over, and stretches of bytes that are none. */
  readonly damaged: number;
  /** Why reading ended early. What was read before stands. */
  readonly failure: AnyfibError | undefined;
}

/** Sets and peers for files that are read together. */
export function emptyRib(): { readonly attributeSets: AttributeSets; readonly peers: PeerTable } {
  return { attributeSets: new AttributeSets(), peers: new PeerTable() };
}

/** Reads files up to the first that cannot be read to its end, and tells of damaged records. */
export async function readRibFiles(
  terminal: Pick<Terminal, "note" | "signal">,
  files: readonly string[],
  taker: RibTaker,
): Promise<RibRead> {
  let damaged = 0;
  for (const file of files) {
    if (terminal.signal.aborted) break;
    let told = 0;
    const onDamaged: MrtOptions["onDamaged"] = ({ offset, what }) => {
      damaged += 1;
      told += 1;
      if (told <= TOLD_MAX) terminal.note(`warning: ${file}@${offset}: ${what}; passed over`);
    };
    try {
      await loadMrt(file, { ...taker, onDamaged });
    } catch (error) {
      if (!(error instanceof AnyfibError)) throw error;
      return { damaged, failure: error };
    } finally {
      if (told > TOLD_MAX) terminal.note(`warning: ${file}: ${told - TOLD_MAX} more such records`);
    }
  }
  return { damaged, failure: undefined };
}
