/** Frames of many flows of both families, each with a number of its own at its end. */

import { ipv4Packet, ipv6Packet, ports } from "../oracle/ip-packets.ts";
import { ADDRESSES, type KernelFrames, MACS } from "./kernel-router.ts";

/** In front of the number, so that nobody else's frame is taken for one. */
const MARK = 0xa9_ca_57_fb;
const TAIL_BYTES = 8;
const FLOWS = 200;
/** Bytes behind a UDP header: they differ from flow to flow. */
const DATA_BYTES = [8, 64, 400, 1180];
const FIRST_PORT = 20_000;

const HEADERS = {
  towardsDestination: [MACS.in, MACS.source],
  towardsSource: [MACS.out, MACS.destination],
} as const;

/** Which way frames go. */
export type Side = keyof KernelFrames;
export const SIDES: readonly Side[] = ["towardsSource", "towardsDestination"];

/** A frame of a flow, whose number is 0. */
function frameOf(side: Side, flow: number): Buffer {
  const data = new Uint8Array((DATA_BYTES[flow % DATA_BYTES.length] ?? 0) + TAIL_BYTES);
  const payload = ports(FIRST_PORT + flow, 53, data);
  const ttl = 2 + (flow % 60);
  const host = 1 + (flow % 250);
  const isThere = side === "towardsDestination";
  const packet =
    flow % 2 === 0
      ? ipv4Packet({
          source: `198.51.100.${host}`,
          destination: isThere ? `203.0.113.${host}` : ADDRESSES.source4,
          ttl,
          payload,
        })
      : ipv6Packet({
          source: `2001:db8:1::${host}`,
          destination: isThere ? `2001:db8:2::${host}` : ADDRESSES.source6,
          hopLimit: ttl,
          payload,
        });
  const macs = HEADERS[side].flatMap((mac) =>
    mac.split(":").map((pair) => Number.parseInt(pair, 16)),
  );
  const etherType = flow % 2 === 0 ? [0x08, 0x00] : [0x86, 0xdd];
  const frame = Buffer.from([...macs, ...etherType, ...packet]);
  frame.writeUInt32BE(MARK, frame.length - TAIL_BYTES);
  return frame;
}

/** The flow of a numbered frame. */
export function flowOf(number: number): number {
  return number % FLOWS;
}

/** So many frames each way, their flows in turns. */
export function numberedFrames(count: number): KernelFrames {
  const frames = (side: Side): readonly Uint8Array[] => {
    const flows = Array.from({ length: FLOWS }, (_, flow) => frameOf(side, flow));
    return Array.from({ length: count }, (_, number) => {
      const frame = Buffer.from(flows[flowOf(number)] ?? []);
      frame.writeUInt32BE(number, frame.length - TAIL_BYTES / 2);
      return frame;
    });
  };
  return {
    towardsSource: frames("towardsSource"),
    towardsDestination: frames("towardsDestination"),
  };
}

/** The number of a frame; undefined of one that is none of these. */
export function numberOf(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const at = frame.length - TAIL_BYTES;
  if (at < 0 || view.getUint32(at) !== MARK) return undefined;
  return view.getUint32(at + TAIL_BYTES / 2);
}
