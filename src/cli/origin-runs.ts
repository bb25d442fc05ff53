/** The runs of a table dump: how its prefixes cluster by origin AS, or by all their attributes. */

import { AnyfibError } from "../net/errors.ts";
import { loadMrt } from "../node/mrt.ts";
import { type FamilyRuns, RunGatherer } from "../replay/generate-groups.ts";
import { pathOrigin } from "../rib/as-path.ts";
import { AttributeSets, PeerTable, type RibRecord } from "../sources/mrt.ts";

/** The entry of the first peer that has one: the same router's view, as far as it goes. */
function firstEntry({ count, peers }: RibRecord): number {
  let first = 0;
  for (let entry = 1; entry < count; entry++) {
    if ((peers[entry] ?? 0) < (peers[first] ?? 0)) first = entry;
  }
  return first;
}

/**
 * Reads the runs of an MRT table dump in the order of its prefixes; a family that it has none of
 * takes the other's. Throws TABLE_SYNTAX where it has no prefixes, and what reading throws.
 */
export async function readRuns(file: string, by: "origin" | "attributes"): Promise<FamilyRuns> {
  const gatherers = { 4: new RunGatherer(), 6: new RunGatherer() };
  const attributeSets = new AttributeSets();
  await loadMrt(file, {
    attributeSets,
    peers: new PeerTable(),
    // Runs with holes would be other runs.
    onDamaged: ({ offset, what }) => {
      throw new AnyfibError({
        code: "TABLE_SYNTAX",
        what,
        where: `${file}@${offset}`,
        hint: "give a dump that is whole",
        detail: { offset },
      });
    },
    takeRib: (record) => {
      if (record.count === 0) return;
      const set = record.attributeSets[firstEntry(record)] ?? 0;
      const { asPath } = attributeSets.decoded(set).set;
      gatherers[record.prefix.family].add(by === "origin" ? pathOrigin(asPath) : set);
    },
  });
  const [runs4, runs6] = [gatherers[4].runs, gatherers[6].runs];
  const [first, second] = [runs4 ?? runs6, runs6 ?? runs4];
  if (first !== undefined && second !== undefined) return { 4: first, 6: second };
  throw new AnyfibError({
    code: "TABLE_SYNTAX",
    what: "no unicast prefixes",
    where: file,
    hint: "give an MRT table dump, such as bview and rib files",
  });
}
