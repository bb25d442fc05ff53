/**
 * An anycast lab in namespaces: a client, a router and three sites with one address.
 *
 *     client c0 - uplink router s1 --- e0 site 1   203.0.113.1, 2001:db8::1
 *                             s2 --- e0 site 2   203.0.113.1, 2001:db8::1
 *                             s3 --- e0 site 3   203.0.113.1, 2001:db8::1
 */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { AnycastClient } from "./anycast-client.ts";
import { configureNsd } from "./name-server.ts";
import { addNamespace, removeNamespace, run } from "./tools.ts";

/** A process of the lab. */
export type LabProcess = ChildProcessByStdio<Writable, Readable, Readable>;

const SITES = [1, 2, 3];
const MAIN = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const PEER = path.join(import.meta.dirname, "anycast-peer.js");
export const PORT = 5353;
/** Of all sites. */
export const ADDRESSES = ["203.0.113.1", "2001:db8::1"] as const;
/** How often each connection speaks, unless said. */
const EVERY_MS = 50;

/** Lines of a configuration: in its sections, and behind them. */
export interface MoreConfig {
  readonly sites?: readonly string[];
  readonly routes?: readonly string[];
  readonly more?: string;
  /** How all interfaces meet the kernel. */
  readonly mode?: string;
}

/** Namespaces of the lab; disposing of it takes them down with all that runs in them. */
export class AnycastLab implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), "anyfib-lab-"));
  readonly config = path.join(this.folder, "anyfib.yaml");
  readonly #name: string;
  readonly #spaces = new Map<string, string>();
  readonly #processes: LabProcess[] = [];

  constructor(name: string) {
    this.#name = name;
    for (const part of ["c", "r", ...SITES.map((site) => `s${site}`)]) this.addPart(part);
    this.link("c", "c0", "r", "uplink");
    this.ip("c", "address add 10.1.0.2/24 dev c0");
    this.ip("c", "address add fd01::2/64 dev c0 nodad");
    this.ip("c", "route add default via 10.1.0.1");
    this.ip("c", "route add default via fd01::1");
    for (const site of SITES) this.#addSite(site);
    this.configure();
  }

  /** Makes a namespace. */
  addPart(part: string): void {
    this.#spaces.set(part, addNamespace(`${this.#name}-${part}`));
    this.ip(part, "link set lo up");
  }

  /** Links two parts by a device of each. */
  link(part: string, device: string, other: string, otherDevice: string): void {
    this.ip(
      part,
      `link add ${device} type veth peer name ${otherDevice} netns ${this.space(other)}`,
    );
    this.ip(part, `link set ${device} up`);
    this.ip(other, `link set ${otherDevice} up`);
  }

  /** The namespace of a part. */
  space(part: string): string {
    const space = this.#spaces.get(part);
    if (space === undefined) throw new RangeError(`no part ${part}`);
    return space;
  }

  /** Runs `ip` in a part. */
  ip(part: string, command: string): void {
    run("ip", ["-n", this.space(part), ...command.split(" ")]);
  }

  /** Writes the router's configuration, with sites and routes besides the usual ones. */
  configure({ sites = [], routes = [], more = "", mode = "auto" }: MoreConfig = {}): void {
    const interfaces = SITES.map(
      (n) =>
        `  site${n}: {mode: ${mode}, device: s${n}, ` +
        `addresses: [10.2.${n}.1/24, "fd02:${n}::1/64"]}`,
    );
    const ownSites = SITES.flatMap((n) => [
      `  s${n}: {next_hop: 10.2.${n}.2, via: site${n}}`,
      `  s${n}v6: {next_hop: "fd02:${n}::2", via: site${n}}`,
    ]);
    const lines = [
      "interfaces:",
      `  uplink: {device: uplink, mode: ${mode}, addresses: [10.1.0.1/24, "fd01::1/64"]}`,
      ...interfaces,
      "sites:",
      ...ownSites,
      ...sites,
      "routes:",
      "  - {prefix: 203.0.113.0/24, sites: [s1, s2, s3]}",
      '  - {prefix: "2001:db8::/64", sites: [s1v6, s2v6, s3v6]}',
      ...routes,
      `control: {socket: ${path.join(this.folder, "control.sock")}}`,
      more,
    ];
    writeFileSync(this.config, lines.join("\n"));
  }

  /** Starts the binary in the router; resolves once its log says ready. */
  async router(...flags: readonly string[]): Promise<LabProcess> {
    const child = this.#node("r", MAIN, "run", "--config", this.config, ...flags);
    await told(child, child.stderr, '"msg":"ready"');
    return child;
  }

  /** Starts the server of each site. */
  async servers(): Promise<void> {
    for (const site of SITES) {
      const child = this.#node(`s${site}`, PEER, "serve", `s${site}`, String(PORT));
      await told(child, child.stdout, "ready");
    }
  }

  /** Starts NSD at each site. */
  async nameServers(): Promise<void> {
    for (const site of SITES.map((number) => `s${number}`)) {
      const config = configureNsd(this.folder, site, ADDRESSES);
      const child = this.spawn(site, "nsd", "-d", "-c", config);
      await told(child, child.stderr, "nsd started");
    }
  }

  /** Starts a client that keeps connections and queries going. */
  async client(address: string, connections: number, everyMs = EVERY_MS): Promise<AnycastClient> {
    const numbers = [PORT, connections, everyMs].map(String);
    const child = this.#node("c", PEER, "ask", address, ...numbers);
    await told(child, child.stdout, "ready");
    return new AnycastClient(child);
  }

  /** Brings the link of a site back, and at once the routes that went with it. */
  reconnect(site: string): void {
    const number = site.slice(1);
    const commands = [
      "link set e0 up",
      `route replace default via 10.2.${number}.1`,
      `route replace default via fd02:${number}::1`,
    ];
    const file = path.join(this.folder, "reconnect");
    writeFileSync(file, commands.join("\n"));
    run("ip", ["-n", this.space(site), "-batch", file]);
  }

  /** Asks the router over its control socket. */
  control(...args: readonly string[]): unknown {
    const flags = ["--json", "--config", this.config];
    return JSON.parse(String(run(process.execPath, [MAIN, "ctl", ...args, ...flags])));
  }

  /** What a command in a part prints. */
  inside(part: string, ...command: readonly string[]): string {
    return String(run("ip", ["netns", "exec", this.space(part), ...command]));
  }

  [Symbol.dispose](): void {
    for (const child of this.#processes) child.kill("SIGKILL");
    for (const space of this.#spaces.values()) removeNamespace(space);
    rmSync(this.folder, { recursive: true });
  }

  /** Starts a command in a part. */
  spawn(part: string, ...command: readonly string[]): LabProcess {
    const inside = ["netns", "exec", this.space(part), ...command];
    const child = spawn("ip", inside, { stdio: "pipe" });
    this.#processes.push(child);
    return child;
  }

  /** Starts a script of the tests in a part; resolves once it says ready. */
  async script(part: string, script: string, ...args: readonly string[]): Promise<LabProcess> {
    const child = this.#node(part, path.join(import.meta.dirname, script), ...args);
    await told(child, child.stdout, "ready");
    return child;
  }

  #node(part: string, script: string, ...args: readonly string[]): LabProcess {
    return this.spawn(part, process.execPath, script, ...args);
  }

  #addSite(site: number): void {
    const part = `s${site}`;
    this.link(part, "e0", "r", part);
    this.ip(part, `address add 10.2.${site}.2/24 dev e0`);
    this.ip(part, `address add fd02:${site}::2/64 dev e0 nodad`);
    run("ip", ["netns", "exec", this.space(part), "sysctl", "-qw", KEEP_ADDRESSES]);
    const [address4, address6] = ADDRESSES;
    this.ip(part, `address add ${address4}/32 dev lo`);
    this.ip(part, `address add ${address6}/128 dev lo`);
    this.ip(part, `route add default via 10.2.${site}.1`);
    this.ip(part, `route add default via fd02:${site}::1`);
  }
}

/** IPv6 addresses of an interface that goes down stay. */
const KEEP_ADDRESSES = "net.ipv6.conf.all.keep_addr_on_down=1";

/** Waits for a text; throws where the process ends before it. */
async function told(child: LabProcess, stream: Readable, text: string): Promise<void> {
  let heard = "";
  child.stderr.on("data", (data) => {
    heard += String(data);
  });
  let said = "";
  const over = once(child, "exit").then(() => true);
  while (!said.includes(text)) {
    const next = await Promise.race([once(stream, "data"), over]);
    if (next === true) throw new Error(`ended: ${said}${heard}`);
    if (Array.isArray(next)) said += String(next[0]);
  }
  stream.on("data", () => undefined);
}
