/** npm mmdb-lib: reads MaxMind DB files, asked with texts. */

import { encodeMmdb } from "./mmdb.ts";
import { npmPackage } from "./npm-package.ts";
import { addressTexts, BURST, type Rival, type RivalInput, type Skip } from "./rival.ts";

/** Of the package, what is used here. */
interface MmdbLib {
  readonly Reader: new (
    file: Buffer,
  ) => {
    /** What is stored about an address, null where nothing is. */
    get(address: string): number | null;
  };
}

/** It answers less than a million addresses a second. */
const COUNT_MAX = 65_536;
const SAMPLE_LOOKUPS = 64;

/** The package over a file that holds a table. */
export function mmdbLib(input: RivalInput): Rival | Skip {
  const found = npmPackage("mmdb-lib");
  if ("skip" in found) return found;
  // The package's types are not there to compile; another shape fails at its first call.
  const { Reader } = found.exports as MmdbLib;
  const count = Math.min(input.stream.length / (input.family === 4 ? 4 : 16), COUNT_MAX);
  const texts = addressTexts(input, count);
  const file = encodeMmdb(input.family, input.routes);
  const reader = new Reader(file);
  const answers = new Uint32Array(BURST);
  return {
    name: "npm mmdb-lib",
    library: found.library,
    addresses: "as texts, written before the clock starts",
    answer: "group",
    count,
    sampleLookups: SAMPLE_LOOKUPS,
    memoryBytes: file.length,
    entryBytes: 4,
    answers,
    lookup: (first, lookups) => {
      for (let i = 0; i < lookups; i++) {
        answers[i % BURST] = reader.get(texts[first + i] ?? "") ?? 0;
      }
    },
  };
}
