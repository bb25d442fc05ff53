/** `anyfib completion`: a script that completes verbs and flags, made from the program itself. */

import type { Command } from "commander";
import { EXIT } from "../net/errors.ts";
import type { Terminal } from "./terminal.ts";

/** A verb as it is typed, and what may follow it. */
interface VerbWords {
  /** Empty for the program without a verb, two words for a verb of a verb. */
  readonly verb: string;
  readonly words: readonly string[];
}

function flagsOf(command: Command): readonly string[] {
  return command.options.flatMap(({ short, long }) =>
    [short, long].filter((flag) => flag !== undefined && flag !== null),
  );
}

function verbWords(command: Command, globals: readonly string[], verb = ""): VerbWords[] {
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const verbs = command.commands.map((inner) => inner.name());
  const words = new Set([...verbs, ...choices, ...flagsOf(command), ...globals]);
  const below = command.commands.flatMap((inner) =>
    verbWords(inner, globals, `${verb} ${inner.name()}`.trim()),
  );
  return [{ verb, words: [...words] }, ...below];
}

/** `verb word` for all words that make a longer verb, as patterns of a shell's `case`. */
function steps(verbs: readonly VerbWords[]): string {
  return verbs
    .filter(({ verb }) => verb !== "")
    .map(({ verb }) => `"${verb.includes(" ") ? verb : ` ${verb}`}"`)
    .join("|");
}

function bashScript(verbs: readonly VerbWords[]): string {
  const cases = verbs.map(({ verb, words }) => `    "${verb}") words="${words.join(" ")}" ;;`);
  return `_anyfib() {
  local verb="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$verb \${COMP_WORDS[i]}" in
      ${steps(verbs)}) verb="\${verb:+$verb }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$verb" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _anyfib anyfib
`;
}

/** Loaded by `source`, or by its name from a folder of $fpath. */
function zshScript(verbs: readonly VerbWords[]): string {
  const cases = verbs.map(({ verb, words }) => `    "${verb}") offers=(${words.join(" ")}) ;;`);
  return `#compdef anyfib
_anyfib() {
  local verb="" i
  local -a offers
  for ((i = 2; i < CURRENT; i++)); do
    case "$verb \${words[i]}" in
      ${steps(verbs)}) verb="\${verb:+$verb }\${words[i]}" ;;
    esac
  done
  case "$verb" in
${cases.join("\n")}
  esac
  compadd -- $offers
  _files
}
if [[ "\${funcstack[1]}" == _anyfib ]]; then _anyfib "$@"; else compdef _anyfib anyfib; fi
`;
}

function fishScript(verbs: readonly VerbWords[]): string {
  return verbs
    .map(({ verb, words }) => {
      const seen = verb.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
      const when = verb === "" ? "__fish_use_subcommand" : seen.join("; and ");
      return `complete -c anyfib -n "${when}" -a "${words.join(" ")}"\n`;
    })
    .join("");
}

/** Prints the script for bash, zsh or fish. */
export async function completion(
  terminal: Terminal,
  program: Command,
  shell: string,
): Promise<number> {
  const verbs = verbWords(program, flagsOf(program));
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell] ?? bashScript;
  await terminal.print(script(verbs));
  return EXIT.ok;
}
