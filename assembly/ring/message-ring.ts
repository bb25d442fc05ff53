/**
 * The rings of packet-ring.ts where the kernel maps none: its part is played by system calls that
 * take or give frames (recvmmsg and sendmmsg; read and write). Each frame has a message that says
 * where it is:
 *
 *   message (64 bytes, struct mmsghdr) -> vector (16, struct iovec) -> frame, from its packet on
 *                                      -> control (64): what the kernel says of a packet
 *
 * The host writes their addresses once and makes the calls; lengths, tags and states pass here.
 * Invariant: frames from PORT_RX_FILLED on are free, and those from PORT_TX_SENT on wait, in order.
 * Source: Linux, recvmmsg(2), packet(7), include/uapi/linux/if_packet.h (tpacket_auxdata).
 */

import {
  MESSAGE_BYTES,
  MESSAGE_CONTROL_BYTES,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_FLAGS,
  MESSAGE_LENGTH,
  MESSAGE_RX_PACKET,
  MESSAGE_VECTOR_BYTES,
  MESSAGE_VECTOR_LENGTH,
} from "../layout";
import { headerPort } from "../memory/header";
import { Port } from "../memory/records";

/** Offsets in a frame's header: see packet-ring.ts. */
const STATUS: u32 = 0;
const LENGTH: u32 = 4;
const CAPTURED: u32 = 8;
const PACKET: u32 = 12;
const SECONDS: u32 = 16;
const NANOSECONDS: u32 = 20;
const VLAN: u32 = 24;

const STATUS_FREE: u32 = 0;
const STATUS_USER: u32 = 1;
const STATUS_SEND: u32 = 1;
const STATUS_SENDING: u32 = 3;
/** What the kernel says of a packet: its checksum is unfinished, it had a tag, the tag's kind. */
const STATUS_TOLD: u32 = 8 + 16 + 64;

/** A control message with struct tpacket_auxdata: header, status, three more, tag. */
const AUXILIARY_STATUS: u32 = 16;
const AUXILIARY_VLAN: u32 = 32;
const AUXILIARY_BYTES: u64 = 36;

/** Takes `count` frames that a call filled, which stand one after another, into the ring. */
export function messagesFill(number: u32, count: u32, seconds: u32, nanoseconds: u32): void {
  const port = headerPort(number);
  const first = port.rxFilled;
  for (let index = first; index < first + count; index++) {
    const frame = port.rx + index * port.rxFrameBytes;
    const message = port.rxMessages + index * MESSAGE_BYTES;
    const length = load<u32>(message, MESSAGE_LENGTH);
    store<u32>(frame, length, LENGTH);
    store<u32>(frame, min<u32>(length, port.rxFrameBytes - MESSAGE_RX_PACKET), CAPTURED);
    store<u16>(frame, <u16>MESSAGE_RX_PACKET, PACKET);
    store<u32>(frame, seconds, SECONDS);
    store<u32>(frame, nanoseconds, NANOSECONDS);
    store<u32>(frame, STATUS_USER | toldTake(port, index, frame, message), STATUS);
  }
  port.rxFilled = first + count >= port.rxFrames ? 0 : first + count;
}

/** What the kernel said of a packet: its states, the tag being copied; the message is as new. */
function toldTake(port: Port, index: u32, frame: u32, message: u32): u32 {
  const controls = port.rxMessages + port.rxFrames * (MESSAGE_BYTES + MESSAGE_VECTOR_BYTES);
  const control = controls + index * MESSAGE_CONTROL_BYTES;
  const isTold = load<u64>(message, MESSAGE_CONTROL_LENGTH) >= AUXILIARY_BYTES;
  store<u64>(message, <u64>MESSAGE_CONTROL_BYTES, MESSAGE_CONTROL_LENGTH);
  store<u32>(message, 0, MESSAGE_FLAGS);
  if (!isTold) return 0;
  store<u32>(frame, load<u32>(control, AUXILIARY_VLAN), VLAN);
  return load<u32>(control, AUXILIARY_STATUS) & STATUS_TOLD;
}

/** Frames that wait and stand one after another from PORT_TX_SENT on; their messages are right. */
export function messagesGather(number: u32): u32 {
  const port = headerPort(number);
  const vectors = port.txMessages + port.txFrames * MESSAGE_BYTES;
  let index = port.txSent;
  for (; index < port.txFrames; index++) {
    const frame = port.tx + index * port.txFrameBytes;
    if ((load<u32>(frame, STATUS) & STATUS_SENDING) != STATUS_SEND) break;
    const vector = vectors + index * MESSAGE_VECTOR_BYTES;
    store<u64>(vector, load<u32>(frame, LENGTH), MESSAGE_VECTOR_LENGTH);
  }
  return index - port.txSent;
}

/** Gives gathered frames back: sent ones, or, with a state of STATUS_WRONG, refused ones. */
export function messagesSent(number: u32, count: u32, status: u32): void {
  const port = headerPort(number);
  const first = port.txSent;
  for (let index = first; index < first + count; index++) {
    store<u32>(port.tx + index * port.txFrameBytes, STATUS_FREE | status, STATUS);
  }
  port.txSent = first + count >= port.txFrames ? 0 : first + count;
}
