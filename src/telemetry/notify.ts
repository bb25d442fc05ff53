/**
 * Tells systemd how the router is (sd_notify): READY, RELOADING, STOPPING, WATCHDOG.
 *
 * That goes by datagrams to a unix socket, which Node cannot send: koffi calls sendto(2). Without
 * koffi nothing is told, and a unit of Type=notify would wait in vain, so the log says so.
 */

/** Linux: AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC; sockaddr_un holds a path of 107 bytes. */
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
const PATH_BYTES_MAX = 107;

/** Sends a state; does nothing where no service manager listens. */
export type Notify = (state: string) => void;

/** The address of a socket: a path, or a name of the abstract kind, which begins with @. */
function addressOf(name: string): Uint8Array | undefined {
  const path = new TextEncoder().encode(name);
  if (path.length === 0 || path.length > PATH_BYTES_MAX) return undefined;
  if (path[0] === "@".charCodeAt(0)) path[0] = 0;
  const isAbstract = path[0] === 0;
  const address = new Uint8Array(2 + path.length + (isAbstract ? 0 : 1));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(path, 2);
  return address;
}

/** What to tell systemd by; `socket` is $NOTIFY_SOCKET. Throws ENVIRONMENT without koffi. */
export async function openNotify(socket: string | undefined): Promise<Notify> {
  const address = socket === undefined ? undefined : addressOf(socket);
  if (address === undefined) return () => undefined;
  const { default: koffi } = await import("koffi");
  const libc = koffi.load("libc.so.6");
  const open = libc.func("int socket(int, int, int)");
  const send = libc.func(
    "long sendto(int, const uint8_t *, size_t, int, const uint8_t *, uint32_t)",
  );
  const descriptor: unknown = open(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  return (state) => {
    const bytes = new TextEncoder().encode(state);
    send(descriptor, bytes, bytes.length, 0, address, address.length);
  };
}

/** Milliseconds between two signs of life: half of what systemd waits for; undefined for none. */
export function watchdogInterval(microseconds: string | undefined): number | undefined {
  const asked = Number(microseconds);
  return Number.isFinite(asked) && asked > 0 ? asked / 2000 : undefined;
}
