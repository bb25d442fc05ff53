/** Every style rule reports a breach seeded here, and lets the proper form pass. */

import { describe, expect, it } from "vitest";
import { excuses } from "./exceptions.ts";
import { recursionsIn } from "./recursion.ts";
import { RULES } from "./rules.ts";
import { findingsIn, parseSource } from "./source.ts";
import { largeFiles } from "./text-rules.ts";

const HEAD = "/** Holds what this test seeds. */\n\n";

/** A snippet, the file that it stands in, and the one rule that must report it. */
type Seed = readonly [rule: string, file: string, text: string];

const BROKEN: readonly Seed[] = [
  ["purpose-at-the-head", "src/net/a.ts", "const one = 1;\n"],
  ["purpose-at-the-head", "src/net/a.ts", "/** helpers */\n\nconst one = 1;\n"],
  ["purpose-at-the-head", "src/net/a.ts", "/** The doc of the constant. */\nconst one = 1;\n"],
  ["purpose-at-the-head", "scripts/a.js", "#!/usr/bin/env node\nconst one = 1;\n"],
  ["purpose-at-the-head", "bench/a.ts", ""],
  ["file-lines", "src/net/a.ts", HEAD + "const one = 1;\n".repeat(499)],
  ["line-columns", "assembly/a.ts", `${HEAD}const one: u32 = 1; // ${"x".repeat(80)}\n`],
  ["kebab-case", "src/net/someFile.ts", HEAD],
  ["kebab-case", "src/net/some_file.ts", HEAD],
  ["kebab-case", "test/Net/file.test.ts", HEAD],
  ["forbidden-words", "src/net/a.ts", `${HEAD}// TODO: more\n`],
  ["forbidden-words", "docs/a.md", "FIXME\n"],
  ["forbidden-words", "docs/a.md", "Written by Claude.\n"],
  ["forbidden-words", "README.md", "This is AI-generated.\n"],
  ["machine-paths", "src/net/a.ts", `${HEAD}const file = "/tmp/file";\n`],
  ["machine-paths", "docs/a.md", "Look at /work/main and `/home/me`.\n"],
  ["machine-paths", ".ci/run", "cd /root\n"],
  ["function-lines", "src/net/a.ts", `${HEAD}function long() {\n${"  call();\n".repeat(69)}}\n`],
  ["function-lines", "test/a.test.ts", `${HEAD}it("", () => {\n${"  call();\n".repeat(69)}});\n`],
  ["function-parameters", "scripts/a.js", `${HEAD}const many = (a, b, c, d, e, f, g) => a;\n`],
  ["function-nesting", "src/net/a.ts", nested("if (a) for (;;) while (b) { switch (c) {} }")],
  [
    "function-nesting",
    "assembly/a.ts",
    nested("for (;;) { if (a) {} else { if (b) { do {} while (c) } } }"),
  ],
  ["documented-exports", "src/net/a.ts", `${HEAD}export const one = 1;\n`],
  ["documented-exports", "src/net/a.ts", `${HEAD}// One.\nexport function one() {}\n`],
  ["documented-exports", "src/net/a.ts", `${HEAD}/** Two. */\n\nexport type Two = 2;\n`],
  [
    "documented-exports",
    "assembly/a.ts",
    `${HEAD}/** A. */\nexport const A: u32 = 1;\n\nexport const B: u32 = 2;\n`,
  ],
  [
    "documented-exports",
    "src/net/a.ts",
    `${HEAD}/** A. */\nexport const a = 1;\nexport interface B {}\n`,
  ],
  ["host-constructs", "src/net/a.ts", `${HEAD}const value: any = 1;\n`],
  ["host-constructs", "src/net/a.ts", `${HEAD}const value = find()!;\n`],
  ["host-constructs", "src/net/a.ts", `${HEAD}enum Kind { One }\n`],
  ["host-constructs", "src/net/a.ts", `${HEAD}/** One. */\nexport default function one() {}\n`],
  ["host-constructs", "src/net/a.ts", `${HEAD}export default 1;\n`],
  ["host-casts", "src/net/a.ts", `${HEAD}const value = find() as number;\n`],
  ["host-casts", "src/net/a.ts", `${HEAD}const value = <number>find();\n`],
  ["host-casts", "src/net/a.ts", `${HEAD}// cast:\nconst value = find() as number;\n`],
  ["host-module-state", "src/net/a.ts", `${HEAD}let count = 0;\n`],
  ["assembly-constructs", "assembly/a.ts", nested("new Uint8Array(4);")],
  ["assembly-constructs", "assembly/a.ts", nested("const list = [1, 2];")],
  ["assembly-constructs", "assembly/a.ts", nested("const record = {};")],
  ["assembly-constructs", "assembly/a.ts", nested("throw one;")],
  ["assembly-constructs", "assembly/a.ts", nested("try { one(); } finally {}")],
  ["assembly-constructs", "assembly/a.ts", nested("const one = (): u32 => 1;")],
  ["assembly-constructs", "assembly/a.ts", nested("const one = function (): u32 { return 1; };")],
  ["assembly-constructs", "assembly/a.ts", nested("function inner(): void {}")],
  ["assembly-constructs", "assembly/a.ts", nested("const pattern = /a/;")],
  ["assembly-strings", "assembly/a.ts", nested('call("text");')],
  ["assembly-strings", "assembly/a.ts", nested("call(`text`);")],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is what is seeded
  ["assembly-strings", "assembly/a.ts", nested("call(`text ${1}`);")],
  ["assembly-classes", "assembly/a.ts", `${HEAD}class Record {\n  a: u32;\n}\n`],
  ["assembly-decorators", "assembly/a.ts", `${HEAD}@inline\nfunction one(): void {}\n`],
  [
    "assembly-defaults",
    "assembly/a.ts",
    `${HEAD}/** One. */\nexport function one(a: u32 = 1): void {}\n`,
  ],
  ["assembly-module-state", "assembly/a.ts", `${HEAD}let count: u32 = 0;\n`],
];

const PROPER: readonly (readonly [what: string, file: string, text: string])[] = [
  [
    "a head of line comments",
    "scripts/a.js",
    "#!/usr/bin/env node\n// Does one thing well.\n\ncall();\n",
  ],
  [
    "a head over several lines",
    "src/net/a.ts",
    "/**\n * Holds what this\n * test seeds.\n *\n * Rest\n */\n",
  ],
  ["500 lines", "src/net/a.ts", HEAD + "const one = 1;\n".repeat(498)],
  ["names of tests and types", "src/net/some-file.test.d.ts", HEAD],
  ["a path of the project", "docs/a.md", "dist/tmp/x, ./home/y, https://example.net/work/\n"],
  ["70 lines", "src/net/a.ts", `${HEAD}function long() {\n${"  call();\n".repeat(68)}}\n`],
  [
    "a long describe",
    "test/a.test.ts",
    `${HEAD}describe.each([1])("", () => {\n${"  call();\n".repeat(99)}});\n`,
  ],
  [
    "a chain of else if",
    "src/net/a.ts",
    nested("if (a) {} else if (b) {} else if (c) {} else if (d) { for (;;) {} }"),
  ],
  [
    "functions in functions",
    "src/net/a.ts",
    nested("for (;;) if (a) while (b) call(() => { for (;;) if (c) {} });"),
  ],
  [
    "a group of constants",
    "assembly/a.ts",
    `${HEAD}/** A. */\nexport const A: u32 = 1;\nexport const B: u32 = 2;\n`,
  ],
  [
    "a group under a heading",
    "assembly/a.ts",
    `${HEAD}// --- Codes ---\n\nexport const A: u32 = 1;\n`,
  ],
  [
    "overloads",
    "src/net/a.ts",
    `${HEAD}/** A. */\nexport function a(b: 1): 1;\nexport function a(b: 2): 2;\n`,
  ],
  ["a doc above a decorator", "assembly/a.ts", `${HEAD}/** A. */\n@unmanaged\nexport class A {}\n`],
  ["as const", "src/net/a.ts", `${HEAD}const values = [1] as const;\n`],
  [
    "a reason above",
    "src/net/a.ts",
    `${HEAD}// cast: checked by find\nconst value = find() as number;\n`,
  ],
  [
    "a reason beside",
    "src/net/a.ts",
    `${HEAD}const value = find() as number; // cast: checked by find\n`,
  ],
  ["casts elsewhere", "test/a.test.ts", `${HEAD}const value = find()! as any;\n`],
  [
    "texts at compile time",
    "assembly/a.ts",
    `${HEAD}import { a } from "./a";\n\nif (offsetof<A>("a") != 1) ERROR("A.a");\n`,
  ],
  [
    "methods inlined",
    "assembly/a.ts",
    `${HEAD}@unmanaged\nclass A {\n  @inline static one(): u32 {\n    return 1;\n  }\n}\n`,
  ],
  ["defaults within", "assembly/a.ts", `${HEAD}function one(a: u32 = 1): void {}\n`],
];

describe("the style rules", () => {
  it.each(BROKEN)("%s: reports %s %j", (rule, file, text) => {
    const found = findingsIn(parseSource(file, text), RULES).map((finding) => finding.rule);
    expect([...new Set(found)]).toEqual([rule]);
  });

  it.each(PROPER)("accept %s", (_, file, text) => {
    expect(findingsIn(parseSource(file, text), RULES)).toEqual([]);
  });

  it("have a seed each", () => {
    const seeded = new Set(BROKEN.map(([rule]) => rule));
    expect(RULES.map(({ name }) => name).filter((name) => !seeded.has(name))).toEqual([]);
  });

  it("say where", () => {
    const text = `${HEAD}let a = 1;\nlet b = find()!;\n`;
    const found = findingsIn(parseSource("src/net/a.ts", text), RULES);
    expect(found.map(({ line, subject }) => `${line} ${subject}`)).toEqual([
      "4 a non-null assertion",
      "3 let a = 1",
      "4 let b = find()!",
    ]);
  });
});

describe("an exception", () => {
  const finding = { rule: "file-lines", file: "src/a.ts", line: 1, subject: "one", what: "" };

  it.each([
    ["its file", { rule: "file-lines", file: "src/a.ts" }, true],
    ["its subject", { rule: "file-lines", file: "src/a.ts", subject: "one" }, true],
    ["no other subject", { rule: "file-lines", file: "src/a.ts", subject: "two" }, false],
    ["no other file", { rule: "file-lines", file: "src/b.ts" }, false],
    ["no other rule", { rule: "file-bytes", file: "src/a.ts" }, false],
  ])("excuses %s", (_, exception, isExcused) => {
    expect(excuses({ ...exception, reason: "" }, finding)).toBe(isExcused);
  });
});

describe("the rule on file-bytes", () => {
  it("reports a file over 1 MiB and none of 1 MiB", () => {
    const sizes = [
      { file: "a", bytes: 1024 * 1024 },
      { file: "b", bytes: 1024 * 1024 + 1 },
    ];
    expect(largeFiles(sizes)).toEqual(["b"]);
  });
});

describe("the rule against recursion", () => {
  const recursions = (...files: readonly (readonly [file: string, text: string])[]) =>
    recursionsIn(files.map(([file, text]) => parseSource(file, text))).map(({ what }) => what);

  it("reports a function that calls itself", () => {
    expect(recursions(["assembly/a.ts", "function a(): void { if (b) a(); }"])).toEqual([
      "recursion: a -> a",
    ]);
  });

  it("reports a cycle over imports, renamed ones too", () => {
    const found = recursions(
      [
        "assembly/fib/a.ts",
        'import { b as c } from "../flow/b";\nexport function a(): void { c(); }',
      ],
      ["assembly/flow/b.ts", 'import { a } from "../fib/a";\nexport function b(): void { a(); }'],
    );
    expect(found).toEqual(["recursion: a -> b -> a", "recursion: b -> a -> b"]);
  });

  it("reports a cycle over static methods", () => {
    const text = "class A { static b(): void { c(); } }\nfunction c(): void { A.b(); }";
    expect(recursions(["assembly/a.ts", text])).toHaveLength(2);
  });

  it("lets functions of one name in two files call each other", () => {
    const found = recursions(
      [
        "assembly/a.ts",
        'import { one as other } from "./b";\nexport function one(): void { other(); }',
      ],
      ["assembly/b.ts", "export function one(): void {}"],
    );
    expect(found).toEqual([]);
  });
});

/** A file whose only function has this body. */
function nested(body: string): string {
  return `${HEAD}function seeded(): void {\n  ${body}\n}\n`;
}
