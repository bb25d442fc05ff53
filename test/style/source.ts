/** A source file as the style rules see it, and the walks over its tree that they share. */

import ts from "typescript";

/** A file of the project: `file` is its path from the root, with forward slashes. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** A place where a file breaks a rule; `subject` names what broke it, for the exceptions. */
export interface Breach {
  readonly position: number;
  readonly subject: string;
  readonly what: string;
}

/** A rule over single files. */
export interface Rule {
  readonly name: string;
  /** Paths of the files that it reads. */
  readonly files: RegExp;
  readonly check: (source: Source) => readonly Breach[];
}

/** A breach with its rule and its line, counted from 1. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly subject: string;
  readonly what: string;
}

/** Parses a file; AssemblyScript is read as the TypeScript that it looks like. */
export function parseSource(file: string, text: string): Source {
  return { file, text, tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) };
}

/** What the rules find in one file. */
export function findingsIn(source: Source, rules: readonly Rule[]): readonly Finding[] {
  return rules
    .filter((rule) => rule.files.test(source.file))
    .flatMap((rule) => rule.check(source).map((breach) => toFinding(rule.name, source, breach)));
}

/** A breach as people read it. */
export function toFinding(rule: string, source: Source, breach: Breach): Finding {
  const line = source.tree.getLineAndCharacterOfPosition(breach.position).line + 1;
  return { rule, file: source.file, line, subject: breach.subject, what: breach.what };
}

/** The node and all nodes below it, parents first. */
export function* nodesOf(node: ts.Node): Iterable<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

/** A function of any form that has a body or could have one. */
export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.AccessorDeclaration;

/** Whether a node is a function of any form. */
export function isFunctionNode(node: ts.Node): node is FunctionNode {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node)
  );
}

/** The name of a function, or that of the variable or property that holds it. */
export function functionName(node: FunctionNode): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const { parent } = node;
  const isHeld = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent);
  return (node.name ?? (isHeld ? parent.name : undefined))?.getText() ?? "(anonymous)";
}

/** Whether a declaration carries a modifier such as `export`. */
export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (node.modifiers?.some((one) => one.kind === kind) ?? false);
}

/** Declarations of `let` and `var` outside of every function. */
export function moduleVariables({ tree }: Source): readonly ts.VariableStatement[] {
  return tree.statements
    .filter(ts.isVariableStatement)
    .filter((statement) => (statement.declarationList.flags & ts.NodeFlags.Const) === 0);
}
