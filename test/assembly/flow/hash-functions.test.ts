/** The functions of the flow hash and the fields that count, each held against its definition. */

import { describe, expect, it } from "vitest";
import type { FlowTuple } from "../../../src/engine/flow-record.ts";
import { DEFAULT_HASH, type HashField, type HashSettings } from "../../../src/engine/hash.ts";
import { createTestEngine } from "../../engine/test-engine.ts";
import { flowHash, flowMessage, multilinearHash, toeplitzHash } from "../../oracle/flow-hash.ts";
import { seededRandom } from "../../oracle/random.ts";
import { MODULE_TARGETS, type ModuleTarget } from "../../setup/modules.ts";
import { address, anyFlow, reversed, wireOf } from "./flows.ts";
import { membersOf } from "./group-driver.ts";

const KEYS = {
  flow: seededRandom(1).bytes(16),
  score: new Uint8Array(16),
  multilinear: seededRandom(2).bytes(96),
  toeplitz: Uint8Array.from(
    Buffer.from(
      "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa",
      "hex",
    ),
  ),
};
const random = seededRandom(3);
const FLOWS = Array.from({ length: 200 }, (_, index) => anyFlow(random, index % 2 === 0 ? 4 : 6));

async function hashes(
  settings: Partial<HashSettings>,
  flows: readonly FlowTuple[],
  target: ModuleTarget = "release",
): Promise<readonly bigint[]> {
  const hash = { ...DEFAULT_HASH, ...settings };
  const engine = await createTestEngine(target, { keys: KEYS, hash });
  return [...engine.flows.hashes(flows)];
}

describe.each(MODULE_TARGETS)("%s build", (target) => {
  it("siphash-1-3 is its definition", async () => {
    const expected = FLOWS.map((flow) => flowHash(KEYS.flow, wireOf(flow)));
    expect(await hashes({}, FLOWS, target)).toEqual(expected);
  });

  it("multilinear is its definition", async () => {
    const expected = FLOWS.map((flow) =>
      multilinearHash(KEYS.multilinear, flowMessage(wireOf(flow))),
    );
    expect(await hashes({ algorithm: "multilinear" }, FLOWS, target)).toEqual(expected);
  });

  it("toeplitz is its definition, above it the multilinear hash", async () => {
    const actual = await hashes({ algorithm: "toeplitz" }, FLOWS, target);
    for (const [index, flow] of FLOWS.entries()) {
      const message = flowMessage(wireOf(flow));
      const low = toeplitzHash(KEYS.toeplitz, message.subarray(0, -1));
      const high = multilinearHash(KEYS.multilinear, message) >> 32n;
      expect(actual[index]).toBe((high << 32n) | BigInt(low));
    }
  });

  it.each(["siphash-1-3", "multilinear", "toeplitz"] as const)(
    "%s of a list of any length is that of each flow",
    async (algorithm) => {
      const hash = { ...DEFAULT_HASH, algorithm };
      const engine = await createTestEngine(target, { keys: KEYS, hash });
      const flows = FLOWS.map((flow, index) => ({ ...flow, isFragment: index % 7 === 0 }));
      const each = flows.flatMap((flow) => [...engine.flows.hashes([flow])]);
      for (let count = 0; count <= 20; count++) {
        const list = [...engine.flows.hashes(flows.slice(0, count))];
        expect(list).toEqual(each.slice(0, count));
      }
    },
  );

  it("gives a list of flows the choices that it gives each", async () => {
    const engine = await createTestEngine(target, { keys: KEYS });
    for (const count of [0, 1, 7]) {
      engine.groups.change(8, membersOf(Array.from({ length: count }, () => 1)));
      const each = FLOWS.map((flow) => engine.choose(8, flow));
      expect([...engine.flows.choices(8, FLOWS)]).toEqual(each);
    }
  });
});

/** Microsoft, "Verifying the RSS Hash Calculation": destination, source, addresses, with ports. */
const RSS_VECTORS: readonly (readonly [string, number, string, number, number, number])[] = [
  ["161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178],
  ["65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea],
  ["12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a],
  ["209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f],
  ["202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2],
  ["3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d],
  ["ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf],
  [
    "fe80::200:f8ff:fe21:67cf",
    38024,
    "3ffe:1900:4545:3:200:f8ff:fe21:67cf",
    44251,
    0x4b61e985,
    0x02d1feef,
  ],
];

it.each(RSS_VECTORS)("toeplitz of %s:%i and %s:%i is the published one", async (...vector) => {
  const [destination, destinationPort, source, sourcePort, addresses, withPorts] = vector;
  const flow = { source: address(source), destination: address(destination), protocol: 6 };
  const ports = { source: sourcePort, destination: destinationPort };
  const both = await hashes({ algorithm: "toeplitz" }, [flow, { ...flow, ports }]);
  expect(both.map((hash) => Number(hash & 0xffffffffn))).toEqual([addresses, withPorts]);
});

describe("fields", () => {
  const FIELDS: readonly HashField[] = ["src", "dst", "proto", "sport", "dport"];
  const flow = {
    4: {
      source: address("198.18.0.1"),
      destination: address("198.51.100.7"),
      protocol: 17,
      ports: { source: 1000, destination: 53 },
    },
    6: {
      source: address("2001:db8::1"),
      destination: address("2001:db8:7::7"),
      protocol: 17,
      ports: { source: 1000, destination: 53 },
      flowLabel: 0xabcde,
    },
  } as const;
  const changes = (family: 4 | 6): Readonly<Record<HashField, FlowTuple>> => {
    const base = flow[family];
    const other = address(family === 4 ? "198.18.9.9" : "2001:db8:9::9");
    return {
      src: { ...base, source: other },
      dst: { ...base, destination: other },
      proto: { ...base, protocol: 6 },
      sport: { ...base, ports: { source: 1001, destination: 53 } },
      dport: { ...base, ports: { source: 1000, destination: 54 } },
      flow_label: { ...base, flowLabel: 0xabcdf },
    };
  };
  const choices: readonly (readonly HashField[])[] = [
    FIELDS,
    ["src", "dst", "proto"],
    ["src", "dst"],
    ["src"],
    [...FIELDS, "flow_label"],
    ["src", "dst", "flow_label"],
  ];

  for (const algorithm of ["siphash-1-3", "multilinear"] as const) {
    for (const fields of choices) {
      it(`${fields} alone count in ${algorithm}`, async () => {
        for (const family of [4, 6] as const) {
          const changed = Object.entries(changes(family));
          const flows = [flow[family], ...changed.map(([, one]) => one)];
          const [base, ...others] = await hashes({ algorithm, fields }, flows);
          const counted = changed
            .filter((_, index) => others[index] !== base)
            .map(([name]) => name);
          const expected = fields.filter((field) => family === 6 || field !== "flow_label");
          expect(new Set(counted)).toEqual(new Set(expected));
        }
      });
    }
  }

  it.each(choices.slice(0, 4))(
    "siphash-1-3 of %s is that of the others as 0",
    async (...fields) => {
      const counted: ReadonlySet<HashField> = new Set(fields);
      const expected = FLOWS.map((one) => {
        const { source, destination, protocol, ports } = wireOf(one);
        const bytes = (field: HashField, all: ArrayLike<number>) =>
          counted.has(field) ? all : new Uint8Array(all.length);
        const number = (field: HashField, value = 0) => (counted.has(field) ? value : 0);
        return flowHash(KEYS.flow, {
          source: bytes("src", source),
          destination: bytes("dst", destination),
          protocol: number("proto", protocol),
          ports: {
            source: number("sport", ports?.source),
            destination: number("dport", ports?.destination),
          },
          isFragment: false,
        });
      });
      expect(await hashes({ fields }, FLOWS)).toEqual(expected);
    },
  );

  // With labels flows are hashed one by one, without by fours: both forms are the same function.
  it.each(["siphash-1-3", "multilinear", "toeplitz"] as const)(
    "a label of 0 hashes in %s as if none were looked at",
    async (algorithm) => {
      const unlabelled = FLOWS.map((one) => ({ ...one, flowLabel: 0 }));
      const fields = [...FIELDS, "flow_label"] as const;
      const plain = await hashes({ algorithm }, unlabelled);
      expect(await hashes({ algorithm, fields }, unlabelled)).toEqual(plain);
    },
  );

  it("labels differ in all of their bits", async () => {
    const fields = [...FIELDS, "flow_label"] as const;
    const labels = [0, ...Array.from({ length: 20 }, (_, bit) => 2 ** bit)];
    const flows = labels.map((flowLabel) => ({ ...flow[6], flowLabel }));
    expect(new Set(await hashes({ fields }, flows)).size).toBe(labels.length);
  });
});

it.each(["siphash-1-3", "multilinear", "toeplitz"] as const)(
  "symmetric %s gives both directions one hash, and other flows another",
  async (algorithm) => {
    const settings = { algorithm, symmetric: true };
    const there = await hashes(settings, FLOWS);
    expect(await hashes(settings, FLOWS.map(reversed))).toEqual(there);
    expect(new Set(there).size).toBe(FLOWS.length);
    const same = [address("198.18.0.1"), address("198.18.0.1")] as const;
    const [source, destination] = same;
    const flow = { source, destination, protocol: 6, ports: { source: 9, destination: 8 } };
    const [one, two] = await hashes(settings, [flow, reversed(flow)]);
    expect(one).toBe(two);
  },
);
