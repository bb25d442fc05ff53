/**
 * Two running routers with tunnels between them: each opens what the other sends.
 *
 *     c c0 - edge a core === core b edge - s0 s
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAIN } from "../cli/run.ts";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const why =
  missingTools("ip") ?? notRoot() ?? (existsSync(MAIN) ? undefined : "not built: npm run build");
const TIMEOUT_MS = 60_000;

const LINKS = [
  ["c", "c0", "a", "edge"],
  ["a", "core", "b", "core"],
  ["b", "edge", "s", "s0"],
] as const;
const STATIONS = [
  "c address add 10.1.0.2/24 dev c0",
  "c address add fd01::2/64 dev c0 nodad",
  "c route add default via 10.1.0.1",
  "c route add default via fd01::1",
  "s address add 10.2.0.2/24 dev s0",
  "s address add fd02::2/64 dev s0 nodad",
  "s address add 203.0.113.1/32 dev lo",
  "s address add 2001:db8::1/128 dev lo",
  "s route add default via 10.2.0.1",
  "s route add default via fd02::1",
];

/** What is reached over the core, in the tunnel to the other router. */
interface Side {
  readonly number: 1 | 2;
  readonly far: readonly string[];
  readonly near: readonly (readonly [prefix: string, nextHop: string])[];
}

const SIDES: Readonly<Record<"a" | "b", Side>> = {
  a: { number: 1, far: ["203.0.113.0/24", "2001:db8::/64"], near: [] },
  b: {
    number: 2,
    far: ["10.1.0.0/24", "fd01::/64"],
    near: [
      ["203.0.113.0/24", "10.2.0.2"],
      ["2001:db8::/64", "fd02::2"],
    ],
  },
};

function configOf({ number, far, near }: Side, kind: string, core: string, folder: string): string {
  const other = `${core}${3 - number}`;
  return [
    "interfaces:",
    `  edge: {device: edge, addresses: [10.${number}.0.1/24, "fd0${number}::1/64"]}`,
    `  core: {device: core, addresses: [10.10.0.${number}/24, "fd10::${number}/64"]}`,
    "sites:",
    `  other: {next_hop: "${other}", via: core, encapsulation: ${kind}}`,
    ...near.map(([, nextHop], n) => `  near${n}: {next_hop: "${nextHop}", via: edge}`),
    "routes:",
    ...far.map((prefix) => `  - {prefix: "${prefix}", sites: [other], action: count}`),
    ...near.map(([prefix], n) => `  - {prefix: "${prefix}", sites: [near${n}]}`),
    `tunnels: {peer: {addresses: ["${core}${number}"], kinds: [${kind}], sources: ["${other}"]}}`,
    `control: {socket: ${folder}/${number}.sock}`,
  ].join("\n");
}

/**
 * Tells the error of a datagram that nobody takes: it went there, and the answer came back. Links
 * that have just come up may lose the first ones.
 */
function refusal(address: string): string {
  const open = `const s=require("dgram").createSocket("udp${address.includes(":") ? 6 : 4}")`;
  const told = 's.on("error",(e)=>{console.log(e.code);process.exit(0)})';
  const late = "setTimeout(()=>process.exit(1),9000)";
  const again = `s.connect(9,"${address}",()=>setInterval(()=>s.send("x"),300))`;
  return `${open};${told};${late};${again}`;
}

describe.skipIf(why !== undefined)(`tunnels of running routers (${why ?? "in namespaces"})`, () => {
  const spaces = new Map<string, string>();
  const routers: ChildProcess[] = [];
  let folder = "";
  const space = (part: string): string => spaces.get(part) ?? "";

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "anyfib-tunnels-"));
    for (const part of ["c", "a", "b", "s"]) {
      spaces.set(part, addNamespace(`anyfib-tunnel-${part}`));
      run("ip", ["-n", space(part), "link", "set", "lo", "up"]);
    }
    for (const [part, device, other, otherDevice] of LINKS) {
      const peer = ["type", "veth", "peer", "name", otherDevice, "netns", space(other)];
      run("ip", ["-n", space(part), "link", "add", device, ...peer]);
      run("ip", ["-n", space(part), "link", "set", device, "up"]);
      run("ip", ["-n", space(other), "link", "set", otherDevice, "up"]);
    }
    for (const line of STATIONS) {
      const [part = "", ...command] = line.split(" ");
      run("ip", ["-n", space(part), ...command]);
    }
  }, TIMEOUT_MS);

  afterEach(() => {
    for (const router of routers.splice(0)) router.kill("SIGKILL");
    for (const one of spaces.values()) removeNamespace(one);
    rmSync(folder, { recursive: true });
  });

  async function start(part: "a" | "b", kind: string, core: string): Promise<void> {
    const file = path.join(folder, `${part}.yaml`);
    writeFileSync(file, configOf(SIDES[part], kind, core, folder));
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

  function shown(number: 1 | 2) {
    const socket = path.join(folder, `${number}.sock`);
    return JSON.parse(
      String(run(process.execPath, [MAIN, "ctl", "show", "--json", "--socket", socket])),
    );
  }

  test.each([
    ["gue", "10.10.0."],
    ["gue", "fd10::"],
    ["ipip", "10.10.0."],
    ["ipip", "fd10::"],
  ])("%s over %s carries both families both ways", { timeout: TIMEOUT_MS }, async (kind, core) => {
    await Promise.all([start("b", kind, core), start("a", kind, core)]);
    const asked = ["203.0.113.1", "2001:db8::1"];
    for (const address of asked) {
      const ask = ["netns", "exec", space("c"), process.execPath, "-e", refusal(address)];
      expect(String(run("ip", ask)).trim(), address).toBe("ECONNREFUSED");
    }
    for (const number of [1, 2] as const) {
      const { tunnels, marked_routes: marked, drops } = shown(number);
      expect(tunnels).toMatchObject([{ tunnel: "peer", dropped: 0, left: 0 }]);
      expect(tunnels[0].packets).toBeGreaterThanOrEqual(asked.length);
      for (const { packets } of marked) expect(packets).toBeGreaterThan(0);
      expect(Object.keys(drops).filter((reason) => reason.startsWith("tunnel_"))).toEqual([]);
    }
  });
});
