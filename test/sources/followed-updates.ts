/** Follows recorded updates in a forwarder and in a plain model, and compares the two. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { formatAddress } from "../../src/net/address.ts";
import { formatPrefix } from "../../src/net/prefix.ts";
import { RouteInstaller } from "../../src/replay/route-updates.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import {
  AttributeSets,
  PeerTable,
  type RecordedState,
  type RecordedUpdate,
  readMrt,
} from "../../src/sources/mrt.ts";
import { MrtRecording } from "../../src/sources/mrt-recording.ts";
import { MrtRib } from "../../src/sources/mrt-rib.ts";
import { addressOf, RouteModel } from "../oracle/route-model.ts";
import { moduleBytes } from "../setup/modules.ts";
import { chunksOf } from "./read-table.ts";

/** What is followed. */
export interface FollowOptions {
  /** Changes of the file; all unless said. */
  readonly most?: number;
  /** Changes that are installed together. */
  readonly together: number;
  /** Both are compared after so many changes. */
  readonly every: number;
}

/** Expects the tables to be those of the model on the way, and empty once all is taken back. */
export async function expectFollowed(file: string, options: FollowOptions): Promise<void> {
  const { most = Number.POSITIVE_INFINITY, together, every } = options;
  const rib = new MrtRib();
  const recording = new MrtRecording(rib);
  for (const change of await changesOf(file, rib, most)) recording.take(change);
  // The model reads for itself: the RIB forgets sets that it needs no more.
  const own = { sets: new AttributeSets(), peers: new PeerTable() };
  const changes = await changesOf(file, own, most);
  const { ipv4, ipv6 } = recording.announced();
  const limits = { routes4: ipv4, routes6: ipv6 };
  const forwarder = await Forwarder.create({ limits, module: moduleBytes("release") });
  const installer = new RouteInstaller(forwarder);
  const model = new RouteModel(own.sets, own.peers);
  const start = traces(forwarder, rib);
  for (const [index, change] of changes.entries()) {
    recording.apply(index);
    model.apply(change);
    if ((index + 1) % together === 0) installer.install(rib.changes());
    if ((index + 1) % every === 0) {
      installer.install(rib.changes());
      expectSame(forwarder, model);
    }
  }
  installer.install(rib.changes());
  expectSame(forwarder, model);
  expect(installer.notInstalled.size).toBe(0);
  expect(rib.prefixes).toBe(model.prefixes().length);
  expect(rib.prefixes).toBeGreaterThan(0);
  for (const peer of rib.peers.peers.keys()) rib.state({ peer, before: 6, after: 1 });
  installer.install(rib.changes());
  expect(traces(forwarder, rib)).toEqual(start);
  rib.tidy();
  expect([rib.prefixes, rib.routes, rib.sets.count]).toEqual([0, 0, 0]);
}

type Change = RecordedUpdate | RecordedState;

/** The first changes of a file of updates. */
async function changesOf(
  file: string,
  { sets, peers }: Pick<MrtRib, "sets" | "peers">,
  most: number,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  await readMrt(chunksOf(gunzipSync(readFileSync(file)), 65_536), {
    name: file,
    attributeSets: sets,
    peers,
    takeUpdate: (change) => changes.push(change),
    takeState: (change) => changes.push(change),
  });
  return changes.slice(0, most);
}

/** What routes take up, wherever they are kept. */
function traces(forwarder: Forwarder, rib: MrtRib): object {
  const targets = Array.from(rib.targets(), ({ prefix, target }) => {
    const hops = target?.kind === "via" ? target.nextHops : [];
    return `${formatPrefix(prefix)} ${hops.map(({ address }) => formatAddress(address)).sort()}`;
  });
  return {
    usage4: forwarder.engine.tables.usage4,
    usage6: forwarder.engine.tables.usage6,
    slotBytes: forwarder.engine.groups.bytesUsed,
    nextHops: forwarder
      .nextHops()
      .map(({ name }) => name)
      .sort(),
    groups: forwarder.snapshot().groups.length,
    prefixes: rib.prefixes,
    routes: rib.routes,
    sets: rib.setsInUse,
    targets: targets.sort(),
  };
}

/** Routes of peers as they stand, to undo what changes them. */
class Undo {
  readonly changes: RecordedUpdate[] = [];
  readonly #routes = new Map<string, RecordedUpdate>();

  /** Takes a change in; what undoes it is left in `changes`, the last one last. */
  apply(change: Change): void {
    const { peer } = change;
    if (change.kind === "state") {
      if (change.before !== 6 || change.after === 6) return;
      for (const [key, was] of this.#routes) if (was.peer === peer) this.#undo(key, was);
      return;
    }
    for (const list of [...change.update.withdrawn, ...change.update.revoked]) {
      for (const { key } of unicast(change, list)) {
        const was = this.#routes.get(key);
        if (was !== undefined) this.#undo(key, was);
      }
    }
    for (const list of change.update.announced) {
      for (const { key, one } of unicast(change, list)) {
        const prefixes = one.prefixes;
        const gone = { ...change.update, withdrawn: [one], announced: [], revoked: [] };
        this.changes.push(this.#routes.get(key) ?? { ...change, update: gone });
        const announced = [{ ...list, prefixes }];
        const alone = { ...change.update, withdrawn: [], announced, revoked: [] };
        this.#routes.set(key, { ...change, update: alone });
      }
    }
  }

  #undo(key: string, was: RecordedUpdate): void {
    this.changes.push(was);
    this.#routes.delete(key);
  }
}

/** The prefixes of a list, each in one of its own. */
function unicast({ peer }: RecordedUpdate, list: RecordedUpdate["update"]["withdrawn"][number]) {
  const prefixes = list.isMulticast ? [] : list.prefixes;
  return prefixes.map((prefix) => ({
    key: `${formatPrefix(prefix.prefix)} ${peer} ${prefix.pathId}`,
    one: { family: list.family, isMulticast: false, prefixes: [prefix] },
  }));
}

/**
 * Expects that changes behind the first ones leave no trace once what they announced is withdrawn
 * and what they withdrew is announced again, the last one first.
 */
export async function expectUndone(
  file: string,
  { start, most, together }: { start: number; most: number; together: number },
): Promise<void> {
  const rib = new MrtRib();
  const changes = await changesOf(file, rib, most);
  const recording = new MrtRecording(rib);
  for (const change of changes) recording.take(change);
  const { ipv4, ipv6 } = recording.announced();
  const limits = { routes4: ipv4, routes6: ipv6 };
  const forwarder = await Forwarder.create({ limits, module: moduleBytes("release") });
  const installer = new RouteInstaller(forwarder);
  const undo = new Undo();
  const follow = (list: readonly Change[]): void => {
    for (const [index, change] of list.entries()) {
      undo.apply(change);
      if (change.kind === "state") rib.state(change);
      else rib.update(change);
      if ((index + 1) % together === 0) installer.install(rib.changes());
    }
    installer.install(rib.changes());
  };
  follow(changes.slice(0, start));
  const before = traces(forwarder, rib);
  const sets = rib.setsInUse;
  undo.changes.length = 0;
  follow(changes.slice(start));
  expect(traces(forwarder, rib)).not.toEqual(before);
  const inverse = undo.changes.toReversed();
  expect(inverse.length).toBeGreaterThan(1000);
  follow(inverse);
  expect(traces(forwarder, rib)).toEqual(before);
  rib.tidy();
  expect(rib.sets.count).toBe(sets);
  expect(traces(forwarder, rib)).toEqual(before);
}

function expectSame(forwarder: Forwarder, model: RouteModel): void {
  const addresses = model.prefixes().map(addressOf);
  const wrong = forwarder.lookupAll(addresses).flatMap(({ address, prefix, group }, index) => {
    const wanted = model.lookup(addresses[index] ?? address);
    const hops = group.nextHops.map(({ nextHop }) => nextHop.name).join(" ");
    const isRight = prefix === wanted?.prefix && hops === (wanted && formatAddress(wanted.nextHop));
    return isRight ? [] : [{ prefix, hops, wanted }];
  });
  expect(wrong).toEqual([]);
  const { usage4, usage6 } = forwarder.engine.tables;
  expect(usage4.routes + usage6.routes).toBe(model.prefixes().length);
}
