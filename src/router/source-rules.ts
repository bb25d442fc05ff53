/** Source prefixes that are counted, limited or dropped, and what became of their packets. */

import type { Engine } from "../engine/engine.ts";
import type { RouteColumns } from "../engine/fib-tables.ts";
import type { MeterAction, MeterCounts } from "../engine/meters.ts";
import type { Address } from "../net/address.ts";
import { prefixCells } from "../net/bytes.ts";
import { AnyfibError } from "../net/errors.ts";
import { formatPrefix, maskAddress, type Prefix, prefixToCells } from "../net/prefix.ts";
import { actionOf } from "./rates.ts";
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

/** A rule that was read. */
export interface SourceRule {
  readonly prefix: Prefix;
  readonly action: MeterAction;
}

function fault(what: string, hint: string, input: SourceInput): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, hint, detail: { ...input } });
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

/** A rule in force, and its meter. */
interface MeteredRule extends SourceRule {
  readonly number: number;
}

/** The source prefixes of a forwarder. */
export class SourceRules {
  readonly #engine: Engine;
  /** By prefix, in the order in which they were given. */
  #rules: ReadonlyMap<string, MeteredRule> = new Map();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Lets these rules follow those that there were: meters of prefixes that stay count on. Throws
   * USAGE for what is no rule and for a prefix that stands twice, CAPACITY for more than limit
   * meters, with everything as it was.
   */
  replace(inputs: readonly SourceInput[]): void {
    const seen = new Set<string>();
    const rules = inputs.map((input) => sourceRule(input, seen));
    const { meters } = this.#engine.plan.limits;
    if (rules.length > meters) throw tooMany(rules.length, meters);
    const gone = [...this.#rules].filter(([text]) => !seen.has(text)).map(([, rule]) => rule);
    // First, as their meters may be given to others.
    this.#lead(gone, true);
    const numbers = this.#freeNumbers(gone);
    const after = new Map<string, MeteredRule>();
    const added: MeteredRule[] = [];
    for (const { prefix, action } of rules) {
      const text = formatPrefix(prefix);
      const before = this.#rules.get(text);
      const rule = { prefix, action, number: before?.number ?? numbers.next().value ?? 0 };
      if (before === undefined) this.#engine.sources.meters.reset(rule.number);
      if (!isSame(before?.action, action)) this.#engine.sources.meters.set(rule.number, action);
      if (before === undefined) added.push(rule);
      after.set(text, rule);
    }
    this.#lead(added, false);
    this.#rules = after;
  }

  /** What each saw, in the order in which they were given. */
  counters(): readonly SourceCounters[] {
    return Array.from(this.#rules, ([prefix, { action, number }]) => ({
      prefix,
      action: action.kind,
      ...this.#engine.sources.meters.read(number),
    }));
  }

  /** Sets all counts to 0. */
  reset(): void {
    for (const { number } of this.#rules.values()) this.#engine.sources.meters.reset(number);
  }

  /** The rule that a source falls under: for tools. */
  match(source: Address): Pick<SourceCounters, "prefix" | "action"> | undefined {
    let best: SourceRule | undefined;
    for (const [text, rule] of this.#rules) {
      const { family, length } = rule.prefix;
      if (family !== source.family || length < (best?.prefix.length ?? 0)) continue;
      if (formatPrefix(maskAddress(source, length)) === text) best = rule;
    }
    return best && { prefix: formatPrefix(best.prefix), action: best.action.kind };
  }

  /** Numbers of meters that nobody has, those of rules that are gone among them. */
  *#freeNumbers(gone: readonly MeteredRule[]): Generator<number, undefined> {
    const taken = new Set(Array.from(this.#rules.values(), ({ number }) => number));
    for (const { number } of gone) taken.delete(number);
    for (let number = 1; number <= this.#engine.plan.limits.meters; number++) {
      if (!taken.has(number)) yield number;
    }
  }

  #lead(rules: readonly MeteredRule[], isGone: boolean): void {
    if (rules.length === 0) return;
    const [columns4, columns6] = [columnsOf(rules, 4, isGone), columnsOf(rules, 6, isGone)];
    const [applied4, applied6] = this.#engine.sources.lead(columns4, columns6);
    if (applied4 === columns4.count && applied6 === columns6.count) return;
    throw tooMany(rules.length, this.#engine.plan.limits.meters);
  }
}

function tooMany(rules: number, meters: number): AnyfibError {
  return new AnyfibError({
    code: "CAPACITY",
    what: `${rules} source prefixes, and room for ${meters}`,
    hint: "raise limit meters",
    detail: { rules, meters },
  });
}

function isSame(a: MeterAction | undefined, b: MeterAction): boolean {
  if (a?.kind !== "limit" || b.kind !== "limit") return a?.kind === b.kind;
  return a.unit === b.unit && a.rate === b.rate && a.burst === b.burst;
}

/** The rules of one family as rows that lead to their meters; to none where they are gone. */
function columnsOf(rules: readonly MeteredRule[], family: 4 | 6, isGone: boolean): RouteColumns {
  const own = rules.filter(({ prefix }) => prefix.family === family);
  const cells = prefixCells();
  const words = own.flatMap(({ prefix }) => {
    prefixToCells(prefix, cells);
    return [...cells.words.subarray(0, family === 4 ? 1 : 4)];
  });
  return {
    count: own.length,
    words: Uint32Array.from(words),
    lengths: Uint8Array.from(own, ({ prefix }) => prefix.length),
    groups: Uint32Array.from(own, ({ number }) => (isGone ? 0 : number)),
  };
}
