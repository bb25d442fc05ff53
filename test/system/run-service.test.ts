/** `anyfib run` as a service: what it tells systemd, and what it says where rights are missing. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NotifySocket } from "../telemetry/notify-socket.ts";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const MAIN = path.join(ROOT, "dist/src/cli/main.js");
const why =
  missingTools("ip", "setpriv") ??
  notRoot() ??
  (existsSync(MAIN) ? undefined : "not built: npm run build");
const NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups"];
const WAIT_MS = 500;
/** The first version that knows Type=notify-reload. */
const NOTIFY_RELOAD = 253;

describe.skipIf(why !== undefined)(`a service (${why ?? "in a namespace"})`, () => {
  let folder = "";
  let space = "";

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "anyfib-service-"));
    chmodSync(folder, 0o777);
    space = addNamespace("anyfib-service");
    run("ip", ["-n", space, "link", "add", "u0", "type", "veth", "peer", "name", "u1"]);
    for (const device of ["u0", "u1"]) run("ip", ["-n", space, "link", "set", device, "up"]);
  });

  afterAll(() => {
    removeNamespace(space);
    rmSync(folder, { recursive: true });
  });

  /** Writes a configuration; returns the command that runs it. */
  function command(device: string, mode: string): readonly string[] {
    const file = path.join(folder, `${device}-${mode}.yaml`);
    const socket = path.join(folder, "control/control.sock");
    const link = `{device: ${device}, mode: ${mode}, addresses: [10.9.0.1/24]}`;
    writeFileSync(file, `interfaces: {u: ${link}}\ncontrol: {socket: ${socket}}\n`);
    return [process.execPath, MAIN, "run", "--config", file];
  }

  /** Runs it as nobody with some rights; its status and what it said. */
  function asNobody(device: string, mode: string, rights: readonly string[]) {
    const sets = ["-all", ...rights.map((right) => `+${right}`)].join();
    const user = ["setpriv", ...NOBODY, `--inh-caps=${sets}`, `--ambient-caps=${sets}`];
    const line = ["netns", "exec", space, ...user, ...command(device, mode), "--for", "1"];
    const { status, stderr } = spawnSync("ip", line, { encoding: "utf8" });
    const lines = stderr.trim().split("\n");
    const errors = lines.filter((text) => text.startsWith("anyfib: "));
    return { status, errors, stderr };
  }

  test.each([
    ["auto", "u0", [], "CAP_NET_RAW"],
    ["packet_ring", "u0", [], "CAP_NET_RAW"],
    ["packet_mmsg", "u0", [], "CAP_NET_RAW"],
    ["tap", "t0", [], "CAP_NET_ADMIN"],
    ["packet_ring", "u0", ["net_raw"], "CAP_NET_ADMIN"],
  ])("%s without rights says in one line which it lacks", (mode, device, rights, lacking) => {
    const { status, errors } = asNobody(device, mode, rights);
    expect(status).toBe(4);
    expect(errors).toEqual([expect.stringContaining(`needs ${lacking}`)]);
  });

  test("without CAP_BPF it runs, and says what the kernel does", () => {
    const { status, stderr } = asNobody("u0", "auto", ["net_raw", "net_admin"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/"level":"warn".*u0: the kernel handles its packets too.*CAP_BPF/);
    const whole = asNobody("u0", "auto", ["net_raw", "net_admin", "bpf"]);
    expect(whole.status).toBe(0);
    expect(whole.stderr).not.toContain("CAP_BPF");
  });

  test("a TAP that is another kind of interface is told so", () => {
    const { status, errors } = asNobody("u1", "tap", ["net_raw", "net_admin"]);
    expect(status).toBe(4);
    expect(errors).toEqual([expect.stringContaining("u1 is no TAP")]);
  });

  test("tells systemd that it is ready, reloads, lives and stops", async () => {
    const name = path.join(folder, "notify");
    using manager = new NotifySocket(name);
    const env = { ...process.env, NOTIFY_SOCKET: name, WATCHDOG_USEC: "200000" };
    const child = spawn("ip", ["netns", "exec", space, ...command("u0", "auto")], { env });
    let said = "";
    while (!said.includes('"msg":"ready"')) said += String(await once(child.stderr, "data"));
    child.stderr.on("data", () => undefined);
    await sleep(WAIT_MS);
    const begun = manager.take();
    expect(begun[0]).toBe("READY=1");
    expect(begun.slice(1).every((state) => state === "WATCHDOG=1")).toBe(true);
    expect(begun.length).toBeGreaterThan(2);
    child.kill("SIGHUP");
    await sleep(WAIT_MS);
    const reloaded = manager.take().filter((state) => state !== "WATCHDOG=1");
    expect(reloaded).toEqual([
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
      "READY=1",
    ]);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect((await ended)[0]).toBe(0);
    expect(manager.take().at(-1)).toBe("STOPPING=1");
  });

  test.skipIf(missingTools("systemd-analyze") !== undefined)(
    "the unit of the operations page is one that systemd takes",
    () => {
      const page = readFileSync(path.join(ROOT, "docs/operations.md"), "utf8");
      const [, unit = ""] = /```ini\n(\[Unit\][\s\S]*?)```/.exec(page) ?? [];
      expect(unit).toContain("ExecStart=/usr/bin/anyfib");
      const [, version] = /systemd (\d+)/.exec(String(run("systemd-analyze", ["--version"]))) ?? [];
      const knows = Number(version) >= NOTIFY_RELOAD;
      const own = knows ? unit : unit.replace("Type=notify-reload", "Type=notify");
      const file = path.join(folder, "anyfib.service");
      writeFileSync(file, own.replace("/usr/bin/anyfib", process.execPath));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", file], {
        encoding: "utf8",
      });
      expect(stderr.split("\n").filter((line) => line.includes("anyfib.service"))).toEqual([]);
      expect(status).toBe(0);
    },
  );
});
