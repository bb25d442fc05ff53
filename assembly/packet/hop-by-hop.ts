/**
 * The options of a hop-by-hop header, which every router looks at (RFC 8200, 4.2 and 4.3), with the
 * bounds of the Linux kernel: at most eight options, at most seven bytes of padding in a row, and
 * nothing but zeros in it.
 */

import { DROP_CAPTURED_SHORT, DROP_IPV6_HOP_BY_HOP, DROP_IPV6_OPTION, DROP_NONE } from "../layout";
import { Flow } from "../memory/records";

const PAD1: u32 = 0;
const PADN: u32 = 1;
const ROUTER_ALERT: u32 = 5;
const ROUTER_ALERT_BYTES: u32 = 4;
const JUMBO: u32 = 0xc2;
const JUMBO_BYTES: u32 = 6;
const JUMBO_LENGTH_MIN: u32 = 65536;
/** A header's length is told in these, beyond the first. */
const UNIT_BYTES: u32 = 8;
const OPTIONS_MAX: u32 = 8;
const PADDING_MAX: u32 = 7;
/** Codes of the error (RFC 4443, 3.4): a field is wrong (0), an option is not known. */
const CODE_UNKNOWN: u32 = 2;
const CODE_SHIFT: u32 = 16;
/** The option's upper two bits: what becomes of a packet whose option is not known. */
const SKIP: u32 = 0;
const DROP: u32 = 1;

/**
 * Checks the options of the hop-by-hop header at `offset` of a packet, where it is whole: nothing
 * is said of others. Returns the drop reason; for DROP_IPV6_OPTION, flow.hash says in its low 16
 * bits what place in the packet is at fault, and above them the code of the error.
 */
export function hopByHopReason(flow: Flow, offset: u32): u32 {
  if (offset + UNIT_BYTES > flow.capturedBytes) return DROP_NONE;
  const end = offset + (<u32>load<u8>(flow.network + offset, 1) + 1) * UNIT_BYTES;
  if (end > flow.networkBytes) return DROP_NONE;
  if (end > flow.capturedBytes) return DROP_CAPTURED_SHORT;
  let at = offset + 2;
  let options: u32 = 0;
  let padding: u32 = 0;
  while (at < end) {
    const option = flow.network + at;
    const kind = <u32>load<u8>(option);
    const length = optionBytes(option, end - at);
    if (length == 0) return DROP_IPV6_HOP_BY_HOP;
    if (kind == PAD1 || kind == PADN) {
      padding += length;
      if (padding > PADDING_MAX || !isZero(option + 2, length)) return DROP_IPV6_HOP_BY_HOP;
    } else {
      padding = 0;
      options += 1;
      if (options > OPTIONS_MAX) return DROP_IPV6_HOP_BY_HOP;
      const reason = optionReason(flow, at, kind, length);
      if (reason != DROP_NONE) return reason;
    }
    at += length;
  }
  return DROP_NONE;
}

/** Bytes of an option, its type and length included; 0 where that is more than is left. */
function optionBytes(option: u32, left: u32): u32 {
  if (load<u8>(option) == PAD1) return 1;
  if (left < 2) return 0;
  const bytes = <u32>load<u8>(option, 1) + 2;
  return bytes <= left ? bytes : 0;
}

/** Whether the data of a padding option of `length` bytes, from `data` on, is all zero. */
function isZero(data: u32, length: u32): bool {
  for (let i: u32 = 2; i < length; i++) {
    if (load<u8>(data + i - 2) != 0) return false;
  }
  return true;
}

function optionReason(flow: Flow, at: u32, kind: u32, length: u32): u32 {
  if (kind == ROUTER_ALERT) return length == ROUTER_ALERT_BYTES ? DROP_NONE : DROP_IPV6_HOP_BY_HOP;
  if (kind == JUMBO) return jumboReason(flow, at, length);
  const action = kind >>> 6;
  if (action == SKIP) return DROP_NONE;
  if (action == DROP) return DROP_IPV6_HOP_BY_HOP;
  // Packets to many are told apart by the fourth action; they are not forwarded anyway.
  flow.hash = (CODE_UNKNOWN << CODE_SHIFT) | at;
  return DROP_IPV6_OPTION;
}

/** RFC 2675, 3: aligned, beyond what the header can say, and instead of it. */
function jumboReason(flow: Flow, at: u32, length: u32): u32 {
  if (length != JUMBO_BYTES || (at & 3) != 2) return DROP_IPV6_HOP_BY_HOP;
  const payload = bswap<u32>(load<u32>(flow.network + at, 2));
  const isTooShort = payload < JUMBO_LENGTH_MIN;
  if (!isTooShort && load<u16>(flow.network, 4) == 0) return DROP_NONE;
  flow.hash = isTooShort ? at + 2 : at;
  return DROP_IPV6_OPTION;
}
