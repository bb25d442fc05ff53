/**
 * What a change of one site would do to catchments: an estimate, as the policies and preferences of
 * others are in no dump. Every path that was seen shows links between ASes, and that each AS on it
 * sends packets to the path's site. Who chose the changed site takes the nearest other one over
 * links that were seen:
 *
 *     AS 1 - AS 2 - site A        A is withdrawn: 2 has a link to 3, and 1 goes with it:
 *            AS 3 - site B        1 - 2 - 3 - B, if no path to B is shorter
 *
 * Cost: a breadth-first search over the links from the ASes that are left with a site.
 */

import { pathLength } from "./as-path.ts";
import { asesOf, type Choice } from "./catchment.ts";

/** A change that is rehearsed. */
export type SiteChange =
  | { readonly kind: "withdraw"; readonly site: string }
  | { readonly kind: "prepend"; readonly site: string; readonly times: number };

/** Where a choice would go. */
export interface EstimatedMove {
  readonly choice: Choice;
  /** Null where no other site can be reached over links that were seen. */
  readonly to: string | null;
}

/** The site that an AS reaches, over so many ASes. */
interface Reach {
  readonly site: string;
  readonly length: number;
}

/** Choices that would move. Prefixes are looked at one by one, links are those of all paths. */
export function estimateMoves(
  choices: readonly Choice[],
  links: ReadonlyMap<number, ReadonlySet<number>>,
  change: SiteChange,
): readonly EstimatedMove[] {
  const byPrefix = new Map<string, Choice[]>();
  for (const choice of choices) {
    const own = byPrefix.get(choice.prefix) ?? [];
    byPrefix.set(choice.prefix, own);
    own.push(choice);
  }
  return [...byPrefix.values()].flatMap((own) => {
    const reaches = reachesBut(own, links, change.site);
    return own
      .filter(({ site }) => site === change.site)
      .flatMap((choice): EstimatedMove[] => {
        const other = reaches.get(choice.peerAs);
        if (change.kind === "withdraw") return [{ choice, to: other?.site ?? null }];
        const length = pathLength(choice.set.asPath) + change.times;
        return other !== undefined && other.length < length ? [{ choice, to: other.site }] : [];
      });
  });
}

/** The nearest site but one that each AS reaches. */
function reachesBut(
  choices: readonly Choice[],
  links: ReadonlyMap<number, ReadonlySet<number>>,
  but: string,
): ReadonlyMap<number, Reach> {
  const known = new Map<number, Reach>();
  const learn = (as: number, reach: Reach): boolean => {
    if (reach.length >= (known.get(as)?.length ?? Number.POSITIVE_INFINITY)) return false;
    known.set(as, reach);
    return true;
  };
  for (const { set, site } of choices) {
    if (site === null || site === but) continue;
    const ases = asesOf(set);
    for (const [place, as] of ases.entries()) learn(as, { site, length: ases.length - place });
  }
  // Origins are the sites' own: packets do not pass through them to another site.
  const origins = new Set(choices.flatMap(({ set }) => asesOf(set).slice(-1)));
  let front = [...known.keys()];
  while (front.length > 0) {
    const through = front.filter((as) => !origins.has(as));
    front = through.flatMap((as) => {
      const reach = known.get(as);
      const neighbors = reach === undefined ? [] : [...(links.get(as) ?? [])];
      return neighbors.filter((neighbor) => reach && learn(neighbor, oneFurther(reach)));
    });
  }
  return known;
}

function oneFurther({ site, length }: Reach): Reach {
  return { site, length: length + 1 };
}
