/** The configuration file: YAML checked against one schema, errors as file:line:column. */

import * as v from "valibot";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { WEIGHT_MAX } from "../engine/layout.ts";
import { METER_RATE_MAX } from "../engine/meters.ts";
import { AnyfibError } from "../net/errors.ts";
import { printable, quoted } from "../net/printable.ts";
import { liveKeys, liveSections } from "./config-live.ts";
import { DECISION_KEYS, decisionSchema } from "./decision-config.ts";
import { hashOptionsOf, hashSchema, hashSettings } from "./hash-options.ts";
import { policyKeys, policySchema } from "./policy-schema.ts";
import { TUNNEL_KEYS, tunnelSchema } from "./tunnel-config.ts";

/** Aliases that a file may use: more would let a few bytes grow without bound. */
const ALIASES_MAX = 100;

/** Names go into tables, file names and interface names of captures. */
const SITE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const cost = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const weight = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(WEIGHT_MAX));

const site = v.strictObject({
  next_hop: v.string(),
  via: v.optional(v.string()),
  cost: v.optional(cost, 0),
  weight: v.optional(weight, 1),
  mac: v.optional(v.string()),
  encapsulation: v.optional(v.picklist(["none", "ipip", "gre", "gue"]), "none"),
  hop_list: v.optional(v.boolean(), false),
  probe: v.optional(v.unknown()),
});

const mtu = v.pipe(v.number(), v.integer(), v.minValue(68), v.maxValue(65_535));
const vlanId = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4094));

const networkInterface = v.strictObject({
  device: v.optional(v.string()),
  addresses: v.optional(v.array(v.string()), []),
  mtu: v.optional(mtu, 1500),
  mac: v.optional(v.string()),
  vlan: v.optional(v.union([vlanId, v.pipe(v.array(vlanId), v.maxLength(2))])),
  mode: v.optional(v.picklist(["auto", "af_xdp", "packet_ring", "packet_mmsg", "tap"]), "auto"),
});

const rate = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(METER_RATE_MAX));
const rates = {
  packets_per_second: v.optional(rate),
  bytes_per_second: v.optional(rate),
  burst: v.optional(rate),
} as const;

const route = v.strictObject({
  prefix: v.string(),
  sites: v.optional(v.array(v.string())),
  overflow: v.optional(v.pipe(v.number(), v.minValue(0), v.ltValue(1)), 0),
  kind: v.optional(v.picklist(["via", "local", "blackhole", "unreachable", "prohibit"]), "via"),
  action: v.optional(v.picklist(["count", "limit"])),
  ...rates,
});

const source = v.strictObject({
  prefix: v.string(),
  action: v.picklist(["count", "limit", "drop"]),
  ...rates,
});

/**
 * What offline verbs use of a configuration is checked in depth; the sections that only a running
 * router uses are taken as they are.
 */
export const configSchema = v.strictObject({
  sites: v.optional(v.record(v.string(), site), {}),
  routes: v.optional(v.array(route), []),
  tables: v.optional(v.array(v.string()), []),
  interfaces: v.optional(v.record(v.string(), networkInterface), {}),
  sources: v.optional(v.array(source), []),
  tunnels: v.optional(v.record(v.string(), tunnelSchema), {}),
  hash: v.optional(hashSchema),
  policy: v.optional(policySchema),
  best_path: v.optional(decisionSchema),
  bgp: v.optional(v.unknown()),
  ...liveSections,
});

/** A checked configuration. */
export type Config = v.InferOutput<typeof configSchema>;

/** Keys that a configuration may begin with: how a table file is told to be one. */
export const CONFIG_KEYS: readonly string[] = Object.keys(configSchema.entries);

/** Keys and indices from the top. */
export type Path = readonly (string | number)[];

/** A parsed file: its values, and where in the text they stand. */
export interface ConfigFile {
  readonly config: Config;
  /** `file:line:column` of a value, by its path from the top. */
  readonly where: (path: Path) => string;
}

/** What a place in the text is called: `file:line:column`. */
type PlaceOf = (offset: number) => string;

/** Where a value stands; of a missing one, its nearest parent. */
function offsetOf(document: Document, path: Path): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const name = String(path[depth - 1]);
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === name);
      if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Parses and checks a configuration. Throws CONFIG with file, line and column. */
export function parseConfig(text: string, name: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: "error" });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [what = "not YAML"] = broken.message.split(/ at line \d+, column \d+|; please|\n/, 1);
    throw new AnyfibError({
      code: "CONFIG",
      what: printable(what),
      where: place(broken.pos[0]),
      hint: "correct the YAML there",
    });
  }
  const where = (path: Path): string => place(offsetOf(document, path));
  return { config: checkConfig(toValue(document, place), where), where };
}

function tooManyAliases(where: string, cause?: unknown): AnyfibError {
  return new AnyfibError({
    code: "CONFIG",
    what: "too many aliases",
    where,
    hint: `use at most ${ALIASES_MAX}`,
    cause,
  });
}

function toValue(document: Document, place: PlaceOf): unknown {
  const offsets: number[] = [];
  visit(document, {
    Alias(_, alias) {
      const offset = alias.range?.[0] ?? 0;
      offsets.push(offset);
      // Each is looked for in the whole document: no more of them than are allowed.
      if (offsets.length > ALIASES_MAX) throw tooManyAliases(place(offset));
      if (alias.resolve(document) !== undefined) return;
      throw new AnyfibError({
        code: "CONFIG",
        what: `no anchor before the alias *${printable(alias.source)}`,
        where: place(offset),
        hint: "set the anchor, or put the text in quotes",
      });
    },
  });
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (cause) {
    throw tooManyAliases(place(offsets[0] ?? 0), cause);
  }
}

function checkConfig(value: unknown, where: ConfigFile["where"]): Config {
  const result = v.safeParse(configSchema, value);
  if (result.success) {
    checkHash(result.output, where);
    return checkNames(result.output, where);
  }
  const [issue] = result.issues;
  const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  const isUnknown = issue.expected === "never";
  throw new AnyfibError({
    code: "CONFIG",
    what: whatIsWrong(path, issue.expected ?? issue.type, issue.received),
    where: where(path),
    hint: isUnknown ? `known keys: ${knownKeys(path)}` : "correct the value",
    detail: { path },
  });
}

/** Options of the hash that contradict each other, with their place. */
function checkHash(config: Config, where: ConfigFile["where"]): void {
  if (config.hash === undefined) return;
  try {
    hashSettings(hashOptionsOf(config.hash));
  } catch (error) {
    if (!(error instanceof AnyfibError)) throw error;
    const { what, hint, detail } = error;
    const path = ["hash", String(detail.option)];
    throw new AnyfibError({ code: "CONFIG", what, where: where(path), hint, detail: { path } });
  }
}

function checkNames(config: Config, where: ConfigFile["where"]): Config {
  for (const section of ["sites", "tunnels"] as const) {
    const wrong = Object.keys(config[section]).find((name) => !SITE_NAME.test(name));
    if (wrong === undefined) continue;
    throw new AnyfibError({
      code: "CONFIG",
      what: `${quoted(wrong)} is no name for a ${section.slice(0, -1)}`,
      where: where([section, wrong]),
      hint: "use up to 63 letters, digits, '.', '_' and '-'",
      detail: { [section]: wrong },
    });
  }
  return config;
}

/** `expected` and `received` are types, ranges or quoted texts; a missing key is "undefined". */
function whatIsWrong(path: Path, expected: string, received: string): string {
  const name = quoted(String(path.at(-1) ?? ""));
  if (expected === "never") return `unknown key ${name}`;
  if (received === "undefined") return `the key ${name} is missing`;
  const what = path.length === 0 ? "the file" : printable(path.join("."));
  return `${what}: expected ${expected}, found ${printable(received)}`;
}

function knownKeys(path: Path): string {
  if (path[0] === "hash") return Object.keys(hashSchema.entries).join(", ");
  if (path[0] === "sites" && path.length > 2) return Object.keys(site.entries).join(", ");
  if (path[0] === "interfaces" && path.length > 2) {
    return Object.keys(networkInterface.entries).join(", ");
  }
  if (path[0] === "best_path" && path.length > 1) return DECISION_KEYS;
  if (path[0] === "policy" && path.length > 1) return policyKeys(path);
  const live = path.length > 1 ? liveKeys(String(path[0])) : undefined;
  if (live !== undefined) return live;
  if (path[0] === "tunnels" && path.length > 2) return TUNNEL_KEYS;
  if (path[0] === "sources" && path.length > 2) return Object.keys(source.entries).join(", ");
  if (path[0] === "routes" && path.length > 2) return Object.keys(route.entries).join(", ");
  return CONFIG_KEYS.join(", ");
}
