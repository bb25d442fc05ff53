/** Real name servers with one address behind `anyfib run`: what is lost when sites come and go. */

import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Seen } from "./anycast-client.ts";
import { ADDRESSES, AnycastLab } from "./anycast-lab.ts";
import { QueryLoad } from "./dnsperf.ts";
import { missingTools, notRoot } from "./tools.ts";

const BUILT = path.join(import.meta.dirname, "../../dist/src/cli/main.js");
const why =
  missingTools("ip", "sysctl", "nsd", "dnsperf") ??
  notRoot() ??
  (existsSync(BUILT) ? undefined : "not built: npm run build");

const CONNECTIONS = 300;
/** How often each connection speaks. */
const EVERY_MS = 200;
/** Queries a second. */
const RATE = 1000;
/** Of each part, two changes: long enough for several rounds of all connections. */
const SECONDS = 5;
const WHILE_MS = 1800;
/** How long connections of a lost site may take to notice, beyond that: the machine may be busy. */
const NOTICE_MS = 3000;
/** A station that closes its end drops packets before its link is lost, for so long. */
const CLOSING_MS = 50;

/** Connections that broke, by site. */
function brokenOf({ sites }: Seen): readonly number[] {
  return ["s1", "s2", "s3"].map((site) => sites[site]?.broken ?? 0);
}

/** Connections that stand, by site. */
function standing({ sites }: Seen): readonly number[] {
  return ["s1", "s2", "s3"].map((site) => sites[site]?.connections ?? 0);
}

describe.skipIf(why !== undefined)(`name servers (${why ?? "in namespaces"})`, () => {
  let lab: AnycastLab;

  beforeEach(async () => {
    lab = new AnycastLab("anyfib-dns");
    await lab.servers();
    await lab.nameServers();
    await lab.router();
  });

  afterEach(() => lab[Symbol.dispose]());

  test.each([
    [ADDRESSES[0], ""],
    [ADDRESSES[1], "v6"],
  ])("of %s: sites go and come back, the others lose nothing", async (address, family) => {
    const site = `s2${family}`;
    const client = await lab.client(address, CONNECTIONS, EVERY_MS);
    const load = { rate: RATE, seconds: SECONDS };
    const told = new QueryLoad(lab, address, load);
    const after = async (change: () => void): Promise<Seen> => {
      change();
      await sleep(WHILE_MS);
      return client.seen();
    };
    /** Once as many have broken as a site had, or when they should have. */
    const afterLoss = async (change: () => void, site: number, had: number): Promise<Seen> => {
      const deadline = performance.now() + WHILE_MS + NOTICE_MS;
      let seen = await after(change);
      while ((brokenOf(seen)[site] ?? 0) < had && performance.now() < deadline) {
        await sleep(EVERY_MS);
        seen = await client.seen();
      }
      return seen;
    };
    const before = await after(() => undefined);
    expect(standing(before).every((connections) => connections > CONNECTIONS / 6)).toBe(true);
    const [, ofSecond = 0] = standing(before);
    const gone = await afterLoss(() => lab.control("down", site), 1, ofSecond);
    // Those of the site open anew elsewhere, and it has none any more.
    expect(brokenOf(gone)).toEqual([0, ofSecond, 0]);
    const back = await after(() => lab.control("up", site));
    expect(brokenOf(back)).toEqual(brokenOf(gone));
    expect(back.lost).toBe(0);
    expect(await told.answers()).toMatchObject({ lost: 0 });

    const cut = new QueryLoad(lab, address, load);
    await sleep(WHILE_MS);
    const [, , ofThird = 0] = standing(back);
    const dead = await afterLoss(() => lab.ip("s3", "link set e0 down"), 2, ofThird);
    expect(brokenOf(dead)).toEqual([0, ofSecond, ofThird]);
    // The load is shared anew: connections that open now find the site that came back.
    expect(standing(dead)[1]).toBeGreaterThan(0);
    const whole = await after(() => lab.reconnect("s3"));
    expect(brokenOf(whole)).toEqual(brokenOf(dead));
    const { sent, lost } = await cut.answers();
    expect(lost).toBeLessThanOrEqual((RATE / 3) * (CLOSING_MS / 1000));
    console.log(`${address}: ${lost} of ${sent} queries were lost with a link`);
    // At most one is on its way while the station closes: it asks every 200 ms.
    expect((await client.end()).lost).toBeLessThanOrEqual(Math.ceil(CLOSING_MS / EVERY_MS));
  });
});
