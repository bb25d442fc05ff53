/**
 * Packet sockets' rings of the second version, mapped into this memory by the kernel: frames are
 * read where the kernel wrote them, and written where it is told to send them from
 * (message-ring.ts), in frames of the same form. One copy is left, from the ring that a packet came
 * by to the one that it leaves by.
 *
 *   frame of a receiving ring: header (status, length, captured length, offset of the packet, time,
 *                              VLAN tag), address, reserved bytes, packet
 *   frame of a sending ring:   header (status, length), packet from byte 32 on
 *
 * Who owns a frame is told by its status: 0 the kernel (receiving) or nobody (sending), 1 the user
 * (receiving) or the kernel (sending). It is loaded atomically, everything else behind that. Frames
 * are taken, and given back, in the order of the ring. One exchange stands before those of a batch
 * are given back, as an atomic store of each would cost a bus lock (6 ns); a frame to be sent is
 * looked at in system calls of ours alone, which order all that was stored before.
 * Source: Linux, Documentation/networking/packet_mmap.rst; include/uapi/linux/if_packet.h.
 */

import { copyWrite } from "../forward/copies";
import { leavingCount, leavingWrite } from "../forward/leaving";
import { adjacencyAt } from "../forward/resolve";
import {
  BATCH_ADJACENCIES,
  BATCH_LENGTHS,
  BATCH_LINK_TYPES,
  BATCH_MAX,
  BATCH_OFFSETS,
  BATCH_ORIGINAL_LENGTHS,
  BATCH_OUT_LENGTHS,
  BATCH_OUT_OFFSETS,
  BATCH_TIMESTAMPS,
  BATCH_VERDICTS,
  COPIES_COUNT,
  COPIES_RECORDS,
  COPY_ADJACENCY,
  COPY_BYTES,
  HEADER,
  HEADER_COPY_RATE,
  HEADER_LEAVING,
  LEAVING_FRAME,
  LEAVING_LENGTH,
  LINK_ETHERNET,
  PORT_CUT,
  PORT_FINISHED,
  PORT_FULL,
  PORT_RECEIVED,
  PORT_REFUSED,
  PORT_RX_HELD,
  PORT_SENT,
  PORT_TAG_WORDS,
  PORT_TOO_LONG,
  REPLIES_COUNT,
  REPLIES_RECORDS,
  REPLY_ADDRESS,
  REPLY_INTERFACE,
  REPLY_LENGTH,
  REPLY_RECORD_BYTES,
  VERDICT_FORWARD,
} from "../layout";
import { headerBatch, headerCopies, headerPort, headerReplies } from "../memory/header";
import { Port } from "../memory/records";
import { checksumFinish } from "./checksum-offload";

/** Offsets in a frame's header. */
const STATUS: u32 = 0;
const LENGTH: u32 = 4;
const CAPTURED: u32 = 8;
const PACKET: u32 = 12;
const SECONDS: u32 = 16;
const NANOSECONDS: u32 = 20;
const VLAN_TCI: u32 = 24;
const VLAN_TPID: u32 = 26;

const STATUS_KERNEL: u32 = 0;
const STATUS_USER: u32 = 1;
const STATUS_CHECKSUM_UNFINISHED: u32 = 8;
const STATUS_VLAN: u32 = 16;
const STATUS_VLAN_TPID: u32 = 64;
/** Of a frame to be sent: taken by nobody unless one of the lower two bits is set. */
const STATUS_SEND: u32 = 1;
const STATUS_SENDING: u32 = 3;
const STATUS_WRONG: u32 = 4;

const SEND_FRAME: u32 = 32;
const TAG_BYTES: u32 = 4;
const MACS_BYTES: u32 = 12;
/** 0x8100 as it stands on the wire. */
const TPID_WIRE: u16 = 0x0081;
const SECOND_NS: u64 = 1000000000;

const VECTOR_BYTES: u32 = 16;
/** Far less than a frame of a ring: memory.copy is a call, which costs as much as 200 bytes. */
const COPIED_BY_VECTORS: u32 = 256;

function counterAdd(port: Port, counter: u32, count: u32): void {
  const at = changetype<u32>(port) + counter;
  store<u64>(at, load<u64>(at) + count);
}

/**
 * Fills the batch with frames that came in by a port, at most BATCH_MAX; returns how many. They are
 * the batch's until ringRelease.
 */
export function ringReceive(number: u32): u32 {
  const port = headerPort(number);
  const batch = headerBatch();
  let count: u32 = 0;
  let taken = port.rxTaken;
  let held = port.rxHeld;
  for (; held < port.rxFrames && count < BATCH_MAX; held++) {
    const frame = port.rx + taken * port.rxFrameBytes;
    const status = atomic.load<u32>(frame, STATUS);
    if ((status & STATUS_USER) == 0) break;
    taken = taken + 1 == port.rxFrames ? 0 : taken + 1;
    if (load<u32>(frame, CAPTURED) < load<u32>(frame, LENGTH)) {
      // Merged by an offload, or longer than the link's MTU: no packet to forward.
      counterAdd(port, PORT_CUT, 1);
      continue;
    }
    frameTake(port, batch + (count << 2), batch + (count << 3), frame, status);
    count += 1;
  }
  counterAdd(port, PORT_RECEIVED, held - port.rxHeld);
  port.rxTaken = taken;
  port.rxHeld = held;
  return count;
}

/** Writes the batch's columns of one frame. */
function frameTake(port: Port, cell: u32, wide: u32, frame: u32, status: u32): void {
  let packet = frame + load<u16>(frame, PACKET);
  let length = load<u32>(frame, LENGTH);
  if (status & STATUS_CHECKSUM_UNFINISHED) {
    if (checksumFinish(packet, length)) counterAdd(port, PORT_FINISHED, 1);
  }
  if (port.tags != 0) {
    const bytes = tagsTake(port, packet, length, status);
    packet += bytes;
    length -= bytes;
  } else if (status & STATUS_VLAN) {
    packet -= TAG_BYTES;
    length += TAG_BYTES;
    memory.copy(packet, packet + TAG_BYTES, MACS_BYTES);
    const tpid = bswap<u16>(load<u16>(frame, VLAN_TPID));
    store<u16>(packet, status & STATUS_VLAN_TPID ? tpid : TPID_WIRE, MACS_BYTES);
    store<u16>(packet, bswap<u16>(load<u16>(frame, VLAN_TCI)), MACS_BYTES + 2);
  }
  store<u32>(cell, packet, BATCH_OFFSETS);
  store<u32>(cell, length, BATCH_LENGTHS);
  store<u32>(cell, length, BATCH_ORIGINAL_LENGTHS);
  store<u32>(cell, LINK_ETHERNET, BATCH_LINK_TYPES);
  const seconds = <u64>load<u32>(frame, SECONDS) * SECOND_NS;
  store<u64>(wide, seconds + load<u32>(frame, NANOSECONDS), BATCH_TIMESTAMPS);
}

/**
 * Takes the port's tags off a frame: those that the kernel left in it. The port's socket hears no
 * frame with others. Returns the bytes that the frame begins later.
 */
function tagsTake(port: Port, packet: u32, length: u32, status: u32): u32 {
  const gone: u32 = status & STATUS_VLAN ? 1 : 0;
  const tags = port.tags - 1;
  const bytes = tags > gone ? (tags - gone) * TAG_BYTES : 0;
  if (bytes == 0 || length < MACS_BYTES + bytes) return 0;
  memory.copy(packet + bytes, packet, MACS_BYTES);
  return bytes;
}

/** Gives the frames of all batches of a port back to the kernel. */
export function ringRelease(number: u32): void {
  const port = headerPort(number);
  let released = port.rxReleased;
  // All that was read of the frames is read before one of them is given back.
  let held = atomic.xchg<u32>(changetype<usize>(port), 0, PORT_RX_HELD);
  for (; held > 0; held--) {
    store<u32>(port.rx + released * port.rxFrameBytes, STATUS_KERNEL, STATUS);
    released = released + 1 == port.rxFrames ? 0 : released + 1;
  }
  port.rxReleased = released;
}

/**
 * Hands those of the batch's packets, and of a worker's copies and replies, to the kernel that
 * leave by a port; returns how many frames.
 */
export function ringTransmit(number: u32, worker: u32, count: u32): u32 {
  const port = headerPort(number);
  const batch = headerBatch();
  let sent: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const cell = batch + (i << 2);
    if (load<u32>(cell, BATCH_VERDICTS) != VERDICT_FORWARD) continue;
    const adjacency = adjacencyAt(load<u32>(cell, BATCH_ADJACENCIES));
    if (adjacency.interfaceIndex == number) sent += packetTransmit(port, cell, i);
  }
  sent += copiesTransmit(port, number, worker);
  sent += repliesTransmit(port, number, headerReplies(worker));
  counterAdd(port, PORT_SENT, sent);
  return sent;
}

/** Hands over the copies of the batch's ICMP errors that leave by a port; returns how many. */
function copiesTransmit(port: Port, number: u32, worker: u32): u32 {
  if (load<u32>(HEADER, HEADER_COPY_RATE) == 0) return 0;
  const copies = headerCopies(worker);
  const leaving = load<u32>(HEADER, HEADER_LEAVING);
  const count = load<u32>(copies, COPIES_COUNT);
  let sent: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const record = copies + COPIES_RECORDS + index * COPY_BYTES;
    const adjacency = adjacencyAt(load<u32>(record, COPY_ADJACENCY));
    if (adjacency.interfaceIndex != number) continue;
    copyWrite(worker, index);
    sent += <u32>frameSend(port, leaving + LEAVING_FRAME, load<u32>(leaving, LEAVING_LENGTH));
  }
  return sent;
}

/** Hands over the frames of one packet; returns how many. */
function packetTransmit(port: Port, cell: u32, packet: u32): u32 {
  const inPlace = load<u32>(cell, BATCH_OUT_OFFSETS);
  if (inPlace != 0) return <u32>frameSend(port, inPlace, load<u32>(cell, BATCH_OUT_LENGTHS));
  const leaving = load<u32>(HEADER, HEADER_LEAVING);
  const frames = leavingCount(packet);
  let sent: u32 = 0;
  for (let index: u32 = 0; index < frames; index++) {
    leavingWrite(packet, index);
    const length = load<u32>(leaving, LEAVING_LENGTH);
    sent += <u32>frameSend(port, leaving + LEAVING_FRAME, length);
  }
  return sent;
}

function repliesTransmit(port: Port, number: u32, replies: u32): u32 {
  const count = load<u32>(replies, REPLIES_COUNT);
  let sent: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const record = replies + REPLIES_RECORDS + index * REPLY_RECORD_BYTES;
    if (load<u32>(record, REPLY_INTERFACE) != number) continue;
    const length = load<u32>(record, REPLY_LENGTH);
    sent += <u32>frameSend(port, load<u32>(record, REPLY_ADDRESS), length);
  }
  return sent;
}

/**
 * Takes back what waits to be sent and was not taken by the kernel, the newest first; it counts as
 * refused. Only where no call of the kernel is at work on the ring. Returns how many frames.
 */
export function ringDiscard(number: u32): u32 {
  const port = headerPort(number);
  let filled = port.txFilled;
  let count: u32 = 0;
  for (; count < port.txFrames; count++) {
    const newest = (filled == 0 ? port.txFrames : filled) - 1;
    const frame = port.tx + newest * port.txFrameBytes;
    if ((atomic.load<u32>(frame, STATUS) & STATUS_SENDING) != STATUS_SEND) break;
    atomic.store<u32>(frame, STATUS_WRONG, STATUS);
    filled = newest;
  }
  port.txFilled = filled;
  return count;
}

/** Hands over a frame that stands anywhere in this memory; 1 where it was, else 0. */
export function ringSend(number: u32, address: u32, length: u32): u32 {
  const port = headerPort(number);
  if (!frameSend(port, address, length)) return 0;
  counterAdd(port, PORT_SENT, 1);
  return 1;
}

/**
 * Copies a frame into the sending ring; false, and counted, where there is no room for it. Whoever
 * calls counts what is sent.
 */
function frameSend(port: Port, address: u32, length: u32): bool {
  const tags = port.tags > 1 ? (port.tags - 1) * TAG_BYTES : 0;
  if (length + tags > port.txFrameBytes - SEND_FRAME) {
    counterAdd(port, PORT_TOO_LONG, 1);
    return false;
  }
  const filled = port.txFilled;
  const frame = port.tx + filled * port.txFrameBytes;
  const status = atomic.load<u32>(frame, STATUS);
  if (status & STATUS_SENDING) {
    counterAdd(port, PORT_FULL, 1);
    return false;
  }
  if (status & STATUS_WRONG) counterAdd(port, PORT_REFUSED, 1);
  frameCopy(frame + SEND_FRAME + tags, address, length);
  if (tags != 0) tagsAdd(port, frame + SEND_FRAME, tags);
  store<u32>(frame, length + tags, LENGTH);
  store<u32>(frame, STATUS_SEND, STATUS);
  port.txFilled = filled + 1 == port.txFrames ? 0 : filled + 1;
  return true;
}

/** Copies a frame, a short one by vectors, of which the last may reach beyond it. */
function frameCopy(to: u32, from: u32, length: u32): void {
  if (length > COPIED_BY_VECTORS) {
    memory.copy(to, from, length);
    return;
  }
  for (let offset: u32 = 0; offset < length; offset += VECTOR_BYTES) {
    v128.store(to + offset, v128.load(from + offset));
  }
}

/** Puts the port's tags behind the addresses of a frame, which stands that much further on. */
function tagsAdd(port: Port, packet: u32, bytes: u32): void {
  memory.copy(packet, packet + bytes, MACS_BYTES);
  memory.copy(packet + MACS_BYTES, changetype<u32>(port) + PORT_TAG_WORDS, bytes);
}
