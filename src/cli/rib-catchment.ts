/** `anyfib rib catchment`: which site each vantage AS chose, what moved, what a change would. */

import { AnyfibError, EXIT } from "../net/errors.ts";
import { formatPrefix, type Prefix, prefixFromCells } from "../net/prefix.ts";
import { formatPath, pathLength, pathOrigin } from "../rib/as-path.ts";
import {
  type Choice,
  choiceOf,
  type MovedChoice,
  movedChoices,
  type SiteRule,
  siteOf,
  siteShares,
  suspects,
  type WatchedRoute,
} from "../rib/catchment.ts";
import { estimateMoves, type SiteChange } from "../rib/catchment-estimate.ts";
import type { AttributeSets, RecordedUpdate, RibRecord } from "../sources/mrt.ts";
import { AsLinks, WatchedRoutes } from "../sources/watched-routes.ts";
import {
  type CatchmentFlags,
  readChanges,
  readOrigins,
  readPrefixes,
  readSites,
} from "./catchment-flags.ts";
import type { CatchmentReport, ChoiceRow } from "./catchment-report.ts";
import { catchmentCsv, catchmentText } from "./catchment-text.ts";
import { emptyRib, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

/** What files were found to hold. */
interface ReadCatchment {
  readonly choices: readonly Choice[];
  readonly routes: readonly WatchedRoute[];
  readonly links: ReadonlyMap<number, ReadonlySet<number>>;
  readonly damaged: number;
  readonly failure: AnyfibError | undefined;
}

interface ReadOptions {
  readonly sites: readonly SiteRule[];
  readonly watched: readonly Prefix[];
  readonly needsLinks: boolean;
}

/** Exit status 1 where an announcement is suspect, or no prefix has a route. */
export async function ribCatchment(
  terminal: Terminal,
  flags: CatchmentFlags,
  files: readonly string[],
): Promise<number> {
  const start = performance.now();
  const sites = readSites(flags);
  const changes = readChanges(flags, sites);
  const origins = readOrigins(flags);
  const { against = [] } = flags;
  const named = readPrefixes(flags);
  const watched = named.length > 0 ? named : await markedPrefixes(terminal, files, sites);
  const options = { sites, watched, needsLinks: changes.length > 0 };
  const now = await readCatchment(terminal, files, options);
  const before = against.length === 0 ? undefined : await readCatchment(terminal, against, options);
  const { choices } = now;
  const ours = origins.length > 0 ? origins : ownOrigins(choices);
  const report: CatchmentReport = {
    sites: siteShares(choices, sites).map(siteRow),
    choices: choices.map(choiceRow),
    suspects: suspects(now.routes, new Set(ours)).map(
      ({ originAs: origin_as, asPath: as_path, ...row }) => ({ ...row, origin_as, as_path }),
    ),
    ...(before === undefined ? {} : { moved: movedChoices(before.choices, choices).map(movedRow) }),
    estimates: changes.map((change) => estimateRow(choices, now.links, change, sites)),
    damaged_records: now.damaged + (before?.damaged ?? 0),
    seconds: (performance.now() - start) / 1000,
  };
  const text = flags.csv
    ? catchmentCsv(report)
    : flags.json
      ? `${JSON.stringify(report)}\n`
      : catchmentText(terminal, report);
  await terminal.print(text);
  const failure = now.failure ?? before?.failure;
  if (failure !== undefined) throw failure;
  if (choices.length === 0) terminal.note("warning: no route has one of the prefixes");
  return choices.length === 0 || report.suspects.length > 0 ? EXIT.negative : EXIT.ok;
}

/** Prefixes of which a route carries a site's mark. */
async function markedPrefixes(
  terminal: Terminal,
  files: readonly string[],
  sites: readonly SiteRule[],
): Promise<readonly Prefix[]> {
  if (files.includes("-")) {
    throw new AnyfibError({
      code: "USAGE",
      what: "stdin is read once, and the prefixes have to be found first",
      where: "anyfib rib catchment",
      hint: "name them by --prefix, or give a file",
    });
  }
  const rib = emptyRib();
  const marks = new Marks(rib.attributeSets, sites);
  const found = new Map<string, Prefix>();
  const add = (prefix: Prefix): void => void found.set(formatPrefix(prefix), prefix);
  // Damaged records are told when the routes are read.
  const quiet = { signal: terminal.signal, note: () => undefined };
  await readRibFiles(quiet, files, {
    ...rib,
    takeRib: ({ prefix, count, attributeSets }: RibRecord) => {
      for (let entry = 0; entry < count; entry++) {
        if (!marks.has(attributeSets[entry] ?? 0)) continue;
        add(prefixFromCells(prefix));
        return;
      }
    },
    takeUpdate: ({ update }: RecordedUpdate) => {
      for (const { isMulticast, prefixes, set } of update.announced) {
        if (!isMulticast && marks.has(set)) for (const { prefix } of prefixes) add(prefix);
      }
    },
  });
  return [...found.values()];
}

/** Which sets carry a site's mark, each looked at once. */
class Marks {
  readonly #sets: AttributeSets;
  readonly #sites: readonly SiteRule[];
  readonly #known = new Map<number, boolean>();

  constructor(sets: AttributeSets, sites: readonly SiteRule[]) {
    this.#sets = sets;
    this.#sites = sites;
  }

  has(number: number): boolean {
    const known = this.#known.get(number);
    if (known !== undefined) return known;
    const isMarked = siteOf(this.#sets.decoded(number).set, this.#sites) !== null;
    this.#known.set(number, isMarked);
    return isMarked;
  }
}

async function readCatchment(
  terminal: Terminal,
  files: readonly string[],
  { sites, watched, needsLinks }: ReadOptions,
): Promise<ReadCatchment> {
  const rib = emptyRib();
  const kept = new WatchedRoutes(rib.attributeSets, rib.peers, watched);
  const links = new AsLinks(rib.attributeSets);
  const { damaged, failure } = await readRibFiles(terminal, files, {
    ...rib,
    takeRib: (record) => {
      kept.rib(record);
      if (needsLinks) links.rib(record);
    },
    takeUpdate: (update) => {
      kept.update(update);
      if (needsLinks) links.update(update);
    },
  });
  const names = new Set(watched.map(formatPrefix));
  const choices: Choice[] = [];
  const routes: WatchedRoute[] = [];
  for (const { prefix, watched: within, peers } of kept.routes()) {
    for (const candidates of peers.values()) {
      for (const { set } of candidates) routes.push({ prefix, watched: within, set });
      if (!names.has(prefix)) continue;
      const choice = choiceOf(prefix, candidates, sites);
      if (choice !== undefined) choices.push(choice);
    }
  }
  return { choices, routes, links: links.links, damaged, failure };
}

/** Origins of the routes that carry a site's mark: ours, unless they were given. */
function ownOrigins(choices: readonly Choice[]): readonly number[] {
  return choices.filter(({ site }) => site !== null).map(({ set }) => pathOrigin(set.asPath));
}

function siteRow(share: ReturnType<typeof siteShares>[number]): CatchmentReport["sites"][number] {
  const { site, choices, share: part, vantageAses, pathAses, meanPathLength } = share;
  const ases = { vantage_ases: vantageAses, path_ases: pathAses };
  return { site, choices, share: part, ...ases, mean_path_length: meanPathLength };
}

function choiceRow({ prefix, peer, peerAs, site, set }: Choice): ChoiceRow {
  const origin = pathOrigin(set.asPath);
  return {
    prefix,
    vantage_as: peerAs,
    peer,
    site,
    origin_as: origin === 0 ? null : origin,
    path_length: pathLength(set.asPath),
    as_path: formatPath(set.asPath),
  };
}

function movedRow({ prefix, peer, peerAs, from, to }: MovedChoice) {
  const named = (site: string | null | undefined): string | null =>
    site === undefined ? "withdrawn" : site;
  return { prefix, vantage_as: peerAs, peer, from: named(from), to: named(to) };
}

function estimateRow(
  choices: readonly Choice[],
  links: ReadonlyMap<number, ReadonlySet<number>>,
  change: SiteChange,
  sites: readonly SiteRule[],
): CatchmentReport["estimates"][number] {
  const moves = estimateMoves(choices, links, change);
  const gone = new Map(moves.map(({ choice, to }) => [choice, to]));
  const after = choices.map((choice) => ({ ...choice, site: gone.get(choice) ?? choice.site }));
  const lost = new Set(moves.filter(({ to }) => to === null).map(({ choice }) => choice));
  const left = after.filter((_, index) => {
    const choice = choices[index];
    return choice !== undefined && !lost.has(choice);
  });
  return {
    estimate: true,
    change: change.kind,
    site: change.site,
    ...(change.kind === "prepend" ? { times: change.times } : {}),
    choices_moved: moves.length - lost.size,
    choices_unknown: lost.size,
    sites: siteShares(left, sites).map(siteRow),
    moves: moves.map(({ choice, to }) => ({
      prefix: choice.prefix,
      vantage_as: choice.peerAs,
      peer: choice.peer,
      to,
    })),
  };
}
