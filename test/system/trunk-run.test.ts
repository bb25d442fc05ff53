/**
 * Two routers with a trunk between them: interfaces of two VLANs, one with two tags, on one device.
 *
 *     c c0 - uplink a trunk === trunk b site - s0 s
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const MAIN = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const why =
  missingTools("ip") ?? notRoot() ?? (existsSync(MAIN) ? undefined : "not built: npm run build");

const PARTS = ["c", "a", "b", "s"];
/** Links: part, device, part, device. */
const LINKS = [
  ["c", "c0", "a", "uplink"],
  ["a", "trunk", "b", "trunk"],
  ["b", "site", "s", "s0"],
] as const;
const STATIONS = [
  "c address add 10.1.0.2/24 dev c0",
  "c address add fd01::2/64 dev c0 nodad",
  "c route add default via 10.1.0.1",
  "c route add default via fd01::1",
  "s address add 10.2.0.2/24 dev s0",
  "s address add fd02::2/64 dev s0 nodad",
  "s address add 203.0.113.1/32 dev lo",
  "s address add 198.51.100.1/32 dev lo",
  "s address add 2001:db8::1/128 dev lo",
  "s route add default via 10.2.0.1",
  "s route add default via fd02::1",
];
const TRUNK = ["vlan: 10, addresses: [10.10.0.", "vlan: [100, 20], addresses: [10.20.0."];

function configOf(host: number, edge: string, lines: readonly string[]): string {
  const [one, two] = TRUNK;
  return [
    "interfaces:",
    `  edge: ${edge}`,
    `  ten: {device: trunk, ${one}${host}/24, "fd10::${host}/64"]}`,
    `  twenty: {device: trunk, ${two}${host}/24]}`,
    `control: {socket: ${tmpdir()}/anyfib-trunk-${process.pid}-${host}.sock}`,
    ...lines,
  ].join("\n");
}

const CONFIGS = {
  a: configOf(1, '{device: uplink, addresses: [10.1.0.1/24, "fd01::1/64"]}', [
    "sites: {ten: {next_hop: 10.10.0.2}, twenty: {next_hop: 10.20.0.2},",
    "  six: {next_hop: 'fd10::2'}}",
    "routes:",
    "  - {prefix: 203.0.113.0/24, sites: [ten]}",
    "  - {prefix: 198.51.100.0/24, sites: [twenty]}",
    "  - {prefix: '2001:db8::/64', sites: [six]}",
  ]),
  b: configOf(2, '{device: site, addresses: [10.2.0.1/24, "fd02::1/64"]}', [
    "sites: {s: {next_hop: 10.2.0.2}, s6: {next_hop: 'fd02::2'},",
    "  ten: {next_hop: 10.10.0.1}, six: {next_hop: 'fd10::1'}}",
    "routes:",
    "  - {prefix: 203.0.113.0/24, sites: [s]}",
    "  - {prefix: 198.51.100.0/24, sites: [s]}",
    "  - {prefix: '2001:db8::/64', sites: [s6]}",
    "  - {prefix: 10.1.0.0/24, sites: [ten]}",
    "  - {prefix: 'fd01::/64', sites: [six]}",
  ]),
};

/** Tells the error of a datagram that nobody takes: it went there, and the answer came back. */
function refusal(address: string): string {
  const open = `const s=require("dgram").createSocket("udp${address.includes(":") ? 6 : 4}")`;
  const told = 's.on("error",(e)=>{console.log(e.code);s.close()})';
  const late = "setTimeout(()=>process.exit(1),5000).unref()";
  return `${open};${told};${late};s.connect(9,"${address}",()=>s.send("x"))`;
}

describe.skipIf(why !== undefined)(`a trunk (${why ?? "in namespaces"})`, () => {
  const spaces = new Map<string, string>();
  const routers: ChildProcess[] = [];
  let folder = "";

  const space = (part: string): string => spaces.get(part) ?? "";

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "anyfib-trunk-"));
    for (const part of PARTS) {
      spaces.set(part, addNamespace(`anyfib-trunk-${part}`));
      run("ip", ["-n", space(part), "link", "set", "lo", "up"]);
    }
    for (const [part, device, other, otherDevice] of LINKS) {
      const peer = ["type", "veth", "peer", "name", otherDevice, "netns", space(other)];
      run("ip", ["-n", space(part), "link", "add", device, ...peer]);
      run("ip", ["-n", space(part), "link", "set", device, "mtu", "1508", "up"]);
      run("ip", ["-n", space(other), "link", "set", otherDevice, "mtu", "1508", "up"]);
    }
    for (const line of STATIONS) {
      const [part = "", ...command] = line.split(" ");
      run("ip", ["-n", space(part), ...command]);
    }
  });

  afterEach(() => {
    for (const router of routers.splice(0)) router.kill("SIGKILL");
    for (const one of spaces.values()) removeNamespace(one);
    rmSync(folder, { recursive: true });
  });

  async function start(part: "a" | "b"): Promise<void> {
    const file = path.join(folder, `${part}.yaml`);
    writeFileSync(file, CONFIGS[part]);
    const command = ["netns", "exec", space(part), process.execPath, MAIN, "run", "--config", file];
    const child = spawn("ip", command, { stdio: ["ignore", "ignore", "pipe"] });
    routers.push(child);
    let said = "";
    const over = once(child, "exit").then(() => Promise.reject(new Error(`ended: ${said}`)));
    while (!said.includes('"msg":"ready"')) {
      said += String(await Promise.race([once(child.stderr, "data"), over]));
    }
    over.catch(() => undefined);
    child.stderr.on("data", () => undefined);
  }

  test("neighbours are found and packets go both ways, in each VLAN", async () => {
    await Promise.all([start("b"), start("a")]);
    for (const address of ["203.0.113.1", "198.51.100.1", "2001:db8::1"]) {
      const ask = ["netns", "exec", space("c"), process.execPath, "-e", refusal(address)];
      expect(String(run("ip", ask)).trim(), address).toBe("ECONNREFUSED");
    }
  });
});
