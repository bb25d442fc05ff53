/** Which rivals there are, and how each is started. */

import path from "node:path";
import { buildProgram } from "./c-programs.ts";
import type { Skip } from "./rival.ts";
import { RivalProcess } from "./rival-process.ts";

/** A rival that may take part. */
export interface RivalChoice {
  /** As results name it: what its process calls itself, before it runs. */
  readonly name: string;
  readonly language: "C" | "JavaScript";
  /** The C program, or the name that js-process.js takes. */
  readonly program: string;
  /** What it is made from: the routes, or our linear memory that holds them. */
  readonly reads: "table" | "memory";
  readonly flags: readonly string[];
}

/** Where a rival finds its table and stream, in the format of exchange.ts. */
export interface RivalFiles {
  readonly family: 4 | 6;
  readonly table: string;
  readonly stream: string;
  /** Our linear memory; undefined where it holds what the lookup in C does not see. */
  readonly memory?: MemoryFile | undefined;
}

/** A file of linear memory from its first byte, as far as a table reaches. */
export interface MemoryFile {
  readonly file: string;
  /** Linear-memory address of the table's root. */
  readonly root: number;
  /** Bytes that lookups read. */
  readonly tableBytes: number;
}

/** Folders that rivals are started from. */
export interface RivalPlaces {
  /** The folder of package.json. */
  readonly root: string;
  /** The folder of the compiled js-process.js. */
  readonly scripts: string;
}

const VECTORS = ["scalar", "avx512"] as const;
const VECTOR_NAMES = { scalar: "scalar", avx512: "AVX512" } as const;

function inC(name: string, program: string, flags: readonly string[]): RivalChoice {
  return { name, language: "C", program, reads: "table", flags };
}

function inJavaScript(name: string, program: string): RivalChoice {
  return { name, language: "JavaScript", program, reads: "table", flags: [] };
}

/** DPDK's table of a family: every width of entries, scalar and AVX512. */
function dpdk(family: 4 | 6, pages: "4k" | "2m"): readonly RivalChoice[] {
  const table = family === 4 ? "rte_fib" : "rte_fib6";
  const ending = pages === "2m" ? ", 2 MB pages" : "";
  return (family === 4 ? [1, 2, 4] : [2, 4]).flatMap((width) =>
    VECTORS.map((vector) =>
      inC(`DPDK ${table} ${width}-byte ${VECTOR_NAMES[vector]}${ending}`, `dpdk-fib${family}`, [
        "--entry-bytes",
        `${width}`,
        "--vector",
        vector,
        "--pages",
        pages,
      ]),
    ),
  );
}

/** Our own tables and lookups, compiled from C: what WebAssembly costs. */
const TWIN: RivalChoice = {
  name: "anyfib in C",
  language: "C",
  program: "twin",
  reads: "memory",
  flags: [],
};

/** All rivals of a family; huge pages double DPDK's rows. */
export function rivalsOf(family: 4 | 6, hugePages: boolean): readonly RivalChoice[] {
  return [
    TWIN,
    ...dpdk(family, "4k"),
    ...(hugePages ? dpdk(family, "2m") : []),
    ...(family === 6 ? [inC("DPDK rte_lpm6 bulk", "dpdk-lpm6", [])] : []),
    inJavaScript("plain JavaScript, typed arrays", "plain-js"),
    inJavaScript("npm longest-prefix-match", "longest-prefix-match"),
    inJavaScript("npm mmdb-lib", "mmdb-lib"),
    inJavaScript("node:net BlockList", "block-list"),
  ];
}

/** What a rival is made from, as flags. */
function sourceFlags({ reads }: RivalChoice, { table, memory }: RivalFiles): readonly string[] {
  if (reads === "table") return ["--table", table];
  if (memory === undefined) return [];
  const { file, root, tableBytes } = memory;
  return ["--memory", file, "--root", `${root}`, "--table-bytes", `${tableBytes}`];
}

/** Starts a rival over a table and a stream, or says why it takes no part. */
export async function startRival(
  choice: RivalChoice,
  files: RivalFiles,
  { root, scripts }: RivalPlaces,
): Promise<RivalProcess | Skip> {
  const source = sourceFlags(choice, files);
  if (source.length === 0) return { skip: "it does not know default routes" };
  const asked = ["--family", `${files.family}`, ...source, "--stream", files.stream];
  const options = [...choice.flags, ...asked];
  if (choice.language === "JavaScript") {
    const script = path.join(scripts, "js-process.js");
    return RivalProcess.start(process.execPath, [
      "--expose-gc",
      script,
      choice.program,
      ...options,
    ]);
  }
  const program = buildProgram(root, choice.program);
  return "skip" in program ? program : RivalProcess.start(program.file, options);
}
