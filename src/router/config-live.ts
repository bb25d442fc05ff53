/** Sections of the configuration that only a running router uses. */

import * as v from "valibot";

/** Levels of the log, the quietest first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

const metrics = v.strictObject({ listen: v.string() });

const control = v.strictObject({
  socket: v.optional(v.string(), "/run/anyfib/control.sock"),
});

/** More than any router sends; `unlimited` is written for none. */
const ERRORS_MAX = 2 ** 31 - 1;
const errors = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ERRORS_MAX));

const icmp = v.strictObject({
  errors_per_second: v.optional(v.union([errors, v.literal("unlimited")]), 1000),
  burst: v.optional(v.pipe(errors, v.minValue(1))),
});

const log = v.strictObject({ level: v.optional(v.picklist(LOG_LEVELS), "info") });

const state = v.strictObject({ snapshot: v.string() });

const rpki = v.strictObject({
  vrp_file: v.optional(v.string()),
  rtr: v.optional(v.string()),
  invalid: v.optional(v.picklist(["accept", "reject"]), "accept"),
  customers_and_peers: v.optional(v.array(v.string())),
});

const SECTIONS = { metrics, icmp, control, log, state, rpki } as const;

/** The sections, for the schema of the whole. */
export const liveSections = {
  metrics: v.optional(metrics),
  icmp: v.optional(icmp, {}),
  control: v.optional(control, {}),
  log: v.optional(log, {}),
  state: v.optional(state),
  rpki: v.optional(rpki),
  user: v.optional(v.string()),
} as const;

/** Keys that a section knows; undefined for a section that is none of these. */
export function liveKeys(section: string): string | undefined {
  const schema = Object.entries(SECTIONS).find(([name]) => name === section)?.[1];
  return schema === undefined ? undefined : Object.keys(schema.entries).join(", ");
}
