/** Cycles in the call graph of assembly/: the data plane's stack has a depth that can be read. */

import path from "node:path";
import ts from "typescript";
import {
  type Finding,
  type FunctionNode,
  functionName,
  isFunctionNode,
  nodesOf,
  type Source,
  toFinding,
} from "./source.ts";

/** A function of the graph and the keys of those that it calls. */
interface Callable {
  readonly source: Source;
  readonly node: FunctionNode;
  readonly calls: readonly string[];
}

/** Every function that can reach itself, with the way that it takes. */
export function recursionsIn(sources: readonly Source[]): readonly Finding[] {
  const graph = new Map<string, Callable>();
  for (const source of sources) {
    for (const node of functionsOf(source)) {
      graph.set(keyOf(source.file, nameOf(node)), { source, node, calls: callsOf(source, node) });
    }
  }
  return [...graph].flatMap(([key, { source, node }]) => {
    const way = wayTo(key, key, graph, new Set());
    if (way === undefined) return [];
    const what = `recursion: ${[key, ...way].map((one) => one.split("#")[1]).join(" -> ")}`;
    const breach = { position: node.getStart(), subject: nameOf(node), what };
    return [toFinding("assembly-recursion", source, breach)];
  });
}

function functionsOf({ tree }: Source): readonly FunctionNode[] {
  return [...nodesOf(tree)].filter(isFunctionNode);
}

/** `function`, or `Class.method` of a method. */
function nameOf(node: FunctionNode): string {
  const owner = ts.isClassLike(node.parent) ? `${node.parent.name?.getText()}.` : "";
  return `${owner}${functionName(node)}`;
}

function keyOf(file: string, name: string): string {
  return `${file}#${name}`;
}

/** What a function calls, as keys: local names, imported names, static methods of either. */
function callsOf(source: Source, body: ts.Node): readonly string[] {
  const imports = importsOf(source);
  return [...nodesOf(body)].filter(ts.isCallExpression).map(({ expression }) => {
    const [root = "", ...members] = expression.getText().split(".");
    const imported = imports.get(root) ?? keyOf(source.file, root);
    return [imported, ...members].join(".");
  });
}

/** Local name of every import to the key of what it names. */
function importsOf({ file, tree }: Source): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const statement of tree.statements.filter(ts.isImportDeclaration)) {
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const specifier = statement.moduleSpecifier.getText().slice(1, -1);
    const from = `${path.posix.join(path.posix.dirname(file), specifier)}.ts`;
    for (const { name, propertyName } of bindings.elements) {
      imports.set(name.text, keyOf(from, (propertyName ?? name).text));
    }
  }
  return imports;
}

/** The keys on a way from one function to another, the target last; undefined without one. */
function wayTo(
  from: string,
  target: string,
  graph: ReadonlyMap<string, Callable>,
  seen: Set<string>,
): readonly string[] | undefined {
  for (const called of graph.get(from)?.calls ?? []) {
    if (called === target) return [target];
    if (seen.has(called)) continue;
    seen.add(called);
    const way = wayTo(called, target, graph, seen);
    if (way !== undefined) return [called, ...way];
  }
  return undefined;
}
