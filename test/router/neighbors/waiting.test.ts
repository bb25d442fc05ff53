/** Packets that wait for their host: order, bounds and time. */

import { expect, test } from "vitest";
import { parseAddress } from "../../../src/net/address.ts";
import {
  WAITING_BYTES,
  WAITING_MS,
  WAITING_PER_HOST,
  WaitingPackets,
} from "../../../src/router/neighbors/waiting.ts";

const HOST = address("192.0.2.7");
const OTHER = address("2001:db8::7");

function address(text: string) {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

function packet(number: number, since = 0, bytes = 60) {
  return { input: 1, frame: frameOf(number, bytes), since };
}

/** A frame that begins with its number. */
function frameOf(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  new DataView(frame.buffer).setUint16(0, number);
  return frame;
}

function numbersOf(packets: readonly { readonly frame: Uint8Array }[]): readonly unknown[] {
  return packets.map(({ frame }) => new DataView(frame.buffer).getUint16(0));
}

test("gives a host's packets back in order, once, and those of no other", () => {
  const waiting = new WaitingPackets();
  waiting.hold(1, HOST, packet(1));
  waiting.hold(1, OTHER, packet(2));
  waiting.hold(2, HOST, packet(3));
  waiting.hold(1, HOST, packet(4));
  expect(numbersOf(waiting.take(1, HOST))).toEqual([1, 4]);
  expect(waiting.take(1, HOST)).toEqual([]);
  expect(numbersOf(waiting.take(1, OTHER))).toEqual([2]);
  expect(numbersOf(waiting.take(2, HOST))).toEqual([3]);
  expect(waiting.dropped).toBe(0);
});

test("drops the oldest of a host that has too many", () => {
  const waiting = new WaitingPackets();
  for (let number = 0; number < WAITING_PER_HOST + 3; number++) {
    waiting.hold(1, HOST, packet(number));
  }
  expect(waiting.dropped).toBe(3);
  const numbers = numbersOf(waiting.take(1, HOST));
  expect(numbers).toEqual(Array.from({ length: WAITING_PER_HOST }, (_, index) => index + 3));
});

test("holds so many bytes and no more, and has the room again after they left", () => {
  const waiting = new WaitingPackets();
  const bytes = WAITING_BYTES / 8;
  for (let number = 0; number < 9; number++) waiting.hold(1, HOST, packet(number, 0, bytes));
  expect(waiting.dropped).toBe(1);
  expect(numbersOf(waiting.take(1, HOST))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  waiting.hold(1, HOST, packet(9, 0, bytes));
  expect(numbersOf(waiting.take(1, HOST))).toEqual([9]);
});

test("drops what waited too long, and frees its room", () => {
  const waiting = new WaitingPackets();
  waiting.hold(1, HOST, packet(1, 0));
  waiting.hold(1, HOST, packet(2, 10));
  waiting.hold(1, OTHER, packet(3, 0, WAITING_BYTES - 120));
  waiting.expire(WAITING_MS - 1);
  expect(waiting.dropped).toBe(0);
  waiting.expire(WAITING_MS);
  expect(waiting.dropped).toBe(2);
  expect(waiting.take(1, OTHER)).toEqual([]);
  expect(numbersOf(waiting.take(1, HOST))).toEqual([2]);
  waiting.hold(1, OTHER, packet(4, 0, WAITING_BYTES));
  expect(numbersOf(waiting.take(1, OTHER))).toEqual([4]);
});
