/** The columns of a route table grow, share targets and go back to a mark. */

import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/net/address.ts";
import { type Prefix, parsePrefix } from "../../src/net/prefix.ts";
import type { NextHop, RouteTarget } from "../../src/rib/route.ts";
import { RouteTable } from "../../src/rib/route-table.ts";

function nextHop(text: string, more: Partial<NextHop> = {}): NextHop {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} was not read`);
  return { address, weight: 1, cost: 0, ...more };
}

function via(...nextHops: NextHop[]): RouteTarget {
  return { kind: "via", nextHops };
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} was not read`);
  return parsed.prefix;
}

describe("rows", () => {
  it("keeps all of them while it grows", () => {
    const table = new RouteTable();
    const rows = 5000;
    for (let row = 0; row < rows; row++) {
      table.add4((row << 8) >>> 0, row % 33, row);
      table.add6(0x20010db8, row, 0xffffffff, row + 1, row % 129, row + 2);
    }
    expect([table.count4, table.count6]).toEqual([rows, rows]);
    const indices = Array.from({ length: rows }, (_, row) => row);
    expect([...table.addresses4.subarray(0, rows)]).toEqual(indices.map((row) => row << 8));
    expect([...table.lengths4.subarray(0, rows)]).toEqual(indices.map((row) => row % 33));
    expect([...table.targets4.subarray(0, rows)]).toEqual(indices);
    const words = indices.flatMap((row) => [0x20010db8, row, 0xffffffff, row + 1]);
    expect([...table.words6.subarray(0, 4 * rows)]).toEqual(words);
    expect([...table.lengths6.subarray(0, rows)]).toEqual(indices.map((row) => row % 129));
    expect([...table.targets6.subarray(0, rows)]).toEqual(indices.map((row) => row + 2));
  });

  it("takes prefixes as values", () => {
    const table = new RouteTable();
    table.add(prefix("192.0.2.0/24"), 3);
    table.add(prefix("2001:db8:1:2:f3:4:5:6/127"), 4);
    expect([table.addresses4[0], table.lengths4[0], table.targets4[0]]).toEqual([
      0xc0000200, 24, 3,
    ]);
    expect([...table.words6.subarray(0, 4)]).toEqual([0x20010db8, 0x10002, 0xf30004, 0x50006]);
    expect([table.lengths6[0], table.targets6[0]]).toEqual([127, 4]);
  });

  it("counts them by prefix length", () => {
    const table = new RouteTable();
    for (const text of ["0.0.0.0/0", "10.0.0.0/8", "11.0.0.0/8", "::1/128", "::/0", "::/0"]) {
      table.add(prefix(text), 0);
    }
    expect([table.histogram4().length, table.histogram6().length]).toEqual([33, 129]);
    expect([table.histogram4()[0], table.histogram4()[8], table.histogram4()[32]]).toEqual([
      1, 2, 0,
    ]);
    expect([table.histogram6()[0], table.histogram6()[128]]).toEqual([2, 1]);
  });

  it("goes back to a mark", () => {
    const table = new RouteTable();
    table.add(prefix("10.0.0.0/8"), 0);
    const mark = table.mark();
    table.add(prefix("10.0.0.0/9"), 0);
    table.add(prefix("::/0"), 0);
    table.rewind(mark);
    expect([table.count4, table.count6, table.histogram4()[9]]).toEqual([1, 0, 0]);
  });
});

describe("internTarget", () => {
  it("gives equal sets one index, whatever their order", () => {
    const table = new RouteTable();
    const [a, b] = [nextHop("192.0.2.1"), nextHop("fe80::1%eth0", { weight: 2 })];
    const index = table.internTarget(via(a, b));
    expect(table.internTarget(via(b, a))).toBe(index);
    expect(table.targets[index]).toEqual(via(a, b));
  });

  it("tells apart what leads elsewhere", () => {
    const table = new RouteTable();
    const mac = [2, 0, 0, 0, 0, 1] as const;
    const targets: RouteTarget[] = [
      { kind: "local" },
      { kind: "blackhole" },
      via(),
      via(nextHop("192.0.2.1")),
      via(nextHop("192.0.2.1", { weight: 2 })),
      via(nextHop("192.0.2.1", { cost: 2 })),
      via(nextHop("192.0.2.1", { site: "lon" })),
      via(nextHop("192.0.2.1", { mac })),
      via(nextHop("192.0.2.1", { site: "lon", mac })),
      via(nextHop("192.0.2.1"), nextHop("192.0.2.2")),
      via(nextHop("fe80::1%eth0")),
      via(nextHop("fe80::1%eth1")),
    ];
    expect(targets.map((target) => table.internTarget(target))).toEqual([...targets.keys()]);
    expect(targets.map((target) => table.internTarget(target))).toEqual([...targets.keys()]);
  });
});
