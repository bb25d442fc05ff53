/** Outside tools that tests run our files against. */

import { spawnSync } from "node:child_process";

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
