/** Every export says what it is: a doc comment of its own, or that of the group it stands in. */

import ts from "typescript";
import { type Breach, hasModifier, type Rule, type Source } from "./source.ts";

/** A heading over a group of constants. */
const HEADING = /^\/\/ --- .+ -+$/;

/** The rule over what src/ and assembly/ export. */
export const DOCUMENTATION_RULES: readonly Rule[] = [
  { name: "documented-exports", files: /^(src|assembly)\/.*[.]tsx?$/, check: checkExports },
];

function checkExports({ tree, text }: Source): readonly Breach[] {
  const breaches: Breach[] = [];
  let previous: ts.Statement | undefined;
  let isPreviousCovered = false;
  for (const statement of tree.statements) {
    const isCovered: boolean =
      isDocumented(statement, text) ||
      (isPreviousCovered && previous !== undefined && continues(previous, statement, text));
    const isExport = hasModifier(statement, ts.SyntaxKind.ExportKeyword);
    if (isExport && !isCovered) {
      const subject = nameOf(statement);
      const what = `${subject} is exported without a doc comment`;
      breaches.push({ position: statement.getStart(), subject, what });
    }
    previous = statement;
    isPreviousCovered = isCovered;
  }
  return breaches;
}

/** A doc comment right above, or a heading over the group that the statement opens. */
function isDocumented(statement: ts.Statement, text: string): boolean {
  const comment = ts.getLeadingCommentRanges(text, statement.getFullStart())?.at(-1);
  if (comment === undefined) return false;
  const words = text.slice(comment.pos, comment.end);
  if (ts.isVariableStatement(statement) && HEADING.test(words)) return true;
  return words.startsWith("/**") && !hasBlankLine(text.slice(comment.end, statement.getStart()));
}

/** Constants that follow each other without a blank line, and overloads, share what is above. */
function continues(before: ts.Statement, after: ts.Statement, text: string): boolean {
  if (ts.isFunctionDeclaration(before) && ts.isFunctionDeclaration(after)) {
    return nameOf(before) === nameOf(after);
  }
  if (!ts.isVariableStatement(before) || !ts.isVariableStatement(after)) return false;
  return !hasBlankLine(text.slice(before.getEnd(), after.getStart()));
}

function hasBlankLine(gap: string): boolean {
  return /\n[ \t\r]*\n/.test(gap);
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations[0]?.name.getText() ?? "";
  }
  const name = "name" in statement ? statement.name : undefined;
  return typeof name === "object" && name !== null && "text" in name ? String(name.text) : "";
}
