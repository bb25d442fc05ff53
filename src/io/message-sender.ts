/** Sends the frames that wait at a packet socket, many a call (sendmmsg). */

import type { Engine } from "../engine/engine.ts";
import type { SendingMessages } from "../engine/sending-messages.ts";
import { ERRNO, type Libc } from "./libc.ts";
import { SendRetry } from "./send-retry.ts";

const MSG_DONTWAIT = 0x40;

/** Where frames wait, and where they go. */
export interface MessageSenderOptions {
  /** Number of the port. */
  readonly number: number;
  readonly socket: number;
  readonly messages: SendingMessages;
}

/** What leaves by a port. */
export class MessageSender {
  readonly #libc: Libc;
  readonly #socket: number;
  readonly #messages: SendingMessages;
  readonly #retry: SendRetry;

  constructor(engine: Engine, libc: Libc, { number, socket, messages }: MessageSenderOptions) {
    this.#libc = libc;
    this.#socket = socket;
    this.#messages = messages;
    this.#retry = new SendRetry(engine, number);
  }

  /** Offers again what the kernel had no room for, where it is time for that. */
  retry(): void {
    if (this.#retry.isDue) this.send();
  }

  /** Sends what waits; what the kernel has no room for waits on. */
  send(): void {
    this.#retry.note(this.#sendAll());
  }

  /** Whether the kernel took all. */
  #sendAll(): boolean {
    for (;;) {
      const { messages, count } = this.#messages.waiting();
      if (count === 0) return true;
      const sent = this.#libc.sendmmsg(this.#socket, messages, count, MSG_DONTWAIT);
      if (sent > 0) {
        this.#messages.sent(sent);
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS || errno === ERRNO.ENETDOWN) {
        return false;
      }
      this.#messages.refused();
    }
  }
}
