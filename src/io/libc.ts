/** What live ports need of the C library. */

/** The calls that live ports make; each returns -1 where it failed, and `errno` says why. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, bytes: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, bytes: Uint8Array): number;
  bind(fd: number, address: Uint8Array, bytes: number): number;
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
