/** Who may import whom: the rules of docs/ARCHITECTURE.md, each by its number. */

import { builtinModules } from "node:module";

/** @typedef {import("dependency-cruiser").IRegularForbiddenRuleType} Rule */

/** What people start: everything else must be reachable from one of these. */
const ENTRIES = "^(src/(index|core|cli/main|router/loop-worker)[.]ts|assembly/index[.]ts)$";

/** Rooms and files that also run in a browser or a worker. */
const PORTABLE = [
  "^src/core[.]ts$",
  "^src/(net|rib|engine|replay)/",
  "^src/router/(next-hops|fib-sync)",
  "^src/sources/(?!kernel|bgp/session|rpki/rtr)",
];

/** Modules of Node.js itself, as dependency-cruiser names them. */
const NODE_MODULES = `^(${builtinModules.join("|")})$`;

/**
 * A room of src/ and all that it may import besides itself.
 * @param {string} room
 * @param {readonly string[]} allowed patterns of other files
 * @returns {Rule}
 */
function room(room, allowed) {
  return {
    name: `5-${room}-imports-only-its-own`,
    severity: "error",
    from: { path: `^src/${room}/` },
    to: { pathNot: [`^src/${room}/`, ...allowed], dependencyTypesNot: ["core"] },
  };
}

/**
 * @template {Rule["from"]} From
 * @template {Rule["to"]} To
 * @param {string} name
 * @param {From} from
 * @param {To} to
 * @returns {{ name: string, severity: "error", from: From, to: To }}
 */
function never(name, from, to) {
  return { name, severity: "error", from, to };
}

export default {
  forbidden: [
    never("1-assembly-imports-only-assembly", { path: "^assembly/" }, { pathNot: "^assembly/" }),
    never(
      "2-only-engine-imports-assembly",
      { path: "^src/", pathNot: "^src/engine/" },
      { path: "^assembly/" },
    ),
    never(
      "2-engine-imports-only-the-layout",
      { path: "^src/engine/" },
      { path: "^assembly/", pathNot: "^assembly/layout[.]ts$" },
    ),
    never(
      "3-fib-packet-flow-are-strangers",
      { path: "^assembly/(fib|packet|flow)/" },
      { path: "^assembly/(fib|packet|flow)/", pathNot: "^assembly/$1/" },
    ),
    never(
      "4-forward-reaches-no-writer",
      { path: "^assembly/forward/" },
      { path: ["^assembly/.*-update[.]ts$", "^assembly/memory/.*pool"], reachable: true },
    ),
    never("5-net-imports-nothing", { path: "^src/net/" }, { pathNot: "^src/net/" }),
    room("engine", ["^src/net/", "^assembly/", "^node_modules/@assemblyscript/loader/"]),
    room("rib", ["^src/net/"]),
    room("io", ["^src/(net|engine)/", "^node_modules/koffi/"]),
    room("sources", ["^src/(net|rib)/"]),
    room("health", ["^src/(net|io)/"]),
    never(
      "6-rib-and-engine-are-strangers",
      { path: "^src/(rib|engine)/" },
      { path: "^src/(rib|engine)/", pathNot: "^src/$1/" },
    ),
    never("6-router-stands-below-replay", { path: "^src/router/" }, { path: "^src/replay/" }),
    never(
      "6-replay-imports-router-and-below",
      { path: "^src/replay/" },
      { path: "^src/", pathNot: "^src/(replay|router|io|net|rib|engine)/" },
    ),
    never(
      "7-top-is-imported-by-nothing-below",
      { path: "^(src|assembly)/", pathNot: "^src/(cli|web|telemetry)/" },
      { path: "^src/(cli|web|telemetry)/" },
    ),
    never("8-portable-code-uses-no-node-module", { path: PORTABLE }, { path: NODE_MODULES }),
    never(
      "8-core-reaches-no-node-module",
      { path: "^src/core[.]ts$" },
      { path: NODE_MODULES, reachable: true },
    ),
    never(
      "7-only-its-verb-imports-bench",
      { path: "^(src|assembly)/", pathNot: "^src/cli/bench(-plan)?[.]ts$" },
      { path: "^bench/" },
    ),
    never("7-bench-imports-no-top", { path: "^bench/" }, { path: "^src/(cli|web|telemetry)/" }),
    never("9-no-cycles", {}, { circular: true }),
    never(
      "9-no-orphans",
      { path: ENTRIES },
      { path: "^(src|assembly)/", pathNot: [ENTRIES, "[.]d[.]ts$"], reachable: false },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js"] },
  },
};
