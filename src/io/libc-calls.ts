/**
 * The C library's calls as koffi declares them, once a thread: what koffi declares it never frees.
 * Loaded by libc.ts alone, as koffi may not be there.
 */

import koffi from "koffi";
import type { Libc } from "./libc.ts";

const SYS_BPF: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

/** The calls. */
export const libc: Libc = declare();

function declare(): Libc {
  const library = koffi.load("libc.so.6");
  const call = (prototype: string) => library.func(prototype);
  const syscall = call("long syscall(long number, int command, void *attributes, uint bytes)");
  const mmap = call("intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)");
  return {
    socket: call("int socket(int, int, int)"),
    setsockopt: call("int setsockopt(int, int, int, void *, uint)"),
    getsockopt: call("int getsockopt(int, int, int, void *, void *)"),
    bind: call("int bind(int, void *, uint)"),
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
