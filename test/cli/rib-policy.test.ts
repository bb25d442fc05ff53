/** The policy of a configuration on MRT files, and why their routes are chosen. */

import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { EXIT } from "../../src/net/errors.ts";
import { BGP4MP, bgp4mp, nlri, reach, unreach, update } from "../sources/bgp/messages.ts";
import {
  attributes,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  ribRecord,
  u32,
} from "../sources/mrt/dump.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const RIB = bytesOf([
  peerIndexTable([peer(4, 4)]),
  ribRecord("192.0.2.0/24", [entry(0, attributes(64_500, 64_510))]),
  ribRecord("203.0.113.0/24", [entry(0, attributes(64_500, 64_511))]),
]);
const CONFIG = `tables: [rib.mrt]
policy:
  import:
    - {match: {as_path: 64510$}, action: reject}
    - {match: {prefixes: [203.0.113.0/24]}, set: {next_hop: 198.51.100.9}}
`;

it("applies a policy to the tables of its file", async () => {
  file("rib.mrt", RIB);
  const config = file("anyfib.yaml", CONFIG);
  const args = ["lookup", "--table", config, "192.0.2.1", "203.0.113.1"];
  const { status, stdout, stderr } = await runHere(args);
  expect(status).toBe(EXIT.negative);
  expect(stdout).toBe(
    "192.0.2.1 unreachable\n203.0.113.1 via 198.51.100.9 prefix 203.0.113.0/24\n",
  );
  expect(stderr).toContain("1 prefixes rejected by the policy");
});

it("names the place of a mistake before it reads a table", async () => {
  const config = file("wrong.yaml", CONFIG.replace("64510$", "64510("));
  const { status, stderr } = await runHere(["lookup", "--table", config, "192.0.2.1"]);
  expect([status, stderr]).toEqual([EXIT.usage, expect.stringContaining("wrong.yaml:4:16: ")]);
});

const MED = (med: number): Parts => [0x80, 4, 4, u32(med)];
/** Two routes that MED would decide about, were they by one AS. */
const TWO = bytesOf([
  peerIndexTable([peer(4, 4), peer(6, 4)]),
  ribRecord("192.0.2.0/24", [
    entry(0, [attributes(64_500, 64_510), MED(9)]),
    entry(1, [attributes(64_501, 64_510), MED(5)]),
  ]),
]);

it("rib show tells what the policy did", async () => {
  const dump = file("two.mrt", TWO);
  const rules = "{match: {as_path: ^64500}, action: reject}, {set: {med: 7}}";
  const config = file("rules.yaml", `policy: {import: [${rules}]}\n`);
  const { stdout } = await runHere(["rib", "show", "--json", "--config", config, dump]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(rows).toEqual([
    expect.objectContaining({ best: false, decided_by: "usable", note: "rejected by the policy" }),
    expect.objectContaining({
      best: true,
      decided_by: null,
      note: "changed by the policy",
      med: 5,
    }),
  ]);
});

it("explain tells why a route is best, and why MED was not compared", async () => {
  const dump = file("two.mrt", TWO);
  const args = ["explain", "--table", dump, "--dst", "192.0.2.1"];
  const { stdout } = await runHere([...args, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      decision: [
        { peer_as: 64_500, med: 9, best: true, used: true, decided_by: null },
        {
          med: 5,
          best: false,
          decided_by: "peer_address",
          note: "MED 5 by AS64501 was not compared with 9 by AS64500",
        },
      ],
    },
  ]);
  const text = await runHere(args);
  expect(text.stdout).toMatch(/^decision +\* 192\.0\.2\.0\/24 /m);
  expect(text.stdout).toContain("lost by peer_address (MED 5 by AS64501 was not compared");
});

it("explain decides among what updates left, behind the policy", async () => {
  const list = nlri(24, 192, 0, 2);
  const updates = bgp4mp(
    BGP4MP.messageAs4,
    update({ attributes: attributes(64_500), announced: list }),
  );
  file("updates.mrt", bytesOf([updates]));
  const policy = "policy: {import: [{set: {next_hop: 198.51.100.9}}]}\n";
  const config = file("updates.yaml", `tables: [updates.mrt]\n${policy}`);
  const args = ["explain", "--json", "--table", config, "--dst", "192.0.2.1"];
  expect(JSON.parse((await runHere(args)).stdout)).toMatchObject([
    { next_hop: "198.51.100.9", decision: [{ best: true, note: "changed by the policy" }] },
  ]);
});

it("explain decides among the routes of a table from stdin", async () => {
  const args = ["explain", "--json", "--table", "-", "--dst", "192.0.2.1"];
  for (const stdin of [TWO, gzipSync(TWO)]) {
    const { stdout, stderr } = await runHere(args, { stdin });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject([
      { decision: [{ best: true }, { best: false, decided_by: "peer_address" }] },
    ]);
  }
});

it("rib show decides among what updates alone left", async () => {
  const list = nlri(24, 192, 0, 2);
  const one = (as: number, ...path: readonly number[]) => {
    const parts = { attributes: attributes(as, ...path), announced: list };
    return bgp4mp(BGP4MP.messageAs4, update(parts));
  };
  const updates = bytesOf([one(64_500, 64_501), one(64_500)]);
  const args = ["rib", "show", "--json", file("updates.mrt", updates), "192.0.2.0/24"];
  const shown = async (dump: Uint8Array) => {
    file("updates.mrt", dump);
    const { stdout, status } = await runHere(args);
    expect(status).toBe(EXIT.ok);
    return stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  };
  expect(await shown(updates)).toEqual([
    expect.objectContaining({ kind: "announce", as_path: "64500 64501" }),
    expect.objectContaining({ kind: "announce", as_path: "64500" }),
    expect.objectContaining({ kind: "entry", as_path: "64500", best: true, decided_by: null }),
  ]);
  const down = bgp4mp(BGP4MP.stateChangeAs4, [0, 6, 0, 1]);
  expect(await shown(bytesOf([...updates, down]))).toEqual([
    expect.objectContaining({ kind: "announce" }),
    expect.objectContaining({ kind: "announce" }),
  ]);
  const multicast = [unreach(1, 2, list), reach(1, 2, [192, 0, 2, 1], list)].map((lists) =>
    bgp4mp(BGP4MP.messageAs4, update({ attributes: [attributes(64_500, 64_502), lists] })),
  );
  expect((await shown(bytesOf([...updates, ...multicast]))).at(-1)).toMatchObject({
    kind: "entry",
    as_path: "64500",
    best: true,
  });
  const gone = bgp4mp(BGP4MP.messageAs4, update({ withdrawn: list }));
  expect(await shown(bytesOf([...updates, gone]))).toEqual([
    expect.objectContaining({ kind: "announce" }),
    expect.objectContaining({ kind: "announce" }),
    expect.objectContaining({ kind: "withdraw" }),
  ]);
});

it("explain has no decision of a table without BGP", async () => {
  const table = file("table.txt", "192.0.2.0/24 198.51.100.1\n");
  const args = ["explain", "--json", "--table", table, "--dst", "192.0.2.1"];
  expect(JSON.parse((await runHere(args)).stdout)).toMatchObject([{ decision: null }]);
});

/** The shorter path is a hijack, by the VRP of the prefix. */
const HIJACKED = bytesOf([
  peerIndexTable([peer(4, 4), peer(6, 4)]),
  ribRecord("192.0.2.0/24", [
    entry(0, attributes(64_666)),
    entry(1, [attributes(64_500, 64_510), MED(1)]),
  ]),
]);
const VRPS = "ASN,IP Prefix,Max Length\nAS64510,192.0.2.0/24,24\n";

const POLICY = "{import: [{match: {origin_validation: [invalid]}, action: reject}]}";

it.each([
  ["rpki: {vrp_file: vrps.csv}", 64_666],
  ["rpki: {vrp_file: vrps.csv, invalid: reject}", 64_510],
  [`rpki: {vrp_file: vrps.csv}\npolicy: ${POLICY}`, 64_510],
])("validates by the VRPs that a configuration names: %s", async (sections, origin) => {
  file("hijacked.mrt", HIJACKED);
  file("vrps.csv", VRPS);
  const config = file("rpki.yaml", `tables: [hijacked.mrt]\n${sections}\n`);
  const { status, stdout } = await runHere(["lookup", "--json", "--table", config, "192.0.2.1"]);
  expect(status).toBe(EXIT.ok);
  expect(JSON.parse(stdout)).toMatchObject([{ origin_as: origin }]);
  const dump = file("hijacked.mrt", HIJACKED);
  const shown = await runHere(["rib", "show", "--json", "--config", config, dump]);
  const rows = shown.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const best = rows.find((row: { readonly best: boolean }) => row.best);
  expect(best).toMatchObject({ as_path: expect.stringMatching(new RegExp(`${origin}$`)) });
  expect(rows.map(({ rpki }: { readonly rpki: string }) => rpki).sort()).toEqual([
    "invalid",
    "valid",
  ]);
});

/** Two ways to a prefix: the shorter one is a leak, for AS 64510 names AS 64501 alone. */
const LEAKED = bytesOf([
  peerIndexTable([peer(4, 4), peer(6, 4)]),
  ribRecord("192.0.2.0/24", [
    entry(0, attributes(64_500, 64_502, 64_510)),
    entry(1, [attributes(64_500, 64_500, 64_501, 64_510), MED(1)]),
  ]),
]);
const ASPAS = JSON.stringify({
  aspas: [
    { customer: "AS64510", providers: ["AS64501"] },
    { customer: "AS64500", providers: ["AS0"] },
    { customer: "AS64501", providers: ["AS64500"] },
  ],
});

it.each([
  ["", "64500 64502 64510"],
  ["policy: {import: [{match: {path_validation: [invalid]}, action: reject}]}", "64501 64510"],
  ["policy: {import: [{match: {path_validation: [valid]}, action: reject}]}", "64502 64510"],
  // As from a provider, two ASes on each side of a hop of peers are no leak.
  ["downstream", "64500 64502 64510"],
])("validates paths by the ASPAs of the feed: %s", async (section, path) => {
  const isDown = section === "downstream";
  const reject = "policy: {import: [{match: {path_validation: [invalid]}, action: reject}]}";
  const from = isDown ? "" : ", customers_and_peers: [AS64500]";
  file("aspas.json", isDown ? ASPAS.replace("AS0", "AS64502") : ASPAS);
  file("leaked.mrt", LEAKED);
  const rpki = `rpki: {vrp_file: aspas.json${from}}`;
  const text = `tables: [leaked.mrt]\n${rpki}\n${isDown ? reject : section}\n`;
  const config = file("aspa.yaml", text);
  const shown = await runHere(["rib", "show", "--config", config, file("leaked.mrt", LEAKED)]);
  const best = shown.stdout.split("\n").find((line) => line.startsWith("*"));
  expect(best).toContain(path);
  const looked = await runHere(["lookup", "--table", config, "192.0.2.1"]);
  expect(looked.status).toBe(EXIT.ok);
});
