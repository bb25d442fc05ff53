/** What stations of a link say about addresses and MACs, whatever the protocol. */

import type { Address } from "../../net/address.ts";
import type { Mac } from "../../net/mac.ts";

/** Who has `target`? The answer goes to the sender. */
export interface NeighborRequest {
  readonly kind: "request";
  readonly target: Address;
  /** Undefined where a station asks whether its own new address is taken (RFC 4862, 5.4.2). */
  readonly sender: Address | undefined;
  /** Undefined where the request does not say. */
  readonly senderMac: Mac | undefined;
}

/** `target` is at a MAC. */
export interface NeighborAnswer {
  readonly kind: "answer";
  readonly target: Address;
  readonly mac: Mac | undefined;
  /** Whether somebody asked, so that both directions are known to work. */
  readonly isSolicited: boolean;
  /** Whether it goes before what was known. */
  readonly isOverride: boolean;
}

/** What was heard. */
export type NeighborMessage = NeighborRequest | NeighborAnswer;

/** A station that speaks: ourselves. */
export interface Speaker {
  readonly mac: Mac;
  readonly address: Address;
}

/** All stations of a link. */
export const BROADCAST_MAC: Mac = [255, 255, 255, 255, 255, 255];

/** Frames are at least this long, without their checksum (IEEE 802.3). */
export const FRAME_BYTES_MIN = 60;

/** The MAC that stands at an offset. */
export function macAt(bytes: Uint8Array, offset: number): Mac {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes.subarray(offset, offset + 6);
  return [a, b, c, d, e, f];
}

/** Whether a MAC names one station: no group, and not the lack of an address. */
export function isStation(mac: Mac): boolean {
  return (mac[0] & 1) === 0 && mac.some((byte) => byte !== 0);
}
