/**
 * BIRD and FRR in a namespace, and beside it one with peers that speak BGP to them.
 *
 *     peers 198.18.0.11, .12, .13, .14 - w0 ------ w0 - router 198.18.0.1
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostAddress, routerIdText, type TestPeer, type TestRoutes } from "./random-routes.ts";
import { addNamespace, removeNamespace, run } from "./tools.ts";

/** What a router chose for a prefix: peers by their addresses. */
export interface Choice {
  readonly best: string;
  /** The next hops that it uses, sorted; those of peers are their addresses. */
  readonly used: readonly string[];
}

/** Where the router stands: in a confederation, or alone. */
export interface RouterAs {
  readonly as: number;
  /** Of the confederation, and ASes of its other members. */
  readonly confederation?: { readonly id: number; readonly members: readonly number[] };
}

const SPEAKER = path.join(import.meta.dirname, "bgp-speaker.js");
const FRR = "/usr/lib/frr";
const ROUTER_HOST = 1;
const ROUTER_ID = "198.18.0.1";
const WAIT_MS = 20_000;
const POLL_MS = 200;

/** Namespaces for one router and its peers; disposing of it ends all that runs in them. */
export class DaemonLab implements AsyncDisposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), "anyfib-bgp-"));
  readonly router: string;
  readonly #peers: string;
  readonly #processes: ChildProcess[] = [];

  constructor(name: string) {
    this.router = addNamespace(`${name}-r`);
    this.#peers = addNamespace(`${name}-p`);
    // FRR's daemons give up root for their own user.
    chmodSync(this.folder, 0o777);
    const veth = ["link", "add", "w0", "netns", this.router, "type", "veth"];
    run("ip", [...veth, "peer", "name", "w0", "netns", this.#peers]);
    for (const space of [this.router, this.#peers]) {
      this.#ip(space, "link set lo up");
      this.#ip(space, "link set w0 up");
    }
    this.#ip(this.router, `address add ${hostAddress(ROUTER_HOST)}/24 dev w0`);
  }

  /** Starts a program in the router's namespace; it stays in the foreground. */
  start(program: string, ...args: readonly string[]): void {
    this.#spawn(this.router, program, args);
  }

  /** Has the peers send their routes. */
  async speak(routes: TestRoutes): Promise<void> {
    const sessions = [...routes.messages].map(([peer, messages]) => {
      this.#ip(this.#peers, `address add ${hostAddress(peer.host)}/24 dev w0`);
      return {
        from: hostAddress(peer.host),
        to: hostAddress(ROUTER_HOST),
        as: peer.as,
        routerId: routerIdText(peer.routerId),
        messages: Buffer.from(messages).toString("base64"),
      };
    });
    const speaker = this.#spawn(this.#peers, process.execPath, [SPEAKER]);
    speaker.stdin?.end(JSON.stringify(sessions));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      process.kill("SIGKILL");
      await once(process, "exit");
    }
    for (const space of [this.router, this.#peers]) removeNamespace(space);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(space: string, program: string, args: readonly string[]): ChildProcess {
    const all = ["netns", "exec", space, program, ...args];
    const process = spawn("ip", all, { stdio: ["pipe", "ignore", "ignore"] });
    this.#processes.push(process);
    return process;
  }

  #ip(space: string, command: string): void {
    run("ip", ["-n", space, ...command.split(" ")]);
  }
}

/** Asks until what is asked for is there. */
async function until(what: string, ask: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (performance.now() < end) {
    try {
      if (ask()) return;
    } catch {
      // The daemon is not up yet: its socket is missing.
    }
    await sleep(POLL_MS);
  }
  throw new Error(`waited ${WAIT_MS / 1000} s for ${what}`);
}

function pathsOf({ prefixes }: TestRoutes): number {
  return prefixes.reduce((sum, { candidates }) => sum + candidates.length, 0);
}

/** What a router is started with. */
export interface DaemonSetup {
  readonly lab: DaemonLab;
  readonly own: RouterAs;
  readonly routes: TestRoutes;
  /** Lines of its own configuration: of a session (BIRD), of the instance (FRR). */
  readonly options: readonly string[];
  /** Routes that BIRD resolves next hops by, besides its link. */
  readonly igp?: readonly string[];
}

/** What BIRD chooses; its kernel routes are what it uses. */
export async function birdChoices(setup: DaemonSetup): Promise<ReadonlyMap<string, Choice>> {
  const { lab, routes } = setup;
  const file = path.join(lab.folder, "bird.conf");
  const socket = path.join(lab.folder, "bird.ctl");
  writeFileSync(file, birdConfiguration(setup));
  lab.start("bird", "-f", "-c", file, "-s", socket);
  await lab.speak(routes);
  const ask = (command: string): string =>
    String(run("birdc", ["-s", socket, ...command.split(" ")]));
  const total = pathsOf(routes);
  await until("BIRD's routes", () =>
    ask("show route table master4 count").includes(`${total} of ${total} routes`),
  );
  const kernel = (): ReadonlyMap<string, readonly string[]> => kernelRoutes(lab.router);
  const prefixes = routes.prefixes.filter(({ candidates }) => candidates.length > 0);
  await until("BIRD's kernel routes", () => kernel().size === prefixes.length);
  // The kernel's routes follow those of the table, some at a time.
  await sleep(1000);
  const used = kernel();
  return new Map(
    birdBest(ask("show route table master4 primary")).map(([prefix, best]) => [
      prefix,
      { best, used: used.get(prefix) ?? [] },
    ]),
  );
}

function birdConfiguration({ own, routes, options, igp = [] }: DaemonSetup): string {
  const { as, confederation } = own;
  const sessions = [...routes.messages.keys()].map((peer) => {
    const isMember = peer.kind === "confederation";
    return [
      `protocol bgp p${peer.host} {`,
      `  local ${hostAddress(ROUTER_HOST)} as ${as};`,
      `  neighbor ${hostAddress(peer.host)} as ${peer.as};`,
      ...(confederation ? [`  confederation ${confederation.id};`] : []),
      ...(isMember ? ["  confederation member yes;"] : []),
      "  passive; deterministic med on;",
      ...options.map((line) => `  ${line};`),
      "  ipv4 { import all; export none; igp table connected; };",
      "}",
    ].join("\n");
  });
  return [
    `router id ${ROUTER_ID};`,
    "protocol device { }",
    "ipv4 table connected;",
    "protocol direct { ipv4 { table connected; }; }",
    "protocol static { ipv4 { table connected; };",
    ...igp.map((route) => `  route ${route};`),
    "}",
    "protocol kernel {",
    "  merge paths yes limit 64;",
    "  ipv4 { import none; export all; };",
    "}",
    ...sessions,
  ].join("\n");
}

/** `10.0.0.0/24 unicast [p11 08:00:00.000 from ...] * (100) [AS64601i]`: the peer's number. */
function birdBest(text: string): [string, string][] {
  return text.split("\n").flatMap((line): [string, string][] => {
    const [, prefix, host] = line.match(/^(\S+\/\d+)\s+unicast \[p(\d+) /) ?? [];
    return prefix === undefined ? [] : [[prefix, hostAddress(Number(host))]];
  });
}

/** Next hops of the routes that BIRD gave the kernel. */
function kernelRoutes(space: string): ReadonlyMap<string, readonly string[]> {
  const text = String(run("ip", ["-n", space, "-j", "route", "show", "proto", "bird"]));
  // cast: the kernel's tool prints these fields, and a route without them fails the comparison.
  const routes = JSON.parse(text) as readonly {
    readonly dst: string;
    readonly gateway?: string;
    readonly nexthops?: readonly { readonly gateway: string }[];
  }[];
  return new Map(
    routes.map(({ dst, gateway, nexthops }) => [
      dst,
      (nexthops?.map((hop) => hop.gateway) ?? [gateway ?? ""]).sort(),
    ]),
  );
}

/** What FRR chooses. */
export async function frrChoices(setup: DaemonSetup): Promise<ReadonlyMap<string, Choice>> {
  const { lab, routes } = setup;
  const file = path.join(lab.folder, "bgpd.conf");
  writeFileSync(file, frrConfiguration(setup));
  const zserv = path.join(lab.folder, "zserv.api");
  const common = ["-z", zserv, "--vty_socket", lab.folder, "-u", "frr", "-g", "frr", "-P", "0"];
  writeFileSync(path.join(lab.folder, "zebra.conf"), "hostname zebra\n");
  const pid = (name: string): string[] => ["-i", path.join(lab.folder, `${name}.pid`)];
  lab.start(`${FRR}/zebra`, "-f", path.join(lab.folder, "zebra.conf"), ...pid("zebra"), ...common);
  lab.start(`${FRR}/bgpd`, "-f", file, ...pid("bgpd"), ...common);
  const ask = (command: string): string =>
    String(run("vtysh", ["--vty_socket", lab.folder, "-d", "bgpd", "-c", command]));
  await until("bgpd", () => ask("show version").includes("FRR"));
  await lab.speak(routes);
  const read = (): FrrTable => {
    // cast: FRR prints these fields, and a route without them fails the comparison.
    return JSON.parse(ask("show bgp ipv4 unicast json")) as FrrTable;
  };
  const total = pathsOf(routes);
  const isThere = ({ routes: found }: FrrTable): boolean => {
    const all = Object.values(found).flat();
    return all.length === total && all.every(({ valid }) => valid);
  };
  await until("FRR's routes", () => isThere(read()));
  await sleep(1000);
  return new Map(
    Object.entries(read().routes).map(([prefix, paths]) => {
      const used = paths.filter(({ bestpath, multipath }) => bestpath || multipath);
      const best = paths.find(({ bestpath }) => bestpath)?.peerId ?? "";
      return [prefix, { best, used: used.map(({ peerId }) => peerId).sort() }];
    }),
  );
}

interface FrrTable {
  readonly routes: Readonly<
    Record<
      string,
      readonly {
        readonly valid?: boolean;
        readonly bestpath?: boolean;
        readonly multipath?: boolean;
        readonly peerId: string;
      }[]
    >
  >;
}

function frrConfiguration({ own, routes, options }: DaemonSetup): string {
  const { as, confederation } = own;
  return [
    `router bgp ${as}`,
    ` bgp router-id ${ROUTER_ID}`,
    " no bgp ebgp-requires-policy",
    " bgp deterministic-med",
    " bgp bestpath compare-routerid",
    ...(confederation
      ? [
          ` bgp confederation identifier ${confederation.id}`,
          ` bgp confederation peers ${confederation.members.join(" ")}`,
        ]
      : []),
    ...options.map((line) => ` ${line}`),
    ...[...routes.messages.keys()].flatMap((peer: TestPeer) => [
      ` neighbor ${hostAddress(peer.host)} remote-as ${peer.as}`,
      ` neighbor ${hostAddress(peer.host)} passive`,
    ]),
    " address-family ipv4 unicast",
    "  maximum-paths 64",
    "  maximum-paths ibgp 64",
    " exit-address-family",
    "",
  ].join("\n");
}
