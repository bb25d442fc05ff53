/** `replay -i`: what arrives at the other end of a link, and at what rate. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const MAIN = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const SAMPLES = path.join(import.meta.dirname, "../../samples");

const why =
  missingTools("ip") ?? notRoot() ?? (existsSync(MAIN) ? undefined : "not built: npm run build");

describe.skipIf(why !== undefined)(`replay -i (${why ?? "in a namespace"})`, () => {
  let space = "";

  beforeAll(() => {
    space = addNamespace("anyfib-send");
    const ip = (line: string) => run("ip", ["-n", space, ...line.split(" ")]);
    ip("link add send0 type veth peer name send1");
    for (const device of ["send0", "send1"]) {
      ip(`link set ${device} addrgenmode none`);
      ip(`link set ${device} up`);
    }
  });

  afterAll(() => removeNamespace(space));

  function replay(...flags: readonly string[]) {
    const files = ["-r", `${SAMPLES}/capture.pcapng`, "--table", `${SAMPLES}/table.txt`];
    const anyfib = [process.execPath, MAIN, "replay", ...files, ...flags, "--json"];
    const result = spawnSync("ip", ["netns", "exec", space, ...anyfib], { encoding: "utf8" });
    return { status: result.status, stderr: result.stderr, stdout: result.stdout };
  }

  function arrived(): number {
    const file = "/sys/class/net/send1/statistics/rx_packets";
    return Number(run("ip", ["netns", "exec", space, "cat", file]));
  }

  test("sends each forwarded packet once, in each loop", () => {
    const before = arrived();
    const { forwarded, received, sent } = JSON.parse(replay("-i", "send0", "-t", "-l", "3").stdout);
    expect(received % 3).toBe(0);
    expect(sent).toMatchObject({ packets: forwarded, failed: 0 });
    expect(arrived() - before).toBe(forwarded);
  });

  test("keeps a rate, and says what it reached", () => {
    const { sent } = JSON.parse(replay("-i", "send0", "-p", "500", "-L", "300").stdout);
    expect(sent.rated_packets_per_second).toBe(500);
    // Never faster; slower only where the machine is busy.
    expect(sent.achieved_packets_per_second).toBeLessThan(505);
    expect(sent.seconds).toBeGreaterThanOrEqual((sent.packets - 1) / 500);
  });

  test("ends in time, and says which interface there is not", () => {
    const { sent } = JSON.parse(
      replay("-i", "send0", "-p", "100", "-l", "1000", "--duration", "0.5").stdout,
    );
    expect(sent.seconds).toBeGreaterThanOrEqual(0.4);
    expect(sent.packets).toBeLessThanOrEqual(51);
    const { status, stderr } = replay("-i", "nowhere0");
    expect([status, stderr]).toEqual([4, expect.stringContaining("nowhere0")]);
  });
});
