/** Source prefixes that are counted, limited or dropped, and what became of their packets. */

import type { Engine } from "../engine/engine.ts";
import { METER_RATE_MAX, type MeterAction, type MeterCounts } from "../engine/source-meters.ts";
import type { Address } from "../net/address.ts";
import { prefixCells } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, maskAddress, type Prefix, prefixToCells } from "../net/prefix.ts";
import { prefixOf } from "./route-input.ts";

/** What is done with packets from a prefix, as a program or a configuration writes it. */
export interface SourceInput {
  /** `198.51.100.0/24`, `2001:db8::/32`: the longest one that a source lies in counts. */
  readonly prefix: string;
  /** `limit` drops what goes beyond one of the rates. */
  readonly action: "count" | "limit" | "drop";
  readonly packetsPerSecond?: number | undefined;
  /** Of frames, link headers included. */
  readonly bytesPerSecond?: number | undefined;
  /** Packets or bytes that may come at once: as many as a second's unless said. */
  readonly burst?: number | undefined;
}

/** A source prefix and what it saw. */
export interface SourceCounters extends MeterCounts {
  readonly prefix: string;
  readonly action: SourceInput["action"];
}

/** A rule that was read. Its number is its place, from 1. */
export interface SourceRule {
  readonly prefix: Prefix;
  readonly action: MeterAction;
}

function fault(what: string, hint: string, input: SourceInput): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, hint, detail: { ...input } });
}

/** The smallest frame that any rate in bytes must let through now and then. */
const BURST_BYTES_MIN = 65_536;

/** What a meter does for an input; throws USAGE where that cannot be. */
function actionOf(input: SourceInput): MeterAction {
  const { prefix, action, packetsPerSecond, bytesPerSecond, burst } = input;
  const given = [packetsPerSecond, bytesPerSecond].filter((rate) => rate !== undefined);
  if (action !== "limit") {
    if (given.length === 0 && burst === undefined) return { kind: action };
    throw fault(`${prefix} has a rate and no limit`, "take it away, or say limit", input);
  }
  const [rate] = given;
  if (rate === undefined || given.length > 1) {
    throw fault(`${prefix} is limited without one rate`, "give packets or bytes a second", input);
  }
  const unit = packetsPerSecond === undefined ? "bytes" : "packets";
  const atOnce = burst ?? Math.max(rate, unit === "bytes" ? BURST_BYTES_MIN : 1);
  for (const value of [rate, atOnce]) {
    if (Number.isInteger(value) && value >= 1 && value <= METER_RATE_MAX) continue;
    throw fault(`${prefix} is limited to ${value}`, `give 1 to ${METER_RATE_MAX}`, input);
  }
  return { kind: "limit", unit, rate, burst: atOnce };
}

/** The rule of an input; throws USAGE where it is none, or its prefix is among those seen. */
export function sourceRule(input: SourceInput, seen: Set<string>): SourceRule {
  const rule = { prefix: prefixOf(input.prefix), action: actionOf(input) };
  const text = formatPrefix(rule.prefix);
  if (seen.has(text))
    throw fault(`the source ${text} stands twice`, "say once what is done", input);
  seen.add(text);
  return rule;
}

/** The source prefixes of a forwarder. */
export class SourceRules {
  readonly #engine: Engine;
  readonly #rules: readonly SourceRule[];

  /** Throws USAGE for what is no rule and for a prefix that stands twice, CAPACITY without room. */
  constructor(engine: Engine, inputs: readonly SourceInput[]) {
    this.#engine = engine;
    const seen = new Set<string>();
    this.#rules = inputs.map((input) => sourceRule(input, seen));
    if (inputs.length === 0) return;
    for (const [index, { action }] of this.#rules.entries()) engine.sources.set(index + 1, action);
    this.#install();
  }

  /** What each saw, in the order in which they were given. */
  counters(): readonly SourceCounters[] {
    return this.#rules.map(({ prefix, action }, index) => ({
      prefix: formatPrefix(prefix),
      action: action.kind,
      ...this.#engine.sources.read(index + 1),
    }));
  }

  /** The rule that a source falls under: for tools. */
  match(source: Address): Pick<SourceCounters, "prefix" | "action"> | undefined {
    let best: SourceRule | undefined;
    for (const rule of this.#rules) {
      const { family, length } = rule.prefix;
      if (family !== source.family || length < (best?.prefix.length ?? 0)) continue;
      const own = formatPrefix(maskAddress(source, length));
      if (own === formatPrefix(rule.prefix)) best = rule;
    }
    return best && { prefix: formatPrefix(best.prefix), action: best.action.kind };
  }

  #install(): void {
    const [columns4, columns6] = [this.#columns(4), this.#columns(6)];
    const [applied4, applied6] = this.#engine.sources.lead(columns4, columns6);
    if (applied4 === columns4.count && applied6 === columns6.count) return;
    throw new AnyfibError({
      code: "CAPACITY",
      what: "the tables of source prefixes are full",
      hint: "raise limit meters",
      detail: { applied4, applied6 },
    });
  }

  #columns(family: 4 | 6) {
    const width = family === 4 ? 1 : 4;
    const cells = prefixCells();
    const words: number[] = [];
    const lengths: number[] = [];
    const groups: number[] = [];
    for (const [index, { prefix }] of this.#rules.entries()) {
      if (prefix.family !== family) continue;
      prefixToCells(prefix, cells);
      words.push(...cells.words.subarray(0, width));
      lengths.push(prefix.length);
      groups.push(index + 1);
    }
    return {
      count: lengths.length,
      words: Uint32Array.from(words),
      lengths: Uint8Array.from(lengths),
      groups: Uint32Array.from(groups),
    };
  }
}
