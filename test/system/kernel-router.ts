/**
 * The Linux kernel as a router in a namespace, between two stations of another one:
 *
 *     lab: src0 --- in0 :router: out0 --- dst0 :lab
 *
 * Frames are sent on src0 by tcpreplay, and what the router sends is captured on src0 and dst0.
 */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { addNamespace, removeNamespace, run } from "./tools.ts";

/** MACs of the router's two interfaces, and of the stations beyond them. */
export const MACS = {
  in: "02:00:00:00:0a:01",
  source: "02:00:00:00:0a:02",
  out: "02:00:00:00:0b:01",
  destination: "02:00:00:00:0b:02",
} as const;

/** Addresses of the router and of the stations. */
export const ADDRESSES = {
  in4: "10.77.1.1",
  source4: "10.77.1.2",
  out4: "10.77.2.1",
  destination4: "10.77.2.2",
  in6: "fd77:1::1",
  source6: "fd77:1::2",
  out6: "fd77:2::1",
  destination6: "fd77:2::2",
  inLocal: "fe80::a01",
  outLocal: "fe80::b01",
  /** Of other stations on the first link. */
  local1: "fe80::77",
  local2: "fe80::78",
} as const;

/** What a router is made with. */
export interface KernelRouterOptions {
  readonly name: string;
  /** MTU of the link behind the router. */
  readonly mtu: number;
  /** Routes besides the defaults over the destination station, as `ip route add` takes them. */
  readonly routes4: readonly string[];
  readonly routes6: readonly string[];
  /** Whether the kernel forwards; otherwise a program in the namespace does. */
  readonly forwards?: boolean;
  /** Whether stations are to be adopted: TAPs that a program in the namespace makes. */
  readonly adopts?: boolean;
}

/** Frames that the router sent, in order. */
export interface KernelFrames {
  readonly towardsSource: readonly Uint8Array[];
  readonly towardsDestination: readonly Uint8Array[];
}

/** Largest frame that veth takes. */
const IN_MTU = 65_535;
/** The largest of a TAP. */
const TAP_MTU = 65_521;
/** Packets a second: few enough for the kernel's queue and the captures to lose none. */
const RATE = "2500";
const CAPTURE_BUFFER_KIB = 131_072;
const SNAPLEN = 65_600;
/** Time for the kernel's queue and for the captures to be written. */
const SETTLE_MS = 600;
/** The kernel queues as many frames: no more of them wait for it, however busy it is. */
const CHUNK_FRAMES = 1000;
/** Turns of a tenth of a second in which links have their carrier. */
const LINK_TURNS = 50;
const LINK_SECONDS = "0.1";
const CHUNK_SETTLE_MS = 60;

const SYSCTLS = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv4.conf.all.rp_filter=0",
  "net.ipv4.conf.default.rp_filter=0",
  "net.ipv4.conf.all.send_redirects=0",
  "net.ipv4.conf.default.send_redirects=0",
  "net.ipv4.icmp_ratelimit=0",
  "net.ipv4.icmp_ratemask=0",
  "net.ipv6.icmp.ratelimit=0",
  "net.ipv4.icmp_msgs_per_sec=1000000",
  "net.ipv4.icmp_msgs_burst=1000000",
  "net.ipv6.conf.default.accept_ra=0",
  "net.ipv6.conf.default.accept_dad=0",
];

/** No packets of the kernel's own where a program forwards. */
const QUIET = ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"];

/** A router of the kernel, and the stations around it. */
export class KernelRouter implements Disposable {
  readonly #router: string;
  readonly #lab: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "anyfib-kernel-"));

  constructor(options: KernelRouterOptions) {
    this.#router = addNamespace(`${options.name}-router`);
    this.#lab = addNamespace(`${options.name}-lab`);
    const { forwards = true } = options;
    for (const setting of forwards ? SYSCTLS : QUIET) this.#sysctl(setting);
    if (options.adopts === true) return;
    this.#links(options.mtu);
    // What is added before a link has its carrier may not come into force.
    for (const device of ["in0", "out0"]) this.#carrier(device);
    if (forwards) this.#routes(options);
  }

  /** Runs a command in the router's namespace and returns what it prints. */
  inside(...command: readonly string[]): string {
    return String(run("ip", ["netns", "exec", this.#router, ...command]));
  }

  /** Makes stations of the TAPs src0 and dst0 that a program made. */
  adopt(): void {
    for (const station of ["src0", "dst0"]) {
      run("ip", ["-n", this.#router, "link", "set", station, "netns", this.#lab]);
      run("ip", ["-n", this.#lab, "link", "set", station, "addrgenmode", "none"]);
      run("ip", ["-n", this.#lab, "link", "set", station, "mtu", String(TAP_MTU), "up"]);
    }
  }

  /** Moves a station of the lab to the router's namespace. */
  move(station: string): void {
    run("ip", ["-n", this.#lab, "link", "set", station, "netns", this.#router]);
  }

  /** Runs `ip` in a namespace. */
  ip(where: "router" | "lab", command: string): void {
    const space = where === "lab" ? this.#lab : this.#router;
    run("ip", ["-n", space, ...command.split(" ")]);
  }

  /** Runs a command in the stations' namespace and returns what it prints. */
  inLab(...command: readonly string[]): string {
    return String(run("ip", ["netns", "exec", this.#lab, ...command]));
  }

  /** Runs a program of Node in the router's namespace. */
  spawnInside(script: string, argument: string): ChildProcessByStdio<null, Readable, Readable> {
    const command = ["netns", "exec", this.#router, process.execPath, script, argument];
    return spawn("ip", command, { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Sends frames, all of them to the router's first interface, and returns what it sent. */
  async send(frames: readonly Uint8Array[]): Promise<KernelFrames> {
    const captures = ["src0", "dst0"].map((device) => this.#capture(device));
    await Promise.all(captures.map(({ ready }) => ready));
    const file = path.join(this.#folder, "sent.pcap");
    for (let at = 0; at < frames.length; at += CHUNK_FRAMES) {
      writeFileSync(file, pcapOf(frames.slice(at, at + CHUNK_FRAMES)));
      this.#replay(file);
      await sleep(CHUNK_SETTLE_MS);
    }
    await sleep(SETTLE_MS);
    const [towardsSource = [], towardsDestination = []] = await Promise.all(
      captures.map(({ stop }) => stop()),
    );
    return { towardsSource, towardsDestination };
  }

  /** Sends frames from both stations at once, so many a second each; returns what came out. */
  async exchange({ towardsSource, towardsDestination }: KernelFrames, rate: number) {
    const captures = ["src0", "dst0"].map((device) => this.#capture(device));
    await Promise.all(captures.map(({ ready }) => ready));
    const sending = [
      ["src0", towardsDestination],
      ["dst0", towardsSource],
    ] as const;
    await Promise.all(
      sending.map(async ([device, frames]) => {
        if (frames.length === 0) return;
        const file = path.join(this.#folder, `from-${device}.pcap`);
        writeFileSync(file, pcapOf(frames));
        const tcpreplay = ["tcpreplay", "-q", "-i", device, "-p", String(rate), file];
        const child = spawn("ip", ["netns", "exec", this.#lab, ...tcpreplay], { stdio: "ignore" });
        await once(child, "exit");
      }),
    );
    await sleep(SETTLE_MS);
    const [atSource = [], atDestination = []] = await Promise.all(
      captures.map(({ stop }) => stop()),
    );
    return { towardsSource: atSource, towardsDestination: atDestination };
  }

  #replay(file: string): void {
    const tcpreplay = ["tcpreplay", "-q", "-i", "src0", "-p", RATE, file];
    run("ip", ["netns", "exec", this.#lab, ...tcpreplay]);
  }

  [Symbol.dispose](): void {
    for (const space of [this.#router, this.#lab]) removeNamespace(space);
    rmSync(this.#folder, { recursive: true });
  }

  #sysctl(setting: string): void {
    try {
      run("ip", ["netns", "exec", this.#router, "sysctl", "-qw", setting]);
    } catch (error) {
      // Some are the whole machine's alone on older kernels, where their defaults must do.
      if (!setting.includes("icmp_msgs")) throw error;
    }
  }

  #links(mtu: number): void {
    const { in: inMac, source, out, destination } = MACS;
    const pairs = [
      ["in0", inMac, IN_MTU, "src0", source],
      ["out0", out, mtu, "dst0", destination],
    ] as const;
    for (const [device, mac, bytes, station, stationMac] of pairs) {
      const peer = ["peer", "name", station, "netns", this.#lab, "address", stationMac];
      const link = ["link", "add", device, "address", mac, "type", "veth", ...peer];
      run("ip", ["-n", this.#router, ...link]);
      run("ip", ["-n", this.#lab, "link", "set", station, "addrgenmode", "none"]);
      run("ip", ["-n", this.#lab, "link", "set", station, "mtu", String(IN_MTU), "up"]);
      run("ip", ["-n", this.#router, "link", "set", device, "addrgenmode", "none"]);
      run("ip", ["-n", this.#router, "link", "set", device, "mtu", String(bytes), "up"]);
      run("ip", ["netns", "exec", this.#lab, "ethtool", "-K", station, "tx", "off", "gro", "off"]);
    }
  }

  #routes({ routes4, routes6 }: KernelRouterOptions): void {
    const { in4, in6, out4, out6 } = ADDRESSES;
    const { source4, source6, destination4, destination6, local1, local2 } = ADDRESSES;
    const lines = [
      `address add ${in4}/24 dev in0`,
      `address add ${in6}/64 dev in0 nodad`,
      `address add ${out4}/24 dev out0`,
      `address add ${out6}/64 dev out0 nodad`,
      `address add ${ADDRESSES.inLocal}/64 dev in0 nodad`,
      `address add ${ADDRESSES.outLocal}/64 dev out0 nodad`,
      ...neighbours("in0", MACS.source, [source4, source6, local1, local2]),
      ...neighbours("out0", MACS.destination, [destination4, destination6]),
      `route add default via ${destination4}`,
      `-6 route add default via ${destination6}`,
      ...routes4.map((route) => `route add ${route}`),
      ...routes6.map((route) => `-6 route add ${route}`),
    ];
    for (const line of lines) run("ip", ["-n", this.#router, ...line.split(" ")]);
  }

  /** Waits until the kernel has seen to a device's carrier, which it does in its own time. */
  #carrier(device: string): void {
    for (let turn = 0; turn < LINK_TURNS; turn++) {
      if (this.inside("cat", `/sys/class/net/${device}/operstate`).trim() === "up") return;
      run("sleep", [LINK_SECONDS]);
    }
    throw new Error(`${device} has no carrier`);
  }

  /** Captures what comes in on a station's device. */
  #capture(device: string) {
    const file = path.join(this.#folder, `${device}.pcap`);
    // Otherwise tcpdump holds frames back for a second, and loses them when it is stopped.
    const pace = ["-U", "--immediate-mode"];
    const room = ["-s", String(SNAPLEN), "-B", String(CAPTURE_BUFFER_KIB)];
    const child = spawn("ip", [
      ...[
        "netns",
        "exec",
        this.#lab,
        "tcpdump",
        "-n",
        "-i",
        device,
        "-Q",
        "in",
        ...pace,
        ...room,
        "-w",
        file,
      ],
    ]);
    const ready = new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (text) => String(text).includes("listening") && resolve());
      child.once("exit", () => reject(new Error("tcpdump ended before it listened")));
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const stop = async (): Promise<readonly Uint8Array[]> => {
      child.kill("SIGINT");
      await ended;
      return framesOf(readFileSync(file));
    };
    return { ready, stop };
  }
}

function neighbours(device: string, mac: string, addresses: readonly string[]): readonly string[] {
  return addresses.map(
    (address) => `neigh replace ${address} lladdr ${mac} nud permanent dev ${device}`,
  );
}

/** A pcap file of Ethernet frames, little-endian. */
function pcapOf(frames: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(1, 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([header, ...records]);
}

/** The frames of a little-endian pcap file. */
function framesOf(file: Buffer): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    frames.push(Uint8Array.from(file.subarray(at + 16, at + 16 + length)));
    at += 16 + length;
  }
  return frames;
}
