/** Rules on the shape of functions: how long, how many parameters, how deep. */

import ts from "typescript";
import {
  type Breach,
  type FunctionNode,
  functionName,
  isFunctionNode,
  nodesOf,
  type Rule,
  type Source,
} from "./source.ts";
import { CODE } from "./text-rules.ts";

const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 6;
const NESTING_MAX = 3;

/** The rules over functions. */
export const SHAPE_RULES: readonly Rule[] = [
  { name: "function-lines", files: CODE, check: ofFunctions(FUNCTION_LINES_MAX, "lines", lines) },
  {
    name: "function-parameters",
    files: CODE,
    check: ofFunctions(PARAMETERS_MAX, "parameters", (node) => node.parameters.length),
  },
  {
    name: "function-nesting",
    files: CODE,
    check: ofFunctions(NESTING_MAX, "levels of nesting", (node) => nesting(node.body)),
  },
];

function ofFunctions(limit: number, unit: string, measure: (node: FunctionNode) => number) {
  return ({ tree }: Source): readonly Breach[] =>
    [...nodesOf(tree)].filter(isFunctionNode).flatMap((node) => {
      const size = measure(node);
      if (size <= limit) return [];
      const subject = functionName(node);
      const what = `${subject} has ${size} ${unit}, more than ${limit}`;
      return [{ position: node.getStart(), subject, what }];
    });
}

/** Lines from the first to the last; a describe block is a heading and not a function. */
function lines(node: FunctionNode): number {
  if (ts.isCallExpression(node.parent) && calleeRoot(node.parent) === "describe") return 0;
  const lineOf = (position: number) =>
    node.getSourceFile().getLineAndCharacterOfPosition(position).line;
  return lineOf(node.getEnd()) - lineOf(node.getStart()) + 1;
}

/** The first name of what is called: `describe` of `describe.each(rows)(…)`. */
function calleeRoot(call: ts.CallExpression): string {
  let callee: ts.Expression = call.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) {
    callee = callee.expression;
  }
  return callee.getText();
}

/** Statements inside each other; `else if` stays on its level, functions inside count alone. */
function nesting(node: ts.Node | undefined): number {
  if (node === undefined || isFunctionNode(node)) return 0;
  let deepest = 0;
  ts.forEachChild(node, (child) => {
    deepest = Math.max(deepest, nesting(child));
  });
  return deepest + (addsLevel(node) ? 1 : 0);
}

function addsLevel(node: ts.Node): boolean {
  if (ts.isIfStatement(node)) {
    return !(ts.isIfStatement(node.parent) && node.parent.elseStatement === node);
  }
  return (
    ts.isIterationStatement(node, false) || ts.isSwitchStatement(node) || ts.isTryStatement(node)
  );
}
