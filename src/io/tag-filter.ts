/**
 * Which frames a port hears, by their VLAN tags: a filter that the kernel runs before it hands a
 * frame over, so that ports of several VLANs share an interface and none looks at another's frames.
 *
 * The kernel takes the outer tag out of a frame and says what it was; an inner one stands behind
 * the addresses.
 * Source: Linux, Documentation/networking/filter.rst; include/uapi/linux/filter.h.
 */

import type { VlanTag } from "../engine/adjacency.ts";
import type { Libc } from "./libc.ts";

/** Codes of the instructions: loads, a mask, a jump where equal or where not, the end. */
const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;
const INSTRUCTION_BYTES = 8;
/** struct sock_fprog: how many instructions, and where they are. */
const PROGRAM_BYTES = 16;
const PROGRAM_AT = 8;
/** All of a frame is handed over. */
const WHOLE = 0xffff_ffff;

/** What the kernel says of a frame, at offsets that no frame has: the tag that it took out. */
const TAG = 0xffff_f000 + 44;
const IS_TAGGED = 0xffff_f000 + 48;
const TAG_KIND = 0xffff_f000 + 60;
/** What it left in: the type behind the addresses, and the tag where that says so. */
const ETHERTYPE = 12;
const INNER_TAG = 14;
const ID_MASK = 0x0fff;
/** Kinds of tags (IEEE 802.1Q, 802.1ad). */
const TAG_CUSTOMER = 0x8100;
const TAG_SERVICE = 0x88a8;

/** A part of a frame, and the value that it has to have, or may not have. */
interface Condition {
  readonly load: typeof LOAD_WORD | typeof LOAD_HALF;
  readonly at: number;
  readonly mask?: number;
  readonly value: number;
  readonly isNot?: true;
}

const NO_TAG_LEFT: readonly Condition[] = [
  { load: LOAD_HALF, at: ETHERTYPE, value: TAG_CUSTOMER, isNot: true },
  { load: LOAD_HALF, at: ETHERTYPE, value: TAG_SERVICE, isNot: true },
];

/** What a port's frames have in common. The outer one of two tags may be of either kind. */
function conditionsOf(tags: readonly VlanTag[]): readonly Condition[] {
  const [outer, inner] = tags;
  // A tag with id 0 gives a priority and is none; without any, the tag is 0 too.
  const value = (outer?.tci ?? 0) & ID_MASK;
  const isOuter: Condition = { load: LOAD_WORD, at: TAG, mask: ID_MASK, value };
  if (outer === undefined) return [isOuter, ...NO_TAG_LEFT];
  const isTagged: Condition = { load: LOAD_WORD, at: IS_TAGGED, value: 1 };
  if (inner === undefined) {
    return [
      isTagged,
      isOuter,
      { load: LOAD_WORD, at: TAG_KIND, value: outer.tpid },
      ...NO_TAG_LEFT,
    ];
  }
  const id = inner.tci & ID_MASK;
  return [
    isTagged,
    isOuter,
    { load: LOAD_HALF, at: ETHERTYPE, value: inner.tpid },
    { load: LOAD_HALF, at: INNER_TAG, mask: ID_MASK, value: id },
  ];
}

type Instruction = readonly [code: number, yes: number, no: number, value: number];

/** The instructions of a filter: each condition that is not met goes to the last one. */
function programOf(conditions: readonly Condition[]): Uint8Array {
  const parts = conditions.map(({ load, at, mask, value, isNot = false }) => {
    const loads: readonly Instruction[] = [
      [load, 0, 0, at],
      ...(mask === undefined ? [] : [[AND, 0, 0, mask] as const]),
    ];
    return { loads, value, isNot };
  });
  const last = parts.reduce((sum, { loads }) => sum + loads.length + 1, 1);
  const instructions: Instruction[] = [];
  for (const { loads, value, isNot } of parts) {
    instructions.push(...loads);
    const out = last - instructions.length - 1;
    instructions.push([JUMP_EQUAL, isNot ? out : 0, isNot ? 0 : out, value]);
  }
  instructions.push([RETURN, 0, 0, WHOLE], [RETURN, 0, 0, 0]);
  const view = new DataView(new ArrayBuffer(instructions.length * INSTRUCTION_BYTES));
  for (const [index, [code, yes, no, value]] of instructions.entries()) {
    const start = index * INSTRUCTION_BYTES;
    view.setUint16(start, code, true);
    view.setUint8(start + 2, yes);
    view.setUint8(start + 3, no);
    view.setUint32(start + 4, value, true);
  }
  return new Uint8Array(view.buffer);
}

const TAG_BYTES = 4;

/** Whether a frame that has all of its tags in it has these, or none, as the filter says. */
export function hasTags(frame: Uint8Array, tags: readonly VlanTag[]): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const rest = ETHERTYPE + tags.length * TAG_BYTES;
  if (frame.length < rest + 2) return false;
  const kind = view.getUint16(rest);
  if (tags.length < 2 && (kind === TAG_CUSTOMER || kind === TAG_SERVICE)) return false;
  return tags.every(({ tpid, tci }, index) => {
    const at = ETHERTYPE + index * TAG_BYTES;
    const isKind = view.getUint16(at) === tpid;
    const isOuter = tags.length === 2 && index === 0;
    const isAny = isOuter && [TAG_CUSTOMER, TAG_SERVICE].includes(view.getUint16(at));
    return (isKind || isAny) && (view.getUint16(at + 2) & ID_MASK) === (tci & ID_MASK);
  });
}

/**
 * Hands `attach` the kernel's description of a filter for frames with these tags, or with none; it
 * points to instructions that live until `attach` returns: the kernel has copied them by then.
 */
export function withTagFilter<T>(
  libc: Libc,
  tags: readonly VlanTag[],
  attach: (description: Uint8Array) => T,
): T {
  const program = programOf(conditionsOf(tags));
  const description = new DataView(new ArrayBuffer(PROGRAM_BYTES));
  description.setUint16(0, program.length / INSTRUCTION_BYTES, true);
  description.setBigUint64(PROGRAM_AT, libc.address(program), true);
  return attach(new Uint8Array(description.buffer));
}
