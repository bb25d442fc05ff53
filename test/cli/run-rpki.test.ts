/** Origin validation of a running router: what a file and a cache say takes routes out and back. */

import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RpkiGuard, readRpki } from "../../src/cli/run-rpki.ts";
import { createForwarder, type Forwarder } from "../../src/core.ts";
import { loadTable } from "../../src/node/tables.ts";
import { OriginTable } from "../../src/rib/origins.ts";
import { RouteTable } from "../../src/rib/route-table.ts";
import type { ConfigFile } from "../../src/router/config.ts";
import { moduleBytes } from "../setup/modules.ts";
import {
  attributes,
  bytesOf,
  entry,
  peer,
  peerIndexTable,
  ribRecord,
} from "../sources/mrt/dump.ts";
import { endOfData, prefixPdu, response } from "../sources/rpki/cache.ts";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const open: Disposable[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
});

file(
  "rib.mrt",
  bytesOf([
    peerIndexTable([peer(4, 4)]),
    ribRecord("198.51.100.0/24", [entry(0, attributes(64_500))]),
    ribRecord("203.0.113.0/24", [entry(0, attributes(64_501))]),
    ribRecord("192.0.2.0/25", [entry(0, attributes(64_502))]),
  ]),
);
file("vrps.csv", "ASN,IP Prefix,Max Length,Expires\nAS1,198.51.100.0/24,24,1\n");

/** A configuration whose own route for 192.0.2.0/25 stands in place of the dump's. */
async function start(
  rpki: string,
): Promise<{ forwarder: Forwarder; guard: RpkiGuard; log: object[] }> {
  const config = [
    "sites: {lon: {next_hop: 10.0.0.11}}",
    "routes: [{prefix: 192.0.2.0/25, sites: [lon]}]",
    "tables: [rib.mrt]",
    `rpki: {${rpki}}`,
  ];
  const name = file("anyfib.yaml", `${config.join("\n")}\n`);
  const table = new RouteTable();
  const origins = new OriginTable();
  const files: ConfigFile[] = [];
  const options = { table, origins, validatesLater: true };
  await loadTable(name, { ...options, onConfig: (read) => files.push(read) });
  const [parsed] = files;
  if (parsed === undefined) throw new Error("this is no configuration");
  const live = {
    file: parsed,
    table,
    origins,
    rpki: await readRpki(parsed, name, () => undefined),
  };
  const forwarder = await createForwarder({ tables: [table], module: moduleBytes("release") });
  const log: object[] = [];
  const guard = new RpkiGuard(live, {
    router: {
      revalidate: (rejected, accepted) =>
        forwarder.transaction().replace(rejected, accepted).commit(),
    },
    info: (what) => log.push(what),
    warn: () => undefined,
  });
  open.push(guard);
  return { forwarder, guard, log };
}

function prefixesOf(forwarder: Forwarder): readonly (string | null)[] {
  return ["198.51.100.1", "203.0.113.1", "192.0.2.1"].map((to) => forwarder.lookup(to).prefix);
}

describe("a running router", () => {
  it("rejects what the file's VRPs forbid, and not its own routes", async () => {
    file("now.json", '[{"asn":1,"prefix":"198.51.100.0/24"},{"asn":1,"prefix":"192.0.2.0/24"}]');
    const { forwarder, guard } = await start("vrp_file: now.json, invalid: reject");
    expect(prefixesOf(forwarder)).toEqual([null, "203.0.113.0/24", "192.0.2.0/25"]);
    const routes = { valid: 0, invalid: 1, not_found: 1 };
    expect(guard.status).toMatchObject({ vrps: 2, routes, invalid: "reject", rtr: null });
    guard.release();
    expect(prefixesOf(forwarder)).toContain("198.51.100.0/24");
  });

  it("leaves out VRPs that have ended, and counts alone unless it is told to reject", async () => {
    const ended = await start("vrp_file: vrps.csv, invalid: reject");
    expect(ended.guard.status).toMatchObject({ vrps: 0 });
    const accepting = await start("vrp_file: now.json");
    expect(accepting.guard.status).toMatchObject({ routes: { invalid: 1 }, invalid: "accept" });
    expect(prefixesOf(accepting.forwarder)).toContain("198.51.100.0/24");
  });

  it("follows a cache", async () => {
    const server = createServer((socket) => {
      const first = [response(7), prefixPdu("+203.0.113.0/24-24 1"), endOfData(7, 1)];
      for (const bytes of first) socket.write(bytes);
      socket.once("data", () => {
        socket.once("data", () => {
          const pdus = [response(7), prefixPdu("+203.0.113.0/24-24 64501"), endOfData(7, 2)];
          for (const bytes of pdus) socket.write(bytes);
        });
      });
    });
    open.push({ [Symbol.dispose]: () => server.close() });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { forwarder, log } = await start(`rtr: "127.0.0.1:${port}", invalid: reject`);
    await vi.waitFor(() => expect(prefixesOf(forwarder)).not.toContain("203.0.113.0/24"), 5000);
    expect(log.at(-1)).toMatchObject({
      why: "rtr",
      rejected: 1,
      rtr: { state: "ready", serial: 1 },
    });
  });

  it.each([
    ["rtr: nowhere", 2, "is no address of a cache"],
    ["vrp_file: missing.json", 0, "there is no VRP file"],
    ["invalid: perhaps", 2, "rpki.invalid: expected"],
    ["other: 1", 2, "known keys: vrp_file, rtr, invalid"],
  ])("is checked: %s", async (rpki, status, message) => {
    const name = file("check.yaml", `rpki: {${rpki}}\n`);
    const outcome = await runHere(["check", name]);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toContain(message);
  });
});
