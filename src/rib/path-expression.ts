/**
 * Expressions over paths of ASes, as regular expressions are over characters: `^64500 .* 64510$`.
 *
 *     64500   64500-64510   [64500 64510-64519]   .    one AS: this, of a range, of a list, any
 *     *   +   ?   {2}   {1,3}   {2,}                   how often what stands before
 *     ( | )                                            one of several
 *     ^   $                                            the start, the end of the path
 *
 * Spaces and `_` stand between ASes and mean nothing else. An expression matches where it stands
 * anywhere in the path, unless ^ and $ hold it. A set of ASes (RFC 4271 section 4.3) is one place,
 * which matches where one of its ASes does; ASes of a confederation are places as others are.
 *
 * It is compiled into steps, and all ways through them are followed at once (Thompson 1968):
 *
 *     step     0          1             2          3       4
 *              start      as 64500      fork 3 4   as .    end        jumps stand for loops
 *
 * Cost: for each place of a path, at most one visit of each step; no text makes it exponential.
 */

import type { AsPath } from "./attributes.ts";

/** Longest text of an expression. */
const TEXT_MAX = 4096;
/** Most steps: repeats within repeats would otherwise multiply. */
const STEPS_MAX = 8192;
/** Most repeats of a `{n,m}`. */
const REPEATS_MAX = 255;
/** Parentheses within each other. */
const DEPTH_MAX = 32;
const AS_MAX = 0xffff_ffff;

/** ASes from `low` to `high`. */
interface AsRange {
  readonly low: number;
  readonly high: number;
}

/** A step; the next one follows unless it says otherwise. */
type Step =
  | { readonly kind: "as"; readonly ranges: readonly AsRange[] }
  | { readonly kind: "start" | "end" | "accept" }
  | { readonly kind: "fork"; readonly first: number; readonly second: number }
  | { readonly kind: "jump"; readonly to: number };

/** A part of an expression, before it becomes steps. */
type Part =
  | { readonly kind: "as"; readonly ranges: readonly AsRange[] }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "all" | "any"; readonly parts: readonly Part[] }
  | { readonly kind: "repeat"; readonly part: Part; readonly least: number; readonly most: number };

/** What is wrong with the text of an expression, and at which character, from 0 on. */
export interface ExpressionFault {
  readonly what: string;
  readonly at: number;
}

/** Thrown within this file alone, and turned into a fault. */
class Unreadable extends Error {
  readonly fault: ExpressionFault;

  constructor(what: string, at: number) {
    super(what);
    this.fault = { what, at };
  }
}

/** Reads the text of an expression from left to right. */
class Reader {
  #at = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** All of it. */
  whole(): Part {
    const part = this.#choice();
    if (this.#at < this.#text.length) throw this.#wrong("this ) closes nothing");
    return part;
  }

  #choice(): Part {
    const parts = [this.#sequence()];
    while (this.#peek() === "|") {
      this.#at += 1;
      parts.push(this.#sequence());
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "any", parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    for (
      let sign = this.#peek();
      sign !== "" && sign !== "|" && sign !== ")";
      sign = this.#peek()
    ) {
      parts.push(this.#repeated(this.#atom(sign)));
    }
    return { kind: "all", parts };
  }

  #atom(sign: string): Part {
    if (sign >= "0" && sign <= "9") return { kind: "as", ranges: [this.#range()] };
    if (sign === "[") return { kind: "as", ranges: this.#list() };
    if (sign === "(") return this.#parentheses();
    this.#at += 1;
    if (sign === ".") return { kind: "as", ranges: [{ low: 0, high: AS_MAX }] };
    if (sign === "^") return { kind: "start" };
    if (sign === "$") return { kind: "end" };
    this.#at -= 1;
    if ("*+?{".includes(sign)) throw this.#wrong(`nothing stands before this ${sign}`);
    throw this.#wrong(`${JSON.stringify(sign)} means nothing in an expression`);
  }

  #parentheses(): Part {
    const opened = this.#at;
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.#wrong(`more than ${DEPTH_MAX} parentheses deep`);
    const part = this.#choice();
    if (this.#peek() !== ")") throw new Unreadable("this ( is not closed", opened);
    this.#at += 1;
    this.#depth -= 1;
    return part;
  }

  #list(): readonly AsRange[] {
    const opened = this.#at;
    this.#at += 1;
    const ranges: AsRange[] = [];
    for (let sign = this.#peek(); sign !== "]"; sign = this.#peek()) {
      if (sign === "") throw new Unreadable("this [ is not closed", opened);
      if (sign < "0" || sign > "9") throw this.#wrong("a list has AS numbers and ranges of them");
      ranges.push(this.#range());
    }
    if (ranges.length === 0) throw new Unreadable("this list is empty", opened);
    this.#at += 1;
    return ranges;
  }

  #range(): AsRange {
    const start = this.#at;
    const low = this.#number("an AS number", AS_MAX);
    if (this.#text[this.#at] !== "-") return { low, high: low };
    this.#at += 1;
    const high = this.#number("an AS number", AS_MAX);
    if (high < low) throw new Unreadable("this range ends before it begins", start);
    return { low, high };
  }

  #number(what: string, most: number): number {
    const [digits = ""] = this.#text.slice(this.#at).match(/^\d{1,10}(?!\d)/) ?? [];
    if (digits === "" || Number(digits) > most) throw this.#wrong(`${what} is 0 to ${most}`);
    this.#at += digits.length;
    return Number(digits);
  }

  #repeated(part: Part): Part {
    const start = this.#at;
    const sign = this.#peek();
    if (sign === "" || !"*+?{".includes(sign)) return part;
    this.#at += 1;
    const [least, most] =
      sign === "{" ? this.#counts() : COUNTS[sign === "+" || sign === "?" ? sign : "*"];
    if (most < least) throw new Unreadable("these counts end before they begin", start);
    if ("*+?{".includes(this.#peek() || " ")) throw this.#wrong("two counts for one thing");
    return { kind: "repeat", part, least, most };
  }

  #counts(): readonly [number, number] {
    const least = this.#number("a count", REPEATS_MAX);
    let most = least;
    if (this.#peek() === ",") {
      this.#at += 1;
      most = this.#peek() === "}" ? Number.POSITIVE_INFINITY : this.#number("a count", REPEATS_MAX);
    }
    if (this.#peek() !== "}") throw this.#wrong("counts are written {2}, {1,3} or {2,}");
    this.#at += 1;
    return [least, most];
  }

  /** The next sign that is no gap; nothing at the end. */
  #peek(): string {
    while (/[\s_]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    return this.#text[this.#at] ?? "";
  }

  #wrong(what: string): Unreadable {
    return new Unreadable(what, this.#at);
  }
}

const COUNTS = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1],
} as const;

/** Adds the steps of a part behind those that are there. */
function compile(part: Part, steps: Step[]): void {
  if (steps.length > STEPS_MAX) throw new Unreadable("too many repeats within each other", 0);
  if (part.kind === "all") for (const one of part.parts) compile(one, steps);
  if (part.kind === "any") compileChoice(part.parts, steps);
  if (part.kind === "repeat") compileRepeat(part, steps);
  if (part.kind === "as") steps.push(part);
  if (part.kind === "start" || part.kind === "end") steps.push({ kind: part.kind });
}

function compileChoice([first, ...rest]: readonly Part[], steps: Step[]): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    compile(first, steps);
    return;
  }
  const fork = steps.push({ kind: "accept" }) - 1;
  compile(first, steps);
  const jump = steps.push({ kind: "accept" }) - 1;
  steps[fork] = { kind: "fork", first: fork + 1, second: steps.length };
  compileChoice(rest, steps);
  steps[jump] = { kind: "jump", to: steps.length };
}

function compileRepeat(
  { part, least, most }: Extract<Part, { kind: "repeat" }>,
  steps: Step[],
): void {
  for (let time = 0; time < least; time++) {
    const before = steps.length;
    compile(part, steps);
    // Repeats of nothing would take time, and no steps that a limit could count.
    if (steps.length === before) return;
  }
  if (most === Number.POSITIVE_INFINITY) {
    const fork = steps.push({ kind: "accept" }) - 1;
    compile(part, steps);
    steps.push({ kind: "jump", to: fork });
    steps[fork] = { kind: "fork", first: fork + 1, second: steps.length };
    return;
  }
  const forks: number[] = [];
  for (let time = least; time < most; time++) {
    forks.push(steps.push({ kind: "accept" }) - 1);
    compile(part, steps);
  }
  for (const fork of forks) steps[fork] = { kind: "fork", first: fork + 1, second: steps.length };
}

/** An expression that was read. */
export class PathExpression {
  /** As it was written. */
  readonly text: string;
  readonly #steps: readonly Step[];

  private constructor(text: string, steps: readonly Step[]) {
    this.text = text;
    this.#steps = steps;
  }

  /** The expression that a text means, or what is wrong with it. */
  static parse(text: string): PathExpression | ExpressionFault {
    if (text.length > TEXT_MAX) return { what: `longer than ${TEXT_MAX} characters`, at: TEXT_MAX };
    try {
      const steps: Step[] = [];
      compile(new Reader(text).whole(), steps);
      steps.push({ kind: "accept" });
      return new PathExpression(text, steps);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return error.fault;
    }
  }

  /** Whether it stands in a path. */
  matches(path: AsPath): boolean {
    const places = placesOf(path);
    const marks = new Int32Array(this.#steps.length).fill(-1);
    const isAnchored = this.#steps[0]?.kind === "start";
    let threads: number[] = [];
    for (let at = 0; at <= places.length; at++) {
      // Without ^ it may begin at any place; with it, most paths are none from the first AS on.
      if (at === 0 || !isAnchored) threads.push(0);
      if (threads.length === 0) return false;
      const waiting = this.#follow(threads, marks, { at, isLast: at === places.length });
      if (waiting === undefined) return true;
      const place = places[at] ?? [];
      threads = waiting.filter((step) => this.#takes(step, place)).map((step) => step + 1);
    }
    return false;
  }

  /** Whether any path matches: `64500 ^` has none. */
  get canMatch(): boolean {
    const seen = new Set<string>();
    const rest = [
      { step: 0, isBehindStart: false, isAtEnd: false },
      { step: 0, isBehindStart: true, isAtEnd: false },
    ];
    for (let way = rest.pop(); way !== undefined; way = rest.pop()) {
      const key = `${way.step} ${way.isBehindStart} ${way.isAtEnd}`;
      const step = this.#steps[way.step];
      if (seen.has(key) || step === undefined) continue;
      seen.add(key);
      if (step.kind === "accept") return true;
      const next = { ...way, step: way.step + 1 };
      if (step.kind === "jump") rest.push({ ...way, step: step.to });
      if (step.kind === "start" && !way.isBehindStart) rest.push(next);
      if (step.kind === "end") rest.push({ ...next, isAtEnd: true });
      if (step.kind === "as" && !way.isAtEnd) rest.push({ ...next, isBehindStart: true });
      if (step.kind !== "fork") continue;
      rest.push({ ...way, step: step.first }, { ...way, step: step.second });
    }
    return false;
  }

  /** The steps that wait for an AS at a place; undefined where the expression is through. */
  #follow(
    threads: number[],
    marks: Int32Array,
    { at, isLast }: { readonly at: number; readonly isLast: boolean },
  ): readonly number[] | undefined {
    const waiting: number[] = [];
    for (let index = threads.pop(); index !== undefined; index = threads.pop()) {
      const step = this.#steps[index];
      if (step === undefined || marks[index] === at) continue;
      marks[index] = at;
      if (step.kind === "accept") return undefined;
      if (step.kind === "as") waiting.push(index);
      else if (step.kind === "jump") threads.push(step.to);
      else if (step.kind === "fork") threads.push(step.first, step.second);
      else if (step.kind === "start" ? at === 0 : isLast) threads.push(index + 1);
    }
    return waiting;
  }

  #takes(index: number, place: Place): boolean {
    const step = this.#steps[index];
    if (step?.kind !== "as") return false;
    const { ranges } = step;
    return typeof place === "number" ? isIn(ranges, place) : place.some((as) => isIn(ranges, as));
  }
}

function isIn(ranges: readonly AsRange[], as: number): boolean {
  for (const { low, high } of ranges) if (as >= low && as <= high) return true;
  return false;
}

/** What stands at a place of a path: an AS, or the ASes of a set. */
type Place = number | readonly number[];

function placesOf(path: AsPath): readonly Place[] {
  const [only] = path;
  if (path.length === 1 && only?.kind === "sequence") return only.asns;
  return path.flatMap(({ kind, asns }): readonly Place[] =>
    kind === "set" || kind === "confed_set" ? [asns] : asns,
  );
}
