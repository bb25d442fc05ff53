/** `anyfib gen`: the same seed gives the same file, which the other verbs read. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const generate = (...args: readonly string[]) => runHere(["gen", ...args]);

describe("gen table", () => {
  const FLAGS = ["table", "--routes", "2k", "--routes6", "500", "--groups", "20"] as const;

  it("is the same for the same seed, in a file or on stdout", async () => {
    const out = file("table.txt");
    expect(await generate(...FLAGS, "--seed", "7", "-w", out)).toMatchObject({
      status: 0,
      stdout: "",
    });
    const { stdout } = await generate(...FLAGS, "--seed", "7", "-w", "-");
    expect(stdout).toBe(readFileSync(out, "utf8"));
    expect(stdout).not.toBe((await generate(...FLAGS, "--seed", "8", "-w", "-")).stdout);
  });

  it("has as many routes and sets as asked for", async () => {
    const { stdout } = await generate(...FLAGS, "-w", "-");
    const { stdout: found } = await runHere(["info", "--json", "-"], { stdin: stdout });
    expect(JSON.parse(found)).toMatchObject({ routes: 2500, prefixes: { ipv4: 2000, ipv6: 500 } });
  });
});

describe("gen capture", () => {
  it.each(["pcap", "pcapng"])("as %s is the same for the same seed", async (ending) => {
    const [one, two] = [file(`one.${ending}`), file(`two.${ending}`)];
    for (const out of [one, two]) {
      const outcome = await generate("capture", "--packets", "3k", "--flows", "100", "-w", out);
      expect(outcome).toMatchObject({ status: 0, stdout: "", stderr: "" });
    }
    expect(Buffer.compare(readFileSync(one), readFileSync(two))).toBe(0);
    const { stdout } = await runHere(["info", "--json", one]);
    expect(JSON.parse(stdout)).toMatchObject({ format: ending, packets: 3000, truncated: false });
  });

  it("piped into replay over a generated table loses no packet", async () => {
    const table = file("routes.txt");
    await generate("table", "--routes", "1k", "--routes6", "1k", "-w", table);
    const capture = await generate("capture", "--packets", "5k", "--flows", "400", "-w", "-");
    const { stdout } = await runHere(["replay", "-r", "-", "--table", table, "--json"], {
      stdin: capture.bytes,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      received: 5000,
      forwarded: 5000,
      flows: 400,
      drops: {},
    });
  });

  it("keeps to a family and a size", async () => {
    const { bytes } = await generate(
      "capture",
      "--packets",
      "100",
      "--size",
      "333",
      "-6",
      "-w",
      "-",
    );
    const { stdout } = await runHere(["info", "--json", "-"], { stdin: bytes });
    const families = { ipv4: 0, ipv6: 100, other: 0 };
    expect(JSON.parse(stdout)).toMatchObject({ packets: 100, bytes: 33_300, families });
  });

  it("stops where it is interrupted", async () => {
    const args = ["gen", "capture", "--packets", "100k", "--size", "60", "-w", file("part.pcap")];
    await runHere(args, { signal: AbortSignal.abort() });
    const { stdout } = await runHere(["info", "--json", file("part.pcap")]);
    expect(JSON.parse(stdout).packets).toBe(4096);
  });
});

it.each([
  [["table"], "-w"],
  [["capture"], "-w"],
  [["capture", "--size", "0", "-w", "-"], "Give at least 1"],
  [["capture", "--size", "20", "-w", "-"], "size"],
  [["capture", "--flows", "none", "-w", "-"], "Give a whole number"],
  [["table", "--groups", "0", "-w", "-"], "Give at least 1"],
  [["capture", "-4", "-6", "-w", "-"], "-6"],
])("gen %j is refused", async (args) => {
  expect(await generate(...args)).toMatchObject({ status: 2, stdout: "" });
});
