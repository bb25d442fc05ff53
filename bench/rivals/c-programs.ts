/** The rivals in C: built with the machine's own compiler, kept in the cache until they change. */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import type { Skip } from "./rival.ts";

const FLAGS = ["-std=gnu11", "-O3", "-march=native", "-Wall", "-Wextra"];

/** What a program is made of besides its own file. */
interface Parts {
  readonly sources: readonly string[];
  readonly headers: readonly string[];
  /** What it is linked with, as pkg-config names it; nothing unless said. */
  readonly library?: "libdpdk" | "libpcap";
}

const OURS: Parts = {
  sources: ["common.c"],
  headers: ["common.h", "twin-flow.h", "twin-lookup.h", "twin-path.h"],
};
const PCAP: Parts = { ...OURS, library: "libpcap" };
const DPDK: Parts = {
  sources: ["common.c", "dpdk.c"],
  headers: ["common.h", "dpdk.h"],
  library: "libdpdk",
};

/** A program that can be started. */
export interface Program {
  readonly file: string;
}

/** What a command prints; undefined where it is not there or fails. */
function output(command: string, options: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, options, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** The compiler's words, and what it needs to know of libraries; or what is missing. */
function tools({ library }: Parts): { readonly version: string; readonly flags: string[] } | Skip {
  const version = output("cc", ["--version"]);
  if (version === undefined) return { skip: "no C compiler: apt-get install gcc" };
  if (library === undefined) return { version, flags: [] };
  const flags = output("pkg-config", ["--cflags", "--libs", library])?.split(/\s+/);
  if (flags !== undefined) return { version, flags };
  const skip = `${library} is not there to build with: apt-get install pkg-config ${library}-dev`;
  return { skip };
}

const RINGS: Parts = { sources: [], headers: ["ring-socket.h"] };

function partsOf(name: string): Parts {
  if (name.startsWith("ring-")) return RINGS;
  if (name.startsWith("dpdk-")) return DPDK;
  return name.startsWith("pcap-") ? PCAP : OURS;
}

/** Builds bench/rivals/NAME.c of the project at `root`, or says what is missing. */
export function buildProgram(root: string, name: string): Program | Skip {
  const parts = partsOf(name);
  const found = tools(parts);
  if ("skip" in found) return found;
  const inFolder = (file: string): string => path.join(root, "bench/rivals", file);
  const sources = [`${name}.c`, ...parts.sources].map(inFolder);

  const hash = createHash("sha256").update([found.version, ...FLAGS, ...found.flags].join("\n"));
  const inputs = [...sources, ...parts.headers.map(inFolder)];
  for (const input of inputs) hash.update(readFileSync(input));
  const cache = path.join(root, "node_modules/.cache/anyfib/rivals");
  const file = path.join(cache, `${name}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(file)) return { file };

  mkdirSync(cache, { recursive: true });
  const part = `${file}.${process.pid}.part`;
  const built = spawnSync("cc", [...FLAGS, ...sources, "-o", part, ...found.flags], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`${name}.c does not compile\n${built.stderr}`);
  renameSync(part, file);
  return { file };
}
