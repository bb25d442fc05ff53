/**
 * A router's side of RTR (RFC 8210 section 8) as a state machine: bytes and seconds go in, bytes to
 * send and changes of VRPs come out. Whoever owns the connection opens, closes and waits as told.
 *
 *     opened --query--> asking --response--> taking --end of data--> ready --refresh--> asking
 *        ^                 |                    |                      |    --notify-->
 *        +----- closed after a fault, with a pause that doubles up to `retry` seconds
 *
 * What was announced counts until it is withdrawn, or until `expire` seconds have passed since the
 * last end of data: a cache that is gone for a while changes nothing. A response takes effect as a
 * whole, at its end. After a reset the difference to what was known before takes effect.
 */

import { VrpChanges, type VrpDifference, VrpTable } from "../../rib/origin-validation.ts";
import {
  errorReport,
  RTR_ERROR,
  type RtrMessage,
  type RtrPdu,
  RtrReader,
  type RtrTimes,
  type RtrVersion,
  resetQuery,
  serialQuery,
} from "./rtr-messages.ts";

/** What is told of a session. */
export interface RtrSessionParts {
  /** Given each change as it takes effect; the table has it by then. */
  readonly onChange: (change: VrpDifference) => void;
  /** Told of what went wrong. */
  readonly onWarning: (what: string) => void;
}

/** What the owner of the connection is to do. */
export interface RtrReaction {
  readonly send: readonly Uint8Array[];
  /** Whether to close the connection, once all was sent. */
  readonly closes: boolean;
}

/** Before a cache says otherwise, and with version 0 (RFC 8210 section 6). */
const TIMES_FIRST: RtrTimes = { refresh: 3600, retry: 600, expire: 7200 };
/** What times may be (RFC 8210 section 6). */
const TIMES_MIN: RtrTimes = { refresh: 1, retry: 1, expire: 600 };
const TIMES_MAX: RtrTimes = { refresh: 86_400, retry: 7200, expire: 172_800 };
/** The first pause after a fault; each further one is twice as long. */
const PAUSE_FIRST = 1;
/** A cache that was asked and says nothing for so long is gone. */
const SILENCE_MAX = 120;
const NOTHING: RtrReaction = { send: [], closes: false };

type State = "closed" | "asking" | "taking" | "ready";

/** One router's view of one cache. */
export class RtrSession {
  readonly table = new VrpTable();
  readonly #parts: RtrSessionParts;
  #reader = new RtrReader();
  #state: State = "closed";
  #version: RtrVersion = 1;
  /** Whether the cache has answered in this version since the connection opened. */
  #isAgreed = false;
  /** What the data at hand is: without it, everything is asked for. */
  #known: { readonly session: number; readonly serial: number } | undefined;
  #changes = new VrpChanges();
  #takenSession = 0;
  #isWhole = true;
  #times = TIMES_FIRST;
  #pause = PAUSE_FIRST;
  #refreshAt = 0;
  #expireAt = Number.POSITIVE_INFINITY;
  #heardAt = 0;

  constructor(parts: RtrSessionParts) {
    this.#parts = parts;
  }

  get state(): State {
    return this.#state;
  }

  get version(): RtrVersion {
    return this.#version;
  }

  get serial(): number | undefined {
    return this.#known?.serial;
  }

  /** When `tick` has something to do, in seconds; Infinity for never. */
  get wakeAt(): number {
    if (this.#state === "closed") return this.#expireAt;
    const own = this.#state === "ready" ? this.#refreshAt : this.#heardAt + SILENCE_MAX;
    return Math.min(own, this.#expireAt);
  }

  /** The connection is open. */
  opened(now: number): RtrReaction {
    this.#reader = new RtrReader();
    this.#isAgreed = false;
    return this.#ask(now);
  }

  /** The connection is closed or was never made; the seconds to wait before the next try. */
  closed(): number {
    // A cache that started anew may close before its error is out: everything is asked for at once.
    if (this.#state === "asking" && this.#known !== undefined) this.#forget();
    this.#state = "closed";
    const pause = Math.min(this.#pause, this.#times.retry);
    this.#pause = Math.max(2 * pause, PAUSE_FIRST);
    return pause;
  }

  /** Takes what the cache sent. */
  received(bytes: Uint8Array, now: number): RtrReaction {
    this.#heardAt = now;
    this.#reader.push(bytes);
    const send: Uint8Array[] = [];
    for (let pdu = this.#reader.next(); pdu !== undefined; pdu = this.#reader.next()) {
      const reaction = this.#isVersionRight(pdu) ? this.#take(pdu, now) : this.#wrongVersion(pdu);
      send.push(...reaction.send);
      if (reaction.closes) return { send, closes: true };
    }
    return { send, closes: false };
  }

  /** Does what time asks for. */
  tick(now: number): RtrReaction {
    if (now >= this.#expireAt) this.#expire();
    if (this.#state === "ready" && now >= this.#refreshAt) return this.#ask(now);
    const isWaiting = this.#state === "asking" || this.#state === "taking";
    if (!isWaiting || now < this.#heardAt + SILENCE_MAX) return NOTHING;
    this.#parts.onWarning("the cache says nothing");
    return { send: [], closes: true };
  }

  #ask(now: number): RtrReaction {
    this.#state = "asking";
    this.#heardAt = now;
    const known = this.#known;
    const asks =
      known === undefined
        ? resetQuery(this.#version)
        : serialQuery(this.#version, known.session, known.serial);
    return { send: [asks], closes: false };
  }

  /** A cache may answer in version 0 from the start (RFC 8210 section 7). */
  #isVersionRight({ version, message }: RtrPdu): boolean {
    if (message.kind === "error" || version === this.#version) return true;
    if (message.kind === "notify" && !this.#isAgreed) return true;
    if (version !== 0 || this.#isAgreed || message.kind !== "response") return false;
    this.#version = 0;
    return true;
  }

  #wrongVersion(pdu: RtrPdu): RtrReaction {
    const code = this.#isAgreed ? RTR_ERROR.unexpectedVersion : RTR_ERROR.unsupportedVersion;
    return this.#fault(code, `a PDU of version ${pdu.version}`, pdu);
  }

  #take(pdu: RtrPdu, now: number): RtrReaction {
    const { message } = pdu;
    switch (message.kind) {
      case "fault":
        return this.#fault(message.code, message.what, pdu);
      case "error":
        return this.#told(message);
      case "notify":
        return this.#notified(message, now);
      case "reset":
        this.#known = undefined;
        if (this.#state !== "asking") return this.#unasked("a cache reset", pdu);
        return this.#ask(now);
      case "response":
        return this.#begin(message.session, pdu);
      case "prefix":
        if (this.#state !== "taking") return this.#unasked("a prefix", pdu);
        if (message.isAnnounced) this.#changes.announce(message.family, message.vrp);
        else this.#changes.withdraw(message.family, message.vrp);
        return NOTHING;
      case "end":
        return this.#finish(message, pdu, now);
      case "router_key":
        return this.#state === "taking" ? NOTHING : this.#unasked("a router key", pdu);
    }
  }

  #unasked(what: string, pdu: RtrPdu): RtrReaction {
    return this.#fault(RTR_ERROR.corruptData, `${what} that was not asked for`, pdu);
  }

  #fault(code: number, what: string, { bytes }: RtrPdu): RtrReaction {
    this.#parts.onWarning(what);
    // What is known is in doubt: the next connection asks for everything.
    this.#known = undefined;
    return { send: [errorReport(this.#version, code, what, bytes)], closes: true };
  }

  /** An error report is never answered with another (RFC 8210 section 5.11). */
  #told({ code, text }: RtrMessage & { readonly kind: "error" }): RtrReaction {
    this.#parts.onWarning(`the cache reports error ${code}${text === "" ? "" : `: ${text}`}`);
    if (code === RTR_ERROR.unsupportedVersion && this.#version === 1 && !this.#isAgreed) {
      this.#version = 0;
      this.#pause = 0;
    } else if (code !== RTR_ERROR.noData && this.#known !== undefined) {
      // A cache that started anew may say so with an error.
      this.#forget();
    }
    return { send: [], closes: true };
  }

  /** The next connection asks for everything, and does so at once. */
  #forget(): void {
    this.#known = undefined;
    this.#pause = 0;
  }

  #notified(
    { session, serial }: { readonly session: number; readonly serial: number },
    now: number,
  ): RtrReaction {
    // Before that, an answer is on its way, and it is at least as new.
    if (this.#state !== "ready") return NOTHING;
    if (session !== this.#known?.session) this.#known = undefined;
    return serial === this.#known?.serial ? NOTHING : this.#ask(now);
  }

  #begin(session: number, pdu: RtrPdu): RtrReaction {
    if (this.#state !== "asking") return this.#unasked("a response", pdu);
    if (this.#known !== undefined && this.#known.session !== session) {
      this.#drop();
      return this.#fault(RTR_ERROR.corruptData, `a response of the session ${session}`, pdu);
    }
    this.#state = "taking";
    this.#isAgreed = true;
    this.#isWhole = this.#known === undefined;
    this.#takenSession = session;
    this.#changes = new VrpChanges();
    return NOTHING;
  }

  #finish(
    { session, serial, times }: RtrMessage & { readonly kind: "end" },
    pdu: RtrPdu,
    now: number,
  ): RtrReaction {
    if (this.#state !== "taking") return this.#unasked("an end of data", pdu);
    if (session !== this.#takenSession) {
      return this.#fault(RTR_ERROR.corruptData, `an end of data of the session ${session}`, pdu);
    }
    const changes = this.#changes;
    this.#changes = new VrpChanges();
    const change = this.#isWhole ? this.table.replace(changes) : this.table.apply(changes);
    this.#known = { session, serial };
    this.#state = "ready";
    this.#times = clamped(times ?? TIMES_FIRST);
    this.#pause = PAUSE_FIRST;
    this.#refreshAt = now + this.#times.refresh;
    this.#expireAt = now + this.#times.expire;
    const said = changes.count;
    const done = change.rows4.count + change.rows6.count;
    if (done > 0) this.#parts.onChange(change);
    if (this.#isWhole || done === said) return NOTHING;
    // Announced twice, or withdrawn without having been there: from here on nobody knows.
    const what = `${said - done} of ${said} changes change nothing`;
    return this.#fault(RTR_ERROR.duplicate, what, pdu);
  }

  #expire(): void {
    this.#parts.onWarning("the VRPs of the cache are too old: none of them counts");
    this.#known = undefined;
    this.#drop();
  }

  #drop(): void {
    this.#expireAt = Number.POSITIVE_INFINITY;
    const change = this.table.replace(new VrpChanges());
    if (change.rows4.count + change.rows6.count > 0) this.#parts.onChange(change);
  }
}

/** Times within their bounds; what is known lives longer than it takes to ask again. */
function clamped(times: RtrTimes): RtrTimes {
  const within = (name: keyof RtrTimes): number =>
    Math.min(Math.max(times[name], TIMES_MIN[name]), TIMES_MAX[name]);
  const [refresh, retry] = [within("refresh"), within("retry")];
  const longer = Math.min(Math.max(refresh, retry) + 1, TIMES_MAX.expire);
  return { refresh, retry, expire: Math.max(within("expire"), longer) };
}
