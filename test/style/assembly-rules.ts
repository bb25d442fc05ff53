/** What assembly/ does without: all that needs a heap, static data, exceptions or closures. */

import ts from "typescript";
import {
  type Breach,
  hasModifier,
  isFunctionNode,
  moduleVariables,
  nodesOf,
  type Rule,
  type Source,
} from "./source.ts";

const ASSEMBLY = /^assembly\/.*[.]ts$/;

/** Texts that exist at compile time only: what the layout check asks for and complains with. */
const COMPILE_TIME_CALLS = ["ERROR", "offsetof"];

/** The rules over single files of assembly/. */
export const ASSEMBLY_RULES: readonly Rule[] = [
  { name: "assembly-constructs", files: ASSEMBLY, check: checkConstructs },
  { name: "assembly-strings", files: ASSEMBLY, check: checkStrings },
  { name: "assembly-classes", files: ASSEMBLY, check: checkClasses },
  { name: "assembly-decorators", files: ASSEMBLY, check: checkDecorators },
  { name: "assembly-defaults", files: ASSEMBLY, check: checkDefaults },
  { name: "assembly-module-state", files: ASSEMBLY, check: checkModuleState },
];

function checkConstructs({ tree }: Source): readonly Breach[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const what = bannedConstruct(node);
    return what === undefined ? [] : [breach(node, what)];
  });
}

function bannedConstruct(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node)) return "new";
  if (ts.isArrayLiteralExpression(node)) return "an array literal";
  if (ts.isObjectLiteralExpression(node)) return "an object literal";
  if (ts.isRegularExpressionLiteral(node)) return "a regular expression";
  if (ts.isThrowStatement(node)) return "throw";
  if (ts.isTryStatement(node)) return "try";
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return "a closure";
  const isInner = ts.isFunctionDeclaration(node) && !ts.isSourceFile(node.parent);
  return isInner ? "a closure" : undefined;
}

function checkStrings({ tree }: Source): readonly Breach[] {
  return [...nodesOf(tree)]
    .filter((node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node))
    .filter((node) => !isCompileTimeText(node))
    .map((node) => breach(node, "a string is static data"));
}

function isCompileTimeText({ parent }: ts.Node): boolean {
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  return ts.isCallExpression(parent) && COMPILE_TIME_CALLS.includes(parent.expression.getText());
}

function checkClasses({ tree }: Source): readonly Breach[] {
  return [...nodesOf(tree)]
    .filter(ts.isClassDeclaration)
    .filter((node) => !decoratorsOf(node).some((one) => one.expression.getText() === "unmanaged"))
    .map((node) => breach(node, `class ${node.name?.getText()} is not @unmanaged`));
}

function checkDecorators({ tree }: Source): readonly Breach[] {
  return [...nodesOf(tree)]
    .filter(ts.isFunctionDeclaration)
    .filter((node) => decoratorsOf(node).length > 0)
    .map((node) => breach(node, "a decorator on a free function breaks TypeScript's tools"));
}

function decoratorsOf(node: ts.Node): readonly ts.Decorator[] {
  const { modifiers } = node as ts.Node & { readonly modifiers?: readonly ts.ModifierLike[] };
  return modifiers?.filter(ts.isDecorator) ?? [];
}

function checkDefaults({ tree }: Source): readonly Breach[] {
  return [...nodesOf(tree)]
    .filter(isFunctionNode)
    .filter((node) => hasModifier(node, ts.SyntaxKind.ExportKeyword))
    .flatMap((node) => [...node.parameters])
    .filter((parameter) => parameter.initializer !== undefined)
    .map((parameter) => breach(parameter, "a default argument of an export adds a table"));
}

function checkModuleState(source: Source): readonly Breach[] {
  return moduleVariables(source).map((node) =>
    breach(node, "a mutable global is per instance, not in the memory that workers share"),
  );
}

function breach(node: ts.Node, what: string): Breach {
  return { position: node.getStart(), subject: node.getText().split("\n")[0] ?? "", what };
}
