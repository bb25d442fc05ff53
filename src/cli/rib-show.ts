/** `anyfib rib show`: the routes of MRT files, which of a prefix's is best, and why. */

import { AnyfibError, EXIT } from "../net/errors.ts";
import { formatPrefix, parsePrefix } from "../net/prefix.ts";
import { type ConfigChoice, loadChoice } from "../node/tables.ts";
import { ImportedRoutes } from "../sources/imported-routes.ts";
import { formatRow, type RouteRow, RouteRows } from "../sources/mrt.ts";
import { type FormFlags, formOf } from "./arguments.ts";
import {
  AskedRoutes,
  decidedText,
  type Makers,
  type Outcome,
  type RowTaker,
  routesOf,
  type ShowTaker,
  showDecided,
} from "./decided-routes.ts";
import { type DecisionFlags, decisionOptions } from "./decision-flags.ts";
import { flaggedVrps, judgeBy, type RpkiFlags } from "./origin-states.ts";
import { convertRows, type RowFormat } from "./rib-convert.ts";
import { emptyRib, readRibFiles } from "./rib-files.ts";
import type { Terminal } from "./terminal.ts";

interface ShowFlags extends DecisionFlags, RpkiFlags, FormFlags<RowFormat> {
  readonly config?: string;
}

/** Exit status 1 where no row has one of the prefixes. Arguments that are prefixes are no files. */
export async function ribShow(
  terminal: Terminal,
  flags: ShowFlags,
  args: readonly string[],
): Promise<number> {
  const files = args.filter((arg) => parsePrefix(arg) === undefined);
  const asked = args.flatMap((arg) => {
    const parsed = parsePrefix(arg);
    return parsed === undefined ? [] : [formatPrefix(parsed.prefix)];
  });
  const form = formOf(flags);
  if (form !== "text" && form !== "json") {
    checkUndecided(flags, form);
    return convertRows(terminal, flags, filesOrInput(files), new Set(asked));
  }
  const rib = emptyRib();
  const lines = new Lines(form === "json");
  const { attributeSets, peers } = rib;
  const flagged = await flaggedVrps(terminal, flags, files);
  const warn = (warning: string): void => terminal.note(`warning: ${warning}`);
  const choice: ConfigChoice =
    flags.config === undefined ? {} : await loadChoice(flags.config, flagged, warn);
  const { vrps = flagged } = choice;
  const localAs = flags.localAs === undefined ? {} : { localAs: flags.localAs };
  const imports = { ...choice.imports, ...(vrps && { vrps }), ...localAs };
  const makers = {
    ...choice,
    ...rib,
    rows: lines,
    decision: { ...choice.decision, ...decisionOptions(flags) },
    ...localAs,
    judge: judgeBy(vrps, rib),
    imported: new ImportedRoutes(attributeSets, peers, imports),
  };
  const shown = asked.length === 0 ? new AllRoutes(makers) : new AskedRoutes(makers, asked);
  const print = async (): Promise<void> => {
    const text = lines.take();
    if (text !== "") await terminal.print(text);
  };
  const { failure } = await readRibFiles(terminal, filesOrInput(files), {
    ...rib,
    ...shown.taker,
    afterChunk: print,
  });
  shown.finish();
  await print();
  if (failure !== undefined) throw failure;
  return lines.count === 0 ? EXIT.negative : EXIT.ok;
}

/** Forms of rows alone have no place for what is decided of them. Throws USAGE. */
function checkUndecided(flags: ShowFlags, form: RowFormat): void {
  const isDecided = flags.localAs !== undefined || Object.keys(decisionOptions(flags)).length > 0;
  if (flags.config === undefined && !isDecided) return;
  throw new AnyfibError({
    code: "USAGE",
    what: `the form ${form} has no place for what is decided`,
    where: "anyfib rib show",
    hint: "leave --config and what chooses the best path out, or take --format json",
  });
}

function filesOrInput(files: readonly string[]): readonly string[] {
  return files.length === 0 ? ["-"] : files;
}

/** Rows as text. */
class Lines implements RowTaker {
  count = 0;
  readonly #isJson: boolean;
  #lines: string[] = [];

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  add(row: RouteRow): void {
    this.count += 1;
    this.#lines.push(`${this.#isJson ? JSON.stringify(row) : formatRow(row)}\n`);
  }

  addDecided(row: RouteRow, outcome: Outcome): void {
    this.count += 1;
    // Joined as text: objects of so many fields are slow to make.
    const text = this.#isJson
      ? `${JSON.stringify(row).slice(0, -1)},${JSON.stringify(outcome).slice(1)}`
      : decidedText(row, outcome);
    this.#lines.push(`${text}\n`);
  }

  /** The text since it was asked for last. */
  take(): string {
    return this.#lines.splice(0).join("");
  }
}

/** All routes, as they are read: a record of a table has all of its prefix, and is decided. */
class AllRoutes {
  readonly taker: ShowTaker;

  constructor(makers: Makers) {
    let taken: RouteRow[] = [];
    const { attributeSets, peers, judge } = makers;
    const rows = new RouteRows(attributeSets, peers, (row) => taken.push(row), judge);
    const show = (): void => {
      for (const row of taken.splice(0)) makers.rows.add(row);
    };
    this.taker = {
      takeRib: (record) => {
        rows.rib(record);
        // Tables of the first version have a record for each route.
        if (record.version === 1) show();
        else {
          const routes = routesOf(makers, record, taken).map(({ route }) => route);
          showDecided(routes, makers);
        }
        taken = [];
      },
      takeUpdate: (update) => {
        rows.update(update);
        show();
      },
      takeState: (state) => {
        rows.state(state);
        show();
      },
    };
  }

  finish(): void {}
}
