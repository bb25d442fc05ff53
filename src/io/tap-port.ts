/**
 * A live port that is a TAP or a TUN: what the kernel sends by it comes in, what leaves by it the
 * kernel gets. One read or write a frame. A TUN has no Ethernet: its packets get a header in front
 * with the port's own MAC, and lose it again.
 */

import type { VlanTag } from "../engine/adjacency.ts";
import type { Batch } from "../engine/batch.ts";
import type { Engine } from "../engine/engine.ts";
import type { FrameRun } from "../engine/message-ring.ts";
import { MessageRings } from "../engine/message-rings.ts";
import { AnyfibError } from "../net/errors.ts";
import type { Mac } from "../net/mac.ts";
import { interfaceRequest, readDevice } from "./device.ts";
import { ERRNO, errnoName, type Libc } from "./libc.ts";
import type { Device, LivePort, LivePortOptions, PortCounters } from "./live-port.ts";
import { messageFrames } from "./ring-size.ts";
import { hasTags } from "./tag-filter.ts";

/** How a TAP or TUN is opened. */
export interface TapPortOptions extends LivePortOptions {
  readonly kind: "tap" | "tun";
}

const O_RDWR_NONBLOCK_CLOEXEC = 0o2004002;
const TUNSETIFF = 0x400454ca;
const NAME_BYTES = 16;
/** IFF_TUN or IFF_TAP, and IFF_NO_PI. */
const KINDS = { tun: 0x1001, tap: 0x1002 } as const;
/** Frames of a turn: each is a call, and other ports wait. */
const FRAMES_MAX = 64;
const ETHERNET_BYTES = 14;
const MAC_BYTES = 6;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** The MAC of a TUN's port: it has none of its own. */
const TUN_MAC: Mac = [2, 0, 0, 0xfb, 0, 3];

/** Made by `open`. The device goes with the process, unless it was there before. */
export class TapPort implements LivePort {
  readonly mode: "tap" | "tun";
  readonly number: number;
  readonly device: Device;
  readonly descriptor: number;
  readonly isExclusive = true;
  readonly #engine: Engine;
  readonly #libc: Libc;
  readonly #rings: MessageRings;
  readonly #bytes: Uint8Array;
  readonly #base: bigint;
  /** Bytes of the header that the kernel knows nothing of. */
  readonly #skip: number;
  readonly #tags: readonly VlanTag[] | undefined;
  #isOpen = true;
  #isKickDue = false;

  private constructor(engine: Engine, libc: Libc, options: TapPortOptions, descriptor: number) {
    const { kind, number, frames, mtu = 0 } = options;
    this.#engine = engine;
    this.#libc = libc;
    this.mode = kind;
    this.number = number;
    this.descriptor = descriptor;
    const device = readDevice(libc, options.device);
    this.device = kind === "tun" ? { ...device, mac: TUN_MAC } : device;
    this.#bytes = new Uint8Array(engine.memory.buffer);
    this.#base = libc.address(this.#bytes.subarray(0, 1));
    this.#skip = kind === "tun" ? ETHERNET_BYTES : 0;
    const sizes = messageFrames(Math.max(device.mtu, mtu), frames);
    this.#rings = new MessageRings(engine, { number, base: this.#base, ...sizes });
    this.#tags = options.tags;
    if (options.tags !== undefined) engine.ringPorts.tag(number, options.tags);
  }

  /** Throws ENVIRONMENT where the right or the kernel's support is missing. */
  static open(engine: Engine, libc: Libc, options: TapPortOptions): TapPort {
    const { device, kind } = options;
    const descriptor = libc.open("/dev/net/tun", O_RDWR_NONBLOCK_CLOEXEC);
    if (descriptor < 0) throw fault(libc, device, "open(/dev/net/tun)");
    const request = interfaceRequest(device);
    new DataView(request.buffer).setUint16(NAME_BYTES, KINDS[kind], true);
    try {
      if (libc.ioctl(descriptor, TUNSETIFF, request) !== 0) {
        throw fault(libc, device, "ioctl(TUNSETIFF)");
      }
      return new TapPort(engine, libc, options, descriptor);
    } catch (error) {
      libc.close(descriptor);
      throw error;
    }
  }

  receive(): number {
    if (this.#isKickDue) this.#kick();
    const run = this.#rings.free;
    const room = this.#rings.frameRoom - this.#skip;
    const most = Math.min(run.count, FRAMES_MAX);
    let count = 0;
    for (let reads = 0; reads < most; reads++) {
      const at = run.packet + count * run.frameBytes;
      const target = this.#base + BigInt(at + this.#skip);
      const bytes = Number(this.#libc.read(this.descriptor, target, room));
      if (bytes <= 0) break;
      if (this.#skip > 0) this.#addHeader(at);
      else if (!this.#isOurs(at, bytes)) continue;
      this.#rings.fill(run, count, bytes + this.#skip);
      count += 1;
    }
    return this.#rings.take(count);
  }

  transmit(batch: Batch): number {
    const sent = this.#engine.exports.ringTransmit(this.number, 0, batch.count) >>> 0;
    if (sent > 0) this.#kick();
    return sent;
  }

  send(frame: Uint8Array): boolean {
    const { ringPorts, plan } = this.#engine;
    const isSent = ringPorts.send(this.number, frame, plan.leaving);
    if (isSent) this.#kick();
    return isSent;
  }

  release(): void {
    this.#engine.exports.ringRelease(this.number);
  }

  /** What a full queue of the device drops, its own statistics tell (`ip -s link`). */
  get counters(): PortCounters {
    return { ...this.#engine.ringPorts.counters(this.number), kernelDropped: 0 };
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#libc.close(this.descriptor);
    this.#rings[Symbol.dispose]();
  }

  #kick(): void {
    this.#isKickDue = false;
    for (;;) {
      const run = this.#rings.sending.waiting();
      if (run.count === 0) return;
      for (let index = 0; index < run.count; index++) {
        if (this.#write(run, index)) this.#rings.sending.sent(1);
        else if (this.#isKickDue) return;
        else this.#rings.sending.refused();
      }
    }
  }

  /** Gives the kernel a frame; false where it does not take it. */
  #write(run: FrameRun, index: number): boolean {
    const at = run.packet + index * run.frameBytes;
    if (this.#skip > 0 && !isIp(this.#bytes.subarray(at, at + ETHERNET_BYTES))) return false;
    const bytes = this.#rings.sending.length(run, index) - this.#skip;
    const from = this.#base + BigInt(at + this.#skip);
    if (Number(this.#libc.write(this.descriptor, from, bytes)) === bytes) return true;
    const errno = this.#libc.errno();
    this.#isKickDue = errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS;
    return false;
  }

  /** Whether a frame has the port's tags: the kernel takes none out, and filters none. */
  #isOurs(at: number, bytes: number): boolean {
    return this.#tags === undefined || hasTags(this.#bytes.subarray(at, at + bytes), this.#tags);
  }

  #addHeader(at: number): void {
    const { mac } = this.device;
    this.#bytes.set([...mac, ...mac.map((byte, index) => (index === 5 ? byte ^ 1 : byte))], at);
    const isIpv6 = (this.#bytes[at + ETHERNET_BYTES] ?? 0) >>> 4 === 6;
    const ethertype = isIpv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
    new DataView(this.#bytes.buffer).setUint16(at + 2 * MAC_BYTES, ethertype);
  }
}

function isIp(header: Uint8Array): boolean {
  const ethertype = ((header[12] ?? 0) << 8) | (header[13] ?? 0);
  return ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6;
}

/** What the operator is told, by why it failed. */
function hintOf(errno: number, name: string): string {
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES) {
    return "it needs CAP_NET_ADMIN: run as root, or through AmbientCapabilities in systemd";
  }
  if (errno === ERRNO.EINVAL) return `${name} is no TAP: name one, or one that is not there yet`;
  if (errno === ERRNO.EBUSY) return "another program has it: give it another name";
  return "it needs /dev/net/tun (modprobe tun)";
}

function fault(libc: Libc, name: string, call: string): AnyfibError {
  const errno = libc.errno();
  return new AnyfibError({
    code: "ENVIRONMENT",
    what: `${call}: ${errnoName(errno)}`,
    where: name,
    hint: hintOf(errno, name),
    detail: { errno },
  });
}
