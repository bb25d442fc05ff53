/** Interfaces of the machine, as the kernel describes them (netdevice(7)). */

import { AnyfibError } from "../net/errors.ts";
import { printable } from "../net/printable.ts";
import type { Libc } from "./libc.ts";
import type { Device } from "./live-port.ts";

/** Longest name that the kernel takes, and what it forbids in one. */
const NAME = /^[^/\s:]{1,15}$/;
const NAME_BYTES = 16;
/** struct ifreq: the name, then what was asked for. */
const REQUEST_BYTES = 40;

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFMTU = 0x8921;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const FLAG_UP = 0x1;
const FLAG_RUNNING = 0x40;
/** Where the hardware address begins, behind its family. */
const MAC_AT = NAME_BYTES + 2;

/** A request about an interface, and its name. */
export function interfaceRequest(name: string): Uint8Array {
  const request = new Uint8Array(REQUEST_BYTES);
  request.set(new TextEncoder().encode(name).subarray(0, NAME_BYTES - 1));
  return request;
}

/** Asks the kernel; undefined where it knows no such interface. */
function ask(libc: Libc, name: string, request: number): DataView | undefined {
  const socket = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  const answer = interfaceRequest(name);
  const status = libc.ioctl(socket, request, answer);
  libc.close(socket);
  return status === 0 ? new DataView(answer.buffer) : undefined;
}

/** The interface of a name. Throws ENVIRONMENT where there is none. */
export function readDevice(libc: Libc, name: string): Device {
  const isName = NAME.test(name);
  const index = isName ? ask(libc, name, SIOCGIFINDEX)?.getInt32(NAME_BYTES, true) : undefined;
  const mtu = isName ? ask(libc, name, SIOCGIFMTU)?.getInt32(NAME_BYTES, true) : undefined;
  const mac = isName ? ask(libc, name, SIOCGIFHWADDR) : undefined;
  if (index !== undefined && mtu !== undefined && mac !== undefined) {
    const byte = (at: number): number => mac.getUint8(MAC_AT + at);
    return { name, index, mtu, mac: [byte(0), byte(1), byte(2), byte(3), byte(4), byte(5)] };
  }
  throw new AnyfibError({
    code: "ENVIRONMENT",
    what: `no interface is named ${printable(name)}`,
    hint: "see ip link for those that there are",
    detail: { device: name },
  });
}

/** Whether an interface is up and has a carrier; false too where it is gone. */
export function hasCarrier(libc: Libc, name: string): boolean {
  const flags = ask(libc, name, SIOCGIFFLAGS)?.getUint16(NAME_BYTES, true) ?? 0;
  return (flags & FLAG_UP) !== 0 && (flags & FLAG_RUNNING) !== 0;
}
