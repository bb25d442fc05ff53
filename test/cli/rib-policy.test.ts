/** The policy of a configuration on the MRT files that it names. */

import { expect, it } from "vitest";
import { EXIT } from "../../src/net/errors.ts";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  ribRecord,
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
