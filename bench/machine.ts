/** What a measurement was made on: machine, Node, V8 and commit. */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";

/** The machine and the programs that ran. */
export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly node: string;
  readonly v8: string;
  /** Bytes of a page of the operating system; null where it does not say. */
  readonly page_bytes: number | null;
  /** What Linux does about huge pages unasked: "always", "madvise", "never"; null elsewhere. */
  readonly transparent_huge_pages: string | null;
  /** Bytes of the largest cache; null where nobody says. */
  readonly cache_bytes: number | null;
}

/** Deeper than dist/bench is below the package. */
const FOLDERS_UP_MAX = 3;
/** Cache levels that Linux tells of: two of the first, and two more. */
const CACHES_MAX = 5;
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Looks the machine up. */
export function thisMachine(): Machine {
  const all = cpus();
  const { node, v8 } = process.versions;
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cpus: all.length,
    node,
    v8,
    page_bytes: Number(output("getconf", "PAGESIZE")) || null,
    transparent_huge_pages:
      readText("/sys/kernel/mm/transparent_hugepage/enabled")?.match(/\[(\w+)\]/)?.[1] ?? null,
    cache_bytes: largestCacheBytes(),
  };
}

/**
 * The commit that runs, with "-dirty" behind it where files differ from it; null in an installed
 * package, whose surroundings have a history of their own.
 */
export function thisCommit(): string | null {
  const root = packageRoot();
  if (!existsSync(path.join(root, ".git"))) return null;
  const options = ["--always", "--dirty", "--abbrev=40", "--exclude=*"];
  return output("git", "-C", root, "describe", ...options) ?? null;
}

/** The folder of package.json: this file runs from bench/ and from dist/bench/. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  for (let up = 0; up < FOLDERS_UP_MAX; up++) {
    if (existsSync(path.join(folder, "package.json"))) break;
    folder = path.dirname(folder);
  }
  return folder;
}

/** What a program prints; undefined where it is missing or fails. */
function output(program: string, ...args: readonly string[]): string | undefined {
  try {
    const stdio = ["ignore", "pipe", "ignore"] as const;
    return execFileSync(program, args, { encoding: "utf8", stdio: [...stdio] }).trim();
  } catch {
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function largestCacheBytes(): number | null {
  let largest = 0;
  for (let index = 0; index < CACHES_MAX; index++) {
    const text = readText(`/sys/devices/system/cpu/cpu0/cache/index${index}/size`) ?? "";
    const [, digits, unit = ""] = text.match(/^(\d+)([KMG])/) ?? [];
    largest = Math.max(largest, Number(digits ?? 0) * (UNITS[unit] ?? 0));
  }
  return largest > 0 ? largest : null;
}
