/** News of interfaces, as the kernel tells them (rtnetlink(7)): when to look, not what changed. */

import type { Libc } from "./libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK_CLOEXEC = 0o2004003;
const NETLINK_ROUTE = 0;
/** RTMGRP_LINK: interfaces that come, go and change. */
const GROUP_LINK = 1;
/** struct sockaddr_nl: family, padding, port (the kernel gives one), groups. */
const ADDRESS_BYTES = 12;
const GROUPS_AT = 8;
/** Messages are read away unseen, so that what does not fit may be cut. */
const READ_BYTES = 65_536;

/**
 * Calls back after each change of an interface, a few of them together. Undefined where the kernel
 * tells nothing.
 */
export function watchLinks(libc: Libc, onNews: () => void): Disposable | undefined {
  const socket = libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket < 0) return undefined;
  const address = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  address.setUint16(0, AF_NETLINK, true);
  address.setUint32(GROUPS_AT, GROUP_LINK, true);
  if (libc.bind(socket, new Uint8Array(address.buffer), ADDRESS_BYTES) !== 0) {
    libc.close(socket);
    return undefined;
  }
  const unread = new Uint8Array(READ_BYTES);
  const watch = libc.watch(socket, () => {
    // A queue that overflowed is an error once, and news too.
    libc.read(socket, libc.address(unread), READ_BYTES);
    onNews();
  });
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      libc.close(socket);
    },
  };
}
