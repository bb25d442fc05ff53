/** Completion scripts: accepted by their shells, and complete what may be typed. */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runHere, testFolder } from "./run.ts";

const file = testFolder();
const scripts = new Map<string, string>();
beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    scripts.set(shell, (await runHere(["completion", shell])).stdout);
  }
});

function missing(shell: string): string | undefined {
  const found = spawnSync(shell, ["--version"]).error === undefined;
  return found ? undefined : `not installed: ${shell}`;
}

describe.each(["bash", "zsh", "fish"])("%s", (shell) => {
  it("accepts the script", (context) => {
    const reason = missing(shell);
    if (reason !== undefined) return context.skip(reason);
    const script = file(`plain.${shell}`, scripts.get(shell));
    const { status, stderr } = spawnSync(shell, ["-n", script]);
    expect([status, String(stderr)]).toEqual([0, ""]);
  });

  it("hears of every verb and of flags", () => {
    const script = scripts.get(shell) ?? "";
    for (const word of ["lookup", "replay", "gen", "info", "completion", "--table", "--split-by"]) {
      expect(script).toContain(word);
    }
  });
});

/** How each shell is asked, behind its script, for what it offers to the last of some words. */
const QUESTIONS: Readonly<Record<string, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _anyfib\n` +
    `for word in "\${COMPREPLY[@]}"; do echo "$word"; done\n`,
  zsh: (words) =>
    'compadd() { shift; print -l -- "$@"; }\n_files() { :; }\n' +
    `words=(${words.join(" ")}); CURRENT=${words.length}; _anyfib\n`,
  fish: (words) => `complete -C "${words.join(" ")}"\n`,
};

/** What a shell needs before the script where it is not interactive. */
const PREPARED: Readonly<Record<string, string>> = { zsh: "compdef() { :; }\n" };

function offered(shell: string, words: readonly string[]): readonly string[] {
  const question = QUESTIONS[shell]?.(words) ?? "";
  const text = `${PREPARED[shell] ?? ""}${scripts.get(shell)}\n${question}`;
  const script = file(`asked.${shell}`, text);
  const { stdout, stderr } = spawnSync(shell, [script], { cwd: path.dirname(script) });
  expect(String(stderr)).toBe("");
  const last = words.at(-1) ?? "";
  const lines = String(stdout).split("\n");
  return lines.filter((word) => word !== "" && word.startsWith(last)).sort();
}

describe.each(["bash", "zsh", "fish"])("%s offers", (shell) => {
  it.for([
    [["lo"], ["lookup"]],
    [["re"], ["replay"]],
    [["--ver"], ["--version"]],
    [
      ["replay", "--sp"],
      ["--split-by", "--split-dir"],
    ],
    [["lookup", "--nd"], ["--ndjson"]],
    [["lookup", "--split"], []],
    [["lookup", "--table", "x.txt", "--q"], ["--quiet"]],
    [["gen", "t"], ["table"]],
    [
      ["gen", "table", "--ro"],
      ["--routes", "--routes6"],
    ],
    [["gen", "capture", "--f"], ["--flows"]],
    [["completion", "z"], ["zsh"]],
    [["-q", "lo"], ["lookup"]],
  ] as const)("%j", ([words, expected], context) => {
    const reason = missing(shell);
    if (reason !== undefined) return context.skip(reason);
    expect(offered(shell, ["anyfib", ...words])).toEqual(expected);
  });
});

it("another shell is refused, and the known ones named", async () => {
  const { status, stderr } = await runHere(["completion", "tcsh"]);
  expect([status, stderr]).toEqual([2, expect.stringContaining("bash, zsh, fish")]);
});
