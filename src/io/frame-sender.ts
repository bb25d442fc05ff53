/** An interface that frames are sent by, one system call each: for replays. */

import { bindPacketSocket, openPacketSocket } from "./af-packet.ts";
import { readDevice } from "./device.ts";
import { ERRNO, type Libc } from "./libc.ts";
import type { Device } from "./live-port.ts";

/** Longest frame: what veth takes. */
const FRAME_BYTES_MAX = 262_144;
/** A full queue empties while others run: so often it is asked again. */
const RETRIES = 64;

/** Made by `open`. */
export class FrameSender implements Disposable {
  readonly device: Device;
  readonly #libc: Libc;
  readonly #socket: number;
  readonly #buffer = new Uint8Array(FRAME_BYTES_MAX);
  readonly #address: bigint;

  private constructor(libc: Libc, device: Device, socket: number) {
    this.#libc = libc;
    this.device = device;
    this.#socket = socket;
    this.#address = libc.address(this.#buffer);
  }

  /** Throws ENVIRONMENT where a right or the interface is missing. */
  static open(libc: Libc, name: string): FrameSender {
    const device = readDevice(libc, name);
    const socket = openPacketSocket(libc, name);
    const sender = new FrameSender(libc, device, socket);
    try {
      bindPacketSocket(libc, socket, device, false);
    } catch (error) {
      sender[Symbol.dispose]();
      throw error;
    }
    return sender;
  }

  /** Sends a frame; false where the kernel refuses it, or stays without room. */
  send(frame: Uint8Array): boolean {
    if (frame.length > FRAME_BYTES_MAX) return false;
    this.#buffer.set(frame);
    for (let tries = 0; tries < RETRIES; tries++) {
      if (this.#libc.write(this.#socket, this.#address, frame.length) >= 0) return true;
      const errno = this.#libc.errno();
      if (errno !== ERRNO.ENOBUFS && errno !== ERRNO.EAGAIN) return false;
    }
    return false;
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#socket);
  }
}
