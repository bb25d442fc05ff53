/** Filter expressions: what they match, and what is said of those that are none. */

import { describe, expect, it } from "vitest";
import { AnyfibError } from "../../../src/net/errors.ts";
import { compileFilter } from "../../../src/replay/filter/match.ts";
import { parseFilter } from "../../../src/replay/filter/syntax.ts";
import {
  type Bytes,
  counting,
  fragment,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
  u16,
} from "../../oracle/ip-packets.ts";
import { ethernetIp, LINK_TYPE } from "../../oracle/link-frames.ts";

function ethernet(packet: Uint8Array): Bytes {
  return ethernetIp(packet).bytes;
}

function tagged(id: number, frame: Uint8Array): Bytes {
  return joinBytes(frame.subarray(0, 12), [0x81, 0], u16(id), frame.subarray(12));
}

function matches(expression: string, bytes: Uint8Array, linkType: number = LINK_TYPE.ethernet) {
  const filter = compileFilter(parseFilter(expression), linkType);
  return filter?.({ bytes, start: 0, length: bytes.length });
}

const DNS = ethernet(
  ipv4Packet({ source: "192.0.2.1", destination: "198.51.100.9", payload: ports(4000, 53) }),
);
const DNS6 = ethernet(ipv6Packet({ source: "2001:db8::1", payload: ports(53, 4000) }));
const LATER = ethernet(ipv4Packet({ fragmentOffset: 9, payload: ports(4000, 53) }));
const FRAGMENT6 = ethernet(
  ipv6Packet({ extensions: [fragment(0, true)], payload: ports(4000, 53) }),
);

describe("a filter", () => {
  it.each<readonly [string, Uint8Array, boolean]>([
    ["ip", DNS, true],
    ["ip6", DNS, false],
    ["udp", DNS, true],
    ["udp", FRAGMENT6, true],
    ["not udp", DNS, false],
    ["port 53", DNS, true],
    ["port 53", DNS6, true],
    ["port 53", LATER, false],
    ["port 53", FRAGMENT6, false],
    ["src port 53", DNS, false],
    ["src port 53", DNS6, true],
    ["tcp port 53", DNS, false],
    ["portrange 50-60", DNS, true],
    ["portrange 60-50", DNS, true],
    ["host 192.0.2.1", DNS, true],
    ["192.0.2.1", DNS, true],
    ["dst host 192.0.2.1", DNS, false],
    ["dst host 192.0.2.1 or 198.51.100.9", DNS, true],
    ["net 192.0", DNS, true],
    ["src net 192.0.2.0/24 and dst net 198.51.0.0 mask 255.255.0.0", DNS, true],
    ["net 2001:db8::/32", DNS6, true],
    ["src and dst net 2001:db8::/32", DNS6, true],
    ["ip proto 17", DNS, true],
    ["proto \\udp", DNS, true],
    ["ip6 and udp or tcp", DNS, false],
    ["ip or ip6 and tcp", DNS, false],
    ["ip or (ip6 and tcp)", DNS, true],
    ["! tcp && ! ( port 80 || port 443 )", DNS, true],
    ["vlan", DNS, false],
    ["ip", tagged(7, DNS), false],
    ["vlan and ip", tagged(7, DNS), true],
    ["vlan 7 and port 53", tagged(7, DNS), true],
    ["vlan 8", tagged(7, DNS), false],
    ["vlan 1 and vlan 7 and udp", tagged(1, tagged(7, DNS)), true],
  ])("%s", (expression, frame, expected) => {
    expect(matches(expression, frame)).toBe(expected);
  });

  it("matches nothing that would have to look beyond the captured bytes", () => {
    for (let length = 0; length <= DNS.length; length++) {
      const cut = DNS.slice(0, length);
      expect(matches("port 53", cut)).toBe(length >= 38);
      expect(matches("not port 53", cut)).toBe(false);
      expect(matches("not arp", cut)).toBe(length >= 14);
    }
  });

  it("looks where each link type has its packet", () => {
    const packet = ipv4Packet({ protocol: PROTOCOL.udp, payload: ports(4000, 53, counting(4)) });
    expect(matches("udp port 53", packet, LINK_TYPE.raw)).toBe(true);
    expect(matches("udp port 53", packet, LINK_TYPE.ipv4)).toBe(true);
    expect(matches("ip6", packet, LINK_TYPE.ipv4)).toBe(false);
    const loop = joinBytes([2, 0, 0, 0], packet);
    expect(matches("udp port 53", loop, LINK_TYPE.null)).toBe(true);
    expect(matches("udp", loop, 147)).toBeUndefined();
  });

  it.each([
    ["", "empty"],
    ["hots 10.0.0.1", "hots"],
    ["host example.org", "example.org"],
    ["port http", "http"],
    ["port 70000", "70000"],
    ["net 10.0.0.1/8", "beyond its length"],
    ["tcp host 10.0.0.1", "tcp has no host"],
    ["(ip", "not closed"],
    ["ip)", "follows"],
    ["ip and", "missing"],
    ["tcp[13] & 2 != 0", "tcp[13]"],
    ["ip6 host 10.0.0.1", "10.0.0.1"],
    [`${"(".repeat(99)}ip${")".repeat(99)}`, "parentheses"],
  ])("%j is refused: %s", (expression, what) => {
    expect(() => parseFilter(expression)).toThrow(AnyfibError);
    expect(() => parseFilter(expression)).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => parseFilter(expression)).toThrow(what);
  });

  it("shows the way by tcpdump where a word is not known", () => {
    expect(() => parseFilter("less 100")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("tcpdump -r") }),
    );
  });

  it("has no vlan where the link type has none", () => {
    expect(() => matches("vlan", DNS, LINK_TYPE.raw)).toThrow("no VLAN tags");
  });
});
