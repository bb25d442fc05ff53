/** ARP and Neighbor Discovery: read, written, cut at every byte, changed in every bit. */

import { describe, expect, it } from "vitest";
import { type Address4, type Address6, parseAddress } from "../../../src/net/address.ts";
import { decodeHex } from "../../../src/net/bytes.ts";
import type { Mac } from "../../../src/net/mac.ts";
import {
  arpAnnouncement,
  arpReply,
  arpRequest,
  parseArp,
} from "../../../src/router/neighbors/arp.ts";
import { advertisement, parseNd, solicitation } from "../../../src/router/neighbors/nd.ts";

function address4(text: string): Address4 {
  const address = parseAddress(text);
  if (address?.family !== 4) throw new Error(text);
  return address;
}

function address6(text: string): Address6 {
  const address = parseAddress(text);
  if (address?.family !== 6) throw new Error(text);
  return address;
}

const OURS: Mac = [2, 0, 0, 0, 0, 1];
const THEIRS: Mac = [2, 0, 0, 0, 0, 17];
const own4 = { mac: OURS, address: address4("192.0.2.1") };
const own6 = { mac: OURS, address: address6("2001:db8::1") };
const peer4 = address4("192.0.2.17");
const peer6 = address6("2001:db8::17");

/** Spelled out by RFC 826: a request of 192.0.2.17 for 192.0.2.1. */
const SPELLED_ARP =
  "ffffffffffff0200000000110806" + "0001080006040001020000000011c0000211000000000000c0000201";
/** By RFC 4861: IPv6 header of a solicitation to the group of 2001:db8::1, behind its MACs. */
const SPELLED_HEADERS =
  "3333ff00000102000000001186dd" +
  "6000000000203aff20010db8000000000000000000000017ff0200000000000000000001ff000001";

describe("ARP", () => {
  it("reads a request spelled out", () => {
    expect(parseArp(decodeHex(SPELLED_ARP) ?? new Uint8Array())).toEqual({
      kind: "request",
      target: own4.address,
      sender: peer4,
      senderMac: THEIRS,
    });
  });

  it("reads what it writes", () => {
    expect(parseArp(arpRequest(own4, peer4))).toMatchObject({ kind: "request", target: peer4 });
    expect(parseArp(arpReply(own4, { mac: THEIRS, address: peer4 }))).toMatchObject({
      kind: "answer",
      target: own4.address,
      mac: OURS,
      isSolicited: true,
    });
    expect(parseArp(arpAnnouncement(own4))).toMatchObject({ kind: "answer", isSolicited: false });
  });

  it("reads nothing of a frame that is cut or from a group", () => {
    const frame = arpRequest(own4, peer4);
    for (let bytes = 0; bytes < 42; bytes++)
      expect(parseArp(frame.subarray(0, bytes))).toBe(undefined);
    frame[22] = 0xff;
    expect(parseArp(frame)).toBe(undefined);
  });
});

describe("Neighbor Discovery", () => {
  it("writes the headers of a solicitation", () => {
    const frame = solicitation({ mac: THEIRS, address: peer6 }, own6.address);
    const text = Array.from(frame, (byte) => byte.toString(16).padStart(2, "0")).join("");
    expect(text.slice(0, SPELLED_HEADERS.length)).toBe(SPELLED_HEADERS);
    expect(frame).toHaveLength(86);
  });

  it("reads what it writes", () => {
    expect(parseNd(solicitation(own6, peer6))).toEqual({
      kind: "request",
      target: peer6,
      sender: own6.address,
      senderMac: OURS,
    });
    const to = { mac: THEIRS, address: peer6 };
    const answer = { kind: "answer", target: own6.address, mac: OURS, isOverride: true };
    expect(parseNd(advertisement(own6, to))).toEqual({ ...answer, isSolicited: true });
    expect(parseNd(advertisement(own6, undefined))).toEqual({ ...answer, isSolicited: false });
  });

  it("reads nothing of a frame that is cut, or that is changed in any bit behind its MACs", () => {
    const frame = solicitation(own6, peer6);
    for (let bytes = 0; bytes < frame.length; bytes++) {
      expect(parseNd(frame.subarray(0, bytes))).toBe(undefined);
    }
    // Traffic class and flow label, which no checksum covers.
    const uncovered = [
      [14, 15],
      [15, 255],
      [16, 255],
      [17, 255],
    ] as const;
    for (let bit = 12 * 8; bit < frame.length * 8; bit++) {
      const changed = frame.slice();
      const byte = bit >> 3;
      const mask = 1 << (bit & 7);
      changed[byte] = (changed[byte] ?? 0) ^ mask;
      const isCovered = !uncovered.some(([at, bits]) => at === byte && (bits & mask) !== 0);
      if (isCovered) expect([byte, parseNd(changed)]).toEqual([byte, undefined]);
    }
  });
});
