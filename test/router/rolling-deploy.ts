/**
 * A rolling deploy: next hops drain, restart and come back one after another, under new flows.
 *
 *     seconds   0 drain ---- 45 down ---- 60 up: the next one drains ...
 *
 * Half of the flows last 2 s on average, 45 % 30 s and 5 % 600 s, each exponentially distributed. A
 * flow that changes its next hop while the one that knows it is alive is an avoidable break; those
 * of a next hop that restarts are lost with it.
 */

import type { Limits } from "../../src/engine/memory-plan.ts";
import type { ModelGroup } from "../../src/replay/models/model.ts";
import { Random } from "../../src/replay/random.ts";
import type { Forwarder } from "../../src/router/forwarder.ts";
import { ipv4Packet, joinBytes, PROTOCOL, u16, u32 } from "../oracle/ip-packets.ts";
import { ethernetIp } from "../oracle/link-frames.ts";
import { smallForwarder } from "./router-rig.ts";

/** Seconds for which a next hop drains, and from one drain to the next. */
const DRAIN_SECONDS = 45;
const TURN_SECONDS = 60;
/** The clock when the first next hop drains: 0 would mean that it was never set. */
const START_SECONDS = 1000;
/** Windows that stay open throughout: previous owners in packets need no end. */
const OPEN_SECONDS = 86_400;
const PIN_SECONDS = 300;
/** Long enough that flows of the first drain live in a table that has settled. */
const WARM_UP_SECONDS = 60;

/** How large a deploy is. */
export interface DeploySize {
  readonly seed: number;
  readonly nextHops: number;
  readonly flowsPerSecond: number;
}

/** What a table made of the flows. */
export interface DeployCounts {
  flows: number;
  /** Changed their next hop while the one that knew them was alive. */
  broken: number;
  /** Went down with their next hop, which had drained for its time. */
  lost: number;
  /** Opened at a next hop that drained or was down. */
  openedAmiss: number;
}

/** A moment of a deploy. */
interface DeployStep {
  readonly seconds: number;
  /** Place of the next hop that it happens to, from 0. */
  readonly place: number;
  readonly event: "drain" | "down" | "up";
}

/** The moments of a deploy, in their order. */
function deploySteps(nextHops: number): readonly DeployStep[] {
  const first = START_SECONDS + WARM_UP_SECONDS;
  return Array.from({ length: nextHops }, (_, place): readonly DeployStep[] => {
    const seconds = first + place * TURN_SECONDS;
    return [
      { seconds, place, event: "drain" },
      { seconds: seconds + DRAIN_SECONDS, place, event: "down" },
      { seconds: seconds + TURN_SECONDS, place, event: "up" },
    ];
  }).flat();
}

/** Name of the next hop at a place. */
function deployName(place: number): string {
  return `10.0.0.${place + 1}`;
}

/** A forwarder of one group of next hops. */
function deployForwarder(
  nextHops: number,
  limits: Partial<Limits>,
  pinWindow: number,
): Promise<Forwarder> {
  const names = Array.from({ length: nextHops }, (_, place) => deployName(place));
  const routes = [{ prefix: "198.51.100.0/24", nextHops: names }];
  return smallForwarder({ routes, limits, pinWindow, drainTime: DRAIN_SECONDS });
}

/** Lets a moment come; a drain ends by the clock alone. */
function takeStep(forwarder: Forwarder, { seconds, place, event }: DeployStep): void {
  forwarder.setClock(seconds);
  if (event === "down") return;
  forwarder.transaction()[event](deployName(place)).commit();
}

/** How long a flow lasts, in seconds. */
function lifetime(random: Random): number {
  const kind = random.below(100);
  const mean = kind < 50 ? 2 : kind < 95 ? 30 : 600;
  return -mean * Math.log((random.u32() + 1) / 2 ** 32);
}

/** A flow that lives. */
interface DeployFlow {
  /** Its hash, 32 bits; a packet's port and address are made of it too. */
  readonly hash: number;
  readonly endSeconds: number;
  /** Adjacency that knows it. */
  nextHop: number;
}

/** Flows come and go from step to step. */
class DeployFlows {
  readonly counts: DeployCounts = { flows: 0, broken: 0, lost: 0, openedAmiss: 0 };
  readonly #random: Random;
  readonly #perSecond: number;
  #live: DeployFlow[] = [];
  #seconds = START_SECONDS;

  constructor({ seed, flowsPerSecond }: DeploySize) {
    this.#random = new Random(seed);
    this.#perSecond = flowsPerSecond;
  }

  /** New flows until `seconds`, each with its first next hop, not `leaving`; old ones end. */
  advance(seconds: number, open: DeployScheme["open"], leaving: number): void {
    const from = this.#seconds;
    const count = Math.round((seconds - from) * this.#perSecond);
    this.#live = this.#live.filter(({ endSeconds }) => endSeconds > seconds);
    for (let index = 0; index < count; index++) {
      const hash = this.#random.u32();
      const openSeconds = from + index / this.#perSecond;
      const nextHop = open(hash, openSeconds);
      if (nextHop === leaving) this.counts.openedAmiss += 1;
      const endSeconds = openSeconds + lifetime(this.#random);
      // What ends before the next step meets no change.
      if (endSeconds > seconds) this.#live.push({ hash, endSeconds, nextHop });
    }
    this.counts.flows += count;
    this.#seconds = seconds;
  }

  /** A packet of each live flow: `follow` says where it goes. */
  follow(follow: (flow: DeployFlow) => number): void {
    for (const flow of this.#live) {
      const nextHop = follow(flow);
      if (nextHop === flow.nextHop) continue;
      this.counts.broken += 1;
      flow.nextHop = nextHop;
    }
  }

  /** The flows of a next hop that restarts are over. */
  lose(nextHop: number): void {
    const left = this.#live.filter((flow) => flow.nextHop !== nextHop);
    this.counts.lost += this.#live.length - left.length;
    this.#live = left;
  }
}

/** How a scheme lives through a deploy: where flows open, and where they go on. */
export interface DeployScheme {
  /** After a step has happened. */
  step(step: DeployStep): void;
  open(hash: number, seconds: number): number;
  follow(flow: DeployFlow): number;
}

/** Lets a scheme live through a deploy. Next hops are known by adjacency: their place plus 1. */
export function runDeploy(size: DeploySize, scheme: DeployScheme): DeployCounts {
  const flows = new DeployFlows(size);
  let leaving = 0;
  for (const step of deploySteps(size.nextHops)) {
    flows.advance(step.seconds, scheme.open.bind(scheme), leaving);
    scheme.step(step);
    leaving = step.event === "up" ? 0 : step.place + 1;
    if (step.event === "down") flows.lose(step.place + 1);
    flows.follow(scheme.follow.bind(scheme));
  }
  return flows.counts;
}

/**
 * A forwarder's table, whose packets name the current owner of their slot and the previous ones: a
 * next hop that does not know a flow passes it on.
 */
export async function ownersScheme(
  nextHops: number,
  previousOwners: number,
): Promise<DeployScheme> {
  const forwarder = await deployForwarder(nextHops, { previousOwners }, OPEN_SECONDS);
  forwarder.setClock(START_SECONDS);
  const { id } = forwarder.lookup("198.51.100.1").group;
  const { groups } = forwarder.engine;
  const read = () => ({
    slots: groups.slots(id) ?? new Uint16Array(),
    owners: groups.previousOwners(id),
  });
  let table = read();
  const choose = (hash: number): number => table.slots[hash & (table.slots.length - 1)] ?? 0;
  return {
    step(step) {
      takeStep(forwarder, step);
      table = read();
    },
    open: choose,
    follow({ hash, nextHop }) {
      const slot = hash & (table.slots.length - 1);
      const isKnown = table.owners.some((owners) => owners[slot] === nextHop);
      return isKnown ? nextHop : choose(hash);
    },
  };
}

/** A model without state: the set of next hops alone says where a flow goes. */
export function modelScheme(nextHops: number, model: ModelGroup): DeployScheme {
  const up = new Set(Array.from({ length: nextHops }, (_, place) => place));
  const update = (): void => {
    const members = Array.from(up, (place) => {
      return { adjacency: place + 1, name: deployName(place), weight: 1 };
    });
    model.update(members, 0n);
  };
  update();
  return {
    step({ place, event }) {
      if (event === "up") up.add(place);
      else up.delete(place);
      update();
    },
    open: (hash) => model.choose(hash),
    follow: ({ hash }) => model.choose(hash),
  };
}

/** Where a frame of `connectionPacket` has its ports, and its TCP flags. */
const PORTS_OFFSET = 14 + 20;
const FLAGS_OFFSET = PORTS_OFFSET + 13;
const SYN = 0x02;
const ACK = 0x10;

/** A TCP packet whose ports are to be written in. */
function connectionPacket(): Uint8Array<ArrayBuffer> {
  const payload = joinBytes(u32(0), u32(1), u32(1), [0x50, 0], u16(512), u32(0));
  const destination = "198.51.100.1";
  return ethernetIp(ipv4Packet({ destination, protocol: PROTOCOL.tcp, payload })).bytes;
}

/** Packets through a forwarder that pins connections of changed slots. */
export async function pinsScheme(nextHops: number, pins: number): Promise<DeployScheme> {
  const forwarder = await deployForwarder(nextHops, { pins }, PIN_SECONDS);
  const frame = connectionPacket();
  const view = new DataView(frame.buffer, frame.byteOffset);
  const send = (hash: number, flags: number): number => {
    view.setUint32(PORTS_OFFSET, hash);
    view.setUint8(FLAGS_OFFSET, flags);
    const batch = forwarder.batch();
    batch.push(frame);
    return forwarder.process(batch).nextHops[0] ?? 0;
  };
  return {
    step: (step) => takeStep(forwarder, step),
    open(hash, seconds) {
      if (seconds >= forwarder.engine.clock + 1) forwarder.setClock(Math.floor(seconds));
      const nextHop = send(hash, SYN);
      // What shakes hands is no forgery: its pin lasts.
      send(hash, ACK);
      return nextHop;
    },
    follow: ({ hash }) => send(hash, ACK),
  };
}
