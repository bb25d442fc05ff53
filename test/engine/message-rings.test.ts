/** Rings that system calls serve: this test plays the kernel's part in memory. */

import { expect, test } from "vitest";
import {
  BATCH_MAX,
  MESSAGE_BYTES,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_LENGTH,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_LENGTH,
} from "../../assembly/layout.ts";
import type { FrameRun } from "../../src/engine/message-ring.ts";
import { MessageRings } from "../../src/engine/message-rings.ts";
import { counting } from "../oracle/ip-packets.ts";
import { createTestEngine } from "./test-engine.ts";

const NUMBER = 3;
const FRAME_BYTES = 2048;
/** As if memory began there in the process. */
const BASE = 0x7000_0000_0000n;
const RECEIVING = 8;
const SENDING = 4;
const AUXILIARY_BYTES = 40n;

/** What the kernel tells of a packet. */
interface Told {
  readonly status: number;
  readonly tci: number;
  readonly tpid: number;
}

function tagBytes(tags: readonly { readonly tpid: number; readonly tci: number }[]): number[] {
  return tags.flatMap(({ tpid, tci }) => [tpid >>> 8, tpid & 255, tci >>> 8, tci & 255]);
}

async function rig() {
  const engine = await createTestEngine("release", { limits: { ringBytes: 1 << 20 } });
  const sizes = { frameBytes: FRAME_BYTES, receiving: RECEIVING, sending: SENDING };
  const rings = new MessageRings(engine, { number: NUMBER, base: BASE, ...sizes });
  const view = new DataView(engine.memory.buffer);
  const bytes = new Uint8Array(engine.memory.buffer);
  const local = (at: number): number => Number(view.getBigUint64(at, true) - BASE);
  const messageOf = ({ messages }: FrameRun, index: number): number =>
    Number(messages - BASE) + index * MESSAGE_BYTES;
  /** Fills a message as recvmmsg does. */
  const receive = (run: FrameRun, index: number, frame: Uint8Array, told?: Told): void => {
    const message = messageOf(run, index);
    const vector = local(message + MESSAGE_VECTOR);
    const room = Number(view.getBigUint64(vector + MESSAGE_VECTOR_LENGTH, true));
    bytes.set(frame.subarray(0, room), local(vector));
    view.setUint32(message + MESSAGE_LENGTH, frame.length, true);
    view.setBigUint64(message + MESSAGE_CONTROL_LENGTH, told ? AUXILIARY_BYTES : 0n, true);
    if (told === undefined) return;
    const control = local(message + MESSAGE_CONTROL);
    view.setUint32(control + 16, told.status, true);
    view.setUint16(control + 32, told.tci, true);
    view.setUint16(control + 34, told.tpid, true);
  };
  /** Reads a message as sendmmsg does. */
  const sent = (run: FrameRun, index: number): Uint8Array => {
    const vector = local(messageOf(run, index) + MESSAGE_VECTOR);
    const length = Number(view.getBigUint64(vector + MESSAGE_VECTOR_LENGTH, true));
    return bytes.slice(local(vector), local(vector) + length);
  };
  const frames = () => {
    const { batch } = engine;
    return Array.from({ length: batch.count }, (_, packet) => {
      const start = batch.offsets[packet] ?? 0;
      return batch.bytes.slice(start, start + (batch.lengths[packet] ?? 0));
    });
  };
  const release = () => engine.exports.ringRelease(NUMBER);
  const send = (frame: Uint8Array) => engine.ringPorts.send(NUMBER, frame, engine.plan.leaving);
  return { engine, rings, receive, sent, frames, release, send };
}

test("takes in what calls filled, over the end of the ring", async () => {
  const { engine, rings, receive, frames, release } = await rig();
  let number = 0;
  for (const count of [5, 3, 1, 7, 8, 0, 2]) {
    const run = rings.free;
    const filled = Math.min(run.count, count);
    const wanted = Array.from({ length: filled }, () => counting(60 + number++ * 7));
    for (const [index, frame] of wanted.entries()) receive(run, index, frame);
    expect(rings.take(filled)).toBe(filled);
    expect(frames()).toEqual(wanted);
    release();
  }
  expect(engine.ringPorts.counters(NUMBER)).toMatchObject({ received: number, cut: 0 });
});

test("puts tags back, and drops what was cut", async () => {
  const { engine, rings, receive, frames } = await rig();
  const frame = counting(100);
  const run = rings.free;
  receive(run, 0, frame, { status: 1 | 16, tci: 0x2064, tpid: 0 });
  receive(run, 1, frame, { status: 1 | 16 | 64, tci: 7, tpid: 0x88a8 });
  receive(run, 2, counting(FRAME_BYTES));
  receive(run, 3, frame, { status: 1, tci: 7, tpid: 0x88a8 });
  rings.take(4);
  const macs = [...frame.subarray(0, 12)];
  const rest = [...frame.subarray(12)];
  expect(frames().map((bytes) => [...bytes])).toEqual([
    [...macs, 0x81, 0x00, 0x20, 0x64, ...rest],
    [...macs, 0x88, 0xa8, 0x00, 0x07, ...rest],
    [...frame],
  ]);
  expect(engine.ringPorts.counters(NUMBER)).toMatchObject({ received: 4, cut: 1 });
});

test.each([
  ["none", []],
  ["one", [{ tpid: 0x8100, tci: 10 }]],
  [
    "two",
    [
      { tpid: 0x88a8, tci: 100 },
      { tpid: 0x8100, tci: 20 },
    ],
  ],
])("takes tags off and puts them on, of a port with %s", async (_, tags) => {
  const { engine, rings, receive, frames, send, sent } = await rig();
  engine.ringPorts.tag(NUMBER, tags);
  const frame = counting(100);
  const inner = tagBytes(tags.slice(1));
  const [head, tail] = [frame.subarray(0, 12), frame.subarray(12)];
  const run = rings.free;
  const [outer = { tpid: 0x8100, tci: 0 }] = tags;
  // The kernel took the outer tag out of the first frame, and none out of the second.
  receive(run, 0, Uint8Array.from([...head, ...inner, ...tail]), { status: 1 | 16 | 64, ...outer });
  receive(run, 1, Uint8Array.from([...head, ...tagBytes(tags), ...tail]));
  rings.take(2);
  expect(frames()).toEqual([frame, frame]);
  expect(send(frame)).toBe(true);
  expect([...sent(rings.sending.waiting(), 0)]).toEqual([...head, ...tagBytes(tags), ...tail]);
  const room = FRAME_BYTES - 32;
  const lengths = [room - tags.length * 4, room - tags.length * 4 + 1];
  expect(lengths.map((length) => send(counting(length)))).toEqual([true, false]);
  expect(engine.ringPorts.counters(NUMBER)).toMatchObject({ sent: 2, tooLong: 1 });
});

test("takes nothing off a frame that is too short for its tags", async () => {
  const { engine, rings, receive, frames } = await rig();
  engine.ringPorts.tag(NUMBER, [{ tpid: 0x8100, tci: 10 }]);
  const short = [0, 6, 12, 15, 16].map((length) => counting(length));
  const run = rings.free;
  for (const [index, frame] of short.entries()) receive(run, index, frame);
  rings.take(short.length);
  expect(frames().map(({ length }) => length)).toEqual([0, 6, 12, 15, 12]);
});

test("says nothing of an earlier packet's tag", async () => {
  const { rings, receive, frames, release } = await rig();
  for (let turn = 0; turn < 3; turn++) {
    const run = rings.free;
    const told = turn === 0 ? { status: 1 | 16, tci: 9, tpid: 0 } : undefined;
    for (let index = 0; index < run.count; index++) receive(run, index, counting(80), told);
    rings.take(run.count);
    const lengths = new Set(frames().map(({ length }) => length));
    expect([...lengths]).toEqual([turn === 0 ? 84 : 80]);
    release();
  }
});

test("gives calls what waits, in order, and keeps what they leave", async () => {
  const { engine, rings, sent, send } = await rig();
  const frames = [61, 62, 63, 64].map((length) => counting(length));
  for (const frame of frames) expect(send(frame)).toBe(true);
  expect(send(counting(70))).toBe(false);
  expect(rings.sending.waiting().count).toBe(SENDING);
  rings.sending.sent(1);
  rings.sending.refused();
  const run = rings.sending.waiting();
  expect(run.count).toBe(2);
  expect([sent(run, 0), sent(run, 1)]).toEqual([frames[2], frames[3]]);
  expect(rings.sending.length(run, 1)).toBe(64);
  for (const length of [71, 72]) expect(send(counting(length))).toBe(true);
  rings.sending.sent(2);
  const next = rings.sending.waiting();
  expect(Array.from({ length: next.count }, (_, index) => sent(next, index))).toEqual([
    counting(71),
    counting(72),
  ]);
  const counters = engine.ringPorts.counters(NUMBER);
  expect(counters).toMatchObject({ sent: 6, full: 1, refused: 1, tooLong: 0 });
});

test("gives up what waits, and no more than that", async () => {
  const { engine, rings, sent, send } = await rig();
  const discard = () => engine.exports.ringDiscard(NUMBER) >>> 0;
  expect(discard()).toBe(0);
  for (const length of [61, 62, 63]) expect(send(counting(length))).toBe(true);
  rings.sending.waiting();
  rings.sending.sent(1);
  expect(discard()).toBe(2);
  expect([rings.sending.waiting().count, discard()]).toEqual([0, 0]);
  for (const length of [71, 72, 73, 74]) expect(send(counting(length))).toBe(true);
  // The run ends where the ring does.
  const run = rings.sending.waiting();
  expect([run.count, sent(run, 0)]).toEqual([3, counting(71)]);
  expect(discard()).toBe(4);
  // Counted once its frame is used again.
  for (let turn = 0; turn < SENDING; turn++) expect(send(counting(80))).toBe(true);
  expect(engine.ringPorts.counters(NUMBER)).toMatchObject({ sent: 11, refused: 6, full: 0 });
});

test("fills no more than a batch takes, and gives its room back", async () => {
  const engine = await createTestEngine("release", { limits: { ringBytes: 4 << 20 } });
  const sizes = { frameBytes: FRAME_BYTES, receiving: 2 * BATCH_MAX, sending: SENDING };
  for (let turn = 0; turn < 5; turn++) {
    using rings = new MessageRings(engine, { number: NUMBER, base: BASE, ...sizes });
    expect(rings.free.count).toBe(BATCH_MAX);
  }
  const many = { number: 1, base: BASE, ...sizes, sending: 4096 };
  expect(() => new MessageRings(engine, many)).toThrow(/limit ringBytes/);
  using _rings = new MessageRings(engine, { number: NUMBER, base: BASE, ...sizes });
});
