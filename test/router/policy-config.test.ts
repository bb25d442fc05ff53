/** Policies as configurations write them, and each mistake with its place. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../src/net/errors.ts";
import { applyPolicy } from "../../src/rib/policy.ts";
import { parseConfig } from "../../src/router/config.ts";
import { configPolicy, policyWarnings } from "../../src/router/policy-config.ts";
import { attributeSet, cellsOf } from "../rib/routes.ts";

const WHOLE = `policy:
  prefix_lists:
    bogons: [10.0.0.0/8 le 32, "2001:db8::/32 ge 49"]
  import:
    - {match: {prefixes: [bogons, 192.0.2.0/24]}, action: reject}
    - name: customers
      match: {as_path: ^64500 .* 64510$, communities: ["64500:*"], peers: [198.51.100.1, AS64500]}
      set:
        {local_preference: 200, med: 5, weight: 2, next_hop: 198.51.100.9,
          add_communities: [no-export]}
      action: accept
  default: reject
`;

function policyOf(text: string) {
  const policy = configPolicy(parseConfig(text, "a.yaml"));
  if (policy === undefined) throw new Error("no policy");
  return policy;
}

describe("configPolicy", () => {
  it("reads a policy", () => {
    const policy = policyOf(WHOLE);
    const peer = { address: "198.51.100.1", as: "AS64500" };
    const set = attributeSet({
      asPath: [{ kind: "sequence", asns: [64_500, 64_510] }],
      communities: [64_500 * 0x10000 + 1],
    });
    const result = (prefix: string) => applyPolicy(policy, { prefix: cellsOf(prefix), set, peer });
    expect(result("10.1.0.0/16").rule?.name).toBe("rule 1");
    expect(result("192.0.2.0/24").action).toBe("reject");
    expect(result("203.0.113.0/24")).toMatchObject({
      action: "accept",
      rule: { name: 'rule "customers"' },
      set: { localPreference: 200, med: 5, nextHop: { family: 4, value: 0xc6336409 } },
      weight: 2,
    });
    expect(policy.default).toBe("reject");
    expect(policyWarnings(parseConfig(WHOLE, "a.yaml"))).toEqual([]);
  });

  it("is none without the section, and takes all without rules", () => {
    expect(configPolicy(parseConfig("routes: []\n", "a.yaml"))).toBeUndefined();
    expect(policyOf("policy: {}\n")).toEqual({ rules: [], default: "accept" });
  });

  /** What is wrong with a text, at its `¦`. */
  it.each([
    ["policy: {¦improt: []}\n", 'unknown key "improt"', "prefix_lists, import, default"],
    ["policy:\n  import:\n    - {¦macht: {}}\n", 'unknown key "macht"', "name, match, set, action"],
    ["policy: {import: [{match: {¦prefix: [a]}}]}\n", 'unknown key "prefix"', "prefixes, as_path"],
    ["policy: {import: [{set: {¦lp: 5}}]}\n", 'unknown key "lp"', "local_preference, med"],
    ["policy: {import: [{¦action: maybe}]}\n", "policy.import.0.action: expected", "correct"],
    ["policy: {import: [{match: {¦prefixes: []}}]}\n", "policy.import.0.match.prefixes", "correct"],
    ["policy: {import: [{match: {prefixes: [¦far]}}]}\n", 'no prefix list is named "far"', "none"],
    [
      "policy: {import: [{match: {prefixes: [¦10.0.0.1/8]}}]}\n",
      "no range of prefixes",
      "host bits",
    ],
    ["policy: {prefix_lists: {a: [\n  ¦10.0.0.0/8 le 7]}}\n", "no range of prefixes", "8 to 32"],
    ['policy: {prefix_lists: {¦"10": [10.0.0.0/8]}}\n', "no name for a prefix list", "letter"],
    ["policy: {import: [{match: {¦as_path: (1}}]}\n", "no AS-path expression", "at character 1"],
    ["policy: {import: [{match: {communities: [¦a]}}]}\n", '"a" is no community', "64500:*"],
    ['policy: {import: [{set: {add_communities: [¦"1:*"]}}]}\n', "many communities", "without"],
    ["policy: {import: [{match: {peers: [¦AS4294967296]}}]}\n", "is no peer", "AS64500"],
    ["policy: {import: [{set: {¦next_hop: here}}]}\n", '"here" is no next hop', "an address"],
    ["policy: {import: [{set: {¦next_hop: 224.0.0.1}}]}\n", "is no next hop", "unicast"],
    ["policy: {import: [{set: {¦weight: 65536}}]}\n", "policy.import.0.set.weight", "correct"],
  ])("refuses %j", (marked, what, hint) => {
    const before = marked.slice(0, marked.indexOf("¦")).split("\n");
    const place = `a.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    const read = (): unknown => policyOf(marked.replace("¦", ""));
    expect(read).toThrow(AnyfibError);
    expect(read).toThrow(expect.objectContaining({ code: "CONFIG", where: place }));
    expect(read).toThrow(what);
    expect(read).toThrow(hint);
  });
});
