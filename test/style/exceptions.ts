/** The one list of what may break a rule of style, each with its reason. */

import type { Finding } from "./source.ts";

/** A finding that stands: in one file, and where `subject` is given, for that one alone. */
export interface Exception {
  readonly rule: string;
  readonly file: string;
  readonly subject?: string;
  readonly reason: string;
}

/** A test fails on an entry that nothing needs any more. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    rule: "forbidden-words",
    file: "test/style/text-rules.ts",
    reason: "spells the words that it looks for",
  },
  {
    rule: "forbidden-words",
    file: "test/style/rules.test.ts",
    reason: "seeds each of them to see it found",
  },
  {
    rule: "machine-paths",
    file: "test/style/rules.test.ts",
    reason: "seeds each of them to see it found",
  },
  {
    rule: "host-constructs",
    file: "src/node/seek-bzip.d.ts",
    subject: "a default export",
    reason: "declares what the package itself exports",
  },
  {
    rule: "file-lines",
    file: "assembly/layout.ts",
    reason: "every number that both compilers share stands in this one file",
  },
  {
    rule: "line-columns",
    file: "bench/frozen/engine.js",
    reason: "generated once, and read by nobody",
  },
  {
    rule: "function-nesting",
    file: "bench/frozen/engine.js",
    reason: "generated once, and read by nobody",
  },
  {
    rule: "function-lines",
    file: "assembly/flow/siphash.ts",
    subject: "sipHash6",
    reason: "unrolled: a loop over the five words costs 40 % more",
  },
];

/** Whether an exception is about a finding. */
export function excuses({ rule, file, subject }: Exception, finding: Finding): boolean {
  const isSubject = subject === undefined || subject === finding.subject;
  return rule === finding.rule && file === finding.file && isSubject;
}
