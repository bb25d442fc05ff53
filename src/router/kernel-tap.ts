/** The TAP by which the kernel gets packets to the router's own addresses, and answers them. */

import type { Batch } from "../engine/batch.ts";
import type { Engine } from "../engine/engine.ts";
import { errnoName, type Libc } from "../io/libc.ts";
import type { PortCounters } from "../io/live-port.ts";
import { AnyfibError } from "../net/errors.ts";

/** How a TAP is opened. */
export interface KernelTapOptions {
  readonly name: string;
  /** Its number among the ports. */
  readonly number: number;
}

const O_RDWR_NONBLOCK_CLOEXEC = 0o2004002;
const TUNSETIFF = 0x400454ca;
/** IFF_TAP, IFF_NO_PI. */
const FLAGS = 0x1002;
const REQUEST_BYTES = 40;
const NAME_BYTES = 16;
/** Frames of a turn: what the kernel answers is little, and others wait. */
const FRAMES_MAX = 32;
const FRAME_BYTES_MAX = 65_550;

/** A TAP, one read or write a frame. It goes with the process. */
export class KernelTap implements Disposable {
  readonly number: number;
  readonly descriptor: number;
  readonly #engine: Engine;
  readonly #libc: Libc;
  readonly #frame = new Uint8Array(FRAME_BYTES_MAX);
  #received = 0;
  #sent = 0;
  #refused = 0;

  private constructor(engine: Engine, libc: Libc, number: number, descriptor: number) {
    this.#engine = engine;
    this.#libc = libc;
    this.number = number;
    this.descriptor = descriptor;
  }

  /** Throws ENVIRONMENT where the right or the kernel's support is missing. */
  static open(engine: Engine, libc: Libc, { name, number }: KernelTapOptions): KernelTap {
    const descriptor = libc.open("/dev/net/tun", O_RDWR_NONBLOCK_CLOEXEC);
    if (descriptor < 0) throw fault(libc, name, "open(/dev/net/tun)");
    const request = new Uint8Array(REQUEST_BYTES);
    request.set(new TextEncoder().encode(name));
    new DataView(request.buffer).setUint16(NAME_BYTES, FLAGS, true);
    if (libc.ioctl(descriptor, TUNSETIFF, request) !== 0) {
      const error = fault(libc, name, "ioctl(TUNSETIFF)");
      libc.close(descriptor);
      throw error;
    }
    return new KernelTap(engine, libc, number, descriptor);
  }

  /** Fills the engine's batch with what the kernel sends; returns how many frames. */
  receive(): number {
    const { batch } = this.#engine;
    const at = this.#libc.address(this.#frame);
    batch.clear();
    for (let frame = 0; frame < FRAMES_MAX; frame++) {
      const bytes = Number(this.#libc.read(this.descriptor, at, this.#frame.length));
      if (bytes <= 0 || !batch.push(this.#frame.subarray(0, bytes))) break;
    }
    this.#received += batch.count;
    return batch.count;
  }

  /** Nothing is forwarded to the kernel but ICMP errors about what it sent. */
  transmit(_batch: Batch): number {
    let sent = 0;
    for (const { frame, interfaceIndex } of this.#engine.replies.list()) {
      if (interfaceIndex === this.number && this.send(frame)) sent += 1;
    }
    return sent;
  }

  /** Hands the kernel one frame. */
  send(frame: Uint8Array): boolean {
    this.#frame.set(frame);
    const at = this.#libc.address(this.#frame);
    const isSent = Number(this.#libc.write(this.descriptor, at, frame.length)) === frame.length;
    if (isSent) this.#sent += 1;
    else this.#refused += 1;
    return isSent;
  }

  /** Frames were copied: there is nothing to give back. */
  release(): void {}

  get counters(): PortCounters {
    const none = { kernelDropped: 0, cut: 0, checksumsFinished: 0, full: 0, tooLong: 0 };
    return { ...none, received: this.#received, sent: this.#sent, refused: this.#refused };
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.descriptor);
  }
}

function fault(libc: Libc, name: string, call: string): AnyfibError {
  const errno = libc.errno();
  return new AnyfibError({
    code: "ENVIRONMENT",
    what: `${call}: ${errnoName(errno)}`,
    where: name,
    hint: "it needs CAP_NET_ADMIN and /dev/net/tun (modprobe tun)",
    detail: { errno },
  });
}
