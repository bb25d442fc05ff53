/** Texts from files and the wire, made safe to show on one line of a terminal. */

/** Characters of a quoted text that a message shows. */
const QUOTED_MAX = 60;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * `text` with each character but printable ASCII escaped: no control sequence, no line break and
 * no look-alike comes through.
 */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, escapeCharacter);
}

/**
 * `text` with control and format characters and line separators escaped, other characters as they
 * are: what a terminal shows of it is what it says.
 */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** `text` in quotes, printable and cut after 60 characters, for a message. */
export function quoted(text: string): string {
  const end = text.length > QUOTED_MAX ? "…" : "";
  return `"${printable(text.slice(0, QUOTED_MAX))}${end}"`;
}
