/** Keys rotated live: connections stay, new ones go by the new key, silent changes are refused. */

import { chmodSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { keyRotation } from "../../src/cli/run-reload.ts";
import { parseConfig } from "../../src/router/config.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import type { ForwarderOptions } from "../../src/router/forwarder-options.ts";
import { testFolder } from "../cli/run.ts";
import {
  icmpError,
  ipv4Packet,
  ipv6Packet,
  joinBytes,
  PROTOCOL,
  u16,
  u32,
} from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "./router-rig.ts";

const OLD = "00112233445566778899aabbccddeeff";
const NEW = "ffeeddccbbaa99887766554433221100";
const THIRD = "0f".repeat(16);
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const SERVICE = { 4: "203.0.113.53", 6: "2001:db8:9::53" } as const;
const CLIENT = { 4: "192.0.2.9", 6: "2001:db8:77::9" } as const;
const CONNECTIONS = 2000;
/** Room enough that no bucket fills. */
const PINS = 32_768;
const WINDOW = 300;
const START = 1000;
const FLAGS = { opens: 0x02, follows: 0x10 } as const;
const NEXT_HOPS = Array.from({ length: 8 }, (_, index) => `10.0.0.${index + 1}`);
const HOPS6 = NEXT_HOPS.map((_, index) => `fd00::${index + 1}`);
const ROUTES = [
  { prefix: "203.0.113.0/24", nextHops: NEXT_HOPS },
  { prefix: "2001:db8:9::/48", nextHops: HOPS6 },
];

function segment(family: 4 | 6, port: number, kind: keyof typeof FLAGS): Uint8Array {
  const payload = joinBytes(
    u16(port),
    u16(80),
    u32(1),
    u32(1),
    [0x50, FLAGS[kind]],
    u16(9),
    u32(0),
  );
  const fields = { source: CLIENT[family], destination: SERVICE[family], payload };
  const packet = family === 4 ? ipv4Packet : ipv6Packet;
  return ethernetIp(packet({ ...fields, protocol: PROTOCOL.tcp })).bytes;
}

/** Too big, about what the server sent on that connection. */
function tooBig(family: 4 | 6, port: number): Uint8Array {
  const back = { source: SERVICE[family], destination: CLIENT[family], protocol: PROTOCOL.tcp };
  const payload = joinBytes(u16(80), u16(port), u32(1));
  const ends = { source: CLIENT[family], destination: SERVICE[family] };
  if (family === 4) {
    const error = icmpError(3, 4, ipv4Packet({ ...back, payload }));
    return ethernetIp(ipv4Packet({ ...ends, protocol: PROTOCOL.icmp, payload: error })).bytes;
  }
  const error = icmpError(2, 0, ipv6Packet({ ...back, payload }));
  return ethernetIp(ipv6Packet({ ...ends, protocol: PROTOCOL.icmp6, payload: error })).bytes;
}

/** Next hops of packets, one each. */
function led(forwarder: Forwarder, frames: readonly Uint8Array[]): readonly number[] {
  const hops: number[] = [];
  for (let at = 0; at < frames.length; at += 256) {
    const batch = forwarder.batch();
    for (const frame of frames.slice(at, at + 256)) batch.push(frame);
    forwarder.process(batch);
    hops.push(...batch.nextHops.subarray(0, batch.count));
  }
  return hops;
}

const ports = Array.from({ length: CONNECTIONS }, (_, index) => 1024 + index);
const newPorts = ports.map((port) => port + CONNECTIONS);

/** How many of two lists differ. */
function moved(before: readonly number[], after: readonly number[]): number {
  return before.filter((hop, index) => hop !== after[index]).length;
}

async function make(options: Partial<ForwarderOptions> = {}): Promise<Forwarder> {
  const forwarder = await smallForwarder({
    routes: ROUTES,
    key: OLD,
    limits: { pins: PINS },
    ...options,
  });
  forwarder.setClock(START);
  return forwarder;
}

async function rotate(forwarder: Forwarder, current = NEW, former = OLD): Promise<void> {
  (await forwarder.keys.rotation({ current: bytes(current), former: bytes(former) }))?.();
}

describe.each([4, 6] as const)("IPv%i", (family) => {
  let forwarder: Forwarder;
  const frames = (which: readonly number[], kind: keyof typeof FLAGS) =>
    which.map((port) => segment(family, port, kind));

  beforeEach(async () => {
    forwarder = await make();
  });

  it("breaks no connection, and leads new ones by the new key", async () => {
    const before = led(forwarder, frames(ports, "opens"));
    await rotate(forwarder);
    expect(led(forwarder, frames(ports, "follows"))).toEqual(before);
    const opened = led(forwarder, frames(newPorts, "opens"));
    expect(led(forwarder, frames(newPorts, "follows"))).toEqual(opened);
    expect(
      led(
        forwarder,
        ports.map((port) => tooBig(family, port)),
      ),
    ).toEqual(before);
    // Another forwarder that began with the old key and rotated chooses alike.
    const other = await make();
    await rotate(other);
    expect(led(other, frames(newPorts, "opens"))).toEqual(opened);
    // Under the old key, those would have gone elsewhere: about 7 of 8.
    const unchanged = led(await make(), frames(newPorts, "opens"));
    expect(moved(unchanged, opened)).toBeGreaterThan(CONNECTIONS * 0.8);
    // Connections that went on until the window closed keep nothing beyond it, new ones all.
    forwarder.setClock(START + WINDOW);
    expect(led(forwarder, frames(newPorts, "follows"))).toEqual(opened);
    expect(forwarder.engine.pins.read()).toMatchObject({ refused: 0, turned: 0 });
    const late = moved(before, led(forwarder, frames(ports, "follows")));
    expect(late / CONNECTIONS).toBeGreaterThan(0.8);
  });

  it("breaks none whose next hop lives, when one goes during the rotation", async () => {
    const before = led(forwarder, frames(ports, "opens"));
    await rotate(forwarder);
    const opened = led(forwarder, frames(newPorts, "opens"));
    const gone = forwarder.find((family === 4 ? NEXT_HOPS : HOPS6)[2] ?? "").adjacency;
    forwarder.setClock(START + 10);
    forwarder
      .transaction()
      .down((family === 4 ? NEXT_HOPS : HOPS6)[2] ?? "")
      .commit();
    for (const [hops, which] of [
      [before, ports],
      [opened, newPorts],
    ] as const) {
      const after = led(forwarder, frames(which, "follows"));
      const broken = hops.filter((hop, index) => hop !== gone && hop !== after[index]);
      expect(broken).toHaveLength(0);
      expect(after).not.toContain(gone);
    }
  });
});

describe("a key that follows another", () => {
  it("is told by its id, and names the one before it", async () => {
    const forwarder = await make();
    const before = forwarder.keyId;
    await rotate(forwarder);
    expect(forwarder.keyId).not.toBe(before);
    expect([forwarder.keys.formerId, forwarder.snapshot().key_id]).toEqual([
      before,
      forwarder.keyId,
    ]);
    // The same key again is no change.
    expect(await forwarder.keys.rotation({ current: bytes(NEW) })).toBeUndefined();
  });

  it("is refused where nobody said so, or while the last rotation goes on", async () => {
    const forwarder = await make();
    const silent = forwarder.keys.rotation({ current: bytes(NEW) });
    await expect(silent).rejects.toMatchObject({ code: "CONFIG" });
    await expect(rotate(forwarder, NEW, THIRD)).rejects.toMatchObject({ code: "CONFIG" });
    await rotate(forwarder);
    await expect(rotate(forwarder, THIRD, NEW)).rejects.toThrow("connections of two keys");
    forwarder.setClock(START + WINDOW);
    const before = led(
      forwarder,
      ports.map((port) => segment(4, port, "opens")),
    );
    await rotate(forwarder, THIRD, NEW);
    expect(
      led(
        forwarder,
        ports.map((port) => segment(4, port, "follows")),
      ),
    ).toEqual(before);
  });

  it.each([
    [{ pinWindow: 0 }, "without pins"],
    [{ agreement: "canonical" }, "canonical"],
    [{ hash: { algorithm: "multilinear" } }, "multilinear"],
  ] as const)("is refused with %j", async (options, what) => {
    const forwarder = await make(options);
    await expect(rotate(forwarder)).rejects.toThrow(what);
  });
});

describe("the key file of a running router", () => {
  const file = testFolder();
  const yaml = "hash: {key_file: key}\n";

  it.each([
    ["the same key", `${OLD}\n`, false],
    ["a new key above the old one", `${NEW}\n${OLD}\n`, true],
  ] as const)("%s", async (_, content, isRotated) => {
    const forwarder = await make();
    const before = forwarder.keyId;
    chmodSync(file("key", content), 0o600);
    const config = { name: file("c.yaml", yaml), file: parseConfig(yaml, "c.yaml") };
    const rotation = await keyRotation(config, forwarder);
    rotation?.rotate();
    expect([rotation?.key, forwarder.keyId !== before]).toEqual(
      isRotated ? [NEW, true] : [undefined, false],
    );
  });

  it("with another key alone is refused, and no error holds a key", async () => {
    const forwarder = await make();
    chmodSync(file("key", `${NEW}\n`), 0o600);
    const config = { name: file("c.yaml", yaml), file: parseConfig(yaml, "c.yaml") };
    const error: unknown = await keyRotation(config, forwarder).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "CONFIG" });
    expect(JSON.stringify([error, String(error)])).not.toContain(NEW.slice(0, 8));
  });
});
