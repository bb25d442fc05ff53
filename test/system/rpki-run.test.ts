/** A running router with StayRTR as its cache: routes that become invalid go, and come back. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { MAIN, PLAIN_ENV } from "../cli/run.ts";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const why = notRoot() ?? missingTools("ip", "stayrtr");
const CACHE = "127.0.0.1:43282";
const METRICS = "127.0.0.1:43283";
const WAIT = { timeout: 30_000, interval: 200 };

const folder = mkdtempSync(path.join(tmpdir(), "anyfib-rpki-"));
const programs: ChildProcess[] = [];
let space = "";
const at = (name: string): string => path.join(folder, name);

afterAll(() => {
  for (const program of programs) program.kill("SIGKILL");
  if (space !== "") removeNamespace(space);
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a program in the namespace. */
function start(name: string, ...args: readonly string[]): void {
  const all = ["netns", "exec", space, name, ...args];
  programs.push(spawn("ip", all, { stdio: "ignore", env: PLAIN_ENV }));
}

/** Gives the cache one VRP, in place of the one it had. */
function announce(prefix: string): void {
  const roas = [{ asn: 1, prefix, maxLength: 24, ta: "test", expires: 4_000_000_000 }];
  writeFileSync(at("part.json"), JSON.stringify({ metadata: {}, roas }));
  renameSync(at("part.json"), at("vrps.json"));
}

const CONFIG = `
interfaces: {up: {device: rpki0, addresses: [198.18.0.1/24]}}
sites: {lon: {next_hop: 198.18.0.2, via: up, mac: "02:00:00:00:00:11"}}
routes: [{prefix: 0.0.0.0/0, sites: [lon]}]
tables: [rib.mrt]
control: {socket: ${at("control.sock")}}
rpki: {rtr: "${CACHE}", invalid: reject}
`;

/** The prefixes that packets to both networks match. */
function matches(): readonly string[] {
  const asked = ["198.51.100.1", "203.0.113.1"];
  const args = [MAIN, "ctl", "routes", "--json", "--socket", at("control.sock"), ...asked];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8", env: PLAIN_ENV });
  return [...stdout.matchAll(/"prefix": *"([^"]+)"/g)].map(([, prefix = ""]) => prefix);
}

describe.skipIf(why !== undefined)(
  `a running router${why === undefined ? "" : ` (${why})`}`,
  () => {
    it("follows its cache", async () => {
      const dump = bytesOf([
        peerIndexTable([peer(4, 4)]),
        ribRecord("198.51.100.0/24", [entry(0, attributes(64_500))]),
        ribRecord("203.0.113.0/24", [entry(0, attributes(64_501))]),
      ]);
      writeFileSync(at("rib.mrt"), dump);
      writeFileSync(at("anyfib.yaml"), CONFIG);
      announce("198.51.100.0/24");
      space = addNamespace("anyfib-rpki");
      run("ip", ["-n", space, "link", "set", "lo", "up"]);
      const pair = ["rpki0", "type", "veth", "peer", "name", "rpki1"];
      run("ip", ["-n", space, "link", "add", ...pair]);
      for (const link of ["rpki0", "rpki1"]) run("ip", ["-n", space, "link", "set", link, "up"]);
      const cache = ["-bind", CACHE, "-cache", at("vrps.json"), "-metrics.addr", METRICS];
      start("stayrtr", ...cache, "-checktime=false", "-refresh", "1");
      start(process.execPath, MAIN, "run", "--config", at("anyfib.yaml"), "--for", "60");
      const first = ["0.0.0.0/0", "203.0.113.0/24"];
      await vi.waitFor(() => expect(matches()).toEqual(first), WAIT);
      announce("203.0.113.0/24");
      const second = ["198.51.100.0/24", "0.0.0.0/0"];
      await vi.waitFor(() => expect(matches()).toEqual(second), WAIT);
    });
  },
);
