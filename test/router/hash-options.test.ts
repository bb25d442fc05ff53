/** Options of the flow hash: what they lead to, what contradicts itself, and where in a file. */

import { describe, expect, it } from "vitest";
import { DEFAULT_HASH } from "../../src/engine/hash.ts";
import { parseConfig } from "../../src/router/config.ts";
import { hashOptionsOf, hashSettings } from "../../src/router/hash-options.ts";
import { smallForwarder } from "./router-rig.ts";

describe("hashSettings", () => {
  it("are SipHash-1-3 of the 5-tuple unless said", () => {
    expect(hashSettings({})).toEqual(DEFAULT_HASH);
    expect(hashSettings({ algorithm: "toeplitz" }).fields).toEqual([
      "src",
      "dst",
      "sport",
      "dport",
    ]);
  });

  it.each([
    [{ fields: [] }, "fields"],
    [{ fields: ["dst"] }, "fields"],
    [{ fields: ["flow_label"] }, "fields"],
    [{ fields: ["src", "src"] }, "fields"],
    [{ algorithm: "toeplitz", fields: ["src", "flow_label"] }, "fields"],
    [{ symmetric: true, fields: ["src"] }, "symmetric"],
    [{ symmetric: true, fields: ["src", "dst", "sport"] }, "symmetric"],
    [{ symmetric: true, fields: ["src", "dst", "flow_label"] }, "symmetric"],
    [{ toeplitzKey: new Uint8Array(16) }, "toeplitzKey"],
  ] as const)("refuse %j", (options, option) => {
    expect(() => hashSettings(options)).toThrow(
      expect.objectContaining({ code: "USAGE", detail: { option } }),
    );
  });
});

describe("the section hash", () => {
  const hashOf = (yaml: string) => parseConfig(`hash: ${yaml}\n`, "a.yaml").config.hash;

  it("has defaults", () => {
    const config = hashOf("{}");
    expect(config).toMatchObject({ slots: 1024, previous_owners: 2, pins: true, inner: [] });
    expect(config && hashSettings(hashOptionsOf(config))).toEqual(DEFAULT_HASH);
  });

  it("takes all keys", () => {
    const yaml =
      "{algorithm: toeplitz, fields: [src, dst], symmetric: true, tier: a, key_file: k, " +
      `toeplitz_key: '${"6d".repeat(40)}', fragments: track, inner: [gre, mpls], ` +
      "quic: {servers: {lon: 0a0b}}, icmp_copies: 10, slots: 65536, agreement: canonical, " +
      "previous_owners: 3, pin_window: 60, drain_time: 0, pins: false}";
    const config = hashOf(yaml);
    expect(config && hashOptionsOf(config)).toEqual({
      algorithm: "toeplitz",
      fields: ["src", "dst"],
      symmetric: true,
      tier: "a",
      toeplitzKey: new Uint8Array(40).fill(0x6d),
    });
  });

  it.each([
    ["{algorithm: md5}", "1:8"],
    ["{slots: 1000}", "1:8"],
    ["{slots: 512}", "1:8"],
    ["{previous_owners: 4}", "1:8"],
    ["{pin_window: -1}", "1:8"],
    ["{drain_time: 1.5}", "1:8"],
    ["{icmp_copies: 1e9}", "1:8"],
    ["{tier: a/b}", "1:8"],
    ["{toeplitz_key: abc}", "1:8"],
    ["{inner: [l2tp]}", "1:16"],
    ["{quic: {servers: {lon: xyz}}}", "1:25"],
    ["{fragments: drop}", "1:8"],
    ["{pins: 1}", "1:8"],
    ["{symmetric: true, fields: [src]}", "1:8"],
    ["{pins: true, fields: [dst]}", "1:20"],
    ["{key: '00112233445566778899aabbccddeeff'}", "1:8"],
  ])("refuses %s at its place", (yaml, place) => {
    const parse = (): unknown => hashOf(yaml);
    expect(parse).toThrow(expect.objectContaining({ code: "CONFIG", where: `a.yaml:${place}` }));
    expect(parse).not.toThrow(/00112233/);
  });
});

it("createForwarder hashes as it was asked to", async () => {
  const routes = [{ prefix: "0.0.0.0/0", nextHops: ["10.0.0.1", "10.0.0.2", "10.0.0.3"] }];
  const choices = async (options: Parameters<typeof smallForwarder>[0]) => {
    const forwarder = await smallForwarder({ routes, ...options });
    return Array.from({ length: 24 }, (_, port) => {
      const source = { family: 4, value: 0xc0000207 } as const;
      const flow = { source, protocol: 17, ports: { source: port, destination: 53 } };
      return forwarder.lookup("203.0.113.9", flow).nextHop?.name;
    });
  };
  const usual = await choices({});
  expect(await choices({ hash: { tier: "inner" } })).not.toEqual(usual);
  expect(await choices({ hash: { algorithm: "multilinear" } })).not.toEqual(usual);
  expect(await choices({ key: "12".repeat(20) })).not.toEqual(usual);
  expect(new Set(await choices({ hash: { fields: ["src", "dst", "proto"] } })).size).toBe(1);
  await expect(choices({ hash: { fields: ["dst"] } })).rejects.toMatchObject({ code: "USAGE" });
});
