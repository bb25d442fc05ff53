/** `anyfib completion`: a script that completes verbs and flags, made from the program itself. */

import type { Command } from "commander";
import { EXIT } from "../net/errors.ts";
import type { Terminal } from "./terminal.ts";

/** A verb as it is typed, and what may follow it. */
interface VerbWords {
  /** Empty for the program without a verb. */
  readonly verb: string;
  readonly summary: string;
  readonly words: readonly string[];
}

function flagsOf(command: Command): readonly string[] {
  return command.options.flatMap((option) =>
    [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
  );
}

function verbWords(program: Command): readonly VerbWords[] {
  const globals = flagsOf(program);
  const describe = (command: Command, verb: string): VerbWords => ({
    verb,
    summary: command.summary(),
    words: [...command.commands.map((inner) => inner.name()), ...flagsOf(command), ...globals],
  });
  return [describe(program, ""), ...program.commands.map((verb) => describe(verb, verb.name()))];
}

function bashScript(verbs: readonly VerbWords[]): string {
  const cases = verbs.map(({ verb, words }) => `    "${verb}") words="${words.join(" ")}" ;;`);
  return `_anyfib() {
  local words="" verb=""
  [ "$COMP_CWORD" -gt 1 ] && verb="\${COMP_WORDS[1]}"
  case "$verb" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _anyfib anyfib
`;
}

function zshScript(verbs: readonly VerbWords[]): string {
  const cases = verbs.map(({ verb, words }) => `    "${verb}") words=(${words.join(" ")}) ;;`);
  return `#compdef anyfib
_anyfib() {
  local verb=""
  local -a words
  (( CURRENT > 2 )) && verb="\${words_typed[2]}"
  case "$verb" in
${cases.join("\n")}
  esac
  compadd -- $words
  _files
}
_anyfib_start() {
  local -a words_typed
  words_typed=("\${words[@]}")
  _anyfib
}
compdef _anyfib_start anyfib
`;
}

function fishScript(verbs: readonly VerbWords[]): string {
  return verbs
    .flatMap(({ verb, words }) => {
      const when = verb === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${verb}`;
      return words.map((word) => `complete -c anyfib -n "${when}" -a "${word}"\n`);
    })
    .join("");
}

/** Prints the script for bash, zsh or fish. */
export async function completion(
  terminal: Terminal,
  program: Command,
  shell: string,
): Promise<number> {
  const verbs = verbWords(program);
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell] ?? bashScript;
  await terminal.print(script(verbs));
  return EXIT.ok;
}
