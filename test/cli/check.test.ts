/** `anyfib check`: what is wrong with a configuration, and what the machine lacks. */

import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/net/errors.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const RIGHT =
  "interfaces: {up: {device: nowhere9, addresses: [192.0.2.1/24]}}\n" +
  "sites: {a: {next_hop: 192.0.2.11, via: up}}\n" +
  "routes: [{prefix: 203.0.113.0/24, sites: [a]}]\n";

describe("anyfib check", () => {
  it("takes what is right, and says what this machine lacks", async () => {
    const { status, stdout, stderr } = await runHere(["check", file("right.yaml", RIGHT)]);
    expect([status, stdout]).toEqual([EXIT.ok, expect.stringContaining("1 interfaces, 1 routes")]);
    expect(stderr).toContain("right.yaml:1:14: there is no device nowhere9");
  });

  it("warns of rules that can never match, and of lists that none uses", async () => {
    const text =
      "policy:\n  prefix_lists: {ours: [192.0.2.0/24]}\n  import:\n" +
      "    - {match: {as_path: ^64500}, action: reject}\n" +
      "    - {name: twice, match: {as_path: ^64500, peers: [AS64500]}}\n";
    const { status, stderr } = await runHere(["check", file("policy.yaml", text)]);
    expect(status).toBe(EXIT.ok);
    expect(stderr).toContain('policy.yaml:5:7: rule "twice" can never match: rule 1 ends all');
    expect(stderr).toContain("policy.yaml:2:18: no rule uses the prefix list ours");
  });

  it.each([
    [
      "a tunnel from nowhere",
      RIGHT.replace("via: up", "via: up, encapsulation: gre").replace(
        "192.0.2.1/24",
        "2001:db8::1/64",
      ),
      "no IPv4 address for the tunnel",
    ],
    ["a site over no interface", RIGHT.replace("via: up", "via: down"), "no interface is named"],
    ["a key that is none", `${RIGHT}wieght: 1\n`, "unknown key"],
    ["a table", "203.0.113.0/24 192.0.2.1\n", "no configuration"],
  ])("refuses %s", async (_, text, what) => {
    const { status, stderr } = await runHere(["check", file("wrong.yaml", text)]);
    expect([status, stderr]).toEqual([EXIT.usage, expect.stringContaining(what)]);
  });
});
