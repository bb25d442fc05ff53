/** The import rules: the tree keeps them, and each of them reports a violation seeded here. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cruise } from "dependency-cruiser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import config from "../../.dependency-cruiser.js";
import { ROOT } from "../../scripts/project.js";

/** A small tree that keeps every rule: file, and what it imports from the root. */
const CLEAN: Readonly<Record<string, readonly string[]>> = {
  "assembly/index.ts": ["assembly/forward/batch", "assembly/fib/fib4-update", "assembly/layout"],
  "assembly/layout.ts": [],
  "assembly/memory/pool.ts": [],
  "assembly/fib/fib4.ts": ["assembly/layout"],
  "assembly/fib/fib4-update.ts": ["assembly/fib/fib4", "assembly/memory/pool"],
  "assembly/flow/group.ts": ["assembly/layout"],
  "assembly/packet/parse.ts": ["assembly/layout"],
  "assembly/forward/batch.ts": [
    "assembly/fib/fib4",
    "assembly/flow/group",
    "assembly/packet/parse",
  ],
  "src/index.ts": ["src/core.ts", "src/node/files.ts", "src/health/probe.ts"],
  "src/core.ts": ["src/replay/replay.ts", "src/sources/text/table.ts"],
  "bench/fib.ts": ["src/engine/engine.ts", "node:os"],
  "src/cli/bench.ts": ["bench/fib.ts"],
  "src/cli/main.ts": [
    "src/index.ts",
    "src/cli/bench.ts",
    "src/cli/table.ts",
    "src/web/page.ts",
    "src/telemetry/log.ts",
  ],
  "src/cli/table.ts": [],
  "src/web/page.ts": [],
  "src/telemetry/log.ts": [],
  "src/node/files.ts": ["src/io/port.ts", "src/node/clock.ts", "node:fs"],
  "src/node/clock.ts": [],
  "src/health/probe.ts": ["src/net/address.ts", "src/io/port.ts"],
  "src/replay/verdict.ts": [],
  "src/replay/replay.ts": [
    "src/replay/verdict.ts",
    "src/router/router.ts",
    "src/io/port.ts",
    "src/rib/rib.ts",
  ],
  "src/router/router.ts": ["src/router/next-hops.ts", "src/sources/text/table.ts"],
  "src/router/next-hops.ts": ["src/rib/rib.ts", "src/engine/engine.ts", "src/router/fib-sync.ts"],
  "src/router/fib-sync.ts": ["src/net/address.ts"],
  "src/sources/text/table.ts": ["src/rib/rib.ts", "src/net/address.ts"],
  "src/io/port.ts": ["src/net/address.ts", "src/engine/engine.ts"],
  "src/rib/rib.ts": ["src/net/address.ts"],
  "src/engine/engine.ts": ["src/net/address.ts", "assembly/layout.ts"],
  "src/net/address.ts": ["src/net/bytes.ts"],
  "src/net/bytes.ts": [],
};

/** One import too many, and the rules that it breaks. */
interface Seed {
  readonly from: string;
  readonly to: string;
  readonly breaks: readonly string[];
}

const NODE_RULES = ["8-core-reaches-no-node-module", "8-portable-code-uses-no-node-module"];

/** Each line: who imports what, and the rules that must say so. */
const SEEDS: readonly Seed[] = [
  seed("assembly/packet/parse.ts", "src/net/bytes.ts", "1-assembly-imports-only-assembly"),
  seed("assembly/layout.ts", "yaml", "1-assembly-imports-only-assembly"),
  seed("src/node/files.ts", "assembly/layout.ts", "2-only-engine-imports-assembly"),
  seed("src/engine/engine.ts", "assembly/fib/fib4.ts", "2-engine-imports-only-the-layout"),
  seed("assembly/fib/fib4.ts", "assembly/flow/group", "3-fib-packet-flow-are-strangers"),
  seed("assembly/flow/group.ts", "assembly/packet/parse", "3-fib-packet-flow-are-strangers"),
  seed("assembly/packet/parse.ts", "assembly/fib/fib4", "3-fib-packet-flow-are-strangers"),
  seed("assembly/forward/batch.ts", "assembly/fib/fib4-update", "4-forward-reaches-no-writer"),
  seed("assembly/flow/group.ts", "assembly/memory/pool", "4-forward-reaches-no-writer"),
  seed("src/net/bytes.ts", "src/node/clock.ts", "5-net-imports-nothing"),
  seed("src/net/bytes.ts", "yaml", "5-net-imports-nothing"),
  seed("src/engine/engine.ts", "src/node/clock.ts", "5-engine-imports-only-its-own"),
  seed("src/rib/rib.ts", "src/node/clock.ts", "5-rib-imports-only-its-own"),
  seed("src/io/port.ts", "src/rib/rib.ts", "5-io-imports-only-its-own"),
  seed("src/sources/text/table.ts", "src/io/port.ts", "5-sources-imports-only-its-own"),
  seed("src/health/probe.ts", "src/rib/rib.ts", "5-health-imports-only-its-own"),
  seed(
    "src/rib/rib.ts",
    "src/engine/engine.ts",
    "5-rib-imports-only-its-own",
    "6-rib-and-engine-are-strangers",
  ),
  seed(
    "src/engine/engine.ts",
    "src/rib/rib.ts",
    "5-engine-imports-only-its-own",
    "6-rib-and-engine-are-strangers",
  ),
  seed("src/router/fib-sync.ts", "src/replay/verdict.ts", "6-router-stands-below-replay"),
  seed("src/replay/verdict.ts", "src/node/clock.ts", "6-replay-imports-router-and-below"),
  seed("src/node/clock.ts", "src/cli/table.ts", "7-top-is-imported-by-nothing-below"),
  seed("src/index.ts", "src/web/page.ts", "7-top-is-imported-by-nothing-below"),
  seed("src/router/router.ts", "src/telemetry/log.ts", "7-top-is-imported-by-nothing-below"),
  seed("src/cli/table.ts", "bench/fib.ts", "7-only-its-verb-imports-bench"),
  seed("bench/fib.ts", "src/cli/table.ts", "7-bench-imports-no-top"),
  seed("src/core.ts", "node:fs", ...NODE_RULES),
  seed("src/net/bytes.ts", "node:fs", "5-net-imports-nothing", ...NODE_RULES),
  seed("src/rib/rib.ts", "node:fs", ...NODE_RULES),
  seed("src/engine/engine.ts", "node:fs", ...NODE_RULES),
  seed("src/replay/replay.ts", "node:fs", ...NODE_RULES),
  seed("src/router/next-hops.ts", "node:fs/promises", ...NODE_RULES),
  seed("src/router/fib-sync.ts", "fs", ...NODE_RULES),
  seed("src/sources/text/table.ts", "stream", ...NODE_RULES),
  seed("src/router/router.ts", "src/node/files.ts", "8-core-reaches-no-node-module"),
  seed("src/net/bytes.ts", "src/net/address.ts", "9-no-cycles"),
  seed("src/net/unused.ts", "src/net/bytes.ts", "9-no-orphans"),
];

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "anyfib-imports-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("the import rules", () => {
  it("are kept by the tree", async () => {
    expect(await violations(ROOT)).toEqual([]);
  });

  it("are kept by the clean example", async () => {
    writeTree(CLEAN);
    expect(await violations(root)).toEqual([]);
  });

  it.each(SEEDS)("report that $from imports $to", async ({ from, to, breaks }) => {
    writeTree({ ...CLEAN, [from]: [...(CLEAN[from] ?? []), to] });
    const names = (await violations(root)).map((violation) => violation.split(":")[0]);
    expect([...new Set(names)].sort()).toEqual(breaks);
  });

  it("count imports of types alone", async () => {
    writeTree(CLEAN);
    const text = 'import type { Port } from "../io/port.ts";\nexport type Alias = Port;\n';
    writeFileSync(path.join(root, "src/rib/rib.ts"), text);
    expect(await violations(root)).toContain(
      "5-rib-imports-only-its-own: src/rib/rib.ts -> src/io/port.ts",
    );
  });
});

function seed(from: string, to: string, ...breaks: readonly string[]): Seed {
  return { from, to, breaks };
}

/** Writes the files below `root`, each with its imports and nothing else. */
function writeTree(tree: Readonly<Record<string, readonly string[]>>): void {
  for (const [file, imports] of Object.entries(tree)) {
    const lines = imports.map((to) => `import "${specifier(file, to)}";\n`);
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), `${lines.join("")}export const here = 1;\n`);
  }
}

/** A path from the root as `file` has to write it; names of packages stay as they are. */
function specifier(file: string, to: string): string {
  if (!/^(assembly|bench|src)[/]/.test(to)) return to;
  const relative = path.posix.relative(path.posix.dirname(file), to);
  return relative.startsWith(".") ? relative : `./${relative}`;
}

/** Every violation in a tree, as `rule: from -> to`. */
async function violations(baseDir: string): Promise<readonly string[]> {
  const { output } = await cruise(["src", "assembly", "bench"], {
    ...config.options,
    ruleSet: { forbidden: config.forbidden },
    validate: true,
    baseDir,
  });
  if (typeof output === "string") throw new Error(output);
  return output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}
