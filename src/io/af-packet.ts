/** What all packet sockets have in common: making, options, errors, the kernel kept out. */

import type { VlanTag } from "../engine/adjacency.ts";
import { AnyfibError } from "../net/errors.ts";
import { ERRNO, errnoName, type Libc } from "./libc.ts";
import type { Device } from "./live-port.ts";
import { withTagFilter } from "./tag-filter.ts";

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 0o2000003;
const SOL_PACKET = 263;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
/** Room for frames that nobody takes for some milliseconds: thousands, with what they cost. */
const RECEIVE_BYTES = 16 * 2 ** 20;
/** ETH_P_ALL, as it stands on the wire. */
const PROTOCOL_ALL = 0x0003;
const ADDRESS_BYTES = 20;

/** Options of packet sockets (packet(7)). */
export const PACKET_OPTION = {
  rxRing: 5,
  statistics: 6,
  auxiliary: 8,
  version: 10,
  reserve: 12,
  qdiscBypass: 20,
  ignoreOutgoing: 23,
} as const;

const BPF_PROG_LOAD = 5;
const BPF_LINK_CREATE = 28;
const BPF_PROG_TYPE_SCHED_CLS = 3;
const BPF_TCX_INGRESS = 46;
const ATTRIBUTE_BYTES = 128;
/** r0 = 2 (TC_ACT_SHOT: drop); exit. */
const DROP_PROGRAM = Uint8Array.of(0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

/** What the operator is told, by the call that failed and why. */
export function packetError(libc: Libc, call: string, device: string): AnyfibError {
  const errno = libc.errno();
  const needsRight = errno === ERRNO.EPERM || errno === ERRNO.EACCES;
  return new AnyfibError({
    code: "ENVIRONMENT",
    what: `${call}: ${errnoName(errno)}`,
    where: device,
    hint: needsRight
      ? "it needs CAP_NET_RAW: run as root, through AmbientCapabilities in systemd, or with setpriv"
      : "see ip link, and whether another program has the interface",
    detail: { call, errno, device },
  });
}

/** A packet socket that hears nothing until it is bound. Throws ENVIRONMENT. */
export function openPacketSocket(libc: Libc, device: string): number {
  const socket = libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
  if (socket >= 0) return socket;
  throw packetError(libc, "socket(AF_PACKET)", device);
}

/** Sets an option to 32-bit words. Throws ENVIRONMENT. */
export function setPacketOption(
  libc: Libc,
  socket: number,
  option: keyof typeof PACKET_OPTION,
  ...words: readonly number[]
): void {
  const value = new Uint8Array(Uint32Array.from(words).buffer);
  const number = PACKET_OPTION[option];
  if (libc.setsockopt(socket, SOL_PACKET, number, value, value.length) === 0) return;
  throw packetError(libc, `setsockopt(${option})`, `socket ${socket}`);
}

/**
 * Gives a socket room for the frames of a pause: as much as is good with CAP_NET_ADMIN, otherwise
 * as much as net.core.rmem_max lets. The usual room holds some hundred frames.
 */
export function widenReceiving(libc: Libc, socket: number): void {
  const value = new Uint8Array(Uint32Array.of(RECEIVE_BYTES).buffer);
  if (libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, value, value.length) === 0) return;
  libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUF, value, value.length);
}

/** Has a socket hear frames with these tags alone. Throws ENVIRONMENT. */
export function filterTags(libc: Libc, socket: number, tags: readonly VlanTag[]): void {
  const status = withTagFilter(libc, tags, (filter) =>
    libc.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, filter, filter.length),
  );
  if (status !== 0) throw packetError(libc, "setsockopt(filter)", `socket ${socket}`);
}

/** Takes the error that a socket has to tell, after which it has none. */
export function takeSocketError(libc: Libc, socket: number): void {
  const value = new Uint8Array(4);
  const length = new Uint8Array(Uint32Array.of(value.length).buffer);
  libc.getsockopt(socket, SOL_SOCKET, SO_ERROR, value, length);
}

/** Packets that the kernel dropped since this was asked last. */
export function takeKernelDrops(libc: Libc, socket: number): number {
  const words = new Uint32Array(2);
  const bytes = new Uint8Array(words.buffer);
  const length = new Uint8Array(Uint32Array.of(bytes.length).buffer);
  const status = libc.getsockopt(socket, SOL_PACKET, PACKET_OPTION.statistics, bytes, length);
  return status === 0 ? (words[1] ?? 0) : 0;
}

/** Binds to an interface: to hear all of it, or to send alone. Throws ENVIRONMENT. */
export function bindPacketSocket(
  libc: Libc,
  socket: number,
  { index, name }: Device,
  hears: boolean,
): void {
  const view = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, hears ? PROTOCOL_ALL : 0);
  view.setInt32(4, index, true);
  const address = new Uint8Array(view.buffer);
  if (libc.bind(socket, address, ADDRESS_BYTES) === 0) return;
  throw packetError(libc, "bind(AF_PACKET)", name);
}

/**
 * Keeps the kernel from handling what comes in by an interface too: a program on the ingress hook
 * drops it, after packet sockets saw it. The program is held by the returned descriptor, so it goes
 * with the process however that ends. Undefined where the right or the kernel's support is missing:
 * the kernel then handles every packet as well.
 */
export function dropInKernel(libc: Libc, device: Device): number | undefined {
  const license = new TextEncoder().encode("Dual BSD/GPL\0");
  const load = new DataView(new ArrayBuffer(ATTRIBUTE_BYTES));
  load.setUint32(0, BPF_PROG_TYPE_SCHED_CLS, true);
  load.setUint32(4, DROP_PROGRAM.length / 8, true);
  load.setBigUint64(8, libc.address(DROP_PROGRAM), true);
  load.setBigUint64(16, libc.address(license), true);
  const program = libc.bpf(BPF_PROG_LOAD, new Uint8Array(load.buffer), ATTRIBUTE_BYTES);
  if (program < 0) return undefined;
  const link = new DataView(new ArrayBuffer(ATTRIBUTE_BYTES));
  link.setUint32(0, program, true);
  link.setUint32(4, device.index, true);
  link.setUint32(8, BPF_TCX_INGRESS, true);
  const held = libc.bpf(BPF_LINK_CREATE, new Uint8Array(link.buffer), 64);
  libc.close(program);
  return held < 0 ? undefined : held;
}
