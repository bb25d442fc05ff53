/** The C library, called through koffi: an optional package, which live ports alone need. */

import { AnyfibError } from "../net/errors.ts";

/** The calls that live ports make; each returns -1 where it failed, and `errno` says why. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, bytes: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, bytes: Uint8Array): number;
  bind(fd: number, address: Uint8Array, bytes: number): number;
  sendto(fd: number, data: null, bytes: number, flags: number, to: null, toBytes: number): number;
  mmap(
    address: bigint,
    bytes: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): bigint;
  poll(descriptors: Uint8Array, count: number, timeoutMs: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  open(path: string, flags: number): number;
  read(fd: number, address: bigint, bytes: number): number;
  write(fd: number, address: bigint, bytes: number): number;
  recvmmsg(fd: number, messages: bigint, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: bigint, count: number, flags: number): number;
  close(fd: number): number;
  /** bpf(2). */
  bpf(command: number, attributes: Uint8Array, bytes: number): number;
  /** Of the last call. */
  errno(): number;
  /** Where a view's memory is, for the kernel. */
  address(view: Uint8Array): bigint;
  /** Calls back whenever a descriptor can be read; does not keep the process. */
  watch(fd: number, onReadable: () => void): Disposable;
}

/** Errors that are told apart. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  ENXIO: 6,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  ENODEV: 19,
  EINVAL: 22,
  ENETDOWN: 100,
  ENOBUFS: 105,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERRNO).map(([name, number]) => [number, name]),
);

/** The name of an error, as messages show it. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

const SYS_BPF: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

/**
 * Loads the library. Throws ENVIRONMENT where the platform is another, or koffi was not installed;
 * captures need neither.
 */
export async function loadLibc(): Promise<Libc> {
  if (process.platform !== "linux") throw missing("live ports need Linux");
  const koffi = await importKoffi();
  try {
    return declare(koffi);
  } catch (cause) {
    throw missing("the C library cannot be loaded", cause);
  }
}

function missing(what: string, cause?: unknown): AnyfibError {
  return new AnyfibError({
    code: "ENVIRONMENT",
    what,
    hint: "captures work without: tcpdump -i IF -w - | anyfib replay -r -",
    cause,
  });
}

type Koffi = typeof import("koffi")["default"];

async function importKoffi(): Promise<Koffi> {
  try {
    return (await import("koffi")).default;
  } catch (cause) {
    throw missing("live ports need the optional package koffi (npm install koffi@3.3.4)", cause);
  }
}

function declare(koffi: Koffi): Libc {
  const library = koffi.load("libc.so.6");
  const call = (prototype: string) => library.func(prototype);
  const syscall = call("long syscall(long number, int command, void *attributes, uint bytes)");
  const mmap = call("intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)");
  return {
    socket: call("int socket(int, int, int)"),
    setsockopt: call("int setsockopt(int, int, int, void *, uint)"),
    getsockopt: call("int getsockopt(int, int, int, void *, void *)"),
    bind: call("int bind(int, void *, uint)"),
    sendto: call("intptr_t sendto(int, void *, size_t, int, void *, uint)"),
    mmap: (...values) => BigInt(mmap(...values)),
    poll: call("int poll(void *, ulong, int)"),
    ioctl: call("int ioctl(int, ulong, void *)"),
    open: call("int open(const char *, int)"),
    read: call("intptr_t read(int, intptr_t, size_t)"),
    write: call("intptr_t write(int, intptr_t, size_t)"),
    recvmmsg: call("int recvmmsg(int, intptr_t, uint, int, void *)"),
    sendmmsg: call("int sendmmsg(int, intptr_t, uint, int)"),
    close: call("int close(int)"),
    bpf: (command, attributes, bytes) =>
      Number(syscall(SYS_BPF[process.arch] ?? -1, command, attributes, bytes)),
    errno: () => koffi.errno(),
    address: (view) => koffi.address(view),
    watch: (fd, onReadable) => {
      const handle = koffi.node.poll(fd, { readable: true }, onReadable);
      handle.unref();
      return { [Symbol.dispose]: () => handle.close() };
    },
  };
}
