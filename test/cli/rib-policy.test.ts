/** The policy of a configuration on MRT files, and why their routes are chosen. */

import { expect, it } from "vitest";
import { EXIT } from "../../src/net/errors.ts";
import { BGP4MP, bgp4mp, nlri, update } from "../sources/bgp/messages.ts";
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
