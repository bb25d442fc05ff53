/** QUIC by its connection id: the server that it names, whatever the client's address. */

import { describe, expect, it } from "vitest";
import type { Forwarder } from "../../src/router/forwarder.ts";
import {
  type Bytes,
  counting,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  ports,
} from "../oracle/ip-packets.ts";
import { LINK_TYPE } from "../oracle/link-frames.ts";
import { smallForwarder } from "./router-rig.ts";

const HOPS = ["198.18.0.1", "198.18.0.2", "198.18.0.3", "198.18.0.4"];
const OTHER = "198.18.0.9";
const IDS: Readonly<Record<string, readonly number[]>> = {
  "198.18.0.1": [0xa1, 1],
  "198.18.0.2": [0xa1, 2],
  "198.18.0.3": [0xa1, 3],
  "198.18.0.4": [0xa1, 4],
  [OTHER]: [0xa1, 9],
};
const PREFIX = "203.0.113.0/24";
const PREFIX6 = "2001:db8:a::/48";

function hexOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function router(): Promise<Forwarder> {
  return smallForwarder({
    routes: [
      { prefix: PREFIX, nextHops: HOPS },
      { prefix: "198.51.100.0/24", nextHops: [OTHER] },
    ],
    quic: { servers: Object.fromEntries(Object.entries(IDS).map(([hop, id]) => [hop, hexOf(id)])) },
  });
}

/** Where a packet goes; undefined where it is dropped. */
function send(forwarder: Forwarder, packet: Uint8Array): string | undefined {
  const { batch } = forwarder.engine;
  batch.clear();
  batch.push(packet, { linkType: LINK_TYPE.raw });
  forwarder.engine.process();
  return forwarder.nextHop(batch.nextHops[0] ?? 0)?.name;
}

/** The payload of UDP with a connection id of eight bytes: an octet, a server's id, a nonce. */
function short(server: readonly number[]): Bytes {
  return joinBytes([0x41, 0x07], server, counting(5), counting(20));
}

function long(server: readonly number[]): Bytes {
  return joinBytes([0xc3, 0, 0, 0, 1, 8, 0x07], server, counting(5), [0], counting(20));
}

function packet(payload: Uint8Array, source = "192.0.2.1", port = 443): Bytes {
  const destination = "203.0.113.53";
  return ipv4Packet({ source, destination, payload: ports(40_000, port, joinBytes(payload)) });
}

const CLIENTS = Array.from({ length: 40 }, (_, index) => `192.0.2.${index + 1}`);

describe("QUIC", () => {
  it.each([
    ["short", short],
    ["long", long],
  ])("goes to the server that its %s header names, from wherever it comes", async (_, header) => {
    const forwarder = await router();
    for (const hop of HOPS) {
      const reached = CLIENTS.map((client) =>
        send(forwarder, packet(header(IDS[hop] ?? []), client)),
      );
      expect(new Set(reached)).toEqual(new Set([hop]));
    }
  });

  it("goes by its hash where it names no server, or one of another group", async () => {
    const forwarder = await router();
    const plain = await smallForwarder({ routes: [{ prefix: PREFIX, nextHops: HOPS }] });
    for (const client of CLIENTS) {
      const expected = send(plain, packet(short([9, 9]), client));
      expect(send(forwarder, packet(short([9, 9]), client))).toBe(expected);
      expect(send(forwarder, packet(short(IDS[OTHER] ?? []), client))).toBe(expected);
      const elsewhere = packet(short(IDS["198.18.0.1"] ?? []), client, 53);
      const hashed = packet(short([9, 9]), client, 53);
      expect(send(forwarder, elsewhere)).toBe(send(plain, hashed));
    }
  });

  it("leaves a server that is down, and stays with one that drains", async () => {
    const forwarder = await router();
    const [first = "", second = ""] = HOPS;
    forwarder.transaction().down(first).commit();
    forwarder.transaction().drain(second).commit();
    for (const client of CLIENTS) {
      expect(send(forwarder, packet(short(IDS[first] ?? []), client))).not.toBe(first);
      expect(send(forwarder, packet(short(IDS[second] ?? []), client))).toBe(second);
      expect(send(forwarder, packet(short([9, 9]), client))).not.toBe(second);
    }
  });

  it("reads headers cut at every byte", async () => {
    const forwarder = await router();
    const [hop = ""] = HOPS;
    for (const header of [short, long]) {
      const whole = header(IDS[hop] ?? []);
      const idEnd = header === short ? 4 : 9;
      for (let length = 0; length <= whole.length; length++) {
        const reached = CLIENTS.map((client) =>
          send(forwarder, packet(whole.slice(0, length), client)),
        );
        const isRead = length >= Math.max(idEnd, 6);
        expect(new Set(reached).size === 1).toBe(isRead);
      }
    }
  });

  it("has it over IPv6 too", async () => {
    const [one = "", two = ""] = ["fd00::1", "fd00::2"];
    const forwarder = await smallForwarder({
      routes: [{ prefix: PREFIX6, nextHops: [one, two] }],
      quic: { port: 8443, servers: { [one]: "01", [two]: "02" } },
    });
    for (const [hop, id] of [
      [one, 1],
      [two, 2],
    ] as const) {
      const payload = ports(1, 8443, short([id]));
      for (const tail of [1, 2, 3, 4]) {
        const source = `2001:db8::${tail}`;
        const destination = "2001:db8:a::53";
        expect(send(forwarder, ipv6Packet({ source, destination, payload }))).toBe(hop);
      }
    }
  });

  it.each([
    [{ [OTHER]: "0a" }, "no route has the next hop"],
    [{ "198.18.0.1": "xyz" }, "is no server id"],
    [{ "198.18.0.1": "0a", "198.18.0.2": "0a0b" }, "different lengths"],
  ])("refuses %j", async (servers, what) => {
    const routes = [{ prefix: PREFIX, nextHops: HOPS }];
    await expect(smallForwarder({ routes, quic: { servers } })).rejects.toThrow(what);
  });
});
