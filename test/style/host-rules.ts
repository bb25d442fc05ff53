/** What src/ does without: escapes from the type checker, default exports, module state. */

import ts from "typescript";
import {
  type Breach,
  hasModifier,
  moduleVariables,
  nodesOf,
  type Rule,
  type Source,
} from "./source.ts";

const HOST = /^src\/.*[.]tsx?$/;

/** The rules over src/. */
export const HOST_RULES: readonly Rule[] = [
  { name: "host-constructs", files: HOST, check: checkConstructs },
  { name: "host-casts", files: HOST, check: checkCasts },
  { name: "host-module-state", files: HOST, check: checkModuleState },
];

function checkConstructs({ tree }: Source): readonly Breach[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const what = bannedConstruct(node);
    return what === undefined ? [] : [{ position: node.getStart(), subject: what, what }];
  });
}

function bannedConstruct(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "any";
  if (ts.isNonNullExpression(node)) return "a non-null assertion";
  if (ts.isEnumDeclaration(node)) return "an enum";
  const isDefault = ts.isExportAssignment(node) || hasModifier(node, ts.SyntaxKind.DefaultKeyword);
  return isDefault ? "a default export" : undefined;
}

function checkCasts({ tree, text }: Source): readonly Breach[] {
  const lines = text.split("\n");
  const isExplained = (position: number) => {
    const { line } = tree.getLineAndCharacterOfPosition(position);
    return [line, line - 1].some((index) => /\/\/ cast: \S/.test(lines[index] ?? ""));
  };
  return [...nodesOf(tree)]
    .filter((node) => ts.isAsExpression(node) || ts.isTypeAssertionExpression(node))
    .filter((node) => !ts.isConstTypeReference(node.type))
    .filter((node) => !isExplained(node.getStart()) && !isExplained(node.type.getStart()))
    .map((node) => ({
      position: node.getStart(),
      subject: node.getText(),
      what: `the cast to ${node.type.getText()} has no "// cast: reason"`,
    }));
}

function checkModuleState(source: Source): readonly Breach[] {
  return moduleVariables(source).map((statement) => ({
    position: statement.getStart(),
    subject: statement.declarationList.getText(),
    what: "a variable at module level is state that all callers share",
  }));
}
