/** StayRTR as a cache: what it is given reaches the client by increments, in each version. */

import { spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { formatPrefix, prefixFromCells } from "../../src/net/prefix.ts";
import { RtrClient } from "../../src/sources/rpki/rtr-client.ts";
import type { ModelVrp } from "../oracle/origin-model.ts";
import { OriginModel } from "../oracle/origin-model.ts";
import { type Random, seededRandom } from "../oracle/random.ts";
import { cellsOf, drawRoute, drawVrp } from "../rib/vrps.ts";
import { missingTools } from "./tools.ts";

const why = missingTools("stayrtr");
const VRPS = 3000;
const CHANGED = 40;
const ROUNDS = 4;
const ROUTES = 300;
const WAIT = { timeout: 30_000, interval: 50 };

const folder = mkdtempSync(path.join(tmpdir(), "anyfib-stayrtr-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** VRPs that are in the cache's file. */
class CacheFile {
  readonly file: string;
  readonly vrps: ModelVrp[] = [];
  readonly #random: Random;

  constructor(name: string, random: Random) {
    this.file = path.join(folder, name);
    this.#random = random;
    for (let left = VRPS; left > 0; left--) this.vrps.push(this.#draw());
    this.write();
  }

  /** Takes some VRPs out and puts others in. */
  change(): void {
    for (let left = CHANGED; left > 0; left--) {
      this.vrps[this.#random.below(this.vrps.length)] = this.#draw();
    }
    this.write();
  }

  /** Put in place as a whole, since the cache may read at any time. */
  write(): void {
    const roas = this.vrps.map((vrp) => ({
      asn: vrp.as,
      prefix: formatPrefix(prefixFromCells(cellsOf(vrp))),
      maxLength: vrp.maxLength,
      ta: "test",
      expires: 4_000_000_000,
    }));
    const part = `${this.file}.part`;
    writeFileSync(part, JSON.stringify({ metadata: {}, roas }));
    renameSync(part, this.file);
  }

  model(): OriginModel {
    const model = new OriginModel();
    for (const vrp of this.vrps) model.announce(vrp);
    return model;
  }

  /** The cache refuses prefixes shorter than any that is announced, and AS 0 has its own test. */
  #draw(): ModelVrp {
    const vrp = drawVrp(this.#random);
    return vrp.length < 8 ? this.#draw() : { ...vrp, as: 1 + vrp.as };
  }
}

function expectSame(client: RtrClient, model: OriginModel, random: Random): void {
  expect(client.table.count4 + client.table.count6).toBe(model.size);
  for (let left = ROUTES; left > 0; left--) {
    const route = drawRoute(random);
    expect(client.table.validate(cellsOf(route), route.as)).toBe(model.validate(route));
  }
}

describe.skipIf(why !== undefined)(`StayRTR${why === undefined ? "" : ` (${why})`}`, () => {
  const open: Disposable[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one[Symbol.dispose]();
  });

  function start(file: string, port: number, version: number): () => void {
    const [bind, metrics] = [port, port + 100].map((number) => `127.0.0.1:${number}`);
    const flags = { bind, cache: file, "metrics.addr": metrics, protocol: version, refresh: 1 };
    const args = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
    const cache = spawn("stayrtr", [...args, "-checktime=false"], { stdio: "ignore" });
    const end = (): void => void cache.kill("SIGKILL");
    open.push({ [Symbol.dispose]: end });
    return end;
  }

  it.each([0, 1, 2])("of version %i: everything, then increments", async (version) => {
    const random = seededRandom(version);
    const cacheFile = new CacheFile(`vrps-${version}.json`, random);
    const port = 43_230 + version;
    start(cacheFile.file, port, version);
    const changes: number[] = [];
    const warnings: string[] = [];
    const client = new RtrClient(
      { host: "127.0.0.1", port },
      {
        onChange: ({ rows4, rows6 }) => changes.push(rows4.count + rows6.count),
        onWarning: (what) => warnings.push(what),
      },
    );
    open.push(client);
    await vi.waitFor(() => expect(changes.length).toBe(1), WAIT);
    expectSame(client, cacheFile.model(), random);
    for (let round = 1; round <= ROUNDS; round++) {
      cacheFile.change();
      await vi.waitFor(() => expect(changes.length).toBe(round + 1), WAIT);
      // No more than what the file lost and got: the rest was not sent again.
      expect(changes[round]).toBeLessThanOrEqual(2 * CHANGED);
      expectSame(client, cacheFile.model(), random);
    }
    expect(client.status.version).toBe(version === 0 ? 0 : 1);
    expect(warnings.filter((what) => !what.includes("ECONNREFUSED"))).toEqual([]);
  });

  it("that starts anew has another session: the difference alone takes effect", async () => {
    const random = seededRandom(9);
    const cacheFile = new CacheFile("vrps-anew.json", random);
    const port = 43_240;
    const endFirst = start(cacheFile.file, port, 1);
    const changes: number[] = [];
    const parts = {
      onChange: ({ rows4, rows6 }: { rows4: { count: number }; rows6: { count: number } }) =>
        changes.push(rows4.count + rows6.count),
      onWarning: () => undefined,
    };
    const client = new RtrClient({ host: "127.0.0.1", port }, parts);
    open.push(client);
    await vi.waitFor(() => expect(changes.length).toBe(1), WAIT);
    endFirst();
    cacheFile.change();
    start(cacheFile.file, port, 1);
    await vi.waitFor(() => expect(changes.length).toBe(2), WAIT);
    expect(changes[1]).toBeLessThanOrEqual(2 * CHANGED);
    expectSame(client, cacheFile.model(), random);
  });
});
