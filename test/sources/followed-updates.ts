/** Follows recorded updates in a forwarder and in a plain model, and compares the two. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { formatAddress } from "../../src/net/address.ts";
import { RouteInstaller } from "../../src/replay/route-updates.ts";
import { Forwarder } from "../../src/router/forwarder.ts";
import { type RecordedState, type RecordedUpdate, readMrt } from "../../src/sources/mrt.ts";
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
  const changes: (RecordedUpdate | RecordedState)[] = [];
  const take = (change: RecordedUpdate | RecordedState): void => {
    if (changes.length >= most) return;
    changes.push(change);
    recording.take(change);
  };
  await readMrt(chunksOf(gunzipSync(readFileSync(file)), 65_536), {
    name: file,
    attributeSets: rib.sets,
    peers: rib.peers,
    takeUpdate: take,
    takeState: take,
  });
  const { ipv4, ipv6 } = recording.announced();
  const limits = { routes4: ipv4, routes6: ipv6 };
  const forwarder = await Forwarder.create({ limits, module: moduleBytes("release") });
  const installer = new RouteInstaller(forwarder);
  const model = new RouteModel(rib.sets, rib.peers);
  const traces = () => ({
    usage4: forwarder.engine.tables.usage4,
    usage6: forwarder.engine.tables.usage6,
    slotBytes: forwarder.engine.groups.bytesUsed,
  });
  const start = traces();
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
  expect(traces()).toEqual(start);
  expect([rib.prefixes, rib.routes]).toEqual([0, 0]);
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
