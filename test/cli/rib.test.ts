/** `anyfib rib` on real MRT files: the manifest's counts, bgpdump's lines, and what is damaged. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/net/errors.ts";
import { dataPath, NO_DATA } from "../data.ts";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  record,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

/** What the manifest knows of an MRT file: lines of bgpdump 1.6.2 and what is in them. */
interface MrtTruth {
  readonly bgpdump_lines: Readonly<Record<string, number>>;
  readonly prefixes_v4: number;
  readonly prefixes_v6: number;
  readonly peers: number;
}

/** Files of which bgpdump misreads something: docs/formats.md says what. */
const MISREAD: ReadonlyMap<string, Partial<MrtTruth>> = new Map([
  ["mrt/mrtparse-bird_bgp", { bgpdump_lines: { STATE: 12, A: 14 }, prefixes_v4: 4 }],
]);
/** The stream is cut: what came before is counted, and the status is 3. */
const CUT = "mrt/rib6.20151101.0600_firstMB.bz2";
/** Read by the long tests. */
const LARGE = "mrt/rrc06-20100701.reencoded.mrt.gz";

const manifest = dataPath("MANIFEST.json");
// cast: the manifest is ours, and a row of another shape fails where it is used.
const rows = JSON.parse(
  manifest === undefined ? "[]" : readFileSync(manifest, "utf8"),
) as readonly {
  readonly name: string;
  readonly truth: MrtTruth;
}[];
const dumps = rows
  .filter(({ name }) => name.startsWith("mrt/") && !name.includes("expect") && name !== LARGE)
  .map(({ name, truth }) => ({ name, truth: { ...truth, ...MISREAD.get(name) } }));

describe("rib stats", () => {
  it("is tested on real dumps", ({ skip }) => {
    if (manifest === undefined) return skip(NO_DATA);
    expect(dumps.length).toBeGreaterThan(10);
  });

  it.each(dumps)("has the manifest's counts of $name", async ({ name, truth }) => {
    const { status, stdout } = await runHere(["rib", "stats", "--json", dataPath(name) ?? name]);
    const lines = Object.values(truth.bgpdump_lines).reduce((sum, count) => sum + count, 0);
    expect(JSON.parse(stdout)).toMatchObject({
      entries: lines,
      prefixes: { ipv4: truth.prefixes_v4, ipv6: truth.prefixes_v6 },
      peers: truth.peers,
      damaged_records: 0,
    });
    expect(status).toBe(name === CUT ? 3 : 0);
  });

  const file = testFolder();
  const good = [
    peerIndexTable([peer(4, 4), peer(6, 4)]),
    ribRecord("192.0.2.0/24", [entry(0, attributes(64_500)), entry(1, attributes(64_501))]),
    ribRecord("10.0.0.0/8", [entry(0, attributes(64_500))]),
    ribRecord("192.0.2.0/24", [entry(0, attributes(64_500))]),
  ];

  it("counts over all files, and prints them for people", async () => {
    const dump = file("rib.mrt", bytesOf(good));
    const { stdout } = await runHere(["rib", "stats", dump, dump]);
    const numbers = stdout.split("\n").map((line) => line.trim().split(" ", 1)[0]);
    expect(numbers.slice(0, 6)).toEqual(["8", "2", "0", "2", "1", "0"]);
  });

  it("passes over what is damaged, with a warning", async () => {
    const broken = file("broken.mrt", bytesOf([good, record(13, 2, [1]), ribRecord("::/0", [])]));
    const { status, stdout, stderr } = await runHere(["rib", "stats", "--json", broken]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ entries: 4, damaged_records: 1 });
    expect(stderr).toMatch(/^warning: .*broken\.mrt@\d+: it ends within .*; passed over\n$/);
  });

  it.each([
    ["text", "no MRT at all, but some text of more than a few lines\n", 3],
    ["nothing", "", 3],
  ])("of a file with %s ends with status 3", async (name, text, expected) => {
    const { status, stdout, stderr } = await runHere(["rib", "stats", "--json", file(name, text)]);
    expect(status).toBe(expected);
    expect(stderr).toContain(`${name}@0: `);
    expect(JSON.parse(stdout)).toMatchObject({ entries: 0 });
    const other = await runHere(["rib", "stats", "--format", "json", "-"], { stdin: "" });
    expect(JSON.parse(other.stdout)).toMatchObject({ entries: 0 });
  });
});

describe("rib convert --format bgpdump", () => {
  it.each([
    ["bview.20020722.2337.gz", "bview.20020722.2337.bgp.gz"],
    ["bview.ipv4_unicast_add_path.gz", "bview.ipv4_unicast_add_path.bgp.gz"],
    ["updates.20020722.2238.gz", "updates.20020722.2238.bgp.gz"],
    ["updates.20070211.0141.gz", "updates.20070211.0141.bgp.gz"],
    ["updates.20160811.1600.gz", "updates.20160811.1600.bgp.gz"],
  ])("prints bgpdump's lines of %s", async (name, expected) => {
    const dump = dataPath("mrt", name);
    const theirs = dataPath("mrt", "expect", expected);
    if (dump === undefined || theirs === undefined) return;
    const { stdout } = await runHere(["rib", "convert", "--format", "bgpdump", dump]);
    const lines = gunzipSync(readFileSync(theirs)).toString().split("\n").sort();
    expect(stdout.split("\n").sort()).toEqual(lines);
  });
});

describe("rib convert", () => {
  const file = testFolder();

  it.each([
    "bview.20020722.2337.gz",
    "bview.ipv4_unicast_add_path.gz",
    "mrtparse-bird-mrtdump_rib",
    "mrtparse-openbgpd_rib_table",
    "mrtparse-quagga_rib",
  ])("--format mrt keeps the rows of %s", async (name) => {
    const dump = dataPath("mrt", name);
    if (dump === undefined) return;
    const rows = async (path: string) =>
      (await runHere(["rib", "convert", "--format", "bgpdump", path])).stdout
        .replaceAll(/^TABLE_DUMP2?/gm, "TABLE_DUMP")
        .split("\n");
    const out = file("out.mrt");
    await runHere(["rib", "convert", "--format", "mrt", "-w", out, dump]);
    expect(await rows(out)).toEqual(await rows(dump));
  });

  const dump = file(
    "rib.mrt",
    bytesOf([
      peerIndexTable([peer(4, 4), peer(6, 4)]),
      ribRecord("192.0.2.0/24", [entry(0, attributes(64_500)), entry(1, attributes(64_501))]),
      ribRecord("2001:db8::/32", [entry(1, [])]),
    ]),
  );

  it("--json gives an object for each row", async () => {
    const { stdout } = await runHere(["rib", "convert", "--json", dump]);
    const found = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(found).toMatchObject([
      { kind: "entry", prefix: "192.0.2.0/24", peer: "192.0.2.1", origin_as: 64_500 },
      { kind: "entry", prefix: "192.0.2.0/24", peer: "2001:db8::1", next_hop: "192.0.2.1" },
      { kind: "entry", prefix: "2001:db8::/32", as_path: "", origin_as: null, next_hop: null },
    ]);
  });
});

describe("rib show", () => {
  const file = testFolder();
  /** An optional attribute, which the others are not. */
  const med = (value: number) => [0x80, 4, 4, 0, 0, 0, value];
  const dump = file(
    "rib.mrt",
    bytesOf([
      peerIndexTable([peer(4, 4), peer(6, 4)]),
      ribRecord("192.0.2.0/24", [
        entry(1, [attributes(64_501), med(1)]),
        entry(0, [attributes(64_500), med(7)]),
      ]),
      ribRecord("2001:db8::/32", [entry(1, [])]),
    ]),
  );
  const FIRST = "192.0.2.0/24 via 192.0.2.1 from 192.0.2.1 AS64500 as_path 64500 igp med 7";
  const SECOND = "192.0.2.0/24 via 192.0.2.1 from 2001:db8::1 AS64500 as_path 64501 igp med 1";

  it("marks the best route, and says how the others lost and why not by MED", async () => {
    const shown = await runHere(["rib", "show", dump, "192.0.2.0/24"]);
    expect(shown.status).toBe(0);
    const note = "MED 1 by AS64501 was not compared with 7 by AS64500";
    expect(shown.stdout).toBe(`  ${SECOND} lost by peer_address (${note})\n* ${FIRST}\n`);
  });

  it("prints the rows of some prefixes in each form", async () => {
    const [first, , third] = (
      await runHere(["rib", "convert", "--format", "bgpdump", dump])
    ).stdout.split(/(?<=\n)/);
    const lines = async (...args: string[]) => (await runHere(["rib", "show", ...args])).stdout;
    expect(await lines("--format", "bgpdump", dump, "2001:db8::/32")).toBe(third);
    expect(await lines("--format", "bgpdump", dump)).toContain(first);
    const asJson = await lines("--json", dump, "192.0.2.0/24");
    expect(await lines("--format", "json", dump, "192.0.2.0/24")).toBe(asJson);
    const twoForms = ["--json", "--format", "mrt"];
    for (const more of [twoForms, ["--format", "bgpdump", "--multipath", "4"]]) {
      const { status, stderr } = await runHere(["rib", "show", ...more, dump]);
      expect([status, stderr]).toEqual([EXIT.usage, expect.stringMatching(/two forms|is decided/)]);
    }
    const policy = ["--config", file("policy.yaml", "policy: []\n"), "--format", "mrt", dump];
    expect(await runHere(["rib", "show", ...policy])).toMatchObject({ status: 2 });
    const none = ["rib", "show", "--format", "bgpdump", dump, "198.51.100.0/24"];
    expect(await runHere(none)).toMatchObject({ status: 1, stdout: "" });
  });

  it("prints what real updates say of a prefix", async () => {
    const updates = dataPath("mrt", "updates.20160811.1600.gz");
    if (updates === undefined) return;
    const rows = async (verb: string, ...asked: string[]) =>
      (await runHere(["rib", verb, "--format", "bgpdump", updates, ...asked])).stdout.split("\n");
    const all = await rows("convert");
    const prefixOf = (row: string): string | undefined => row.split("|")[5];
    const seen = new Set(all.filter((row) => /\|[AW]\|/.test(row)).map(prefixOf));
    const some = [...seen].flatMap((prefix = "", index) => (index % 400 === 7 ? [prefix] : []));
    expect(some.length).toBeGreaterThan(2);
    const wanted = all.filter((row) => some.includes(prefixOf(row) ?? ""));
    expect(await rows("show", ...some)).toEqual([...wanted, ""]);
  });

  it("decides as its flags say", async () => {
    const show = ["rib", "show", dump, "192.0.2.0/24"];
    const med = await runHere([...show, "--always-compare-med"]);
    expect(med.stdout).toBe(`* ${SECOND}\n  ${FIRST} lost by med\n`);
    const multipath = await runHere([...show, "--multipath", "4"]);
    expect(multipath.stdout).toMatch(/^= .* lost by peer_address .*\n\* /);
    const json = await runHere([...show, "--json", "--local-as", "64501"]);
    const rows = json.stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(rows).toMatchObject([
      { best: false, used: false, decided_by: "usable", note: null, med: 1 },
      { best: true, used: true, decided_by: null, note: null, med: 7 },
    ]);
    expect(await runHere([...show, "--multipath", "129"])).toMatchObject({ status: 2 });
  });

  it("decides every prefix, also one that has no usable route", async () => {
    const { stdout } = await runHere(["rib", "show", dump]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.slice(0, 2).map((line) => line[0])).toEqual([" ", "*"]);
    expect(lines[2]).toMatch(/^ {2}2001:db8::\/32 via nothing .* lost by usable$/);
  });

  it("has status 1 where no route has the prefix", async () => {
    expect(await runHere(["rib", "show", dump, "10.0.0.0/8"])).toMatchObject({ status: 1 });
  });
});

describe("rib diff", () => {
  const file = testFolder();
  const peers = peerIndexTable([peer(4, 4), peer(6, 4)]);
  const rib = (prefix: string, ...asns: readonly number[]) =>
    ribRecord(prefix, [entry(0, attributes(...asns))]);
  const before = file("old.mrt", bytesOf([peers, rib("10.0.0.0/8", 1), rib("11.0.0.0/8", 2)]));
  const after = file("new.mrt", bytesOf([peers, rib("11.0.0.0/8", 2, 3), rib("12.0.0.0/8", 4)]));

  it("prints what was added, removed and changed, with status 1", async () => {
    const { status, stdout } = await runHere(["rib", "diff", before, after]);
    const from = "from 192.0.2.1 AS64500 via 192.0.2.1";
    expect(stdout.split("\n")).toEqual([
      `- 10.0.0.0/8 ${from} 1 igp`,
      `~ 11.0.0.0/8 ${from} 2 igp -> via 192.0.2.1 2 3 igp`,
      `+ 12.0.0.0/8 ${from} 4 igp`,
      "",
    ]);
    expect(status).toBe(1);
  });

  it("counts as JSON, with status 0 where nothing differs", async () => {
    const { status, stdout } = await runHere(["rib", "diff", "--json", before, before]);
    const expected = { entries: { before: 2, after: 2 }, added: 0, removed: 0, changed: 0 };
    expect({ status, counts: JSON.parse(stdout) }).toEqual({ status: 0, counts: expected });
  });
});
