/** The model of the router that test-router.ts sets up, and the comparison with what it did. */

import type { Engine } from "../../src/engine/engine.ts";
import type { FlowRecord } from "../../src/engine/flow-record.ts";
import type { Address } from "../../src/net/address.ts";
import type { ModelOutcome, RouterModel } from "../oracle/forward-model.ts";
import type { ReadPacket } from "../oracle/ip-model.ts";
import { LpmOracle } from "../oracle/lpm.ts";
import type { Outcome } from "./packet-rig.ts";
import { addressNumber, adjacencyMacs, GROUP, testRoutes } from "./test-router.ts";

/** What the router knows, with the slot table that it built. */
export function routerModel(engine: Engine, key: Uint8Array): RouterModel {
  const oracles = { 4: new LpmOracle(32), 6: new LpmOracle(128) };
  for (const route of testRoutes(4)) oracles[4].exchange(route);
  for (const route of testRoutes(6)) oracles[6].exchange(route);
  const table = engine.groups.slots(GROUP.table) ?? [];
  return {
    key,
    groupOf: (destination) => {
      const oracle = destination.length === 4 ? oracles[4] : oracles[6];
      return oracle.match(addressNumber(destination))?.group ?? 0;
    },
    slotsOf: (group) => {
      if (group === GROUP.table) return table;
      return group === GROUP.single ? [1] : [0];
    },
    macsOf: (adjacency) => {
      const { destination, source } = adjacencyMacs(adjacency);
      return [...destination, ...source];
    },
  };
}

/** What a router did, in the model's words. */
export function outcomeInModel({ hash: _, family: __, flow, ...outcome }: Outcome) {
  return { ...outcome, packet: flow === undefined ? undefined : flowInModel(flow) };
}

/** What the model says, without what the router does not tell. */
export function modelInOutcome({ packet, ...outcome }: ModelOutcome) {
  return { ...outcome, packet: packet === undefined ? undefined : packetInModel(packet) };
}

function flowInModel(flow: FlowRecord) {
  const { source, destination } = flow;
  return { ...flow, source: addressValue(source), destination: addressValue(destination) };
}

function packetInModel(read: ReadPacket) {
  const { totalLength: _, headerLength: __, reason: ___, transportOffset: ____, ...packet } = read;
  const { source, destination } = packet;
  return { ...packet, source: addressNumber(source), destination: addressNumber(destination) };
}

function addressValue(address: Address): bigint {
  return address.family === 4 ? BigInt(address.value) : (address.high << 64n) | address.low;
}
