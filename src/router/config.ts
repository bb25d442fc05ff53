/** The configuration file: YAML checked against one schema, errors as file:line:column. */

import * as v from "valibot";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { WEIGHT_MAX } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";

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
  encapsulation: v.optional(v.picklist(["none"]), "none"),
  probe: v.optional(v.unknown()),
});

const route = v.strictObject({
  prefix: v.string(),
  sites: v.optional(v.array(v.string())),
  kind: v.optional(v.picklist(["via", "local", "blackhole", "unreachable", "prohibit"]), "via"),
});

/**
 * What offline verbs use of a configuration is checked in depth; the sections that only a running
 * router uses are taken as they are.
 */
export const configSchema = v.strictObject({
  sites: v.optional(v.record(v.string(), site), {}),
  routes: v.optional(v.array(route), []),
  tables: v.optional(v.array(v.string()), []),
  interfaces: v.optional(v.unknown()),
  hash: v.optional(v.unknown()),
  bgp: v.optional(v.unknown()),
  rpki: v.optional(v.unknown()),
  metrics: v.optional(v.unknown()),
});

/** A checked configuration. */
export type Config = v.InferOutput<typeof configSchema>;

/** Keys that a configuration may begin with: how a table file is told to be one. */
export const CONFIG_KEYS: readonly string[] = Object.keys(configSchema.entries);

/** A parsed file: its values, and where in the text they stand. */
export interface ConfigFile {
  readonly config: Config;
  /** `file:line:column` of a value, by its path from the top. */
  readonly where: (path: readonly (string | number)[]) => string;
}

/** Where a value stands; of a missing one, its nearest parent. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const name = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === name);
      if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, depth), true);
    if (isScalar(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Parses and checks a configuration. Throws CONFIG with file, line and column. */
export function parseConfig(text: string, name: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const [broken] = document.errors;
  if (broken !== undefined) {
    const what = broken.message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "");
    throw new AnyfibError({
      code: "CONFIG",
      what: what ?? "not YAML",
      where: place(broken.pos[0]),
      hint: "correct the YAML there",
    });
  }
  const where = (path: readonly (string | number)[]): string => place(offsetOf(document, path));
  return { config: checkConfig(toValue(document, name), where), where };
}

function toValue(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (cause) {
    throw new AnyfibError({
      code: "CONFIG",
      what: "too many aliases",
      where: name,
      hint: `use at most ${ALIASES_MAX}`,
      cause,
    });
  }
}

function checkConfig(value: unknown, where: ConfigFile["where"]): Config {
  const result = v.safeParse(configSchema, value);
  if (result.success) return checkNames(result.output, where);
  const [issue] = result.issues;
  const path = (issue.path ?? []).map((part) =>
    typeof part.key === "number" ? part.key : String(part.key),
  );
  const unknownKey = issue.type === "strict_object";
  throw new AnyfibError({
    code: "CONFIG",
    what: unknownKey
      ? `unknown key ${quoted(String(path.at(-1) ?? ""))}`
      : `${path.join(".") || "the file"}: expected ${issue.expected}, found ${issue.received}`,
    where: where(path),
    hint: unknownKey ? `known keys: ${knownKeys(path)}` : "correct the value",
    detail: { path },
  });
}

function checkNames(config: Config, where: ConfigFile["where"]): Config {
  const wrong = Object.keys(config.sites).find((name) => !SITE_NAME.test(name));
  if (wrong === undefined) return config;
  throw new AnyfibError({
    code: "CONFIG",
    what: `${quoted(wrong)} is no name for a site`,
    where: where(["sites", wrong]),
    hint: "use up to 63 letters, digits, '.', '_' and '-'",
    detail: { site: wrong },
  });
}

function knownKeys(path: readonly (string | number)[]): string {
  if (path[0] === "sites" && path.length > 2) return Object.keys(site.entries).join(", ");
  if (path[0] === "routes" && path.length > 2) return Object.keys(route.entries).join(", ");
  return CONFIG_KEYS.join(", ");
}
