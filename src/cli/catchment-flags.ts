/** Flags of `anyfib rib catchment` as values, each with its one-line error. */

import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../net/prefix.ts";
import { quoted } from "../net/printable.ts";
import type { SiteMark, SiteRule } from "../rib/catchment.ts";
import type { SiteChange } from "../rib/catchment-estimate.ts";
import { parseCommunityPattern } from "../rib/community-pattern.ts";
import { PathExpression } from "../rib/path-expression.ts";

/** What was given. */
export interface CatchmentFlags {
  readonly site?: readonly string[];
  readonly prefix?: readonly string[];
  readonly origin?: readonly string[];
  readonly against?: readonly string[];
  readonly withdraw?: readonly string[];
  readonly prepend?: readonly string[];
  readonly json?: true;
  readonly csv?: true;
}

const ORIGIN = /^(?:AS|origin:)(\d{1,10})$/i;
const AS = /^(?:AS)?(\d{1,10})$/i;
const NUMBERS = /^[\d*]+(?::[\d*]+)+$/;
const AS_MAX = 0xffff_ffff;
/** Longer paths are not announced anywhere. */
const PREPEND_MAX = 255;

function fault(what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, where: "anyfib rib catchment", hint });
}

/** `NAME=64500:100`, `NAME=AS64500`, or `NAME=` an expression over the path. */
function readSite(text: string): SiteRule {
  const [, name = "", mark = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === "") {
    const hint = 'as in lon=64500:100, lon=AS64500, or "lon=64501 64500$"';
    throw fault(`${quoted(text)} is no NAME=COMMUNITY|AS-PATH-EXPRESSION`, hint);
  }
  return { name, mark: readMark(mark) };
}

function readMark(text: string): SiteMark {
  const pattern = parseCommunityPattern(text);
  if (pattern !== undefined) return { kind: "community", pattern };
  if (NUMBERS.test(text)) {
    throw fault(`${quoted(text)} is no community`, "write 64500:100, or 64500:1:2 for a large one");
  }
  const as = Number(ORIGIN.exec(text)?.[1] ?? Number.NaN);
  if (as <= AS_MAX) return { kind: "origin", as };
  const expression = PathExpression.parse(text);
  if (expression instanceof PathExpression) return { kind: "path", expression };
  const { what, at } = expression;
  throw fault(`${quoted(text)}: ${what}, at ${at + 1}`, "see AS path expressions in docs/CLI.md");
}

/** The sites. Throws USAGE, also where there is none. */
export function readSites({ site = [] }: CatchmentFlags): readonly SiteRule[] {
  if (site.length === 0) throw fault("no site was named", "give --site NAME=COMMUNITY");
  return site.map(readSite);
}

/** The prefixes. Throws USAGE. */
export function readPrefixes({ prefix = [] }: CatchmentFlags): readonly Prefix[] {
  return prefix.map((text) => {
    const parsed = parsePrefix(text);
    if (parsed === undefined) throw fault(`${quoted(text)} is no prefix`, "write 192.0.2.0/24");
    if (!parsed.hadHostBits) return parsed.prefix;
    throw fault(`${quoted(text)} has host bits`, `did you mean ${formatPrefix(parsed.prefix)}?`);
  });
}

/** Origins that are ours. Throws USAGE. */
export function readOrigins({ origin = [] }: CatchmentFlags): readonly number[] {
  return origin.map((text) => {
    const as = Number(AS.exec(text)?.[1] ?? Number.NaN);
    if (as <= AS_MAX) return as;
    throw fault(`${quoted(text)} is no AS`, "write AS64500");
  });
}

/** Changes to estimate. Throws USAGE. */
export function readChanges(
  { withdraw = [], prepend = [] }: CatchmentFlags,
  sites: readonly SiteRule[],
): readonly SiteChange[] {
  const known = (site: string): string => {
    if (sites.some(({ name }) => name === site)) return site;
    throw fault(`no site is named ${quoted(site)}`, "give it by --site");
  };
  const prepends = prepend.map((text): SiteChange => {
    const [, site = "", count = ""] = /^(.+)=(\d{1,3})$/.exec(text) ?? [];
    const times = Number(count);
    if (count !== "" && times >= 1 && times <= PREPEND_MAX) {
      return { kind: "prepend", site: known(site), times };
    }
    throw fault(`${quoted(text)} is no SITE=TIMES`, `as in lon=2, ${PREPEND_MAX} at most`);
  });
  return [
    ...withdraw.map((site) => ({ kind: "withdraw", site: known(site) }) as const),
    ...prepends,
  ];
}
