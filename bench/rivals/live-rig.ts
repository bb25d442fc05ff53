/**
 * A forwarder in a namespace of its own, between two interfaces of one station:
 *
 *     lab: src0 --- in0 :router: out0 --- dst0 :lab
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";

/** Who forwards. */
export type LiveContender = "kernel" | "C" | "cap" | "anyfib";

/** Processors: of what sends and what the kernel does with it, and of the forwarder. */
const STATION_CPU = "0";
const FORWARDER_CPU = "1";
/** Before others that are at work. */
const FIRST = ["nice", "-n", "-20"];
const CAP_FORWARDER = path.join(import.meta.dirname, "cap-forwarder.js");
const NEXT_HOP = "10.88.2.2";
const MACS = { in: "02:00:00:00:0c:01", out: "02:00:00:00:0c:02", next: "02:00:00:00:0c:03" };
const LINES = [
  "router address add 10.88.1.1/24 dev in0",
  "router address add 10.88.2.1/24 dev out0",
  `router neigh replace ${NEXT_HOP} lladdr ${MACS.next} nud permanent dev out0`,
  `router route add default via ${NEXT_HOP}`,
];

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

/** What a rig needs of the project. */
export interface RigPlaces {
  /** The built command line. */
  readonly main: string;
  /** The programs in C. */
  readonly forwarder: string;
  readonly probe: string;
  /** A folder for configurations. */
  readonly folder: string;
}

/** Made by `start`. */
export class LiveRig implements Disposable {
  readonly contender: LiveContender;
  readonly #places: RigPlaces;
  readonly #spaces: { readonly router: string; readonly lab: string };
  #child: ChildProcess | undefined;

  private constructor(contender: LiveContender, places: RigPlaces) {
    this.contender = contender;
    this.#places = places;
    const own = `anyfib-bench-${contender}`;
    this.#spaces = { router: `${own}-router-${process.pid}`, lab: `${own}-lab-${process.pid}` };
    const { router, lab } = this.#spaces;
    for (const space of [router, lab]) {
      run("ip", "netns", "add", space);
      const quiet = "net.ipv6.conf.default.disable_ipv6=1";
      run("ip", "netns", "exec", space, "sysctl", "-qw", quiet);
    }
    this.#link("in0", MACS.in, "src0");
    this.#link("out0", MACS.out, "dst0");
    run("ip", "-n", lab, "link", "set", "dst0", "address", MACS.next);
  }

  /** Makes the namespaces and starts the forwarder in them. */
  static async start(contender: LiveContender, places: RigPlaces): Promise<LiveRig> {
    const rig = new LiveRig(contender, places);
    try {
      await rig.#forward();
    } catch (error) {
      rig[Symbol.dispose]();
      throw error;
    }
    return rig;
  }

  /** Packets a second that arrive, of as many as can be sent, and those that were sent. */
  flood(milliseconds: number): { readonly arrived: number; readonly sent: number } {
    const [arrived = 0, sent = 0] = this.#probe("flood", milliseconds).map(Number);
    return { arrived, sent };
  }

  /** Nanoseconds of packets that go one after another. */
  latencies(count: number): readonly number[] {
    return this.#probe("latency", count).map(Number);
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
    for (const space of Object.values(this.#spaces)) run("ip", "netns", "delete", space);
  }

  #probe(mode: string, amount: number): readonly string[] {
    const { probe } = this.#places;
    const args = [mode, "src0", "dst0", MACS.in, String(amount)];
    const inLab = ["netns", "exec", this.#spaces.lab, ...FIRST, "taskset", "-c", STATION_CPU];
    return run("ip", ...inLab, probe, ...args)
      .trim()
      .split(/\s+/);
  }

  async #forward(): Promise<void> {
    const { router } = this.#spaces;
    const { main, forwarder } = this.#places;
    if (this.contender === "kernel") {
      run("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1");
      run("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0");
      run("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.conf.in0.rp_filter=0");
      for (const line of LINES) run("ip", "-n", ...line.replace("router", router).split(" "));
      return;
    }
    const ends = ["in0", "out0", MACS.out, MACS.next];
    const command =
      this.contender === "C"
        ? [forwarder, ...ends]
        : this.contender === "cap"
          ? [process.execPath, CAP_FORWARDER, ...ends]
          : [process.execPath, main, "run", "--config", this.#configure()];
    const inside = ["netns", "exec", router, ...FIRST, "taskset", "-c", FORWARDER_CPU, ...command];
    const child = spawn("ip", inside, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        said += String(text);
      });
    }
    const over = once(child, "exit").then(() => Promise.reject(new Error(said)));
    over.catch(() => undefined);
    while (!said.includes("ready")) {
      await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), over]);
    }
  }

  /** The configuration of anyfib: what the kernel is told in LINES. */
  #configure(): string {
    const { folder } = this.#places;
    const file = path.join(folder, "anyfib.yaml");
    const lines = [
      "interfaces:",
      "  in: {device: in0, addresses: [10.88.1.1/24]}",
      "  out: {device: out0, addresses: [10.88.2.1/24]}",
      `sites: {next: {next_hop: ${NEXT_HOP}, via: out, mac: "${MACS.next}"}}`,
      "routes: [{prefix: 0.0.0.0/0, sites: [next]}]",
      `control: {socket: ${path.join(folder, "control/control.sock")}}`,
    ];
    writeFileSync(file, lines.join("\n"));
    return file;
  }

  #link(device: string, mac: string, station: string): void {
    const { router, lab } = this.#spaces;
    const peer = ["peer", "name", station, "netns", lab];
    run("ip", "-n", router, "link", "add", device, "address", mac, "type", "veth", ...peer);
    run("ip", "-n", router, "link", "set", device, "up");
    run("ip", "-n", lab, "link", "set", station, "up");
  }
}
