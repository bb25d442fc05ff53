/** Our router over live ports, in the namespace of a rig. */

import { once } from "node:events";
import path from "node:path";
import type { KernelRouter } from "./kernel-router.ts";

const SCRIPT = path.join(import.meta.dirname, "live-router.js");

/** What live-router.js is told. */
export interface LiveRouterOptions {
  readonly interfaces: readonly object[];
  readonly routes: readonly object[];
  /** Devices of the interfaces, in their order. */
  readonly devices: readonly string[];
  readonly mode: string;
  /** VLAN tags of each interface's frames. */
  readonly tags?: readonly (readonly object[])[];
}

/** A router that runs. */
export interface LiveRouter {
  /** Ends it by a signal; returns the last line that it printed. */
  stop(signal: NodeJS.Signals): Promise<string>;
}

/** What a router counted, as its last line says. */
export interface LiveReport {
  readonly counters: Readonly<Record<"received" | "forwarded" | "punted" | "dropped", number>>;
  readonly ports: readonly Readonly<Record<string, number>>[];
}

/** Reads the last line of a router. */
export function reportOf(line: string): LiveReport {
  return JSON.parse(line);
}

/** Starts the router and waits until its ports are open. */
export async function startLiveRouter(
  rig: KernelRouter,
  options: LiveRouterOptions,
): Promise<LiveRouter> {
  const child = rig.spawnInside(SCRIPT, JSON.stringify({ ...options, links: [] }));
  let printed = "";
  let complained = "";
  child.stdout.on("data", (text) => {
    printed += String(text);
  });
  child.stderr.on("data", (text) => {
    complained += String(text);
  });
  const ended = once(child, "exit");
  while (!printed.includes("ready")) {
    const isOver = await Promise.race([once(child.stdout, "data"), ended.then(() => true)]);
    if (isOver === true) throw new Error(`the router ended: ${complained}`);
  }
  return {
    stop: async (signal) => {
      child.kill(signal);
      await ended;
      return printed.trim().split("\n").at(-1) ?? "";
    },
  };
}
