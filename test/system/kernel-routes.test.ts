/** The Linux kernel as oracle: its routes as `ip` prints them, and where it would send packets. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RouteTable } from "../../src/rib/route-table.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { seededRandom } from "../oracle/random.ts";
import { moduleBytes } from "../setup/modules.ts";
import { readTable } from "../sources/read-table.ts";
import { addNamespace, missingTools, notRoot, removeNamespace, run } from "./tools.ts";

const NEXT_HOPS = 8;
const ROUTES = 400;
const LOOKUPS = 300;
const SEED = 20_240_601;

const why = missingTools("ip") ?? notRoot();
let space = "";

/** Runs lines of `ip -batch` in the namespace and returns what they print. */
function batch(lines: readonly string[], ...flags: readonly string[]): string {
  const input = new TextEncoder().encode(`${lines.join("\n")}\n`);
  return String(run("ip", ["-n", space, ...flags, "-batch", "-"], input));
}

const { below: next } = seededRandom(SEED);

/** All in 44.0.0.0/6, dense enough that longer prefixes lie in shorter ones. */
function route4(): string {
  const length = 9 + next(24);
  const host = 2 ** (32 - length);
  const value = 44 * 2 ** 24 + next(2 ** 26);
  const network = value - (value % host);
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256);
  return `${octets.join(".")}/${length} via 10.77.0.${11 + next(NEXT_HOPS)}`;
}

function route6(): string {
  const length = 32 + 4 * next(9);
  const digits = Array.from({ length: length / 4 - 8 }, () => next(4).toString(16)).join("");
  const groups = `20010db8${digits}`.padEnd(32, "0").match(/.{4}/g)?.join(":");
  return `${groups}/${length} via fd77::${(17 + next(NEXT_HOPS)).toString(16)}`;
}

function address4(): string {
  return `${44 + next(4)}.${next(256)}.${next(256)}.${next(256)}`;
}

function address6(): string {
  const digits = Array.from({ length: 24 }, () => next(4).toString(16)).join("");
  return `20010db8${digits}`.match(/.{4}/g)?.join(":") ?? "";
}

describe.skipIf(why !== undefined)(`routes of the kernel (${why ?? "in a namespace"})`, () => {
  let forwarder: Forwarder;

  beforeAll(async () => {
    space = addNamespace("anyfib-routes");
    batch([
      "link add routes0 type veth peer name routes1",
      "link set routes0 up",
      "link set routes1 up",
      "address add 10.77.0.1/24 dev routes0",
      "address add fd77::1/64 dev routes0 nodad",
    ]);
    const add = (route: string): string => `route replace ${route} dev routes0`;
    batch(Array.from({ length: ROUTES }, () => add(route4())));
    batch(
      Array.from({ length: ROUTES }, () => add(route6())),
      "-6",
    );
    const tables: RouteTable[] = [];
    for (const family of ["-4", "-6"]) {
      tables.push((await readTable(run("ip", ["-n", space, family, "route"]))).table);
    }
    forwarder = await Forwarder.create({ tables, module: moduleBytes("release") });
  });

  afterAll(() => {
    removeNamespace(space);
  });

  test.each(["-4", "-6"])("text and JSON of ip %s route are the same table", async (family) => {
    const text = await readTable(run("ip", ["-n", space, family, "route"]));
    const json = await readTable(run("ip", ["-n", space, "-j", family, "route"]));
    expect(text.rows.length).toBeGreaterThan(ROUTES / 2);
    expect(json.rows).toEqual(text.rows);
  });

  test.each([
    ["IPv4", address4],
    ["IPv6", address6],
  ])("%s packets go where the kernel sends them", (_family, make) => {
    const addresses = Array.from({ length: LOOKUPS }, make);
    const ours = addresses.map((address) => forwarder.lookup(address).nextHop?.name ?? null);
    const theirs = addresses.map(kernelNextHop);
    expect(new Set(theirs).size).toBeGreaterThan(NEXT_HOPS / 2);
    expect(ours).toEqual(theirs);
  });
});

/** The next hop of `ip route get`, null where the kernel has no route. */
function kernelNextHop(address: string): string | null {
  try {
    const answer = String(run("ip", ["-n", space, "route", "get", address]));
    return answer.match(/ via (\S+)/)?.[1] ?? null;
  } catch (error) {
    if (String(error).includes("unreachable")) return null;
    throw error;
  }
}
