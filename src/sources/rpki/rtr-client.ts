/** Keeps an RTR session with a cache over TCP: connects, comes back, and keeps its times. */

import { connect, type Socket } from "node:net";
import type { VrpTable } from "../../rib/origin-validation.ts";
import { type RtrReaction, RtrSession, type RtrSessionParts } from "./rtr-session.ts";

/** Where the cache listens. */
export interface RtrAddress {
  readonly host: string;
  readonly port: number;
}

const CONNECT_MS_MAX = 10_000;
/** Timers of Node take no more than 2^31 ms. */
const WAIT_MS_MAX = 86_400_000;

/** `HOST:PORT`, an IPv6 address in brackets; undefined for anything else. */
export function parseRtrAddress(text: string): RtrAddress | undefined {
  const [, inner, name, digits] =
    text.match(/^(?:\[([0-9a-f:.]+)\]|([^[\]:\s]+)):(\d{1,5})$/i) ?? [];
  const host = inner ?? name;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** A session with one cache, until it is disposed of. */
export class RtrClient implements Disposable {
  readonly #session: RtrSession;
  readonly #address: RtrAddress;
  readonly #onWarning: RtrSessionParts["onWarning"];
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(address: RtrAddress, parts: RtrSessionParts) {
    this.#address = address;
    this.#onWarning = parts.onWarning;
    this.#session = new RtrSession(parts);
    this.#connect();
  }

  /** The VRPs that the cache has announced. */
  get table(): VrpTable {
    return this.#session.table;
  }

  /** How the session stands, for people. */
  get status(): {
    readonly state: string;
    readonly version: number;
    readonly serial: number | null;
  } {
    const { state, version, serial } = this.#session;
    return { state, version, serial: serial ?? null };
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    const socket = connect(this.#address);
    this.#socket = socket;
    socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy(new Error("no connection in time")));
    socket.on("connect", () => {
      socket.setTimeout(0);
      this.#react(this.#session.opened(now()));
    });
    socket.on("data", (bytes) => this.#react(this.#session.received(bytes, now())));
    socket.on("error", ({ message }) => this.#onWarning(message));
    socket.on("close", () => this.#comeBack());
  }

  #react({ send, closes }: RtrReaction): void {
    for (const bytes of send) this.#socket?.write(bytes);
    if (closes) this.#socket?.destroySoon();
    this.#wait();
  }

  /** Wakes the session when it has something to do. */
  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const ms = Math.min(Math.max(1000 * (this.#session.wakeAt - now()), 0), WAIT_MS_MAX);
    this.#timer = setTimeout(() => this.#react(this.#session.tick(now())), ms);
  }

  #comeBack(): void {
    if (this.#isOver) return;
    const pause = this.#session.closed();
    const last = now() + pause;
    const step = (): void => {
      // What is known may become too old while the cache is away.
      this.#session.tick(now());
      if (now() >= last) this.#connect();
      else this.#timer = setTimeout(step, 1000 * Math.min(last - now(), 60));
    };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(step, 1000 * Math.min(pause, 60));
  }
}

/** Seconds of a clock that nobody sets. */
function now(): number {
  return performance.now() / 1000;
}
