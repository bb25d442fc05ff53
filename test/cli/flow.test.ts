/** The forms of `--flow`, and what is said of all others. */

import { describe, expect, it } from "vitest";
import { parseFlow } from "../../src/cli/flow.ts";
import { formatAddress } from "../../src/net/address.ts";

describe("parseFlow", () => {
  it.each([
    ["192.0.2.7,tcp", "192.0.2.7", 6, undefined],
    ["192.0.2.7,17", "192.0.2.7", 17, undefined],
    ["192.0.2.7:1234,tcp,443", "192.0.2.7", 6, [1234, 443]],
    ["192.0.2.7,UDP,53", "192.0.2.7", 17, [0, 53]],
    ["192.0.2.7:1234,udp", "192.0.2.7", 17, [1234, 0]],
    ["192.0.2.7:0,136,65535", "192.0.2.7", 136, [0, 65_535]],
    ["192.0.2.7,255", "192.0.2.7", 255, undefined],
    ["2001:db8::7,icmp6", "2001:db8::7", 58, undefined],
    ["[2001:db8::7],tcp,80", "2001:db8::7", 6, [0, 80]],
    ["[2001:db8::7]:1,sctp,80", "2001:db8::7", 132, [1, 80]],
    ["2001:db8::7:1234,tcp,80", "2001:db8::7:1234", 6, [0, 80]],
    ["::ffff:192.0.2.1,gre", "::ffff:192.0.2.1", 47, undefined],
  ] as const)("reads %s", (text, source, protocol, ports) => {
    const flow = parseFlow(text);
    expect([formatAddress(flow.source), flow.protocol]).toEqual([source, protocol]);
    expect(flow.ports).toEqual(ports && { source: ports[0], destination: ports[1] });
  });

  it.each([
    ["", '"" is no address'],
    ["gateway,tcp", '"gateway" is no address'],
    ["192.0.2.7", '"" is no protocol'],
    ["192.0.2.7,telnet", '"telnet" is no protocol'],
    ["192.0.2.7,256", '"256" is no protocol'],
    ["192.0.2.7,tcp,1,2", "there is more than a flow"],
    ["192.0.2.7:1,icmp", "protocol 1 has no ports"],
    ["2001:db8::7,58,0", "protocol 58 has no ports"],
    ["192.0.2.7:65536,tcp", "a port is out of range"],
    ["192.0.2.7,tcp,-1", "a port is out of range"],
    ["192.0.2.7,tcp,http", "a port is out of range"],
    ["192.0.2.7,tcp,", "a port is out of range"],
    ["192.0.2.7:,tcp", "a port is out of range"],
    ["[2001:db8::7]:,tcp", "a port is out of range"],
    ["[2001:db8::7]80,tcp", "is no address"],
    ["[2001:db8::7,tcp", "is no address"],
  ])("refuses %s", (text, what) => {
    expect(() => parseFlow(text)).toThrow(
      expect.objectContaining({ code: "USAGE", what: expect.stringContaining(what) }),
    );
  });
});
