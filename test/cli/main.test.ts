/** The binary in a process of its own: statuses, one line for errors, pipes, signals, colours. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { captureBytes, query4 } from "../replay/replay-rig.ts";
import { CAPTURE, SITES_YAML } from "./captures.ts";
import { MAIN, PLAIN_ENV, runBinary, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file("sites.yaml", SITES_YAML);
const INPUT = file("capture.pcap", CAPTURE);

/** More packets than a pipe holds. */
const PACKETS = 20_000;
const LONG = captureBytes(Array.from({ length: PACKETS }, (_, port) => query4(port & 0xffff)));
const FRAME_BYTES = query4(0).data.length;

/** Starts the binary; `ended` says with what it ends. */
function start(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: PLAIN_ENV });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  // A child that has ended takes no more input.
  child.stdin.on("error", () => {});
  const ended = once(child, "close").then(([status]) => ({ status, stdout, stderr }));
  return { child, ended };
}

describe("the exit status", () => {
  it.each([
    [1, ["lookup", "--table", TABLE, "192.0.2.1"]],
    [4, ["info", file("missing")]],
  ])("is %d, errors are one line: %j", (expected, args) => {
    const { status, stderr } = runBinary(args);
    expect(status).toBe(expected);
    expect(stderr).toMatch(expected > 1 ? /^anyfib: .+; .+\n$/ : /^$/);
  });
});

describe("a word that is wrong ends with 2, and is named", () => {
  it.each([
    [["replay", "-r", INPUT, "--tabel", TABLE], "'--tabel' (Did you mean --table?)"],
    [["gen", "tabel"], "'tabel'; verbs: table, capture"],
  ])("%j: %s", (args, what) => {
    const { status, stdout, stderr } = runBinary(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^anyfib: .+\n$/);
    expect(stderr).toContain(what);
  });
});

describe("without a verb", () => {
  it("shows the samples, a failover that moves no flow needlessly, and what to try next", () => {
    const { status, stdout, stderr } = runBinary([]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /\nreceived [\d,]+ = forwarded [\d,]+ \+ punted [\d,]+ \+ dropped \d+\n/,
    );
    expect(stdout).toMatch(/\nforwarding [\d.]+ ns a packet/);
    expect(stdout).toMatch(/\nlon goes down \(\d+ µs\): \d+ of \d+ flows move, 0 needlessly\n/);
    const [, commands = ""] = stdout.split("Try next:\n");
    expect(commands.match(/^ {2}npx anyfib \w+ .+$/gm)).toHaveLength(3);
  });
});

describe("pipes", () => {
  it("carry a generated capture into a replay", async () => {
    const table = file("routes.txt", "10.0.0.0/8 10.0.0.1\n0.0.0.0/0 10.0.0.2\n::/0 fd00::1\n");
    const writer = start(["gen", "capture", "--packets", "20k", "-w", "-"]);
    const reader = start(["replay", "-r", "-", "--table", table, "--json"]);
    writer.child.stdout.pipe(reader.child.stdin);
    const ends = await Promise.all([writer.ended, reader.ended]);
    expect(ends).toMatchObject([
      { status: 0, stderr: "" },
      { status: 0, stderr: "" },
    ]);
    expect(JSON.parse(ends[1].stdout)).toMatchObject({ received: 20_000, forwarded: 20_000 });
  });

  it.each([
    ["gen", "capture", "--packets", "1M", "-w", "-"],
    ["replay", "-r", file("long.pcap", LONG), "--table", TABLE, "-w", "-"],
  ])("whose reader has seen enough end quietly: %s", async (...args) => {
    const { child, ended } = start(args);
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await ended).toMatchObject({ status: 0, stderr: "" });
  });
});

describe.skipIf(process.platform === "win32")("an interrupt", () => {
  it("ends a replay with 130; what came before is written and reported", async () => {
    const out = file("out.pcap");
    const { child, ended } = start(["replay", "-r", "-", "--table", TABLE, "--json", "-w", out]);
    child.stdin.write(LONG);
    const isWritten = () => existsSync(out) && statSync(out).size > LONG.length / 2;
    while (!isWritten()) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { status, stdout, stderr } = await ended;
    expect([status, stderr]).toEqual([130, ""]);
    const { received, forwarded } = JSON.parse(stdout);
    expect(received).toBeGreaterThan(PACKETS / 2);
    expect(statSync(out).size).toBe(24 + forwarded * (16 + FRAME_BYTES));
  });
});
