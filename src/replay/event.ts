/** What happens during a simulation, and when: `WHEN:EVENT:NEXTHOP|SITE`, `WHEN:key:FILE`. */

import { WEIGHT_MAX } from "../engine/layout.ts";
import { AnyfibError } from "../net/errors.ts";
import { quoted } from "../net/printable.ts";
import type { Forwarder } from "../router/forwarder.ts";
import type { CommitReport } from "../router/transaction.ts";

/** When an event happens: after so many seconds of capture time, or right before a packet. */
export type EventTime =
  | { readonly kind: "seconds"; readonly seconds: number }
  | { readonly kind: "packet"; readonly packet: number };

/** What happens. */
export type EventAction =
  | { readonly kind: "up" | "down" | "drain" }
  | { readonly kind: "weight"; readonly weight: number }
  | { readonly kind: "key" };

/** An event of a simulation. */
export interface SimulationEvent {
  readonly time: EventTime;
  readonly action: EventAction;
  /** A next hop's address, or a site; of a new key its file, in outcomes its id. */
  readonly target: string;
}

function wrong(text: string, what: string): AnyfibError {
  return new AnyfibError({
    code: "USAGE",
    what,
    where: `--event ${text}`,
    hint: "write WHEN:up|down|drain|weight=W:NEXTHOP|SITE or WHEN:key:FILE, WHEN seconds or #N",
    detail: { event: text },
  });
}

function parseTime(time: string, text: string): EventTime {
  if (/^#[1-9]\d{0,14}$/.test(time)) return { kind: "packet", packet: Number(time.slice(1)) };
  if (/^\d{1,12}(\.\d{1,9})?$/.test(time)) return { kind: "seconds", seconds: Number(time) };
  throw wrong(text, `${quoted(time)} is no time`);
}

function parseAction(action: string, text: string): EventAction {
  if (action === "key") return { kind: action };
  if (action === "up" || action === "down" || action === "drain") return { kind: action };
  const [, digits] = action.match(/^weight=(\d{1,10})$/) ?? [];
  if (digits !== undefined && Number(digits) <= WEIGHT_MAX) {
    return { kind: "weight", weight: Number(digits) };
  }
  throw wrong(text, `${quoted(action)} is no event`);
}

/** Parses an event; throws USAGE with the form that is wanted. */
export function parseEvent(text: string): SimulationEvent {
  const [, time = "", action = "", target = ""] = text.match(/^([^:]*):([^:]*):(.+)$/s) ?? [];
  if (target === "") throw wrong(text, "an event has three parts");
  return { time: parseTime(time, text), action: parseAction(action, text), target };
}

/** An action as it is written. */
export function actionText(action: EventAction): string {
  return action.kind === "weight" ? `weight=${action.weight}` : action.kind;
}

/** Does it to a next hop. Throws USAGE for an unknown target or a weight that cannot be. */
export function applyEvent(
  forwarder: Forwarder,
  action: Exclude<EventAction, { readonly kind: "key" }>,
  target: string,
): CommitReport {
  const transaction = forwarder.transaction();
  if (action.kind === "weight") transaction.weight(target, action.weight);
  else transaction[action.kind](target);
  return transaction.commit();
}
