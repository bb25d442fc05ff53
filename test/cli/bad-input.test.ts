/** Input that is wrong: one line that says what, where and what to do; and its exit status. */

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { concat, pcapHeader } from "../io/capture-bytes.ts";
import { CAPTURE } from "./captures.ts";
import { type Outcome, runHere, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file("good.txt", "0.0.0.0/0 10.0.0.1\n::/0 fd00::1\n");
const INPUT = file("good.pcap", CAPTURE);

/** A lookup over a table of this text. */
const lookUp = (text: string | Uint8Array, ...flags: readonly string[]): Promise<Outcome> =>
  runHere(["lookup", "--table", file("table", text), ...flags, "198.51.100.1"]);

/** A replay of these bytes. */
const replay = (bytes: Uint8Array): Promise<Outcome> =>
  runHere(["replay", "--table", TABLE, "-r", file("capture", bytes), "--json"]);

function expectOneLine({ stderr }: Outcome, ...parts: readonly string[]): void {
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  for (const part of parts) expect(stderr).toContain(part);
}

describe("a file that cannot be read ends with 4", () => {
  it.each([
    ["is missing", file("missing"), "no such file or folder; check the path"],
    ["is a folder", file("."), "is a folder; give a file in it"],
    ["lies below a file", `${TABLE}/x`, "a part of the path is no folder"],
  ])("where it %s", async (_, path, what) => {
    for (const args of [
      ["lookup", "--table", path, "::1"],
      ["replay", "--table", TABLE, "-r", path],
      ["info", path],
    ]) {
      const outcome = await runHere(args);
      expect([outcome.status, outcome.stdout]).toEqual([4, ""]);
      expectOneLine(outcome, `${path}: `, what);
    }
  });
});

describe("a table", () => {
  it.each([
    ["that is empty", "", "table: no routes"],
    ["of comments", "# nothing\n\n", "table: no routes"],
    ["with a line that is no prefix", "10.0.0.0/8 10.0.0.1\nsomewhere 10.0.0.1\n", "table:2:1: "],
    ["with a prefix too long", "10.0.0.0/33 10.0.0.1\n", "table:1:1: "],
    ["with a next hop that is none", "10.0.0.0/8 gateway\n", 'table:1:12: "gateway"'],
    ["with a weight that is none", "10.0.0.0/8 10.0.0.1*x\n", "table:1:21: "],
    ["with an IPv4 next hop for IPv6", "::/0 10.0.0.1\n", "table:1:6: an IPv6 prefix cannot have"],
    ["with a link-local next hop without a zone", "::/0 fe80::1\n", "table:1:6: "],
    ["in UTF-16", "\ufeff1", "table:1:1: "],
    ["of one endless line", "1".repeat(70_000), "table:1:1: a line of over 65536 bytes"],
    ["that is a capture", CAPTURE, "table:1:1: "],
  ])("%s ends with 3, at its place", async (_, text, what) => {
    const outcome = await lookUp(text);
    expect([outcome.status, outcome.stdout]).toEqual([3, ""]);
    expectOneLine(outcome, what);
  });

  it("of the configuration that is wrong ends with 2, at its place", async () => {
    const outcome = await lookUp("sites:\n  lon: {next_hop: 10.0.0.1, wieght: 2}\n");
    expect(outcome.status).toBe(2);
    expectOneLine(outcome, 'table:2:29: unknown key "wieght"; known keys: next_hop');
  });

  it("with host bits is read with a warning for each", async () => {
    const { status, stdout, stderr } = await lookUp("198.51.100.9/24 10.0.0.1\n::1/0 fd00::1\n");
    expect([status, stdout]).toEqual([0, "198.51.100.1 via 10.0.0.1 prefix 198.51.100.0/24\n"]);
    expect(stderr.match(/^warning: \S+:\d: host bits are set: read as \S+$/gm)).toHaveLength(2);
  });

  it("of IPv4 prefixes may have IPv6 next hops", async () => {
    const { stdout } = await lookUp("198.51.100.0/24 2001:db8::1\n");
    expect(stdout).toBe("198.51.100.1 via 2001:db8::1 prefix 198.51.100.0/24\n");
  });

  it("names a configuration that names itself", async () => {
    const outcome = await lookUp("tables: [table]\n");
    expect(outcome.status).toBe(2);
    expectOneLine(outcome, "configurations name each other more than 4 deep");
  });
});

describe("70,000 next hops", () => {
  const MANY = Array.from(
    { length: 70_000 },
    (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  );

  it("of as many routes are beyond the sets that there is room for", async () => {
    const outcome = await lookUp(MANY.map((address) => `${address} ${address}\n`).join(""));
    expect([outcome.status, outcome.stdout]).toEqual([2, ""]);
    expectOneLine(outcome, "more than 65528 distinct sets of next hops; use fewer sets");
  });

  it("of one route are beyond the next hops that there is room for", async () => {
    const lines = MANY.map((address) => `\tnexthop via ${address} dev eth0\n`);
    const outcome = await lookUp(`default\n${lines.join("")}`);
    expect([outcome.status, outcome.stdout]).toEqual([2, ""]);
    expectOneLine(outcome, "more than 65535 next hops, 10.0.255.255 is one too many");
  });
});

describe("a capture", () => {
  it.each([
    ["that is empty", new Uint8Array(0), "capture@0: the file ends within its magic number"],
    ["of three bytes", CAPTURE.subarray(0, 3), "capture@0: the file ends within its magic"],
    [
      "with a cut header",
      CAPTURE.subarray(0, 20),
      "capture@0: the file ends within the file header",
    ],
    ["of another format", new TextEncoder().encode("<html>"), "capture@0: 0x3c68746d is no magic"],
  ])("%s ends with 3, and nothing is reported", async (_, bytes, what) => {
    const outcome = await replay(bytes);
    expect([outcome.status, outcome.stdout]).toEqual([3, ""]);
    expectOneLine(outcome, what);
  });

  it("with an impossible length ends with 3; what came before is reported", async () => {
    const outcome = await replay(concat(CAPTURE, new Uint8Array(100).fill(0xff)));
    expect(outcome.status).toBe(3);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ received: 703 });
    const place = `capture@${CAPTURE.length}: `;
    expectOneLine(outcome, place, "a packet of 4294967295 captured bytes cannot be");
  });

  it("whose gzip is cut ends with 3; what came before is reported", async () => {
    const outcome = await replay(gzipSync(CAPTURE).subarray(0, -40));
    expect(outcome.status).toBe(3);
    expect(JSON.parse(outcome.stdout).received).toBeGreaterThan(0);
    expectOneLine(outcome, "the gzip stream ends in mid-stream");
  });

  it("that is a bomb ends with 3; what came before is reported", async () => {
    const outcome = await replay(zstdBomb());
    expect(outcome.status).toBe(3);
    expect(JSON.parse(outcome.stdout).received).toBeGreaterThan(200);
    expectOneLine(outcome, "bytes became", "more than 1000 times; if the file is no decompression");
  });
});

/** 80 MiB of packets of 256 KiB, all zero: a zstd block of one repeated byte has four bytes. */
function zstdBomb(): Uint8Array {
  const block = (kind: 0 | 1, size: number, content: Uint8Array): Uint8Array => {
    const header = (size << 3) | (kind << 1);
    return concat(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), content);
  };
  const dataBytes = 2 * 0x1_ffff;
  const record = new Uint8Array(16);
  new DataView(record.buffer).setUint32(8, dataBytes, true);
  new DataView(record.buffer).setUint32(12, dataBytes, true);
  const zeros = block(1, 0x1_ffff, Uint8Array.of(0));
  const packet = concat(block(0, 16, record), zeros, zeros);
  const header = pcapHeader();
  // Magic number; no size, no checksum; a window of 512 KiB.
  const start = concat(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x48), block(0, 24, header));
  return concat(start, ...Array.from({ length: 320 }, () => packet));
}

describe("arguments", () => {
  it.each([
    [["replay", "-r", INPUT], "no table was named"],
    [["replay", "-r", INPUT, "--table", TABLE, "-c", "many"], "Give a whole number"],
    [["replay", "-r", INPUT, "--table", TABLE, "--next-hop", "x"], "--next-hop: x is no address"],
    [
      ["lookup", "--table", TABLE, "--next-hop", "::1", "--next-hop", "::2", "::3"],
      "a second ipv6 next hop, ::2",
    ],
    [["lookup", "--table", TABLE], "missing required argument 'address'"],
    [["info"], "missing required argument 'file'"],
    [["completion"], "missing required argument 'shell'"],
    [["lookup", "--table"], "argument missing"],
  ])("%j end with 2", async (args, what) => {
    const { status, stdout, stderr } = await runHere(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(what);
  });
});
