/**
 * Packets that wait until the MAC of the host that they are for is known, so that the first ones of
 * a connection are not lost (RFC 1122, 2.3.2.2; RFC 4861, 7.2.2).
 *
 * Bounded: WAITING_PER_HOST packets of a host, of which the oldest gives way, WAITING_BYTES of all,
 * and WAITING_MS. Cost: a pass over the hosts every tick.
 */

import { type Address, formatAddress } from "../../net/address.ts";

/**
 * Packets that wait for one host. A resolver that sites answer by the hundred gets them all: an
 * answer to an opening that is lost here makes its client open again a second later, and where the
 * set of sites changes within that second, the other opening meets another site.
 */
export const WAITING_PER_HOST = 1024;
/** Bytes that wait for all hosts. */
export const WAITING_BYTES = 16 * 1024 * 1024;
/** How long they wait: three requests, a second apart. */
export const WAITING_MS = 3000;

/** A packet that waits. */
export interface WaitingPacket {
  /** Number of the interface that it came in by. */
  readonly input: number;
  readonly frame: Uint8Array;
  /** When it came, in milliseconds. */
  readonly since: number;
}

/** Packets that wait, by host. */
export class WaitingPackets {
  readonly #hosts = new Map<string, WaitingPacket[]>();
  #bytes = 0;
  /** Packets that were not sent in the end. */
  dropped = 0;

  /** Lets a packet wait for the host of an address on a link. */
  hold(link: number, address: Address, packet: WaitingPacket): void {
    if (this.#bytes + packet.frame.length > WAITING_BYTES) {
      this.dropped += 1;
      return;
    }
    const key = keyOf(link, address);
    const packets = this.#hosts.get(key) ?? [];
    if (packets.length === WAITING_PER_HOST) this.#drop(packets.splice(0, 1));
    packets.push(packet);
    this.#bytes += packet.frame.length;
    this.#hosts.set(key, packets);
  }

  /** Takes the packets that wait for a host, in the order they came. */
  take(link: number, address: Address): readonly WaitingPacket[] {
    const key = keyOf(link, address);
    const packets = this.#hosts.get(key) ?? [];
    this.#hosts.delete(key);
    this.#bytes -= bytesOf(packets);
    return packets;
  }

  /** Drops those that waited long enough. */
  expire(now: number): void {
    for (const [key, packets] of this.#hosts) {
      const late = packets.findIndex(({ since }) => now - since < WAITING_MS);
      this.#drop(packets.splice(0, late < 0 ? packets.length : late));
      if (packets.length === 0) this.#hosts.delete(key);
    }
  }

  #drop(packets: readonly WaitingPacket[]): void {
    this.dropped += packets.length;
    this.#bytes -= bytesOf(packets);
  }
}

function keyOf(link: number, address: Address): string {
  return `${link} ${formatAddress(address)}`;
}

function bytesOf(packets: readonly WaitingPacket[]): number {
  return packets.reduce((sum, { frame }) => sum + frame.length, 0);
}
