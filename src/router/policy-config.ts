/** The policy that the section `policy` of a configuration means, and what is odd about it. */

import { type Address, formatAddress, parseAddress } from "../net/address.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import { type CommunityPattern, isExact, parseCommunityPattern } from "../rib/community-pattern.ts";
import { nextHopFault } from "../rib/next-hop.ts";
import { PathExpression } from "../rib/path-expression.ts";
import type { Policy, PolicyRule, RouteChange, RouteMatch } from "../rib/policy.ts";
import { deadRules } from "../rib/policy-analysis.ts";
import { PrefixList, type PrefixRange, parsePrefixRange } from "../rib/prefix-list.ts";
import type { ConfigFile, Path } from "./config.ts";
import type { PolicyRuleSection as RuleSection } from "./policy-schema.ts";

/** Names of lists are told from prefixes by their first letter and by what they lack. */
const LIST_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** The policy of a configuration; undefined without one. Throws CONFIG with the place. */
export function configPolicy(file: ConfigFile): Policy | undefined {
  const section = file.config.policy;
  if (section === undefined) return undefined;
  const lists = new Map(
    Object.entries(section.prefix_lists).map(([name, ranges]) => {
      const path = ["policy", "prefix_lists", name];
      if (!LIST_NAME.test(name)) {
        const hint = "begin with a letter; letters, digits, '_' and '-' follow";
        throw wrong(file, path, `${quoted(name)} is no name for a prefix list`, hint);
      }
      return [name, ranges.map((text, index) => rangeOf(file, [...path, index], text))] as const;
    }),
  );
  const rules = section.import.map((one, index) => ruleOf(file, one, index, lists));
  return { rules, default: section.default };
}

/** Peers whose routes come up from customers, or from beside; none without any. Throws CONFIG. */
export function configUpstreamPeers(file: ConfigFile): ReadonlySet<string> | undefined {
  const path = ["rpki", "customers_and_peers"];
  const named = file.config.rpki?.customers_and_peers;
  return named && new Set(named.map((text, index) => peerOf(file, [...path, index], text)));
}

/** Rules that can never match and lists that none uses: `file:line:column: what`. */
export function policyWarnings(file: ConfigFile): readonly string[] {
  const policy = configPolicy(file);
  const section = file.config.policy;
  if (policy === undefined || section === undefined) return [];
  const { rpki } = file.config;
  const validated = { origins: rpki !== undefined, paths: rpki?.vrp_file !== undefined };
  const dead = deadRules(policy, validated).map(({ index, why }) => {
    const name = policy.rules[index]?.name ?? "";
    return `${file.where(["policy", "import", index])}: ${name} can never match: ${why}`;
  });
  const used = new Set(section.import.flatMap((one) => one.match.prefixes ?? []));
  const unused = Object.keys(section.prefix_lists).filter((name) => !used.has(name));
  return [
    ...dead,
    ...unused.map((name) => {
      const place = file.where(["policy", "prefix_lists", name]);
      return `${place}: no rule uses the prefix list ${name}`;
    }),
  ];
}

function wrong(file: ConfigFile, path: Path, what: string, hint: string): AnyfibError {
  return new AnyfibError({
    code: "CONFIG",
    what,
    where: file.where(path),
    hint,
    detail: { path },
  });
}

type Lists = ReadonlyMap<string, readonly PrefixRange[]>;

function ruleOf(file: ConfigFile, one: RuleSection, index: number, lists: Lists): PolicyRule {
  const path = ["policy", "import", index];
  return {
    name: one.name === undefined ? `rule ${index + 1}` : `rule ${quoted(one.name)}`,
    match: matchOf(file, one.match, [...path, "match"], lists),
    change: changeOf(file, one.set, [...path, "set"]),
    action: one.action,
  };
}

function matchOf(
  file: ConfigFile,
  section: RuleSection["match"],
  path: Path,
  lists: Lists,
): RouteMatch {
  const { prefixes, as_path, communities, origin_validation, path_validation, peers } = section;
  const ranges = prefixes?.flatMap((text, index) => {
    const place = [...path, "prefixes", index];
    return LIST_NAME.test(text) ? listOf(file, place, text, lists) : rangeOf(file, place, text);
  });
  return {
    ...(ranges === undefined ? {} : { prefixes: new PrefixList(ranges) }),
    ...(as_path === undefined ? {} : { asPath: expressionOf(file, [...path, "as_path"], as_path) }),
    ...(communities === undefined
      ? {}
      : { communities: patternsOf(file, [...path, "communities"], communities) }),
    ...(origin_validation === undefined ? {} : { validation: origin_validation }),
    ...(path_validation === undefined ? {} : { pathValidation: path_validation }),
    ...(peers === undefined
      ? {}
      : { peers: new Set(peers.map((text, i) => peerOf(file, [...path, "peers", i], text))) }),
  };
}

function changeOf(file: ConfigFile, section: RuleSection["set"], path: Path): RouteChange {
  const { local_preference, med, remove_communities, add_communities, next_hop } = section;
  return {
    ...(local_preference === undefined ? {} : { localPreference: local_preference }),
    ...(med === undefined ? {} : { med }),
    ...(section.weight === undefined ? {} : { weight: section.weight }),
    ...(remove_communities === undefined
      ? {}
      : {
          removeCommunities: patternsOf(file, [...path, "remove_communities"], remove_communities),
        }),
    ...(add_communities === undefined
      ? {}
      : { addCommunities: exactOf(file, [...path, "add_communities"], add_communities) }),
    ...(next_hop === undefined
      ? {}
      : { nextHop: nextHopOf(file, [...path, "next_hop"], next_hop) }),
  };
}

function listOf(file: ConfigFile, path: Path, name: string, lists: Lists): readonly PrefixRange[] {
  const list = lists.get(name);
  if (list !== undefined) return list;
  const hint = `known lists: ${[...lists.keys()].join(", ") || "none"}`;
  throw wrong(file, path, `no prefix list is named ${quoted(name)}`, hint);
}

function rangeOf(file: ConfigFile, path: Path, text: string): PrefixRange {
  const range = parsePrefixRange(text);
  if (typeof range !== "string") return range;
  throw wrong(file, path, `${quoted(text)} is no range of prefixes`, range);
}

function expressionOf(file: ConfigFile, path: Path, text: string): PathExpression {
  const parsed = PathExpression.parse(text);
  if (parsed instanceof PathExpression) return parsed;
  const what = `${quoted(text)} is no AS-path expression`;
  throw wrong(file, path, what, `${parsed.what}, at character ${parsed.at + 1}`);
}

function patternsOf(
  file: ConfigFile,
  path: Path,
  list: readonly string[],
): readonly CommunityPattern[] {
  return list.map((text, index) => {
    const pattern = parseCommunityPattern(text);
    if (pattern !== undefined) return pattern;
    const hint = "write 64500:100, 64500:*, 64500:1:2 or a well-known name";
    throw wrong(file, [...path, index], `${quoted(text)} is no community`, hint);
  });
}

function exactOf(
  file: ConfigFile,
  path: Path,
  list: readonly string[],
): readonly CommunityPattern[] {
  const patterns = patternsOf(file, path, list);
  const index = patterns.findIndex((pattern) => !isExact(pattern));
  if (index < 0) return patterns;
  const what = `${quoted(list[index] ?? "")} means many communities`;
  throw wrong(file, [...path, index], what, "add one without a *");
}

function peerOf(file: ConfigFile, path: Path, text: string): string {
  const address = parseAddress(text);
  if (address !== undefined) return formatAddress(address);
  const as = Number(text.match(/^AS(\d{1,10})$/)?.[1] ?? Number.NaN);
  if (as <= 2 ** 32 - 1) return `AS${as}`;
  throw wrong(file, path, `${quoted(text)} is no peer`, "write its address, or AS64500");
}

function nextHopOf(file: ConfigFile, path: Path, text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) {
    throw wrong(file, path, `${quoted(text)} is no next hop`, "give an address");
  }
  // IPv4 routes may have next hops of either family.
  const fault = nextHopFault(address, 4);
  if (fault !== undefined) throw wrong(file, path, fault.what, fault.hint);
  return address;
}
