/** Text tables: one route a line, prefixes alone, and what is wrong with other lines. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { readTextTable } from "../../src/sources/text.ts";
import { address, chunksOf, DEFAULTS, readError, readTable, rowsOf } from "./read-table.ts";

describe("lines", () => {
  it.each([
    ["10.0.0.0/8 192.0.2.1", "10.0.0.0/8 -> 192.0.2.1*1"],
    ["10.0.0.0/8\t192.0.2.1*3 ", "10.0.0.0/8 -> 192.0.2.1*3"],
    ["  10.0.0.0/8   192.0.2.1,192.0.2.2*5", "10.0.0.0/8 -> 192.0.2.1*1,192.0.2.2*5"],
    ["10.0.0.0/8 192.0.2.1 , 192.0.2.2*0 # far", "10.0.0.0/8 -> 192.0.2.1*1,192.0.2.2*0"],
    ["10.0.0.0/8 192.0.2.1*2,192.0.2.1*3", "10.0.0.0/8 -> 192.0.2.1*5"],
    ["10.0.0.0/8 192.0.2.1*65535#", "10.0.0.0/8 -> 192.0.2.1*65535"],
    ["10.0.0.1 2001:db8::1", "10.0.0.1/32 -> 2001:db8::1*1"],
    ["10.0.0.0/8 fe80::1%eth0,fe80::1%eth1", "10.0.0.0/8 -> fe80::1%eth0*1,fe80::1%eth1*1"],
    ["2001:DB8::/32 2001:db8::1", "2001:db8::/32 -> 2001:db8::1*1"],
    ["2001:db8::1 fe80::1%eth0*7", "2001:db8::1/128 -> fe80::1%eth0*7"],
    ["0.0.0.0/0 192.0.2.1", "0.0.0.0/0 -> 192.0.2.1*1"],
    ["::/0 2001:db8::1", "::/0 -> 2001:db8::1*1"],
    ["10.0.0.0/8", "10.0.0.0/8 -> 192.0.2.254*1"],
    ["2001:db8::/32 # alone", "2001:db8::/32 -> 2001:db8::fe*1"],
  ])("reads %j", async (line, row) => {
    expect((await readTable(line, DEFAULTS)).rows).toEqual([row]);
    const twice = await readTable(`# ${line}\r\n\r\n${line}\r\n \t\n${line}\n`, DEFAULTS);
    expect(twice).toMatchObject({ routes: 2, rows: [row, row], warningCount: 0 });
  });

  it("repeats a list for both families", async () => {
    const list = "2001:db8::1,2001:db8::2*2";
    const lines = ["10.0.0.0/8", "2001:db8:1::/48", "10.1.0.0/16", "2001:db8:2::/48"];
    const { table, routes } = await readTable(lines.map((line) => `${line} ${list}\n`).join(""));
    expect(routes).toBe(4);
    expect(table.targets).toHaveLength(1);
  });

  it("reads more lists than it remembers", async () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, i) => `10.0.0.0/8 198.18.${i >> 8}.${i & 255}`,
    );
    const { table } = await readTable([...lines, ...lines].join("\n"));
    expect(table.targets).toHaveLength(40_000);
    expect(table.targets4.subarray(0, 40_000)).toEqual(table.targets4.subarray(40_000, 80_000));
  });

  it("tolerates a byte order mark", async () => {
    const { rows } = await readTable("\ufeff10.0.0.0/8 192.0.2.1\n\ufeff10.1.0.0/16 192.0.2.1");
    expect(rows).toHaveLength(2);
  });

  it("adds to what the table holds", async () => {
    const { table } = await readTable("10.0.0.0/8 192.0.2.1");
    const bytes = new TextEncoder().encode("10.0.0.0/8 192.0.2.2");
    const result = await readTextTable(chunksOf(bytes, 7), { name: "second", table });
    expect(result.routes).toBe(1);
    expect(rowsOf(table)).toEqual(["10.0.0.0/8 -> 192.0.2.1*1", "10.0.0.0/8 -> 192.0.2.2*1"]);
  });
});

describe("host bits", () => {
  it("are cleared with a warning", async () => {
    const read = await readTable("10.0.0.1/8\n\n2001:db8::1/32 2001:db8::1", DEFAULTS);
    expect(read.rows).toEqual(["10.0.0.0/8 -> 192.0.2.254*1", "2001:db8::/32 -> 2001:db8::1*1"]);
    expect(read.warnings).toEqual([
      { line: 1, what: "host bits are set: read as 10.0.0.0/8" },
      { line: 3, what: "host bits are set: read as 2001:db8::/32" },
    ]);
  });

  it("warn a few times and are counted", async () => {
    const { warnings, warningCount } = await readTable("10.0.0.1/8\n".repeat(1000), DEFAULTS);
    expect([warnings.length, warnings.at(-1)?.line, warningCount]).toEqual([10, 10, 1000]);
  });
});

describe("a wrong line", () => {
  it.each([
    ["foo 192.0.2.1", "1:1", '"foo" is no prefix'],
    ["10.0.0.0/8 192.0.2.1\nfoo", "2:1", '"foo" is no prefix'],
    ["10.0.0.0/33 192.0.2.1", "1:1", '"33" is no prefix length, which is 0 to 32'],
    ["2001:db8::/x 2001:db8::1", "1:1", '"x" is no prefix length, which is 0 to 128'],
    ["\n 10.0.0/8 192.0.2.1", "2:2", '"10.0.0/8" is no prefix'],
    ["10.0.0.0/8x 192.0.2.1", "1:1", '"8x" is no prefix length'],
    ["10.0.0.0/8 bar", "1:12", '"bar" is no next hop'],
    ["10.0.0.0/8 192.0.2.1,", "1:22", '"" is no next hop'],
    ["10.0.0.0/8 192.0.2.1 192.0.2.2", "1:12", '"192.0.2.1 192.0.2.2" is no next hop'],
    ["10.0.0.0/8 192.0.2.1, bar*2", "1:23", '"bar" is no next hop'],
    ["10.0.0.0/8 192.0.2.1*", "1:22", '"" is no weight'],
    ["10.0.0.0/8 192.0.2.1*65536", "1:22", '"65536" is no weight'],
    ["10.0.0.0/8 192.0.2.1*-1", "1:22", '"-1" is no weight'],
    ["10.0.0.0/8 192.0.2.1*1*2", "1:22", '"1*2" is no weight'],
    ["10.0.0.0/8 192.0.2.1*65535,192.0.2.1", "1:12", "the weights of 192.0.2.1 add up to 65536"],
    ["10.0.0.0/8 0.0.0.0", "1:12", "0.0.0.0 is no next hop"],
    ["10.0.0.0/8 fe80::1", "1:12", "the link-local next hop fe80::1 has no zone"],
    ["10.0.0.0/8 2001:db8::1%eth0", "1:12", "the next hop 2001:db8::1%eth0 has a zone"],
    ["2001:db8::/32 192.0.2.1", "1:15", "an IPv6 prefix cannot have the IPv4 next hop 192.0.2.1"],
    ["default 192.0.2.1", "1:1", '"default" is no prefix'],
    ["10.0.0.0/8 192.0.2.1\n\tnexthop via 192.0.2.2", "2:2", '"nexthop" without a route before it'],
    ["\u001b[2J\u0000 x", "1:1", '"\\x1b[2J\\x00" is no prefix'],
  ])("%j", async (text, place, what) => {
    const error = await readError(text);
    expect(error).toMatchObject({ code: "TABLE_SYNTAX", exitCode: 3, where: `table.txt:${place}` });
    expect(error.message).toContain(`table.txt:${place}: ${what}`);
    expect(error.message).toMatch(/^[\x20-\x7e…]+$/);
  });

  it("shows bytes that are no text", async () => {
    const bytes = Uint8Array.of(0x1f, 0x8b, 0x08, 0xff, 0x20, 0x41);
    expect((await readError(bytes)).message).toContain('1:1: "\\x1f\\x8b\\x08\\xff" is no prefix');
  });

  it("is not UTF-16", async () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x31, 0x00);
    expect((await readError(bytes)).message).toContain("text in UTF-16; save the table as UTF-8");
  });

  it("is not over 64 KiB", async () => {
    const fit = `10.0.0.0/8 192.0.2.1 #${"x".repeat(65_536 - 22)}`;
    expect((await readTable(`${fit}\n`)).routes).toBe(1);
    expect((await readTable(fit)).routes).toBe(1);
    for (const long of [`${fit}y\n`, `${fit}y`, `10.0.0.0/8 192.0.2.1\n${"1".repeat(99_999)}`]) {
      const error = await readError(long);
      expect(error.message).toContain("a line of over 65536 bytes");
      expect(error.code).toBe("TABLE_SYNTAX");
    }
  });

  it("leaves the table as it was", async () => {
    const { table } = await readTable("10.0.0.0/8 192.0.2.1\n::/0 2001:db8::1");
    const rows = rowsOf(table);
    const bytes = new TextEncoder().encode("10.0.0.0/9 192.0.2.1\n::/1 2001:db8::1\nfoo");
    const reading = readTextTable(chunksOf(bytes, 8), { name: "t", table });
    await expect(reading).rejects.toThrow('t:3:1: "foo" is no prefix');
    expect(rowsOf(table)).toEqual(rows);
  });
});

describe("no route", () => {
  it.each(["", "\n\n", "# nothing\n", "\ufeff", "   ", "[]", "[ ]\n[]"])("in %j", async (text) => {
    const error = await readError(text);
    expect(error.message).toBe("table.txt: no routes; a route is a line `PREFIX NEXTHOP`");
    expect(error.code).toBe("TABLE_SYNTAX");
  });
});

describe("a prefix alone", () => {
  it.each([
    ["10.0.0.0/8", 4],
    ["2001:db8::/32", 6],
  ])("without a default next hop names the flag: %s", async (prefix, family) => {
    const error = await readError(`\n${prefix}\n`);
    expect(error).toMatchObject({ code: "USAGE", exitCode: 2, where: "table.txt:2:1" });
    expect(error.message).toContain(`an IPv${family} prefix without a next hop`);
    expect(error.message).toContain("--next-hop");
  });

  it("may take an IPv6 next hop for IPv4, not the other way round", async () => {
    const { rows } = await readTable("10.0.0.0/8", { ipv4: address("2001:db8::1") });
    expect(rows).toEqual(["10.0.0.0/8 -> 2001:db8::1*1"]);
    const error = await readError("::/0", { ipv6: address("192.0.2.1") });
    expect(error).toMatchObject({ code: "USAGE", where: "--next-hop" });
  });
});

describe("chunks", () => {
  const text = `\ufeff10.0.0.1/8\r\n# c\n10.1.0.0/16 192.0.2.1*2,192.0.2.2\n10.2.0.0/16
\tnexthop via 192.0.2.3 dev eth0 weight 1
\tnexthop via 192.0.2.4 dev eth0 weight 2
2001:db8::/32 fe80::1%eth0
default via fe80::1 dev eth0
10.3.0.0/16`;

  it("of any size read the same", async () => {
    const whole = await readTable(text, DEFAULTS, 65_536);
    expect(whole.routes).toBe(6);
    for (let size = 1; size < 40; size++) {
      const { table: _, ...read } = await readTable(text, DEFAULTS, size);
      expect(whole).toMatchObject(read);
    }
  });

  it("may fail, and the table stays as it was", async () => {
    const table = new RouteTable();
    const failure = new AnyfibError({ code: "DECOMPRESSION", what: "cut", hint: "fetch it again" });
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("10.0.0.0/8 192.0.2.1\n10.1.0.0/16 192.0.2.1\n");
      throw failure;
    }
    await expect(readTextTable(failing(), { name: "t", table })).rejects.toBe(failure);
    expect(table.count4).toBe(0);
  });
});
