/** The rivals in C: built with the machine's own compiler, kept in the cache until they change. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import type { Skip } from "./rival.ts";

const FLAGS = ["-std=gnu11", "-O3", "-march=native", "-Wall", "-Wextra"];
const INSTALL = "apt-get install gcc pkg-config libdpdk-dev";

/** Files that each program is made of besides its own. */
const SHARED = ["common.c", "dpdk.c"];
const HEADERS = ["common.h", "dpdk.h"];

/** A program that can be started. */
export interface Program {
  readonly file: string;
}

/** What a command prints; undefined where it is not there or fails. */
function output(command: string, options: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, options, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Builds bench/rivals/NAME.c of the project at `root`, or says what is missing. */
export function buildProgram(root: string, name: string): Program | Skip {
  const compiler = output("cc", ["--version"]);
  if (compiler === undefined) return { skip: `no C compiler: ${INSTALL}` };
  const library = output("pkg-config", ["--cflags", "--libs", "libdpdk"])?.split(/\s+/);
  if (library === undefined) return { skip: `DPDK is not there to build with: ${INSTALL}` };

  const folder = path.join(root, "bench/rivals");
  const sources = [`${name}.c`, ...SHARED].map((source) => path.join(folder, source));
  const hash = createHash("sha256").update([compiler, ...FLAGS, ...library].join("\n"));
  for (const source of [...sources, ...HEADERS.map((header) => path.join(folder, header))]) {
    hash.update(readFileSync(source));
  }
  const cache = path.join(root, "node_modules/.cache/anyfib/rivals");
  const file = path.join(cache, `${name}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(file)) return { file };

  mkdirSync(cache, { recursive: true });
  const part = `${file}.${process.pid}.part`;
  const built = spawnSync("cc", [...FLAGS, ...sources, "-o", part, ...library], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`${name}.c does not compile\n${built.stderr}`);
  renameSync(part, file);
  return { file };
}
