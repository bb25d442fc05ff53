/** Rates as programs write them: what a meter does with packets. */

import { METER_RATE_MAX, type MeterAction } from "../engine/meters.ts";
import { AnyfibError } from "../net/errors.ts";

/** What is done with packets from a prefix, or with those that take its route. */
export interface RateInput {
  readonly prefix: string;
  readonly action: "count" | "limit" | "drop";
  readonly packetsPerSecond?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  readonly burst?: number | undefined;
}

function fault(what: string, hint: string, input: RateInput): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, hint, detail: { ...input } });
}

/** The smallest frame that any rate in bytes must let through now and then. */
const BURST_BYTES_MIN = 65_536;

/** What a meter does for an input; throws USAGE where that cannot be. */
export function actionOf(input: RateInput): MeterAction {
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
