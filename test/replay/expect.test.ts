/** Golden reports: what counts as a difference, and what does not. */

import { expect, it } from "vitest";
import { reportDifferences } from "../../src/replay/expect.ts";

const GOLDEN = {
  capture: { file: "a.pcap", packets: 3 },
  received: 3,
  drops: { no_route: 1 },
  next_hops: [
    { next_hop: "10.0.0.1", share: 0.5 },
    { next_hop: "10.0.0.2", share: 0.5 },
  ],
  seconds: 1.5,
  read_seconds: 1,
  forwarding_seconds: 0.5,
  forwarding_ns_per_packet: 80,
  packets_per_second: 12_500_000,
};

it("finds none in an equal report", () => {
  expect(reportDifferences(GOLDEN, structuredClone(GOLDEN))).toEqual([]);
});

it("looks at neither timing nor file names", () => {
  const actual = {
    ...GOLDEN,
    capture: { file: "elsewhere/b.pcap", packets: 3 },
    seconds: 9,
    read_seconds: 8,
    forwarding_seconds: 7,
    forwarding_ns_per_packet: 6,
    packets_per_second: 5,
  };
  expect(reportDifferences(GOLDEN, actual)).toEqual([]);
});

it("lets the report have fields that the golden one is too old for", () => {
  const actual = { ...GOLDEN, punted: 0, capture: { ...GOLDEN.capture, format: "pcap" } };
  expect(reportDifferences(GOLDEN, actual)).toEqual([]);
  expect(reportDifferences(actual, GOLDEN)).toEqual([
    { path: "capture.format", expected: "pcap", actual: undefined },
    { path: "punted", expected: 0, actual: undefined },
  ]);
});

it("says where each difference is", () => {
  const actual = {
    ...GOLDEN,
    received: 4,
    drops: {},
    next_hops: [GOLDEN.next_hops[0], { next_hop: "10.0.0.2", share: 0.25 }],
  };
  expect(reportDifferences(GOLDEN, actual)).toEqual([
    { path: "received", expected: 3, actual: 4 },
    { path: "drops.no_route", expected: 1, actual: undefined },
    { path: "next_hops[1].share", expected: 0.5, actual: 0.25 },
  ]);
});

it.each([
  ["a list of another length", { next_hops: [] }, "next_hops"],
  ["an object that became a number", { drops: 1 }, "drops"],
  ["a number that became text", { received: "3" }, "received"],
  ["null", { capture: null }, "capture"],
])("finds %s", (_, change, path) => {
  expect(reportDifferences(GOLDEN, { ...GOLDEN, ...change }).map((one) => one.path)).toEqual([
    path,
  ]);
});

it.each([
  [[], {}],
  [{}, []],
  [null, {}],
  [1, null],
])("tells %j from %j", (expected, actual) => {
  expect(reportDifferences(expected, actual)).toEqual([{ path: "", expected, actual }]);
});
