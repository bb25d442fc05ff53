/** Flags about sending what is replayed: the interface, the rate, and how long it goes on. */

import { setImmediate } from "node:timers/promises";
import { AnyfibError } from "../net/errors.ts";
import { openFrameSender } from "../node/live.ts";
import { Pacer, type Rate } from "../replay/pacer.ts";
import { PacketSender, type SentReport } from "../replay/packet-sender.ts";
import type { BatchObserver } from "../replay/replay.ts";
import type { Forwarder } from "../router/forwarder.ts";

/** The flags, named as in tcpreplay. */
export interface SendFlags {
  readonly i?: string;
  readonly p?: number;
  readonly M?: number;
  readonly x?: number;
  readonly t?: true;
  readonly l?: number;
  readonly L?: number;
  readonly duration?: number;
}

/** What sends; undefined where nothing does. */
export interface Sending extends AsyncDisposable {
  readonly sender: PacketSender;
  readonly observers: readonly BatchObserver[];
  readonly report: () => SentReport;
}

/** Packets that are waited for awake leave no other time for signals. */
const SIGNALS: BatchObserver = { observe: () => setImmediate() };

/** The rate that was asked for: the capture's own pace unless said. */
function rateOf({ p, M, x, t }: SendFlags): Rate {
  const given = [p, M, x, t].filter((flag) => flag !== undefined).length;
  if (given > 1) throw usage("more than one rate", "give one of -p, -M, -x and -t");
  if (p !== undefined) return { kind: "packets", perSecond: p };
  if (M !== undefined) return { kind: "megabits", perSecond: M };
  return t ? { kind: "top" } : { kind: "capture", speed: x ?? 1 };
}

function usage(what: string, hint: string): AnyfibError {
  return new AnyfibError({ code: "USAGE", what, where: "anyfib replay", hint });
}

/** Opens the interface that the flags name. Throws USAGE or ENVIRONMENT. */
export async function openSending(
  forwarder: Forwarder,
  flags: SendFlags,
): Promise<Sending | undefined> {
  const rate = rateOf(flags);
  if (flags.i === undefined) {
    const isTimed = [flags.p, flags.M, flags.x, flags.duration].some((flag) => flag !== undefined);
    if (isTimed) throw usage("a rate, and nothing is sent", "give -i INTERFACE too");
    return undefined;
  }
  const sink = await openFrameSender(flags.i);
  const pacer = new Pacer(rate);
  const seconds = flags.duration ?? Number.POSITIVE_INFINITY;
  const sender = new PacketSender(forwarder, pacer, sink, seconds);
  const rated = {
    packets: rate.kind === "packets" ? rate.perSecond : null,
    megabits: rate.kind === "megabits" ? rate.perSecond : null,
  };
  return {
    sender,
    observers: [SIGNALS, sender],
    report: () => sender.report(rated),
    [Symbol.asyncDispose]: async () => sink[Symbol.dispose](),
  };
}
