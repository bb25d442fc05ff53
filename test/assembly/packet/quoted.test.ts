/** ICMP errors go where the flow goes that they quote, from every length of quote on. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { testKeys } from "../../engine/test-engine.ts";
import { flowHash } from "../../oracle/flow-hash.ts";
import {
  addressBytes,
  authentication,
  type Bytes,
  counting,
  type Extension,
  extension,
  fragment,
  icmpError,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  ports,
} from "../../oracle/ip-packets.ts";
import { raw } from "../../oracle/link-frames.ts";
import { MODULE_TARGETS } from "../../setup/modules.ts";
import { type Outcome, sendFrame } from "../packet-rig.ts";
import { createTestRouter, DESTINATIONS } from "../test-router.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => 200 - index * 5);
const SERVER = { 4: DESTINATIONS[4].table, 6: DESTINATIONS[6].table } as const;
const CLIENT = { 4: "192.0.2.77", 6: "2001:db8:1::77" } as const;
const ROUTER = { 4: "192.0.2.1", 6: "2001:db8:1::1" } as const;
const FAMILIES = [4, 6] as const;

/** What the server sent: fields of either family. */
interface Sent {
  readonly protocol?: number;
  readonly payload?: Bytes;
  readonly extensions?: readonly Extension[];
  readonly options?: Bytes;
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
}

function packet(family: 4 | 6, source: string, destination: string, sent: Sent): Bytes {
  const fields = { ...sent, source, destination };
  return family === 4 ? ipv4Packet(fields) : ipv6Packet(fields);
}

/** The error about a packet from the server, at the server's door. */
function errorAbout(family: 4 | 6, quote: Bytes, type = family === 4 ? 3 : 2): Bytes {
  return packet(family, ROUTER[family], SERVER[family], {
    protocol: family === 4 ? PROTOCOL.icmp : PROTOCOL.icmp6,
    payload: icmpError(type, 0, quote),
  });
}

function quoteOf(family: 4 | 6, sent: Sent): Bytes {
  return packet(family, SERVER[family], CLIENT[family], sent);
}

/** The hash of a flow from the client to the server. */
function clientHash(family: 4 | 6, protocol: number, between?: readonly [number, number]): bigint {
  return flowHash(KEY, {
    source: addressBytes(CLIENT[family]),
    destination: addressBytes(SERVER[family]),
    protocol,
    isFragment: false,
    ...(between ? { ports: { source: between[0], destination: between[1] } } : {}),
  });
}

const QUOTES: readonly { readonly what: string; readonly family: 4 | 6; readonly sent: Sent }[] = [
  ...FAMILIES.flatMap((family) => [
    { what: "TCP", family, sent: { protocol: PROTOCOL.tcp } },
    { what: "UDP", family, sent: {} },
    { what: "SCTP", family, sent: { protocol: PROTOCOL.sctp } },
  ]),
  { what: "options", family: 4, sent: { options: counting(40) } },
  { what: "a first fragment", family: 4, sent: { moreFragments: true } },
  { what: "a first fragment", family: 6, sent: { extensions: [fragment(0, true)] } },
  {
    what: "extensions",
    family: 6,
    sent: { extensions: [extension(PROTOCOL.routing, 2), authentication(), fragment(0, false)] },
  },
];

describe.each(MODULE_TARGETS)("%s build", (target) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestRouter(target, { keys: testKeys(KEY) });
  });

  const send = (bytes: Bytes): Outcome => sendFrame(engine, raw(bytes));

  it.each(QUOTES)("sends an error that quotes $what of IPv$family after its flow", (row) => {
    const { family, sent } = row;
    const protocol = sent.protocol ?? PROTOCOL.udp;
    const quote = quoteOf(family, { ...sent, payload: ports(443, 5555) });
    const error = send(errorAbout(family, quote));
    const client = send(
      packet(family, CLIENT[family], SERVER[family], { protocol, payload: ports(5555, 443) }),
    );
    expect(error.hash).toBe(clientHash(family, protocol, [5555, 443]));
    expect(error).toMatchObject({ slot: client.slot, nextHop: client.nextHop, hash: client.hash });
    const segment = protocol === PROTOCOL.tcp ? "follows" : undefined;
    expect(error.flow).toMatchObject({ steered: "quoted" });
    expect(error.flow?.segment).toBe(segment);
  });

  it.each(QUOTES)("takes any length of a quote of $what of IPv$family", ({ family, sent }) => {
    const protocol = sent.protocol ?? PROTOCOL.udp;
    const quote = quoteOf(family, { ...sent, payload: ports(443, 5555) });
    const headerBytes = quote.length - ports(443, 5555).length;
    for (let length = 0; length <= quote.length; length++) {
      const error = send(errorAbout(family, quote.slice(0, length)));
      expect(error.verdict).toBe("forward");
      if (length >= headerBytes + 4) {
        expect(error.hash).toBe(clientHash(family, protocol, [5555, 443]));
      } else if (length === headerBytes) {
        expect(error.hash).toBe(clientHash(family, protocol));
      } else if (length < (family === 4 ? 20 : 40)) {
        expect(error.flow).not.toHaveProperty("steered");
      }
    }
  });

  it("uses no ports of a quoted later fragment", () => {
    const payload = counting(16);
    const sent4 = { fragmentOffset: 4, payload, protocol: PROTOCOL.tcp };
    const sent6 = { extensions: [fragment(4, true)], payload, protocol: PROTOCOL.tcp };
    for (const [family, sent] of [[4, sent4] as const, [6, sent6] as const]) {
      const error = send(errorAbout(family, quoteOf(family, sent)));
      expect(error.hash).toBe(clientHash(family, PROTOCOL.tcp));
      expect(error.flow).toMatchObject({ steered: "quoted", segment: "follows" });
    }
  });

  it.each(FAMILIES)("sends an error about an IPv%i ping where the pings go", (family) => {
    const protocol = family === 4 ? PROTOCOL.icmp : PROTOCOL.icmp6;
    const echo = icmpError(family === 4 ? 0 : 129, 0, counting(16));
    const error = send(errorAbout(family, quoteOf(family, { protocol, payload: echo })));
    const ping = send(packet(family, CLIENT[family], SERVER[family], { protocol, payload: echo }));
    expect(error.nextHop).toBe(ping.nextHop);
    expect(error.hash).toBe(ping.hash);
  });

  it.each(FAMILIES)("knows which types of ICMP for IPv%i quote", (family) => {
    const quote = quoteOf(family, { payload: ports(443, 5555) });
    const quoting = Array.from({ length: 256 }, (_, type) => type).filter((type) => {
      return send(errorAbout(family, quote, type)).flow?.steered === "quoted";
    });
    expect(quoting).toEqual(family === 4 ? [3, 4, 5, 11, 12] : [1, 2, 3, 4]);
  });

  it.each([
    { what: "the other family", bytes: errorAbout(4, quoteOf(6, {})) },
    { what: "noise", bytes: errorAbout(4, counting(48)) },
    { what: "a header of 16 bytes", bytes: errorAbout(4, ipv4Packet({ headerWords: 4 })) },
    {
      what: "a packet in a fragment",
      bytes: ipv4Packet({
        destination: SERVER[4],
        protocol: PROTOCOL.icmp,
        moreFragments: true,
        payload: icmpError(3, 4, quoteOf(4, {})),
      }),
    },
  ])("goes by its own addresses where it quotes $what", ({ bytes }) => {
    const { flow, verdict } = send(bytes);
    expect(verdict).toBe("forward");
    expect(flow).not.toHaveProperty("steered");
  });

  it("reads no further than the extensions of RFC 4884 leave it", () => {
    const quote = quoteOf(4, { payload: ports(443, 5555, counting(100)) });
    const structure = joinBytes(quote, [0x20, 0, 0, 0], [0, 8, 1, 1], counting(4));
    const error = send(errorAbout(4, structure, 11));
    expect(error.hash).toBe(clientHash(4, PROTOCOL.udp, [5555, 443]));
  });
});
