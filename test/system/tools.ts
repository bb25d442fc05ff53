/** Outside tools that tests run our files against. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

/** Why a test is skipped where a tool is missing; undefined where all are there. */
export function missingTools(...tools: readonly string[]): string | undefined {
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** Runs a tool and returns what it prints; throws where it fails. */
export function run(tool: string, args: readonly string[], input?: Uint8Array): Buffer {
  const result = spawnSync(tool, args, {
    maxBuffer: 2 ** 30,
    ...(input === undefined ? {} : { input }),
  });
  if (result.status === 0) return result.stdout;
  throw new Error(`${tool} ${args.join(" ")}: ${String(result.stderr)}`);
}

/** Why a test that makes namespaces is skipped; undefined for root. */
export function notRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "needs root, for namespaces and raw sockets";
}

const NAMESPACES = "/run/netns";
const OWN_NAMESPACE = /^anyfib-.*-(\d+)$/;

/**
 * Makes a network namespace and returns its name, which carries this process: runs beside each
 * other do not meet, and what a killed run left behind goes when the next one begins.
 */
export function addNamespace(name: string): string {
  for (const left of leftNamespaces()) removeNamespace(left);
  const space = `${name}-${process.pid}`;
  run("ip", ["netns", "add", space]);
  return space;
}

/** Takes a namespace down with every process in it. */
export function removeNamespace(space: string): void {
  for (const pid of String(run("ip", ["netns", "pids", space])).split("\n")) {
    if (pid !== "") spawnSync("kill", ["-KILL", pid]);
  }
  run("ip", ["netns", "delete", space]);
}

/** Namespaces of runs whose process is no more. */
function leftNamespaces(): readonly string[] {
  if (!existsSync(NAMESPACES)) return [];
  return readdirSync(NAMESPACES).filter((name) => {
    const pid = OWN_NAMESPACE.exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
}
