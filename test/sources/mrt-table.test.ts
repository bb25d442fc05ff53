/** MRT files as tables: the entry that a router would take, updates in order, origins. */

import { describe, expect, it } from "vitest";
import { formatAddress } from "../../src/net/address.ts";
import { type Prefix, parsePrefix } from "../../src/net/prefix.ts";
import { VrpChanges, VrpTable } from "../../src/rib/origin-validation.ts";
import { OriginTable } from "../../src/rib/origins.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import { parseConfig } from "../../src/router/config.ts";
import { configPolicy } from "../../src/router/policy-config.ts";
import type { ImportOptions } from "../../src/sources/imported-routes.ts";
import { type MrtTableOptions, readMrtTable } from "../../src/sources/mrt-table.ts";
import { address6, BGP4MP, bgp4mp, DOC6, nlri, reach, TEN, update } from "./bgp/messages.ts";
import {
  asPath,
  attribute,
  attributes,
  bytesOf,
  entry,
  type Parts,
  peer,
  peerIndexTable,
  ribRecord,
  u32,
} from "./mrt/dump.ts";
import { chunksOf, rowsOf } from "./read-table.ts";

const PEERS = peerIndexTable([peer(4, 4), peer(6, 4)]);
const hop = (host: number): Parts => attribute(3, u32(0xc0000200 + host));
const route = (host: number, path: readonly number[], ...more: Parts): Parts => [
  attribute(1, [0]),
  asPath([2, ...path]),
  hop(host),
  more,
];

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  return parsed.prefix;
}

async function read(...records: Parts) {
  return await readWith({}, ...records);
}

async function readWith(options: Pick<MrtTableOptions, "imports" | "decision">, ...records: Parts) {
  const table = new RouteTable();
  const origins = new OriginTable();
  const result = await readMrtTable(chunksOf(bytesOf(records), 100), {
    name: "rib.mrt",
    table,
    origins,
    ...options,
  });
  return { rows: rowsOf(table), origins, result };
}

it.each<[string, Parts, Parts, number]>([
  ["the higher local preference", route(1, [1, 2], attribute(5, u32(200))), route(2, [3]), 1],
  ["none for a local preference of 100", route(1, [1]), route(2, [2, 3], attribute(5, u32(99))), 1],
  ["the shorter path", route(1, [1, 2]), route(2, [3]), 2],
  ["the better origin", [attribute(1, [2]), asPath([2, 1]), hop(1)], route(2, [3]), 2],
  ["the lower MED", route(1, [1], [0x80, 4, 4, u32(5)]), route(2, [1], [0x80, 4, 4, u32(4)]), 2],
  ["the first peer", route(1, [1]), route(2, [3]), 1],
  ["none that is malformed", [attribute(1, [9]), asPath([2]), hop(1)], route(2, [1, 2, 3]), 2],
  ["none without a next hop", asPath([2, 1]), route(2, [1, 2, 3]), 2],
])("takes %s", async (_name, first, second, host) => {
  const rib = ribRecord("192.0.2.0/24", [entry(0, first), entry(1, second)]);
  const { rows, result } = await read(PEERS, rib);
  expect(rows).toEqual([`192.0.2.0/24 -> 192.0.2.${host}*1`]);
  expect(result).toEqual({ routes: 1, unreachable: 0, rejected: 0 });
});

it("counts prefixes that cannot be reached, and knows origins", async () => {
  const { origins, result } = await read(
    PEERS,
    ribRecord("192.0.2.0/24", [entry(0, attributes(64_500, 64_501))]),
    ribRecord("10.0.0.0/8", [entry(0, asPath([2, 64_500]))]),
  );
  expect(result).toEqual({ routes: 1, unreachable: 1, rejected: 0 });
  expect(origins.get(prefix("192.0.2.0/24"))).toBe(64_501);
  expect(origins.get(prefix("10.0.0.0/8"))).toBeUndefined();
});

it("keeps what steps in for each origin, where that is asked for", async () => {
  const table = new RouteTable();
  const origins = new OriginTable({ keepsAlternatives: true });
  const rib = ribRecord("192.0.2.0/24", [
    entry(0, route(1, [64_500, 64_501])),
    entry(1, route(2, [64_502])),
    entry(0, route(3, [64_502, 64_502])),
    entry(1, route(4, [64_503, 64_503, 64_503])),
  ]);
  const bytes = bytesOf([PEERS, rib, ribRecord("10.0.0.0/8", [entry(0, route(1, [64_500]))])]);
  await readMrtTable(chunksOf(bytes, 100), { name: "rib.mrt", table, origins });
  const kept = origins.alternatives(prefix("192.0.2.0/24"));
  const hops = kept.map(({ target }) => {
    const known = table.targets[target];
    return known?.kind === "via" ? known.nextHops.map(({ address }) => formatAddress(address)) : [];
  });
  expect(rowsOf(table)[0]).toBe("192.0.2.0/24 -> 192.0.2.2*1");
  expect(origins.get(prefix("192.0.2.0/24"))).toBe(64_502);
  expect(kept.map(({ as }) => as)).toEqual([64_501, 64_503]);
  expect(hops).toEqual([["192.0.2.1"], ["192.0.2.4"]]);
  expect(origins.alternatives(prefix("10.0.0.0/8"))).toEqual([]);
});

describe("with a policy", () => {
  const first = route(1, [64_500, 64_510], attribute(5, u32(200)));
  const second = route(2, [64_500, 64_511]);
  const rib = (...hosts: readonly Parts[]): Parts =>
    ribRecord(
      "192.0.2.0/24",
      hosts.map((host, index) => entry(index, host)),
    );
  const imports = (yaml: string): ImportOptions => {
    const policy = configPolicy(parseConfig(`policy: ${yaml}`, "a.yaml"));
    return policy === undefined ? {} : { policy };
  };
  const multipath = { multipath: 4, multipathRelax: true };

  it.each<[string, string, readonly string[]]>([
    ["takes all by default", "{}", ["192.0.2.0/24 -> 192.0.2.1*1"]],
    [
      "leaves out what is rejected",
      "{import: [{match: {as_path: 64510$}, action: reject}]}",
      ["192.0.2.0/24 -> 192.0.2.2*1"],
    ],
    [
      "decides by what rules set",
      "{import: [{match: {as_path: 64511$}, set: {local_preference: 300}}]}",
      ["192.0.2.0/24 -> 192.0.2.2*1"],
    ],
    [
      "weighs equal routes",
      "{import: [{set: {local_preference: 5}}, {match: {as_path: 64511$}, set: {weight: 3}}]}",
      ["192.0.2.0/24 -> 192.0.2.1*1,192.0.2.2*3"],
    ],
    [
      "sets next hops",
      "{import: [{match: {as_path: 64510$}, set: {next_hop: 192.0.2.9}}]}",
      ["192.0.2.0/24 -> 192.0.2.9*1"],
    ],
  ])("%s", async (_name, yaml, expected) => {
    const options = { imports: imports(yaml), decision: multipath };
    const { rows, result } = await readWith(options, PEERS, rib(first, second));
    expect(rows).toEqual(expected);
    expect(result).toEqual({ routes: 1, unreachable: 0, rejected: 0 });
  });

  it("counts prefixes that are rejected", async () => {
    const options = { imports: imports("{default: reject}") };
    const { rows, result } = await readWith(options, PEERS, rib(first, second));
    expect([rows, result]).toEqual([[], { routes: 0, unreachable: 0, rejected: 1 }]);
  });

  it("validates origins", async () => {
    const vrps = new VrpTable();
    const changes = new VrpChanges();
    const words = Uint32Array.of(0xc0000200, 0, 0, 0);
    changes.announce(4, { words, length: 24, maxLength: 24, as: 64_511 });
    vrps.apply(changes);
    const rejects = imports("{import: [{match: {origin_validation: [invalid]}, action: reject}]}");
    const { rows } = await readWith({ imports: { ...rejects, vrps } }, PEERS, rib(first, second));
    expect(rows).toEqual(["192.0.2.0/24 -> 192.0.2.2*1"]);
  });
});

it("drops what a session announced that has ended since", async () => {
  const announce = (list: Parts): Parts =>
    bgp4mp(BGP4MP.messageAs4, update({ attributes: attributes(64_500), announced: list }));
  const state = (before: number, after: number): Parts =>
    bgp4mp(BGP4MP.stateChangeAs4, [0, before, 0, after]);
  const { rows } = await read(
    announce([TEN, nlri(8, 11)]),
    state(6, 1),
    state(1, 2),
    announce(nlri(8, 11)),
    announce(nlri(8, 12)),
    state(5, 6),
  );
  expect(rows).toEqual(["11.0.0.0/8 -> 192.0.2.1*1", "12.0.0.0/8 -> 192.0.2.1*1"]);
});

it("applies updates in order", async () => {
  const announce = (list: Parts): Parts =>
    bgp4mp(BGP4MP.messageAs4, update({ attributes: attributes(64_500), announced: list }));
  const six = [attribute(1, [0]), asPath([2, 64_502]), reach(2, 1, address6(7), DOC6)];
  const { rows, origins } = await read(
    announce([TEN, nlri(8, 11)]),
    bgp4mp(BGP4MP.messageAs4, update({ withdrawn: TEN, attributes: six })),
    bgp4mp(BGP4MP.messageAs4, update({ withdrawn: nlri(8, 12) })),
  );
  expect(rows).toEqual(["11.0.0.0/8 -> 192.0.2.1*1", "2001:db8::/32 -> 2001:db8::7*1"]);
  expect(origins.get(prefix("2001:db8::/32"))).toBe(64_502);
});
