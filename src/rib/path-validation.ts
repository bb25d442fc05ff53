/**
 * Path validation: whether an AS path went up from customers to providers, at most once sideways,
 * and down again, by what ASes say of their providers (ASPAs).
 * Source: draft-ietf-sidrops-aspa-verification.
 *
 *     received   64500 64501 64502 64503        the nearest AS first, the origin last
 *
 *                  64502 -> 64501               up-ramp: from the origin, each AS names the next
 *                 /              \
 *           64503                 64500         down-ramp: from the nearest AS towards the origin
 *
 * A hop from a customer to a provider is authorized, not authorized, or not attested where the
 * customer has no ASPA. A ramp is as long as its hops are authorized (certain), or none is known
 * not to be (possible). With n ASes, prepends counted once, a path is invalid where even the
 * possible ramps together are shorter than n, unknown where the certain ones are, else valid.
 *
 *     downstream   from a provider: both ramps count; between their tops may stand a hop of peers
 *     upstream     from a customer, a peer or a route server: the up-ramp alone counts
 *
 * Segments of confederations are the receiver's own and say nothing (RFC 5065). ASPAs name ASes
 * whatever the family of addresses. Cost: two look-ups in hash tables a hop.
 */

import { AnyfibError } from "../net/errors.ts";
import type { AsPath } from "./attributes.ts";

/** What validation says of a path. */
export type PathState = "valid" | "invalid" | "unknown";

/** From whom a route came: a provider (downstream), or a customer, peer or route server. */
export type PathDirection = "downstream" | "upstream";

/** A hop that an ASPA speaks against: the customer names other providers. */
export interface ForbiddenHop {
  readonly customer: number;
  readonly provider: number;
}

/** What was found of a path. */
export interface PathVerdict {
  readonly state: PathState;
  /** Why it is invalid; null where it is not. */
  readonly reason: "empty" | "neighbor" | "set" | "hop" | null;
  /** Of a reason `hop`: where the ramps end. */
  readonly hops: readonly ForbiddenHop[];
}

/** Ten times the ASes that announce anything, with some sixteen providers each. */
const CUSTOMERS_MAX = 1_048_576;
const PROVIDERS_MAX = 16_777_216;
/** Names no provider: its customer has none. */
const AS_NONE = 0;

const VALID: PathVerdict = { state: "valid", reason: null, hops: [] };
const UNKNOWN: PathVerdict = { state: "unknown", reason: null, hops: [] };

/** The ASPAs of a feed: the providers of each customer that attests them. */
export class AspaTable {
  readonly #providers = new Map<number, Set<number>>();
  #count = 0;

  /** ASes that attest their providers. */
  get customers(): number {
    return this.#providers.size;
  }

  /** Adds to what a customer attests; AS 0 stands for none. Throws CAPACITY. */
  add(customer: number, providers: readonly number[]): void {
    const known = this.#providers.get(customer) ?? new Set();
    this.#providers.set(customer, known);
    this.#count -= known.size;
    for (const provider of providers) if (provider !== AS_NONE) known.add(provider);
    this.#count += known.size;
    if (this.#count <= PROVIDERS_MAX && this.customers <= CUSTOMERS_MAX) return;
    throw new AnyfibError({
      code: "CAPACITY",
      what: `ASPAs of more than ${CUSTOMERS_MAX} customers, or of ${PROVIDERS_MAX} providers`,
      hint: "give the ASPAs of one validator",
      detail: { customersMax: CUSTOMERS_MAX, providersMax: PROVIDERS_MAX },
    });
  }

  /** Whether a customer names a provider; undefined where it attests nothing. */
  authorizes(customer: number, provider: number): boolean | undefined {
    return this.#providers.get(customer)?.has(provider);
  }
}

/** ASes of a path, the nearest first and prepends once; undefined where it has a set. */
function hopsOf(path: AsPath): readonly number[] | undefined {
  const ases: number[] = [];
  for (const { kind, asns } of path) {
    if (kind === "set") return undefined;
    if (kind !== "sequence") continue;
    for (const as of asns) if (as !== ases.at(-1)) ases.push(as);
  }
  return ases;
}

/** A ramp's length in ASes, and where it cannot go on. */
interface Ramp {
  readonly certain: number;
  readonly possible: number;
  readonly end: readonly ForbiddenHop[];
}

const NO_RAMP: Ramp = { certain: 0, possible: 0, end: [] };

/** The ramp that goes up from the first of some ASes. */
function rampOf(aspas: AspaTable, ases: readonly number[]): Ramp {
  let certain = 0;
  for (let at = 1; at < ases.length; at++) {
    const [customer = 0, provider = 0] = [ases[at - 1], ases[at]];
    const isAuthorized = aspas.authorizes(customer, provider);
    if (isAuthorized === true) continue;
    if (certain === 0) certain = at;
    if (isAuthorized === false) return { certain, possible: at, end: [{ customer, provider }] };
  }
  return { certain: certain || ases.length, possible: ases.length, end: [] };
}

function invalid(reason: PathVerdict["reason"], hops: readonly ForbiddenHop[] = []): PathVerdict {
  return { state: "invalid", reason, hops };
}

/** Where a route came from. */
export interface PathSender {
  /** Its AS, which must stand first in a downstream path; undefined for one of the own AS. */
  readonly neighbor: number | undefined;
  readonly direction: PathDirection;
}

/** Validates the path of a route. */
export function validatePath(
  aspas: AspaTable,
  path: AsPath,
  { neighbor, direction }: PathSender,
): PathVerdict {
  const isDown = direction === "downstream";
  const ases = hopsOf(path);
  if (ases === undefined) return invalid("set");
  if (ases.length === 0) return neighbor === undefined ? VALID : invalid("empty");
  // A route server leaves its AS out of paths, and what it sends counts as upstream.
  if (isDown && neighbor !== undefined && ases[0] !== neighbor) return invalid("neighbor");
  const up = rampOf(aspas, ases.toReversed());
  const down = isDown ? rampOf(aspas, ases) : NO_RAMP;
  if (up.possible + down.possible < ases.length) return invalid("hop", [...up.end, ...down.end]);
  return up.certain + down.certain < ases.length ? UNKNOWN : VALID;
}
