/** `anyfib lookup`: the text, JSON and NDJSON that scripts rely on, and the exit statuses. */

import { describe, expect, it } from "vitest";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const TABLE = file(
  "table.txt",
  `# A service in two sites, and routes of one next hop.
203.0.113.0/24 10.0.0.1,10.0.0.2*3
198.51.100.0/24 10.0.0.2
192.0.2.0/25 fe80::1%eth0
2001:db8:a::/48 fd00::1,fd00::2
2001:db8:b::/48 fd00::1
blackhole 198.51.100.128/25
unreachable 2001:db8:b:1::/64
`,
);

const run = (...args: readonly string[]) => runHere(["lookup", "--table", TABLE, ...args]);

describe("text", () => {
  it("is a line for each address, in order", async () => {
    const { stdout, stderr, status } = await run("198.51.100.9", "2001:DB8:B::1", "192.0.2.1");
    expect(stdout).toBe(
      "198.51.100.9 via 10.0.0.2 prefix 198.51.100.0/24\n" +
        "2001:db8:b::1 via fd00::1 prefix 2001:db8:b::/48\n" +
        "192.0.2.1 via fe80::1%eth0 prefix 192.0.2.0/25\n",
    );
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("names all next hops of a group with their weights, or the choice for a flow", async () => {
    const all = await run("203.0.113.9");
    expect(all.stdout).toBe("203.0.113.9 via 10.0.0.1*1,10.0.0.2*3 prefix 203.0.113.0/24\n");
    const { stdout } = await run("--flow", "192.0.2.7:4711,tcp,443", "203.0.113.9");
    expect(stdout).toMatch(/^203\.0\.113\.9 via 10\.0\.0\.[12] prefix 203\.0\.113\.0\/24\n$/);
  });

  it("says unreachable, with status 1, where any address has no route", async () => {
    const { stdout, status } = await run("198.51.100.9", "10.9.9.9", "::1");
    expect(stdout.split("\n").slice(1)).toEqual(["10.9.9.9 unreachable", "::1 unreachable", ""]);
    expect(status).toBe(1);
  });

  it("names the kind of a route without next hops", async () => {
    const { stdout, status } = await run("198.51.100.200", "2001:db8:b:1::9");
    expect(stdout).toBe(
      "198.51.100.200 blackhole prefix 198.51.100.128/25\n" +
        "2001:db8:b:1::9 unreachable prefix 2001:db8:b:1::/64\n",
    );
    expect(status).toBe(0);
  });
});

describe("JSON", () => {
  const ADDRESSES = ["198.51.100.9", "203.0.113.9", "10.9.9.9", "198.51.100.200"] as const;
  const OBJECTS = [
    {
      address: "198.51.100.9",
      prefix: "198.51.100.0/24",
      next_hops: [{ next_hop: "10.0.0.2", weight: 1 }],
      next_hop: "10.0.0.2",
    },
    {
      address: "203.0.113.9",
      prefix: "203.0.113.0/24",
      next_hops: [
        { next_hop: "10.0.0.1", weight: 1 },
        { next_hop: "10.0.0.2", weight: 3 },
      ],
      next_hop: null,
    },
    { address: "10.9.9.9", prefix: null, next_hops: [], next_hop: null },
    {
      address: "198.51.100.200",
      prefix: "198.51.100.128/25",
      next_hops: [],
      next_hop: null,
      kind: "blackhole",
    },
  ];

  it("is one array", async () => {
    const { stdout, status } = await run("--json", ...ADDRESSES);
    expect(JSON.parse(stdout)).toEqual(OBJECTS);
    expect(status).toBe(1);
  });

  it("of the same objects is one a line with --ndjson", async () => {
    const { stdout } = await run("--ndjson", ...ADDRESSES);
    const lines = stdout.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(OBJECTS);
  });

  it("leaves a flow's slot and the weights in force to a note", async () => {
    const { stderr } = await run("--flow", "192.0.2.7:1,17,53", "203.0.113.9");
    expect(stderr).toMatch(/^203\.0\.113\.9: slot \d+ of 1024 among 10\.0\.0\.1\*1,/);
  });

  it("tells the shares where the next tier takes a part", async () => {
    const table = file(
      "overflow.yaml",
      `sites:
  lon: {next_hop: 10.0.0.1, cost: 1, weight: 3}
  ams: {next_hop: 10.0.0.2, cost: 1}
  nyc: {next_hop: 10.0.0.3, cost: 9}
routes:
  - {prefix: 203.0.113.0/24, sites: [lon, ams, nyc], overflow: 0.2}
`,
    );
    const flow = ["--flow", "192.0.2.7:1,17,53"];
    const own = (...args: readonly string[]) => runHere(["lookup", "--table", table, ...args]);
    for (const more of [[], flow]) {
      const { stdout } = await own("--ndjson", ...more, "203.0.113.9");
      const shares = JSON.parse(stdout).next_hops.map(({ share }: { share: number }) => share);
      expect(shares.map((share: number) => share.toFixed(3))).toEqual(["0.600", "0.200", "0.200"]);
    }
    const { stderr } = await own(...flow, "203.0.113.9");
    expect(stderr).toContain("among 10.0.0.1 60.00 %,10.0.0.2 20.00 %,10.0.0.3 20.00 %");
  });

  it("has the choice for a flow", async () => {
    const chosen = new Set<string>();
    for (let port = 1; port <= 24; port++) {
      const { stdout } = await run("--ndjson", "--flow", `192.0.2.7:${port},17,53`, "203.0.113.9");
      const { next_hop, slot, slots } = JSON.parse(stdout);
      chosen.add(next_hop);
      expect(slots).toBe(1024);
      expect(slot).toBeLessThan(slots);
    }
    expect([...chosen].sort()).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  it("depends on the key, and on nothing else", async () => {
    const ports = Array.from({ length: 4 }, (_, port) => port);
    const choices = async (...key: readonly string[]) => {
      const runs = [];
      for (const port of ports) {
        const flow = ["--flow", `[2001:db8::7]:${port},tcp,443`];
        runs.push((await run(...key, ...flow, "2001:db8:a::1")).stdout);
      }
      return runs;
    };
    const zero = await choices();
    expect(await choices("--key", "0".repeat(32))).toEqual(zero);
    expect(await choices("--key", file("key", "f".repeat(32)))).not.toEqual(zero);
  });
});

describe("addresses from standard input", () => {
  const given = (stdin: string, ...flags: readonly string[]) =>
    runHere(["lookup", "--table", TABLE, ...flags, "-"], { stdin });

  it("are one a line, whatever the line ends with", async () => {
    const { stdout } = await given("198.51.100.9\r\n\n  2001:db8:b::1  \n192.0.2.1");
    expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "198.51.100.9",
      "2001:db8:b::1",
      "192.0.2.1",
      "",
    ]);
  });

  it("are answered up to the line that is none, which is named", async () => {
    const { status, stdout, stderr } = await given("198.51.100.9\n\ngateway\n::1\n", "--json");
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining('-:3:1: "gateway" is no address'),
    ]);
  });

  it("may be many, as one JSON array too", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `203.0.${i >> 8}.${i & 255}`);
    const { stdout, status } = await given(`${lines.join("\n")}\n`, "--json");
    // cast: what the verb prints.
    const objects = JSON.parse(stdout) as readonly { address: string; prefix: string | null }[];
    expect(objects.map(({ address }) => address)).toEqual(lines);
    expect(objects.filter(({ prefix }) => prefix !== null)).toHaveLength(256);
    expect(status).toBe(1);
  });

  it("may be none", async () => {
    expect(await given("", "--json")).toMatchObject({ stdout: "[]\n", status: 0 });
    expect(await given("\n\n")).toMatchObject({ stdout: "", status: 0 });
  });

  it("stand among others", async () => {
    const { stdout } = await runHere(
      ["lookup", "--table", TABLE, "198.51.100.1", "-", "198.51.100.3"],
      { stdin: "198.51.100.2\n" },
    );
    expect(stdout.match(/198\.51\.100\.\d /g)).toEqual(
      ["1", "2", "3"].map((n) => `198.51.100.${n} `),
    );
  });

  it.each([
    ["--table", "-", "-"],
    ["--table", "-", "--table", "-", "::1"],
    ["--table", TABLE, "-", "-"],
  ])("are read once: %s %s %s %s", async (...args) => {
    const { status, stderr } = await runHere(["lookup", ...args], { stdin: "::/0 ::1\n" });
    expect([status, stderr]).toEqual([2, expect.stringContaining("stdin is named twice")]);
  });
});

describe("usage", () => {
  it.each([
    [["gateway"], '"gateway" is no address'],
    [["198.51.100.0/24"], '"198.51.100.0/24" is no address'],
    [["-4", "2001:db8::1"], '"2001:db8::1" is no IPv4 address'],
    [["-6", "198.51.100.1"], '"198.51.100.1" is no IPv6 address'],
    [["--flow", "2001:db8::7,tcp", "198.51.100.1"], "is of the other family"],
    [["--flow", "tcp", "198.51.100.1"], '"tcp" is no address'],
    [["--key", "12", "198.51.100.1"], "--key: the key is neither"],
  ])("%j is refused", async (args, what) => {
    const { status, stderr, stdout } = await run(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(what);
  });

  it("needs a table, and says how to name one", async () => {
    const { status, stderr } = await runHere(["lookup", "198.51.100.1"]);
    expect(status).toBe(2);
    expect(stderr).toContain("give --table FILE");
  });

  it("reads tables in order: a later route replaces an earlier one", async () => {
    const later = file("later.txt", "198.51.100.0/24 10.0.0.9\n");
    const { stdout } = await run("--table", later, "198.51.100.9");
    expect(stdout).toBe("198.51.100.9 via 10.0.0.9 prefix 198.51.100.0/24\n");
  });
});
